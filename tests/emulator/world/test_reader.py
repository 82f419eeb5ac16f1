"""World files: what is read, and the sentence for everything that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.world import bundled
from emulator.world.chain import build_chain
from emulator.world.model import Foreign, Own, PathFamily, World, WorldError, YearMonth
from emulator.world.reader import MAX_FILE_BYTES, read_file, read_text

PHRASE = "abandon " * 23 + "art"
HEAD = f"""
version = 1
[network]
name = "private"
[[wallets]]
name = "w"
phrase = "{PHRASE}"
[[identities]]
name = "i"
wallet = "w"
index = 4
"""
ACCOUNT = HEAD + '[[accounts]]\nname = "a"\n'


def world(text: str) -> World:
    loaded = read_text(text, "test")
    build_chain(loaded, started=0)
    return loaded


def test_a_small_world_and_its_defaults() -> None:
    loaded = world(ACCOUNT + 'credentials = [{ identity = "i", counter = 7 }, { foreign = "bob" }]')
    assert loaded.name == "test"
    identity = loaded.identities[0]
    assert (identity.keygen, identity.family, identity.path_provider) == (1, PathFamily.LEGACY, None)
    first, second = loaded.accounts[0].credentials
    assert (first.index, first.origin, first.keys) == (0, Own("i", 7), ("own",))
    assert (second.index, second.origin, second.keys) == (1, Foreign("bob"), ("foreign:bob",))
    assert identity.created_at == YearMonth(2021, 12)


def test_networks_are_told_apart_by_their_genesis() -> None:
    hashes = {
        read_text(HEAD.replace("private", name), "x").network.genesis_hash.hex()
        for name in ("mainnet", "testnet", "private", "another")
    }
    assert len(hashes) == 4
    assert "9dd9ca4d19e9393877d2c44b70f89acbfc0883c2243e5eeaecc0d1cd0503f478" in hashes


def test_phrases_stay_out_of_repr() -> None:
    assert "abandon" not in repr(read_text(HEAD, "x"))


CREDENTIAL = 'credentials = [{ identity = "i", counter = 0%s }]'

COMPLAINTS = {
    "toml": ("version = ", "not valid TOML"),
    "version missing": ("", "version: is missing"),
    "version unknown": ("version = 2\n", "reads version 1"),
    "unknown key": ("version = 1\ncolour = 3\n[network]\nname = 'x'\n", "colour: is not a known key"),
    "wrong type": (HEAD + "created_at = 5\n", r"identities\[0\].created_at: must be a text"),
    "month": (HEAD + 'created_at = "2021-13"\n', "must be a month"),
    "bool for number": (HEAD + "keygen = true\n", "must be a whole number"),
    "keygen": (HEAD + "keygen = 2\n", "outside 0..1"),
    "path word": (HEAD + 'path = "new"\n', "must be one of legacy, provider"),
    "keygen 0 with provider": (HEAD + 'keygen = 0\npath = "provider"\n', "legacy paths only"),
    "unknown wallet": (HEAD.replace('wallet = "w"', 'wallet = "v"'), "there is no wallet 'v'"),
    "bad phrase": (HEAD.replace("art", "abandon"), "not a BIP-39 phrase"),
    "same keys": (HEAD + "[[identities]]\nname='j'\nwallet='w'\nindex=4\n", "have the same keys"),
    "twice": (HEAD + "[[identities]]\nname='i'\nwallet='w'\nindex=5\n", "identity 'i' is given twice"),
    "counter": (ACCOUNT + 'credentials = [{ identity = "i", counter = 256 }]', "256 is outside 0..255"),
    "no origin": (ACCOUNT + "credentials = [{ counter = 1 }]", 'give either "identity"'),
    "unknown identity": (ACCOUNT + 'credentials = [{ identity = "j", counter = 1 }]', "no identity 'j'"),
    "no credential": (ACCOUNT, "needs an active credential at index 0"),
    "first removed": (ACCOUNT + CREDENTIAL % ", removed_at = 9", "can never be removed"),
    "index twice": (
        ACCOUNT + 'credentials = [{ foreign = "a" }, { foreign = "b", index = 0 }]',
        "the same index",
    ),
    "threshold": (ACCOUNT + "threshold = 2\n" + CREDENTIAL % "", "above its 1 active"),
    "own key of others": (ACCOUNT + 'credentials = [{ foreign = "a", keys = ["own"] }]', "only a credential"),
    "key word": (ACCOUNT + CREDENTIAL % ', keys = ["mine"]', "must be 'own'"),
    "no keys": (ACCOUNT + CREDENTIAL % ", keys = []", "1 to 255 keys"),
    "key threshold": (ACCOUNT + CREDENTIAL % ", signature_threshold = 2", "above its 1 keys"),
    "cred_id": (ACCOUNT + 'credentials = [{ foreign = "a", cred_id = "ab" }]', "must be 96 hex digits"),
    "attribute": (ACCOUNT + CREDENTIAL % ', attributes = { shoe = "9" }', "'shoe' is not an attribute"),
    "long value": (ACCOUNT + CREDENTIAL % f', attributes = {{ sex = "{32 * "x"}" }}', "longer than 31"),
    "kind": (ACCOUNT + CREDENTIAL % ', kind = "first"', "must be one of initial, normal"),
    "used twice": (
        ACCOUNT + CREDENTIAL % "" + '\n[[accounts]]\nname = "b"\n' + CREDENTIAL % "",
        "a credential is used once",
    ),
    "locked": (ACCOUNT + "schedule = [{ amount = 5 }]\n" + CREDENTIAL % "", "5 microCCD are locked"),
    "staked": (
        ACCOUNT + 'stake = { kind = "validator", amount = 5 }\n' + CREDENTIAL % "",
        "5 microCCD are staked",
    ),
    "delegate to nobody": (
        ACCOUNT + 'stake = { kind = "delegator", amount = 0, target = "z" }\n' + CREDENTIAL % "",
        "no account 'z' to delegate to",
    ),
    "delegate to no validator": (
        ACCOUNT + 'stake = { kind = "delegator", amount = 0, target = "a" }\n' + CREDENTIAL % "",
        "'a' is not a validator",
    ),
    "older than account": (
        ACCOUNT + 'credentials = [{ foreign = "a", added_at = 5 }, { foreign = "b", added_at = 4 }]',
        "older than the account",
    ),
    "address": (ACCOUNT + 'address = "xyz"\n' + CREDENTIAL % "", "not a Concordium account address"),
    "fixed cred_id is ours": (
        ACCOUNT + CREDENTIAL % "" + '\n[[accounts]]\nname = "b"\ncredentials = [{ foreign = "x", cred_id = "%s" }]',
        "is used twice",
    ),
    "height": (
        "version = 1\n[network]\nname='x'\n[blocks]\nhashes = { ten = '00' }\n",
        "'ten' is not a block height|64 hex digits",
    ),
}


@pytest.mark.parametrize(("text", "complaint"), COMPLAINTS.values(), ids=COMPLAINTS.keys())
def test_complaints(text: str, complaint: str) -> None:
    if "%s" in text:
        ours = build_chain(read_text(ACCOUNT + CREDENTIAL % "", "x"), 0).accounts[0].credentials[0].cred_id
        text = text.replace("%s", ours.hex())
    with pytest.raises(WorldError, match=complaint):
        world(text)


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(HEAD)
    assert bundled.load(file).name == "mine"
    with pytest.raises(WorldError, match="cannot read the world file"):
        read_file(tmp_path / "none.toml")
    file.write_bytes(b"\xff")
    with pytest.raises(WorldError, match="not UTF-8"):
        read_file(file)
    file.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    with pytest.raises(WorldError, match="larger than"):
        read_file(file)
    with pytest.raises(WorldError, match=r"there is no world 'none'; bundled are demo, edges, empty, sample"):
        bundled.load("none")


@given(st.text(max_size=200) | st.builds(lambda tail: ACCOUNT + tail, st.text(max_size=60)))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_world_or_a_complaint(text: str) -> None:
    try:
        read_text(text, "x")
    except WorldError as error:
        assert str(error)
