"""The two persons of the command line: one who answers questions at a terminal, and nobody at all.

Neither picks a Ledger, or goes on with another one, without being told. What the device must show is drawn from the
run's events (output.py), so `notice`, `expect` and `settled` are silent here; ShowingPerson turns them into events
where a command has no run.
"""

from __future__ import annotations

from collections.abc import Sequence

from ledger_recovery.cli.keyboard import Ask
from ledger_recovery.cli.output import Renderer, Surface
from ledger_recovery.cli.sentences import advice as advice_text
from ledger_recovery.cli.sentences import device as device_text
from ledger_recovery.cli.terminal import printable
from ledger_recovery.derive.schemes import IdentityRef
from ledger_recovery.device.interaction import DeviceInfo, ExpectedScreen, Notice, Silent
from ledger_recovery.errors import Cancelled, InputError
from ledger_recovery.recover.events import ApprovalExpected, ApprovalSettled, DeviceNoticed
from ledger_recovery.recover.policy import StopAdvice

_YES, _NO = frozenset({"y", "yes"}), frozenset({"n", "no", "s", "stop"})


class TerminalPerson(Silent):
    """Asks at the terminal. `renderer` pauses while a question stands."""

    def __init__(self, ask: Ask, renderer: Surface) -> None:
        self._ask = ask
        self._renderer = renderer

    async def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        listed = "\n".join(f"  {n}  {device_text(d)}  ({printable(d.path, 80)})" for n, d in enumerate(devices, 1))
        text = f"Several Ledgers are connected:\n{listed}\nWhich one? [1-{len(devices)}, q = none] "
        while True:
            answer = (await self._question(text)).lower()
            if answer in ("q", "quit"):
                raise Cancelled("no Ledger was chosen", "unplug the others, or name one with --device")
            if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= len(devices):
                return devices[int(answer) - 1]
            text = f"Please type a number from 1 to {len(devices)}, or q: "

    async def may_open_app(self, app: str) -> bool:
        name = printable(app, 40)
        return await self._yes_no(f"The Ledger shows its dashboard. Open the app {name} on it? [Y/n] ", default=True)

    async def other_wallet(self, fingerprint: str, known: Sequence[str]) -> bool:
        others = ", ".join(f"{k[:8]}…" for k in known)
        text = (
            f"This Ledger (fingerprint {fingerprint[:8]}…) was never used with this wallet, which knows {others}.\n"
            "Another Ledger, another recovery phrase or another passphrase has other accounts. Go on? [y/N] "
        )
        return await self._yes_no(text, default=False)

    async def go_on(self, identity: IdentityRef, advice: StopAdvice | None) -> bool:
        if advice is None:
            return await self._yes_no(f"Search {identity} next? [Y = yes, n = stop here] ", default=True)
        reason = advice_text(advice)
        return await self._yes_no(f"{reason[0].upper()}{reason[1:]}.\nSearch {identity} too? [y/N] ", default=False)

    async def declined(self, identity: IdentityRef) -> bool:
        text = f"{identity} was declined on the Ledger. Ask once more? [y = yes, N = leave it unknown] "
        return await self._yes_no(text, default=False)

    async def _yes_no(self, text: str, *, default: bool) -> bool:
        while True:
            answer = (await self._question(text)).lower()
            if not answer:
                return default
            if answer in _YES or answer in _NO:
                return answer in _YES
            text = "Please type y or n: "

    async def _question(self, text: str) -> str:
        self._renderer.pause()
        try:
            return await self._ask(text)
        finally:
            self._renderer.resume()


class Nobody(Silent):
    """Answers for a run without a terminal: goes on within its policy, refuses what only a person may decide."""

    def __init__(self, *, named_by_fingerprint: bool) -> None:
        self._named = named_by_fingerprint

    async def choose(self, devices: Sequence[DeviceInfo]) -> DeviceInfo:
        listed = "; ".join(f"{device_text(d)} at {printable(d.path, 80)}" for d in devices)
        raise InputError(f"several Ledgers are connected: {listed}", "name one with --device PATH or --fingerprint HEX")

    async def other_wallet(self, fingerprint: str, known: Sequence[str]) -> bool:
        if self._named:
            return True
        others = ", ".join(f"{k[:8]}…" for k in known)
        raise InputError(
            f"this Ledger (fingerprint {fingerprint[:8]}…) was never used with this wallet, which knows {others}",
            f"another recovery phrase or passphrase? If it is meant, add --fingerprint {fingerprint[:16]}",
        )

    async def go_on(self, identity: IdentityRef, advice: StopAdvice | None) -> bool:
        return True

    async def declined(self, identity: IdentityRef) -> bool:
        return False


class Showing:
    """A person whose device messages are shown as events: for commands that are no run and so emit none."""

    def __init__(self, person: TerminalPerson | Nobody, renderer: Renderer) -> None:
        self._person = person
        self._renderer = renderer
        self.choose = person.choose
        self.may_open_app = person.may_open_app
        self.other_wallet = person.other_wallet
        self.go_on = person.go_on
        self.declined = person.declined

    def notice(self, notice: Notice) -> None:
        self._renderer.on(DeviceNoticed(notice))

    def expect(self, screen: ExpectedScreen) -> None:
        self._renderer.on(ApprovalExpected(None, screen))

    def settled(self, approved: bool) -> None:
        self._renderer.on(ApprovalSettled(None, approved))
