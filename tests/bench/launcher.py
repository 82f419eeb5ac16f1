"""Run a command and write what it cost (processor seconds, peak memory, exit status) as JSON to the file named first.

A process of its own, and a small one: until it executes its program a child counts its parent's memory as its own.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    """LAUNCHER RESULT COMMAND...: the command keeps standard input and output."""
    began = time.perf_counter()
    child = subprocess.Popen(sys.argv[2:])
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    spent = usage.ru_utime + usage.ru_stime
    cost = {"wall": wall, "cpu": spent, "peak": usage.ru_maxrss, "status": child.returncode}
    Path(sys.argv[1]).write_text(json.dumps(cost), "utf-8")


if __name__ == "__main__":
    main()
