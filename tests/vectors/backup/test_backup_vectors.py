"""Backup keys, words and a kept bundle, against values that other implementations computed."""

from __future__ import annotations

import base64
import hmac
import importlib.util
import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import mnemonic
import nacl.bindings
import nacl.signing
import pytest

from ledger_recovery.backup.bundle import open_bundle
from ledger_recovery.backup.content import content_to_bytes
from ledger_recovery.backup.keys import LABEL_BACKUP_ID, LABEL_BUNDLE, LABEL_DID_KEYS, LABEL_OWNER, SALT, owner_keys
from ledger_recovery.backup.words import Wrong, check_words, parse_words, words_of
from ledger_recovery.secret import SecretBytes

HERE = Path(__file__).parent
SCRIPT = HERE.parents[2] / "docs" / "age-key.py"
KEYS: dict[str, Any] = json.loads((HERE / "keys.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = KEYS["cases"]
WORDS: list[dict[str, str]] = json.loads((HERE / "words.json").read_text(encoding="utf-8"))["cases"]
WHOLE = [case for case in WORDS if len(case["entropy"]) == 64]


def hkdf(secret: str, label: str) -> bytes:
    """RFC 5869 by hand: extract, and one block of expand."""
    extracted = hmac.digest(KEYS["salt"].encode(), bytes.fromhex(secret), "sha256")
    return hmac.digest(extracted, label.encode() + b"\x01", "sha256")


def secret_of(case: dict[str, Any]) -> SecretBytes:
    return SecretBytes(bytes.fromhex(case["secret"]))


def test_the_labels_stay() -> None:
    labels = KEYS["labels"]
    assert SALT.decode() == KEYS["salt"]
    assert [label.decode() for label in (LABEL_BUNDLE, LABEL_OWNER, LABEL_BACKUP_ID, LABEL_DID_KEYS)] == [
        labels["bundle"],
        labels["owner"],
        labels["backup_id"],
        labels["did_keys"],
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["secret"][:8])
def test_keys(case: dict[str, Any]) -> None:
    with owner_keys(secret_of(case)) as keys:
        assert keys.age_identity_text().reveal().decode() == case["bundle"]["age_identity"]
        assert keys.did_identity_text().reveal().decode() == case["did_keys"]["age_identity"]
        assert keys.age_recipient == case["bundle"]["age_recipient"]
        assert keys.did_recipient == case["did_keys"]["age_recipient"]
        assert keys.owner_public.hex() == case["owner"]["public"]
        assert keys.sign(b"message").hex() == case["owner"]["signature_of_message"]
        assert keys.backup_id == case["backup_id"]["text"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["secret"][:8])
def test_the_vectors_against_an_implementation_of_their_own(case: dict[str, Any]) -> None:
    for name in ("bundle", "owner", "backup_id", "did_keys"):
        assert hkdf(case["secret"], KEYS["labels"][name]).hex() == case[name]["key"]
    signer = nacl.signing.SigningKey(bytes.fromhex(case["owner"]["key"]))
    assert signer.verify_key.encode().hex() == case["owner"]["public"]
    assert signer.sign(b"message").signature.hex() == case["owner"]["signature_of_message"]
    raw = bytes.fromhex(case["backup_id"]["key"])
    assert base64.b32encode(raw).decode().rstrip("=").lower() == case["backup_id"]["text"]
    assert len(nacl.bindings.crypto_scalarmult_base(bytes.fromhex(case["bundle"]["key"]))) == 32


KEYGEN = shutil.which("age-keygen")


@pytest.mark.skipif(KEYGEN is None, reason="the stock age tools are not installed (Debian package age)")
@pytest.mark.parametrize("name", ["bundle", "did_keys"])
def test_the_stock_age_tool_derives_the_same_recipients(name: str) -> None:
    for case in CASES:
        run = subprocess.run(
            ["age-keygen", "-y"], input=case[name]["age_identity"].encode(), capture_output=True, check=True, timeout=20
        )
        assert run.stdout.decode().strip() == case[name]["age_recipient"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["secret"][:8])
def test_words_of_the_secrets(case: dict[str, Any]) -> None:
    assert " ".join(words_of(secret_of(case))) == case["words"]


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case["entropy"][:8])
def test_words_are_bip_39_and_old_ones_are_only_hinted_at(case: dict[str, str]) -> None:
    assert " ".join(words_of(SecretBytes(bytes.fromhex(case["entropy"])))) == case["bip39"]
    found = check_words(case["identity_box"]).problems[0]
    assert found.kind in (Wrong.TRIVIAL, Wrong.ALL_SAME) or "old Identity Box" in found.hint


@pytest.mark.parametrize("case", [c for c in WORDS if len(c["entropy"]) < 64], ids=lambda case: case["entropy"])
def test_shorter_phrases_are_refused(case: dict[str, str]) -> None:
    for text in (case["bip39"], case["identity_box"]):
        assert check_words(text).problems[-1].kind in (Wrong.TWELVE_WORDS, Wrong.TOO_FEW)


def test_a_bundle_of_format_1_opens_for_ever() -> None:
    expected = json.loads((HERE / "bundle-1.json").read_text(encoding="utf-8"))
    with parse_words(CASES[0]["words"]) as secret, owner_keys(secret) as keys:
        found = open_bundle((HERE / "bundle-1.backup").read_bytes(), keys, expect_generation=3)
    raw = content_to_bytes(found.content)
    end = 8 + int.from_bytes(raw[:8], "big")
    assert found.digest == expected["digest"]
    assert found.header.to_json() == expected["header"]
    assert json.loads(raw[8:end]) == expected["content"]
    assert json.loads(raw[end + 8 :]) == expected["wallet"]


# --- docs/age-key.py: without this program -----------------------------------------------------------------------


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("age_key", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["secret"][:8])
def test_the_script_agrees(case: dict[str, Any]) -> None:
    module = script()
    word_list = module.read_word_list([])
    short = ", ".join(f"{n}. {word[:4].upper()}" for n, word in enumerate(case["words"].split(), 1))
    for typed in (case["words"], short):
        assert module.age_key(typed, word_list) == case["bundle"]["age_identity"]
        assert module.age_key(typed, word_list, module.DID_LABEL) == case["did_keys"]["age_identity"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("abandon", "1 words were typed"),
        (CASES[0]["words"].replace("amount", "amountx"), "word 2 is not"),
        (CASES[0]["words"].replace("unaware", "tray"), "do not belong together"),
    ],
)
def test_the_script_refuses_other_words(typed: str, words: str) -> None:
    module = script()
    with pytest.raises(SystemExit, match=words):
        module.age_key(typed, module.read_word_list([]))


def test_the_script_asks_unseen_on_the_terminal() -> None:
    """In a process of its own, isolated from this program, with the word list given as a file."""
    word_list = Path(mnemonic.__file__).parent / "wordlist" / "english.txt"
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-I", str(SCRIPT), str(word_list)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        shown = os.read(ours, 1000)
        os.write(ours, CASES[0]["words"].encode() + b"\n")
        printed, _ = process.communicate(timeout=20)
        os.close(theirs)
        try:
            shown += os.read(ours, 4000)
        except OSError:  # Linux: the other end is closed and nothing is left
            pass
    os.close(ours)
    assert printed.decode().strip() == CASES[0]["bundle"]["age_identity"]
    assert b"24 words" in shown
    assert b"abandon" not in shown


def test_the_script_takes_no_other_word_list(tmp_path: Path) -> None:
    path = tmp_path / "english.txt"
    path.write_text("abandon\n")
    with pytest.raises(SystemExit, match="not the English word list"):
        script().read_word_list([str(path)])
