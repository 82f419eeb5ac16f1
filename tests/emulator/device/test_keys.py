"""The emulator's own key derivation against published vectors (`tests/vectors/vectors.json`)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from emulator.apps import keys
from emulator.device.machine import Machine, Setup
from emulator.device.models import MODELS
from emulator.device.screens import Button
from tests.emulator.device.data import VECTORS, replies, screen

PUBLISHED: dict[str, Any] = json.loads((VECTORS / "vectors.json").read_text("utf-8"))
SEEDS = {entry["name"]: entry for entry in PUBLISHED["seeds"]}


def elements(path: str) -> list[int]:
    """Numbers of a path like m/44'/919'."""
    return [int(part.rstrip("'")) for part in path.split("/")[1:]]


@pytest.mark.parametrize("entry", SEEDS.values(), ids=lambda entry: entry["name"])
def test_phrase_to_seed(entry: dict[str, Any]) -> None:
    """BIP39 without a passphrase; extra blanks do not matter; hex: gives the bytes themselves."""
    assert keys.Seed.from_text(entry["mnemonic"]).raw.hex() == entry["seed"]
    assert keys.Seed.from_text(f"  {entry['mnemonic'].replace(' ', '  ')}\n").raw.hex() == entry["seed"]
    assert keys.Seed.from_text(f"hex:{entry['seed']}").raw.hex() == entry["seed"]


@pytest.mark.parametrize("text", ["hex:", "hex:0", "hex:zz"])
def test_bad_hex_seed_is_refused_without_repeating_it(text: str) -> None:
    """The message names the problem only."""
    with pytest.raises(ValueError, match="the seed after hex: is"):
        keys.Seed.from_text(text)


@pytest.mark.parametrize("vector", PUBLISHED["slip10"], ids=lambda row: row["path"])
def test_slip10(vector: dict[str, Any]) -> None:
    """Private and public keys of SLIP-0010 for ed25519."""
    private = keys.slip10(keys.Seed(bytes.fromhex(vector["seed"])), elements(vector["path"]))
    assert private.hex() == vector["private_key"]
    assert keys.public_key(private).hex() == vector["public_key"]


@pytest.mark.parametrize("vector", PUBLISHED["keygen"], ids=lambda row: row["key"][:8])
def test_bls_key_generation(vector: dict[str, Any]) -> None:
    """BLS KeyGen of draft 04."""
    assert keys.bls_scalar(bytes.fromhex(vector["seed"])).hex() == vector["key"]


def test_credential_that_does_not_exist() -> None:
    """PRF key + counter = 0 modulo the group order."""
    with pytest.raises(keys.NoSuchCredential):
        keys.credential_id((keys.GROUP_ORDER - 7).to_bytes(32, "big"), 7)


def command(vector: dict[str, Any]) -> bytes:
    """The APDU of a published vector; public keys are asked for silently unless it says otherwise."""
    if "data" in vector:
        data = bytes.fromhex(vector["data"])
    else:
        levels = [int(part) for part in vector["path"].split(" ")[0].split("/")[1:]]
        data = bytes([len(levels)]) + b"".join(level.to_bytes(4, "big") for level in levels)
    return bytes([vector["cla"], vector["ins"], vector.get("p1", 1), vector["p2"], len(data)]) + data


LEDGER = [pytest.param(row, id=f"{row['what']}-{number}") for number, row in enumerate(PUBLISHED["ledger"])]


@pytest.mark.parametrize("vector", LEDGER)
def test_published_device_answers(vector: dict[str, Any]) -> None:
    """Answers published with the tests of both apps: exports, public keys, addresses."""
    app = "concordium-4.1.2" if vector["app"] == "concordium-ledger-app" else "concordium-5.1.3"
    device = Machine(Setup(MODELS["nanosp"], app, keys.Seed.from_text(SEEDS[vector["seed"]]["mnemonic"])))
    events = device.start() + device.receive(command(vector))
    shown = ""
    while device.awaits_person:
        shown += "".join(screen(device))
        button = Button.RIGHT if {"Accept", "Approve"}.isdisjoint(screen(device)) else Button.BOTH
        events += device.buttons(button) + device.buttons(0)
    assert replies(events) == [vector.get("response", "") + "9000"]
    for key in ("display_identity", "display_address"):
        assert "".join(vector.get(key, "").split()) in shown.replace("Address (2/2)", "")
