"""Where settings come from, which source wins, and how mistakes are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger_recovery.cli.config import Directories, from_environment, from_options, from_toml, gather, to_settings
from ledger_recovery.cli.settings_keys import KEYS
from ledger_recovery.errors import InputError

GENESIS = "42" * 32


@pytest.fixture
def places(tmp_path: Path) -> Directories:
    (tmp_path / "config").mkdir()
    return Directories(tmp_path / "config", tmp_path / "data", tmp_path / "state")


def _write(places: Directories, text: str) -> Path:
    path = places.config / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_options_win_over_environment_over_file(places: Directories) -> None:
    _write(places, 'network = "mainnet"\nconnections = 2\nmode = "direct"\n')
    environ = {"LEDGER_RECOVERY_NETWORK": "testnet", "LEDGER_RECOVERY_CONNECTIONS": "3", "PATH": "/bin"}
    values = gather({"connections": 4}, environ, config=None, directories=places)
    assert values == {"network": "testnet", "connections": 4, "mode": "direct"}


def test_without_any_source_the_defaults_hold(places: Directories) -> None:
    settings = to_settings(gather({}, {}, config=None, directories=places), places)
    assert settings.network == "mainnet"
    assert settings.nodes == ()
    assert settings.wallet == places.data / "wallet-mainnet.sqlite"
    assert settings.state_dir == places.state
    assert (settings.max_block_age, settings.connections, settings.redact) == (300.0, 4, "full")


def test_each_network_has_its_own_wallet_file(places: Directories) -> None:
    assert to_settings({"network": "testnet"}, places).wallet.name == "wallet-testnet.sqlite"


def test_a_named_file_is_read_instead_and_must_exist(places: Directories, tmp_path: Path) -> None:
    _write(places, 'network = "mainnet"')
    other = tmp_path / "other.toml"
    other.write_text('network = "testnet"')
    assert gather({}, {}, config=other, directories=places)["network"] == "testnet"
    named = {"LEDGER_RECOVERY_CONFIG": str(other)}
    assert gather({}, named, config=None, directories=places)["network"] == "testnet"
    with pytest.raises(InputError, match="no settings file"):
        gather({}, {}, config=tmp_path / "missing.toml", directories=places)


def test_paths_of_the_file_are_relative_to_it(places: Directories) -> None:
    path = places.config / "settings.toml"
    assert from_toml('wallet = "mine.sqlite"', path)["wallet"] == places.config / "mine.sqlite"
    assert from_toml('wallet = "/abs/mine.sqlite"', path)["wallet"] == Path("/abs/mine.sqlite")
    assert from_toml('wallet = "~/mine.sqlite"', path)["wallet"] == Path.home() / "mine.sqlite"


def test_every_key_can_stand_in_every_source() -> None:
    samples = {"text": "x", "path": "/p", "list": "http://a http://b", "number": "7", "whole": "7", "flag": "1"}
    expected = {
        "text": "x",
        "path": Path("/p"),
        "list": ("http://a", "http://b"),
        "number": 7.0,
        "whole": 7,
        "flag": True,
    }
    for key in KEYS:
        text = key.choices[0] if key.choices else samples[key.kind]
        value = key.choices[0] if key.choices else expected[key.kind]
        assert from_environment({f"LEDGER_RECOVERY_{key.name.upper()}": text}) == {key.name: value}
        toml = {"list": '["http://a", "http://b"]', "number": "7", "whole": "7", "flag": "true"}.get(
            key.kind, f'"{text}"'
        )
        assert from_toml(f"{key.name} = {toml}", Path("/s.toml")) == {key.name: value}
        assert key.help


@pytest.mark.parametrize(
    ("text", "line", "says", "hint"),
    [
        ('network = "testnet"\nnodes = []', 2, '"nodes" is not a setting', "did you mean node?"),
        ('# x\n\n[chain]\nnode = "a"', 3, '"chain" is not a setting', "the settings are: wallet"),
        ('node.url = "a"', 1, "node must be a list of texts", ""),
        ("connections = 9", 1, "connections must be 1 to 8", ""),
        ("connections = true", 1, "connections must be a whole number", ""),
        ('connections = "2"', 1, "connections must be a whole number", ""),
        ("max_block_age = inf", 1, "max_block_age must be 1 to", ""),
        ("max_block_age = nan", 1, "max_block_age must be a number", ""),
        ('network = "mainet"', 1, 'network cannot be "mainet"', "choose mainnet, testnet, custom"),
        ('plain = "yes"', 1, "plain must be true or false", ""),
        ("node = [1]", 1, "node must be a list of texts", ""),
    ],
)
def test_mistakes_in_the_file_are_told_with_their_line(text: str, line: int, says: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        from_toml(text, Path("/home/me/settings.toml"))
    assert caught.value.sentence.startswith(f"settings file /home/me/settings.toml, line {line}: {says}")
    assert hint in caught.value.hint


def test_broken_toml_is_told_with_its_place() -> None:
    with pytest.raises(InputError, match=r"settings\.toml: .*line 2"):
        from_toml('network = "testnet"\nnode = ]\n', Path("settings.toml"))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * (64 * 1024 + 1)], ids=["not text", "too large"])
def test_files_that_are_none_are_refused(places: Directories, content: bytes) -> None:
    (places.config / "settings.toml").write_bytes(content)
    with pytest.raises(InputError, match="settings file"):
        gather({}, {}, config=None, directories=places)


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("LEDGER_RECOVERY_NODES", "http://a", '"NODES" is not a setting'),
        ("LEDGER_RECOVERY_CONNECTIONS", "two", '"two" is not a number'),
        ("LEDGER_RECOVERY_PLAIN", "maybe", '"maybe" is neither yes nor no'),
        ("LEDGER_RECOVERY_MODE", "quick", 'mode cannot be "quick"'),
    ],
)
def test_mistakes_in_the_environment_name_the_variable(variable: str, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        from_environment({variable: text})
    assert variable in caught.value.sentence
    assert says in caught.value.sentence


def test_a_misspelt_variable_gets_a_suggestion_in_its_own_form() -> None:
    with pytest.raises(InputError) as caught:
        from_environment({"LEDGER_RECOVERY_NODES": "x"})
    assert caught.value.hint == "did you mean LEDGER_RECOVERY_NODE?"


def test_an_empty_variable_is_not_set() -> None:
    assert from_environment({"LEDGER_RECOVERY_MODE": ""}) == {}


def test_options_that_are_no_settings_pass_by() -> None:
    assert from_options({"identities": "0-9", "json": True, "network": None}) == {}


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"network": "custom", "node": ("http://a",)}, "no known genesis block"),
        ({"network": "custom", "genesis": GENESIS}, "no default node"),
        ({"network": "testnet", "genesis": GENESIS}, "goes with a custom network"),
        ({"genesis": "42", "node": ("http://a",)}, "genesis is not 64 hex digits"),
        ({"fingerprint": "abc"}, "fingerprint is not 8 to 64 hex digits"),
        ({"fingerprint": "x" * 10}, "fingerprint is not 8 to 64 hex digits"),
    ],
)
def test_settings_that_contradict_are_refused(values: dict[str, str], says: str, places: Directories) -> None:
    with pytest.raises(InputError, match=says):
        to_settings(values, places)


def test_a_genesis_hash_alone_means_a_custom_network(places: Directories) -> None:
    settings = to_settings({"genesis": GENESIS.upper(), "node": ("http://a",)}, places)
    assert (settings.network, settings.genesis) == ("custom", GENESIS)
