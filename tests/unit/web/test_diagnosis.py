"""The diagnosis may be passed on: states, codes and times are in it; no address, ID, name, host or place is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger_recovery.web.model.state import Failure, Family, GuideState, LogLine, Sought
from ledger_recovery.web.model.state_evm import EvmView, SchemeView
from ledger_recovery.web.pages.diagnosis import diagnosis_text
from tests.support.guide_scenes import FINGERPRINT, OTHER, scenes
from tests.support.guide_scenes_evm import ADDRESS as ADDRESS_EVM
from tests.support.guide_scenes_evm import HOSTS

ADDRESS = "3kudWpagYSt9RX8T97CxnY9kKnDQbrq4oSLJaXh8VQnfeJwvj6"
SCENES = scenes()


@pytest.mark.parametrize("name", SCENES)
def test_no_page_s_diagnosis_holds_anything_personal(name: str) -> None:
    state = SCENES[name]
    text = diagnosis_text(replace(state, sought=Sought(ADDRESS, "ID #1, credential 3"), save_folder="/home/ada/x"))
    private = [ADDRESS, FINGERPRINT[:8], OTHER[:8], "/home/ada", "wallet.sqlite", "grpc.mainnet", "10.0.0.9", "Savings"]
    private += [*HOSTS, "rpc.example", "eth.example", ADDRESS_EVM[:8]]
    if state.result is not None:
        private += [a.address[:8] for a in state.result.accounts if set(a.address[2:8]) != {"0"}]
    assert [one for one in private if one in text] == []
    assert state.step.code in text


def test_what_helps_is_in_it() -> None:
    text = diagnosis_text(SCENES["04-network-dead"])
    assert "failure:      node, tried again within 5 s" in text
    text = diagnosis_text(SCENES["05-approve-nanosp"])
    for wanted in ("awaiting-approval", "nanosp", "Concordium 5.1.3", "ID #2: asking; A 25, ? 2", "2 pages expected"):
        assert wanted in text


def test_chains_and_schemes_are_told_by_state_and_counts() -> None:
    text = diagnosis_text(SCENES["e06-dead-chain"])
    for wanted in (
        "nodes:        2, 0 to be typed again",
        "search:       recover, all, gap 20, running",
        "chain 1: finalized height 23851204, 812 s old; smart accounts 1, 0 unknown",
        "chain 3: no answers",
        "ledger_live: derived 320; D 2, ? 299; goes on",
        "chain failed TIMEOUT",
    ):
        assert wanted in text
    assert "search:       recover, one address, gap 20, running" in diagnosis_text(SCENES["e06-find"])


def test_a_path_of_one_s_own_is_not_told() -> None:
    view = EvmView(schemes=(SchemeView("m/44'/60'/77'/x", (("D", 1),), 1, "gap"),))
    text = diagnosis_text(GuideState(family=Family.EVM, evm=view))
    assert "own path: derived 1; D 1; gap" in text and "77'" not in text


@pytest.mark.parametrize(
    "foreign",
    [
        f"failed at {ADDRESS}",
        "asked http://10.1.2.3:20000/path?x",
        "\x1b[31mred\u202eevil",
        FINGERPRINT,
        "connect to 192.168.7.1:20000",
    ],
)
def test_foreign_words_in_the_log_are_taken_for_nothing(foreign: str) -> None:
    state = GuideState(log=(LogLine(1.5, foreign),), failure=Failure("at " + ADDRESS, "see " + ADDRESS, "node"))
    text = diagnosis_text(state)
    assert ADDRESS not in text and FINGERPRINT not in text and "10.1.2.3" not in text and "192.168.7.1" not in text
    assert text.isprintable() or all(c == "\n" or c.isprintable() for c in text)
    assert "\u202e" not in text
