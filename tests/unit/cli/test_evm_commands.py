"""The EVM family on the command line: options, words, the live rows, and what a run ends with."""

from __future__ import annotations

import io
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from chain.model import Finality
from ledger_recovery.cli.evm.board import ROW, EvmBoard
from ledger_recovery.cli.evm.options import EvmSearchOptions, family_named, refuse
from ledger_recovery.cli.evm.policy import policy
from ledger_recovery.cli.evm.runs import Recorder, run_json, run_text
from ledger_recovery.cli.evm.sentences import told
from ledger_recovery.cli.evm.session import evm_settings, how_to_resume
from ledger_recovery.cli.evm.views import units
from ledger_recovery.cli.live import Display, styled
from ledger_recovery.cli.main import main
from ledger_recovery.cli.options import SearchOptions
from ledger_recovery.errors import ExitStatus, InputError
from ledger_recovery.recover.evm import events as ev
from ledger_recovery.recover.evm.model import AddressOutcome, Use
from ledger_recovery.recover.evm.policy import EvmPolicy
from ledger_recovery.recover.evm.walk import Stop, StopReason
from tests.support.cli_environment import clean
from tests.support.schema import reference_problems
from tests.unit.recover.evm.made import absent, chain, place, result, silent, smart, there

SCHEMA = json.loads((resources.files("ledger_recovery.cli") / "output.schema.json").read_text(encoding="utf-8"))
SECRET = "https://rpc.example/v2/secret-key-0123456789"
OWNER = "0x" + "11" * 20


@pytest.mark.parametrize(
    ("wrong", "told_of"),
    [
        ({"gap": 0}, "gap"),
        ({"gap": 20, "max_index": 5}, "cap"),
        ({"scheme": ["nonsense"]}, "nonsense"),
        ({"path": ["m/44'/60'"]}, "exactly one x"),
        ({"find": "0x12"}, "not an EVM address"),
        ({"find": "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8d"}, "mistyped"),
        ({"owner": [OWNER] * 4}, "4 times"),
        ({"owner": [OWNER], "smart_accounts": False}, "exclude"),
    ],
    ids=str,
)
def test_options_that_do_not_fit_are_told(wrong: dict[str, Any], told_of: str) -> None:
    with pytest.raises(InputError, match=told_of):
        policy(**wrong)


def test_a_policy_of_options() -> None:
    made = policy(gap=30, scheme=["legacy", "legacy"], path=["m/44'/60'/0'/4/x"], owner=[OWNER])
    assert [scheme.name for scheme in made.schemes] == ["legacy", "m/44'/60'/0'/4/x"]
    assert (made.gap, made.cap, made.co_owners) == (30, 1_000, (b"\x11" * 20,))
    assert policy() == EvmPolicy()


def test_options_of_the_other_family_are_refused() -> None:
    with pytest.raises(InputError, match="--max-index goes with --family ethereum"):
        refuse((EvmSearchOptions(max_index=5),), "concordium")
    with pytest.raises(InputError, match="--identities goes with --family concordium"):
        refuse((SearchOptions(identities="0-9"),), "ethereum")
    refuse((EvmSearchOptions(), SearchOptions()), "ethereum")
    with pytest.raises(InputError, match="--family"):
        family_named("bitcoin")


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [(0, 18, "0"), (15 * 10**17, 18, "1.5"), (1, 18, "0." + "0" * 17 + "1"), (1_234_000_000, 6, "1,234"), (7, 0, "7")],
)
def test_amounts_are_exact(amount: int, decimals: int, text: str) -> None:
    assert units(amount, decimals) == text


@pytest.fixture
def record() -> Recorder:
    """Used, money only, a hole, one unknown on the second chain, a smart account."""
    outcomes = {
        n.to_bytes(20, "big"): AddressOutcome(n.to_bytes(20, "big"), {1: one, 137: two})
        for n, one, two in (
            (0, there(0, nonce=3, balance=10**18), absent(0)),
            (1, absent(1), absent(1)),
            (2, there(2, balance=5), silent(2)),
            (3, absent(3), silent(3)),
        )
    }
    first = outcomes[bytes(20)]
    outcomes[bytes(20)] = AddressOutcome(first.address, first.answers, ((1, smart(0, 900)),))
    made = result(outcomes, tuple(place(n) for n in range(4)), chains=(chain(), chain(137, "polygon")))
    return Recorder("recover", made, "Not complete: because.", "/reports/r.json", ("add EVM account",))


def test_a_run_is_told_whole(record: Recorder) -> None:
    text = run_text(record, 10_000)
    assert text.startswith("Not complete: because.\n")
    assert "ledger_live #0" in text and "3 transactions" in text
    assert "money only, anybody can have sent it; unknown on 1 chain" in text
    assert "Safe 1.4.1, salt 0" in text
    assert "1 place between used ones" in text
    assert "2 addresses unknown" in text and "ledger-recovery retry" in text
    assert text.rstrip().endswith("report: /reports/r.json")


def test_the_json_of_a_run_fits_the_schema(record: Recorder) -> None:
    whole = {"command": "recover", "version": 1, "exit": 3, "result": run_json(record), "error": None}
    assert reference_problems(json.loads(json.dumps(whole)), SCHEMA) == []
    assert {block["finality"] for c in whole["result"]["chains"] if (block := c["block"])} == {  # type: ignore[index]
        Finality.FINALIZED.value
    }


