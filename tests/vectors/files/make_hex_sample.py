"""Makes desktop-export-v0.3-hex.json from desktop-export-old.plain.json, with openssl and hashlib only.

It shares no code with the package, so that the package's reader is not its own witness. Prints the file.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SALT = bytes(range(0x20, 0x30))
IV = bytes(range(0x40, 0x50))


def content() -> bytes:
    """The rows as release 0.3 had them: no reward filter yet, credentials with their identity number."""
    document = json.loads((HERE / "desktop-export-old.plain.json").read_text("utf-8"))
    for account in document["accounts"]:
        del account["rewardFilter"]
    for credential in document["credentials"]:
        credential["identityNumber"] = 0
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def main() -> None:
    key = hashlib.pbkdf2_hmac("sha256", b"test-password-1", SALT, 10_000, 32)
    command = ["openssl", "enc", "-aes-256-cbc", "-K", key.hex(), "-iv", IV.hex()]
    sealed = subprocess.run(command, input=content(), capture_output=True, check=True).stdout
    metadata = {
        "keyLen": 32,
        "iterations": 10_000,
        "salt": SALT.hex(),
        "initializationVector": IV.hex(),
        "encryptionMethod": "aes-256-cbc",
        "keyDerivationMethod": "PBKDF2",
        "hashAlgorithm": "sha256",
    }
    sys.stdout.write(json.dumps({"cipherText": sealed.hex(), "metaData": metadata}, separators=(",", ":")))


if __name__ == "__main__":
    main()
