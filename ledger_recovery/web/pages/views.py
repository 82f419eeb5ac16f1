"""From the guide's state to HTML: one page, its regions, and what a screen reader is told. Templates in templates/.

It decides nothing: which step, question or failure is shown stands in the state. Every text is escaped by the template
engine; the only markup that enters from code is that of our own pictures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import jinja2
from markupsafe import Markup

import ledger_recovery
from ledger_recovery.device.interaction import DeviceState
from ledger_recovery.recover.report.clean import clean
from ledger_recovery.recover.report.ranges import plural
from ledger_recovery.web.model.amounts import ccd
from ledger_recovery.web.model.state import Family, GuideState, IndexView
from ledger_recovery.web.model.state_evm import SchemeView
from ledger_recovery.web.model.steps import STEPS, Step
from ledger_recovery.web.pages import wording, wording_evm
from ledger_recovery.web.pages.demo_screen import DemoScreen
from ledger_recovery.web.pages.grid_picture import USES, GridPicture, grid_picture, stretches_of
from ledger_recovery.web.pages.no_terminal import for_page
from ledger_recovery.web.pages.picture import DevicePicture, model_name, picture_of, state_picture
from ledger_recovery.web.pages.report.shape import REDACTIONS, ReportView
from ledger_recovery.web.pages.sheet import Sheet
from ledger_recovery.web.pages.terminal import how_to_open, install_rule

NEVER_ASKS = "This program never asks for your recovery words."
REGIONS = ("progress", "notice", "main", "device", "ask", "grid")
MOST_GRIDS = 24
"""Identity grids on one page, the newest; the report has all."""


@dataclass(frozen=True, slots=True)
class Page:
    """`html`: the whole page. `fragments`: region -> its inner HTML. `announce`: one sentence for screen readers."""

    html: str
    fragments: Mapping[str, str]
    announce: str


@dataclass(frozen=True, slots=True)
class _Row:
    scheme: str
    picture: GridPicture


@dataclass(frozen=True, slots=True)
class _Identity:
    label: str
    words: str
    rows: tuple[_Row, ...]


@dataclass(frozen=True, slots=True)
class _Scheme:
    """`wallets`: who used it. `picture`: None in a search for one address, which asks nothing about the others."""

    name: str
    template: str
    wallets: str
    words: str
    picture: GridPicture | None


def render(state: GuideState, *, token: str, demo: bool, screen: DemoScreen | None = None) -> Page:
    """The page of a state.

    :param token: goes into every form, against requests that other sites make.
    :param demo: the emulated Ledger stands beside the page. `screen`: what it shows, None while it starts.
    """
    context = _context(state, token=token, demo=demo)
    fragments = {region: _fragment(region, context) for region in REGIONS}
    announce = clean(for_page(wording.announced(state)), 600)
    regions = {name: _ours(text) for name, text in fragments.items()}
    html = _html("page.html", **context, regions=regions, announce=announce, screen=screen)
    return Page(html, MappingProxyType(fragments), announce)


def demo_buttons(screen: DemoScreen, token: str) -> str:
    """The controls under the picture of the emulated Ledger."""
    return _html("demo_buttons.html", screen=screen, token=token)


def enter_page() -> str:
    """The page before the token is known: it holds no data; its script hands the token over."""
    return _html("enter.html", title="Opening the guide", announce="")


def failure_page(sentence: str, hint: str, code: str, *, back: bool = True) -> str:
    """One cause, one fix. `back`: offer the way to the current step (not to somebody who may see nothing)."""
    return _html("failure.html", title="Problem", sentence=wording.sentence(sentence), hint=hint, code=code, back=back)


def sheet_page(sheet: Sheet, step: Step, family: Family = Family.CONCORDIUM) -> str:
    """The sheet of a step for the person who helps; `all_steps` lead to the others."""
    title_of = wording_evm.title_of if family is Family.EVM else _own_title
    return _html(
        "sheet.html",
        title=f"{step.code} for the person who helps",
        sheet=sheet,
        step=step,
        all_steps=STEPS,
        title_of=title_of,
    )


def diagnosis_page(text: str) -> str:
    """The diagnosis, to be read and copied."""
    return _html("diagnosis.html", title="Diagnosis", text=text)


def report_html(view: ReportView, *, token: str) -> str:
    """The report's page: a preview at one level of redaction, and the ways to save it."""
    return _html("report.html", title="Report", view=view, token=token, redactions=REDACTIONS)