def test_a_search_is_told_in_one_line() -> None:
    made = result({}, (place(7),), policy=EvmPolicy(find=place(7).address), chains=(), found=place(7))
    assert run_text(Recorder("recover", made), 80).startswith("found: 0x")
    lost = result({}, (), policy=EvmPolicy(find=b"\x09" * 20), chains=())
    assert run_text(Recorder("recover", lost), 80).startswith("not found: 0x")


STORY: tuple[ev.EvmEvent, ...] = (
    ev.ChainFailed("rpc.example", "TIMEOUT", "no answer"),
    ev.PlacesDerived("legacy", 0, 5),
    ev.PlacesAnswered("legacy", ((0, Use.ACTIVE), (1, Use.UNUSED), (2, Use.UNKNOWN), (3, Use.DUST))),
    ev.SmartAccountsLooked("ethereum", 6, 120, 1, 2),
    ev.SchemeEnded("legacy", Stop(StopReason.GAP, 5, (2,)), "retry"),
    ev.AddressFound(place(3)),
    ev.AddressShown(place(3), confirmed=False),
)


def test_every_event_is_one_sentence() -> None:
    lines = [line for event in STORY for line in told(event)]
    assert "legacy: used 0, money only 3, unused 1, unknown 2" in lines
    assert "ethereum: 1 smart account of 6 owners, 2 addresses without an answer" in lines
    assert any("NOT confirmed" in line for line in lines)
    assert len(lines) == len(STORY)
    for reason in StopReason:
        assert told(ev.SchemeEnded("x", Stop(reason, 4), ""))


def test_the_row_of_a_scheme_grows_and_stays_when_it_ends() -> None:
    board = EvmBoard(100)
    for event in STORY[:3]:
        board.on(event, 0.0)
    assert board.grid() == ("legacy       DA?D. .",)
    board.on(STORY[4], 0.0)
    assert board.grid() == () and "legacy       DA?D. ." in board.take_done()


def test_a_long_row_shows_its_end() -> None:
    board = EvmBoard(80)
    board.on(ev.PlacesAnswered("legacy", tuple((n, Use.UNUSED) for n in range(300))), 0.0)
    (row,) = board.grid()
    assert len(row) <= 80 and row.endswith("before)")


def test_the_display_draws_it() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    display: Display[ev.EvmEvent] = Display(stream, EvmBoard, lambda line: styled(line, ROW))
    for event in STORY:
        display.on(event)
    display.close()
    assert "no answer" in stream.getvalue()
    assert styled("legacy       DA?D. .", ROW).spans


def test_the_hint_after_ctrl_c_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    wallet = tmp_path / "my wallets" / "w.sqlite"
    assert f" --wallet '{wallet}'" in how_to_resume(evm_settings({"wallet": wallet}))


def test_urls_of_nodes_are_never_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean(monkeypatch, tmp_path)
    settings = evm_settings({"rpc": (SECRET,), "wallet": tmp_path / "w.sqlite"})
    assert "secret-key" not in repr(settings) and "secret-key" not in how_to_resume(settings)
    monkeypatch.setenv("LEDGER_RECOVERY_RPC", SECRET.replace("https", "ftp"))
    assert main(["recover", "--family", "ethereum", "--json"]) == ExitStatus.USAGE
    said = capsys.readouterr()
    assert "begins with https://" in said.err and "secret-key" not in said.err + said.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["recover", "--family", "ethereum"], "no node of an EVM chain is named"),
        (["recover", "--gap", "5"], "--gap goes with --family ethereum"),
        (["recover", "--family", "ethereum", "--identities", "0-3"], "--identities goes with --family concordium"),
        (["resume", "--family", "ethereum"], "no unfinished run"),
        (["retry", "--rpc", SECRET], "no run has unknown addresses"),
        (["accounts", "--family", "solana"], "--family"),
    ],
    ids=lambda v: " ".join(v[:4]) if isinstance(v, list) else "",
)
def test_what_cannot_be_done_is_told(
    words: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clean(monkeypatch, tmp_path)
    assert main(words) == ExitStatus.USAGE
    assert sentence in capsys.readouterr().err


def test_the_demo_from_the_command_line_to_the_wallet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clean(monkeypatch, tmp_path)
    wallet = str(tmp_path / "w.sqlite")
    words = ["--demo", "--pace", "0", "--scheme", "bip44", "--no-smart-accounts", "--show-addresses"]
    assert main(["recover", "--family", "ethereum", "--json", "--wallet", wallet, *words]) == ExitStatus.COMPLETE
    said = _json(capsys)
    assert reference_problems(said, SCHEMA) == []
    assert [a["places"][0]["index"] for a in said["result"]["accounts"]] == [0]
    assert said["result"]["shown"] == [said["result"]["accounts"][0]["address"]]
    assert main(["accounts", "--family", "ethereum", "--json", "--wallet", wallet]) == ExitStatus.COMPLETE
    listed = _json(capsys)
    assert reference_problems(listed, SCHEMA) == []
    assert [a["name"] for a in listed["result"]["accounts"]] == ["bip44 #0"]
    assert main(["accounts", "--family", "ethereum", "--wallet", wallet]) == ExitStatus.COMPLETE
    assert "31337" in capsys.readouterr().out
    assert main(["status", "--json", "--wallet", wallet]) == ExitStatus.COMPLETE
    state = _json(capsys)
    assert reference_problems(state, SCHEMA) == []
    assert [run["ending"] for run in state["result"]["evm_runs"]] == ["range-done"]
    assert main(["status", "--wallet", wallet]) == ExitStatus.COMPLETE
    assert "last EVM run: Complete" in capsys.readouterr().out


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)
