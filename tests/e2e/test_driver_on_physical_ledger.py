"""The driver on a real Ledger, with a person: scripts/test --device FINGERPRINT, and on no other device.

Nothing here changes anything on the device. The person is told on the terminal what to press. Keys are compared, and
never shown: not even a failing test prints one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from ledger_recovery.derive.keygen import keygen_v1
from ledger_recovery.device.interaction import ExpectedScreen, Notice
from ledger_recovery.device.session import DeviceSession, open_session
from ledger_recovery.errors import Declined
from tests.support.driving import ACCOUNT_PATH
from tests.unit.device.fakes import Audience

pytestmark = pytest.mark.device

Tell = Callable[[str], None]
KEY_BYTES = 32


class Asking(Audience):
    """Tells the person on the terminal, past pytest's capture."""

    def __init__(self, tell: Tell) -> None:
        super().__init__()
        self.tell = tell
        self.wish = "approve"

    def notice(self, notice: Notice) -> None:
        super().notice(notice)
        self.tell(f"{notice.sentence}: {notice.action}" if notice.action else notice.sentence)

    def expect(self, screen: ExpectedScreen) -> None:
        super().expect(screen)
        self.tell(f"The Ledger must show {screen.check}. Compare, then {self.wish.upper()} it.")


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    plugins = request.config.pluginmanager
    reporter, capture = plugins.get_plugin("terminalreporter"), plugins.get_plugin("capturemanager")
    if reporter is None or capture is None:
        pytest.skip("the person could not be told what to do: pytest runs without its terminal reporter or capture")

    def say(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"  >> {sentence}")

    return say


@pytest.fixture
def asking(tell: Tell) -> Asking:
    return Asking(tell)


@pytest.fixture
async def session(
    request: pytest.FixtureRequest, ledger_fingerprint: str, asking: Asking
) -> AsyncIterator[DeviceSession]:
    """A session with the named Ledger; the session itself refuses every other one."""
    path = request.config.getoption("device_path")
    async with await open_session(path, asking, pinned_fingerprint=ledger_fingerprint) as opened:
        await opened.ready()
        yield opened


async def test_silent_questions_are_answered_the_same_twice(session: DeviceSession, ledger_fingerprint: str) -> None:
    first, second = await session.public_key(ACCOUNT_PATH), await session.public_key(ACCOUNT_PATH)
    assert await session.fingerprint() == ledger_fingerprint
    assert (len(first), first) == (KEY_BYTES, second)
    assert await session.prove_public_key(ACCOUNT_PATH) == first


async def test_declining_is_an_answer_and_the_link_stays_good(
    session: DeviceSession, asking: Asking, ledger_fingerprint: str
) -> None:
    asking.wish = "decline"
    with pytest.raises(Declined):
        await session.export_prf_seed(0)
    assert await session.fingerprint() == ledger_fingerprint


async def test_seed_and_key_of_one_identity_belong_together(session: DeviceSession) -> None:
    """The device's own key generation against ours: its finished key is what we make of its seed."""
    seed = await session.export_prf_seed(1)
    key = await session.export_prf_key(1)
    other = await session.export_prf_seed(2)
    belongs = keygen_v1(seed).reveal() == key.reveal()
    differs = seed.reveal() != other.reveal()
    assert (belongs, differs) == (True, True)