def _advice(text: str, limit: int = 500) -> str:
    """Words of the service, which are written for the command line as well."""
    return for_page(clean(text, limit))


def _own_title(step: Step) -> str:
    return step.title


def _fragment(region: str, context: Mapping[str, object]) -> str:
    step = context["step"]
    if not isinstance(step, Step):
        raise TypeError("a page needs its step")
    common = [f"{region}/{step.code}.html", f"{region}/any.html"]
    own = [f"{region}/evm/{step.code}.html", f"{region}/evm/any.html"] if context["evm"] else []
    names = [*own, *common, "nothing.html"]
    return _environment().select_template(names).render(context).strip()


def _context(state: GuideState, *, token: str, demo: bool) -> dict[str, object]:
    return {
        "state": state,
        "step": state.step,
        "steps": STEPS,
        "title": f"{state.step.code} {wording.heading(state)}",
        "heading": wording.heading(state),
        "app": wording.app_name(state),
        "token": token,
        "demo": demo,
        "model": _model(state),
        "device": _device(state),
        "device_state": _device_state(state),
        "identities": _identities(state),
        "schemes": [_scheme(scheme, state.evm.wanted) for scheme in state.evm.schemes],
        "evm": state.family is Family.EVM,
        "road": wording.road_of(state),
    }


def _model(state: GuideState) -> str:
    return state.device.info.model if state.device.info is not None else "unknown"


def _device(state: GuideState) -> DevicePicture | None:
    return picture_of(state.device.expected) if state.device.expected is not None else None


def _device_state(state: GuideState) -> Markup:
    known = state.device.state or DeviceState.NO_DEVICE
    return _ours(state_picture(_model(state), known, wording.app_name(state)))


def _ours(markup: str) -> Markup:
    """Markup of our own templates and pictures, in which every foreign text is escaped already."""
    return Markup(markup)  # noqa: S704


def _identities(state: GuideState) -> Sequence[_Identity]:
    """The newest identities first: what goes on now stands on top."""
    return [_identity(index) for index in reversed(state.indices[-MOST_GRIDS:])]


def _identity(index: IndexView) -> _Identity:
    rows = tuple(_Row(row.scheme, _cells(row.letters)) for row in index.rows)
    return _Identity(index.label, wording.index_words(index), rows)


@lru_cache(maxsize=4 * MOST_GRIDS)
def _cells(letters: str) -> GridPicture:
    """Kept, because an event of a search changes one row, and all others are drawn again with it."""
    return grid_picture(stretches_of(letters))


def _scheme(scheme: SchemeView, wanted: str) -> _Scheme:
    width = max(scheme.derived, len(scheme.letters), 1)
    return _Scheme(
        scheme.scheme,
        wording_evm.TEMPLATES.get(scheme.scheme, ""),
        wording_evm.WALLETS.get(scheme.scheme, "your own path"),
        wording_evm.scheme_words(scheme, wanted),
        None if wanted else grid_picture(stretches_of(scheme.letters), width, USES),
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ledger_recovery.web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "plain": clean,
        "advice": _advice,
        "sentence": wording.sentence,
        "ccd": ccd,
        "picture": _ours,
        "age": wording.age_words,
        "grouped": wording.grouped,
        "in_fours": wording_evm.in_fours,
        "before_comma": lambda text: text.partition(",")[0],
        "plural": plural,
        "model_name": model_name,
    }
    environment.globals |= {
        "never_asks": NEVER_ASKS,
        "version": ledger_recovery.__version__,
        "words": wording,
        "how_to_open": how_to_open,
        "install_rule": install_rule,
        "evm_words": wording_evm,
    }
    return environment


def _html(template: str, **context: object) -> str:
    return _environment().get_template(template).render(context)
