"""Takes Speculos' options and an app.elf, and becomes the emulated device of that app and model.

It stands where Speculos stands in the tests of --backend speculos, since no app binary may be kept here.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.support.app_binary import read_app_binary


def main() -> None:
    """Start as Speculos does: the model must be the file's own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("elf", type=Path)
    parser.add_argument("--display", choices=("headless",), required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--apdu-port", required=True)
    parser.add_argument("--api-port", required=True)
    options = parser.parse_args()
    binary = read_app_binary(options.elf)
    if options.model != binary.model:
        sys.exit(f"speculos: Invalid model in {binary.path} ({binary.model} vs {options.model})")
    device = ["-m", "emulator", "device", "--app", f"concordium-{binary.version}", "--model", options.model]
    ports = ["--apdu-port", options.apdu_port, "--api-port", options.api_port]
    os.execv(sys.executable, [sys.executable, *device, *ports])  # noqa: S606  # the process must be the device itself


if __name__ == "__main__":
    main()
