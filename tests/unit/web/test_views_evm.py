"""The EVM pages: right words, right buttons, nothing called absent because something failed."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.device.interaction import ExpectedScreen
from ledger_recovery.web.model import steps
from ledger_recovery.web.model.state import DeviceView, Failure, Family, GuideState, Question, QuestionKind
from ledger_recovery.web.model.state_evm import ChainView, EvmView, SchemeView
from ledger_recovery.web.model.summary_evm import ChainLine, EvmAccountLine, EvmSummary, SmartAccountLine
from ledger_recovery.web.pages import views, wording
from tests.support.guide_scenes_evm import ADDRESS, HOSTS, comparing, evm_scenes

SCENES = evm_scenes()
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def _fragments(state: GuideState) -> dict[str, str]:
    return dict(views.render(state, token="t", demo=False).fragments)


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace("&#39;", "'").strip()


def _fields(html: str, flow: str) -> set[str]:
    forms = re.findall(r"<form[^>]*>(.*?)</form>", html, re.DOTALL)
    return {
        name
        for form in forms
        if f'name="flow" value="{flow}"' in form
        for name in re.findall(r'<input[^>]* name="([^"]+)"', form)
    }


@pytest.mark.parametrize("family", Family)
def test_the_start_offers_both_families_and_marks_the_chosen_one(family: Family) -> None:
    html = _fragments(GuideState(family=family))["main"]
    pressed = dict(re.findall(r'id="family-(\w+)" class="family" aria-pressed="(\w+)"', html))
    assert pressed == {one.value: str(one is family).lower() for one in Family}
    assert _fields(html, "family") == {"csrf", "flow", "family"}


def test_the_start_asks_for_what_the_search_takes() -> None:
    html = _fragments(SCENES["e00-start"])["ask"]
    fields = _fields(html, "recover")
    assert fields == {"csrf", "flow", "helper", "nodes", "gap", "find", "show", "owners"}
    assert "identity providers" not in html.lower() and "credential" not in html.lower()


def test_hosts_are_shown_and_never_filled_in() -> None:
    html = _fragments(SCENES["e00-start-resume"])["ask"]
    assert HOSTS[0] in html
    assert all(host not in value for value in re.findall(r'value="([^"]*)"', html) for host in HOSTS)


def test_the_scenes_are_such_as_can_be() -> None:
    """Beside a chain that says nothing, no index is unused on every chain."""
    for name, state in SCENES.items():
        if any(chain.failure for chain in state.evm.chains):
            assert not any(scheme.count("A") for scheme in state.evm.schemes), name


def test_each_chain_has_its_block_or_its_failure() -> None:
    text = _text(_fragments(SCENES["e04-network-dead-chain"])["main"])
    assert "1 chain gives no answers" in text
    assert "Finalized block 23,851,204, 13 minutes old." in text
    assert "old block What happened since is not seen." in text
    assert "The node 127.0.0.1:8545 cannot be reached (ClientConnectorError)." in text


def test_without_nodes_the_page_asks_for_them() -> None:
    regions = _fragments(SCENES["e04-no-nodes"])
    assert "Which chains shall be searched?" in regions["main"]
    assert '<details class="choice" open>' in regions["ask"] and 'name="to" value="node"' in regions["ask"]
    assert "Asking each node" not in regions["main"]


def test_an_address_that_was_not_kept_is_asked_for_by_its_host() -> None:
    regions = _fragments(SCENES["e04-again"])
    assert f"Type the address of {HOSTS[1]} again." in regions["main"]
    alone = SCENES["e04-again"]
    only = _fragments(replace(alone, evm=replace(alone.evm, nodes=())))["main"]
    assert "One chain is enough" not in only and "Which chains" not in only, "the search has begun already"
    assert '<details class="choice" open>' in regions["ask"]


@pytest.mark.parametrize("model", ["nanosp", "nanox", "stax", "flex", "unknown"])
def test_the_address_to_compare_stands_in_groups_and_on_the_picture(model: str) -> None:
    state = replace(SCENES["e05-compare-nanosp"], device=comparing(model))
    regions = _fragments(state)
    groups = re.search(r'<p class="finger address">(.*?)</p>', regions["main"])
    assert groups is not None and _text(groups[1]).replace(" ", "") == ADDRESS
    assert f"<b>{ADDRESS}</b>" in regions["device"]
    drawn = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", regions["device"]))
    assert ADDRESS in drawn
    assert ADDRESS not in wording.announced(state)


def test_a_dead_chain_is_told_while_looking_up() -> None:
    text = _text(_fragments(SCENES["e06-dead-chain"])["main"])
    assert "127.0.0.1:8545 gives no answers in this search." in text and "Every address stays unknown there" in text


def test_the_grid_names_every_index_and_calls_none_unused_that_was_not_answered() -> None:
    html = _fragments(SCENES["e06-unanswered"])["grid"]
    assert "used 0, 280; unknown 150–179; unused 1–149, 180–279, 281–300; not asked 301–319" in html
    assert "25–149 unused" in html
    fresh = _text(_fragments(SCENES["e06-looking-up"])["grid"])
    assert "etc_legacy none seen so far; searching" in fresh and "not asked 0–19" in fresh


def test_a_search_for_one_address_asks_no_node_and_draws_no_grid() -> None:
    regions = _fragments(SCENES["e06-find"])
    assert "1,300" in regions["main"] and ADDRESS in regions["main"] and "No node is asked" in regions["main"]
    assert "<svg" not in regions["grid"] and "compared with 1000 addresses: not among them" in regions["grid"]
    assert "It is yours: bip44 #312" in _text(_fragments(SCENES["e06-find-found"])["main"])
    assert "Networks and nodes" not in regions["progress"]


def test_the_rail_follows_the_road_of_the_search() -> None:
    def rail(name: str) -> list[str]:
        return re.findall(r"</span><span>([^<]*)<", _fragments(SCENES[name])["progress"])

    assert rail("e05-compare-nanosp")[4:8] == [
        "Networks and nodes",
        "Looking up",
        "Compare on your Ledger",
        "Search further?",
    ]
    assert "Compare on your Ledger" not in rail("e06-looking-up")
    for state in SCENES.values():
        if state.step in steps.STEPS:
            assert _fragments(state)["progress"].count('aria-current="step"') == 1


def test_further_says_what_the_rule_was() -> None:
    text = _text(_fragments(SCENES["e07-further"])["main"])
    assert "until 20 addresses in a row were unused" in text and "until 40 in a row" in text
    assert "4 accounts were found." in text
    assert "4 accounts were found so far." in _text(_fragments(SCENES["e07-further-unknown"])["main"])


@pytest.mark.parametrize("name", ["e07-further", "e08-result"])
def test_an_address_that_was_not_confirmed_on_the_ledger_is_told_at_once(name: str) -> None:
    state = SCENES[name]
    assert "Not confirmed" not in _fragments(state)["main"]
    told = replace(state, evm=replace(state.evm, unconfirmed=("legacy #3, m/44'/60'/0'/3",)))
    assert "Not confirmed on the Ledger: legacy #3, m/44'/60'/0'/3." in _text(_fragments(told)["main"])


def test_nothing_is_counted_as_none_unless_the_search_is_complete() -> None:
    state = SCENES["e08-result-nothing"]
    assert isinstance(state.result, EvmSummary)
    assert "<b>0</b><span>accounts</span>" in _fragments(state)["main"]
    open_end = _fragments(replace(state, result=replace(state.result, complete=False)))["main"]
    assert "<b>–</b><span>no account seen so far</span>" in open_end
    assert "<b>–</b><span>no smart account seen so far</span>" in open_end
    assert "<b>0</b><span>accounts" not in open_end and "Did you expect accounts?" not in open_end
    assert wording.heading(replace(state, result=replace(state.result, complete=False))).endswith("so far")


def test_the_result_tells_warnings_holes_and_what_is_unknown() -> None:
    text = _text(_fragments(SCENES["e08-result-unknown"])["main"])
    for wanted in (
        "The search is not complete.",
        "money only: anybody can send it",
        "No answer from optimism.",
        "This Ledger is no longer an owner",
        "the account was never made",
        "ledger_live #1: skipped, and stays reserved",
        "Tokens that are not in the list",
        "chains that this run did not ask",
        "Scheme legacy: searched 0 to 1, with answers missing.",
    ):
        assert wanted in text
    assert "The search is complete." not in text


@pytest.mark.parametrize(
    ("name", "flows"),
    [
        ("e08-result", {"further"}),
        ("e08-result-unknown", {"retry", "further"}),
        ("e08-result-failed", {"resume", "further"}),
        ("e08-find-found", set()),
        ("e08-find-nothing", set()),
        ("e08-find-broken", {"resume"}),
    ],
)
def test_the_result_offers_what_can_be_done(name: str, flows: set[str]) -> None:
    assert set(re.findall(r'name="flow" value="([^"]*)"', _fragments(SCENES[name])["ask"])) == flows


def test_an_address_that_was_not_reached_is_not_told_as_foreign() -> None:
    broken = SCENES["e08-find-broken"]
    assert wording.heading(broken) == "The address was not found so far"
    assert "in none of the ways" not in _fragments(broken)["main"]
    assert "in none of the ways" in _fragments(SCENES["e08-find-nothing"])["main"]


@given(st.sampled_from(steps.STEPS), st.text(max_size=40), st.booleans())
@settings(max_examples=40, deadline=None)
def test_no_foreign_text_becomes_markup(step: steps.Step, text: str, wanted: bool) -> None:
    foreign = EVIL + text
    state = GuideState(
        family=Family.EVM,
        step=step,
        device=DeviceView(expected=ExpectedScreen(foreign, "nanosp", ((foreign,),), (foreign,), foreign)),
        evm=EvmView(
            wanted=foreign if wanted else "",
            found=foreign,
            nodes=(foreign,),
            again=(foreign,),
            chains=(ChainView(foreign, foreign, 1, "ab", 1.0, foreign), ChainView(foreign, failure=foreign)),
            schemes=(SchemeView(foreign, (("D", 1),), 3, foreign),),
        ),
        result=EvmSummary(
            *(
                foreign,
                False,
                foreign,
                (foreign,),
                (ChainLine(foreign, foreign, ok=False, said=foreign, open=(foreign,)),),
            ),
            emulated=False,
            accounts=(EvmAccountLine(foreign, foreign, (foreign,), (foreign,), unanswered=(foreign,)),),
            smart=(SmartAccountLine(foreign, foreign, foreign, foreign, foreign, foreign),),
            placeholders=(foreign,),
            further=(foreign,),
            unknown=1,
            left_open=True,
            wanted=foreign if wanted else "",
            found=foreign,
            not_recovered=(foreign,),
            warnings=(foreign,),
            conflicts=(foreign,),
            failure=(foreign, foreign),
        ),
        question=Question(1, QuestionKind.FURTHER) if step is steps.STOP_OR_GO_ON else None,
        failure=Failure(foreign, foreign, foreign),
    )
    page = views.render(state, token="t", demo=False)
    for html in (page.html, *page.fragments.values()):
        assert "<script>alert" not in html and "<img src=x" not in html
