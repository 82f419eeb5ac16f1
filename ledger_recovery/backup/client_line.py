"""[io] The line to one Identity Box: HTTPS to the pinned key, every answer bounded in size and time, careful retries.

Follows no redirect, uses no proxy of the environment, keeps no cookie and inflates nothing. Knows no method of the
interface; `client` does.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Self

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, stop_before_delay

from ledger_recovery.backup.client_refusals import MAX_REFUSAL_BYTES, error_of, read_refusal, worth_retrying
from ledger_recovery.backup.client_signing import DeviceSigner
from ledger_recovery.backup.client_timing import ClientTiming
from ledger_recovery.backup.pin import UNREACHABLE_HINT, fetch_certificate, pinned_context
from ledger_recovery.backup.protocol import OwnerSigner
from ledger_recovery.backup.protocol_json import MAX_JSON_BYTES
from ledger_recovery.errors import BoxError, LedgerRecoveryError

_NONSENSE_HINT: Final = "Check that this is a Box of this program's kind, and see its log."
_NOT_STARTED: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    :param headers: besides the signatures, by lower-case name.
    :param limit: bytes that a good answer may have.
    :param long: a bundle travels.
    :param repeatable: sending it twice does what sending it once does.
    :param gone: codes of a refusal that mean success when an earlier sending may have done the work unheard.
    """

    method: str
    path: str
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: int = MAX_JSON_BYTES
    long: bool = False
    repeatable: bool = True
    gone: frozenset[str] = frozenset()
    owner: OwnerSigner | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status of 200 to 299; headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class _Transient(Exception):
    """A try that another one may better. `wait`: seconds that the Box asked for."""

    def __init__(self, error: LedgerRecoveryError, wait: float | None = None) -> None:
        super().__init__(error.sentence)
        self.error = error
        self.wait = wait


class BoxLine:
    """Use as `async with`. `certificate`: DER; replaced when the Box shows a renewed one of the same key.

    :param pin: 32 bytes.
    :param signer: None for what is open to everybody.
    :raises OtherBox: (entering) the certificate is not of the pinned key.
    """

    def __init__(
        self, url: str, pin: bytes, certificate: bytes, timing: ClientTiming, signer: DeviceSigner | None = None
    ) -> None:
        self.url = url
        self.certificate = certificate
        self._pin = pin
        self._timing = timing
        self._signer = signer
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        self._http = self._opened()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    async def ask(self, call: Call) -> Answer:
        """The Box's answer.

        :raises BoxError: none in time, or one that cannot be right.
        :raises OtherBox: another key answers.
        :raises NoSuchBackup, BackupConflict, DidKeyMissing, BoxRefused: as the Box says.
        """
        total = self._timing.long if call.long else self._timing.short
        tries = _Tries(self, call, self._timing.connect, asyncio.get_running_loop().time() + total)
        try:
            async with asyncio.timeout(total):
                return await self._retrying(total)(tries.once)
        except _Transient as failed:
            raise failed.error from failed.__cause__
        except TimeoutError as error:
            raise BoxError(f"the Box did not finish its answer within {total:g} seconds", UNREACHABLE_HINT) from error

    async def send(self, call: Call, connect: float) -> tuple[Answer, float | None]:
        """Send once: the answer, whatever its status, and the seconds after which the Box wants to be asked again.

        :param connect: seconds for connecting.
        :raises httpx.TransportError: the connection failed.
        :raises BoxError: an answer that is no answer of a Box.
        """
        if self._http is None:
            raise RuntimeError("the line to the Box is not open")
        headers = dict(call.headers)
        if self._signer is not None:
            headers = self._signer.headers(call.method, call.path, call.body, headers, call.owner)
        timeout = httpx.Timeout(self._timing.silence, connect=connect)
        sending = self._http.stream(call.method, call.path, content=call.body, headers=headers, timeout=timeout)
        async with sending as response:
            if response.is_success:
                body = await _bounded(response, call.limit)
            elif response.status_code >= 400:
                body = await _bounded(response, MAX_REFUSAL_BYTES)
            else:
                raise BoxError(f"the Box answered with status {response.status_code}, as no Box does", _NONSENSE_HINT)
            self._http.cookies.clear()
            return Answer(response.status_code, response.headers, body), _retry_after(response)

    def take_time(self, box_time: int | None) -> bool:
        """Whether signing by the clock that the Box told may do better."""
        return self._signer is not None and self._signer.take_time(box_time)

    async def renew(self) -> None:
        """After a certificate was not trusted: trust the one that the Box shows now, if it is of the same key.

        :raises OtherBox: it is of another key.
        :raises BoxError: there is none, or it is the one that was not trusted.
        """
        shown = await fetch_certificate(self.url, self._timing.connect)
        pinned_context(shown, self._pin)
        if shown == self.certificate:
            raise BoxError("this computer's TLS does not accept the certificate of the Box", "Pair with it again.")
        self.certificate = shown
        if self._http is not None:
            await self._http.aclose()
        self._http = self._opened()

    def _opened(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url,
            verify=pinned_context(self.certificate, self._pin),
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=4),
            headers={"user-agent": "ledger-recovery", "accept-encoding": "identity"},
        )

    def _retrying(self, total: float) -> AsyncRetrying:
        return AsyncRetrying(
            retry=retry_if_exception_type(_Transient),
            stop=stop_after_attempt(self._timing.attempts) | stop_before_delay(total),
            wait=self._wait,
            reraise=True,
        )

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.wait if isinstance(error, _Transient) else None
        doubled = self._timing.first_wait * float(2 ** (state.attempt_number - 1))
        return min(doubled if asked is None else asked, self._timing.longest_wait)


class _Tries:
    """The tries of one call. Remembers whether one of them may have done its work unheard."""

    def __init__(self, line: BoxLine, call: Call, connect: float, deadline: float) -> None:
        """:param deadline: by the event loop's clock."""
        self._line = line
        self._call = call
        self._connect = connect
        self._deadline = deadline
        self._maybe_done = False
        self._renewed = False
        self._dated = False

    async def once(self) -> Answer:
        """One try; a second at once where a renewed certificate or the Box's clock was the obstacle."""
        try:
            answer, wait = await self._line.send(self._call, self._time_to_connect())
        except _NOT_STARTED as error:
            if not self._renewed and _is_untrusted(error):
                self._renewed = True
                await self._line.renew()
                return await self.once()
            raise _Transient(BoxError(f"nothing answers at {self._line.url}", UNREACHABLE_HINT)) from error
        except httpx.TransportError as error:
            raise self._broken(error) from error
        if answer.status < 400:
            return answer
        return await self._refused(answer, wait)

    def _time_to_connect(self) -> float:
        # A little less than is left: httpcore 1.0 leaves the socket open when a TLS handshake is cancelled from
        # outside, and closes it when the handshake's own time is over.
        left = self._deadline - asyncio.get_running_loop().time()
        return max(0.0, min(self._connect, 0.9 * left))

    async def _refused(self, answer: Answer, wait: float | None) -> Answer:
        refusal = read_refusal(answer.body)
        if answer.status == 401 and not self._dated and self._line.take_time(refusal.time):
            self._dated = True
            return await self.once()
        if self._maybe_done and refusal.code in self._call.gone:
            return Answer(204, {}, b"")
        error = error_of(answer.status, refusal)
        heard = answer.status in (429, 503)
        if worth_retrying(answer.status, refusal) and (heard or self._call.repeatable):
            self._maybe_done |= not heard
            raise _Transient(error, wait)
        raise error

    def _broken(self, error: httpx.TransportError) -> Exception:
        self._maybe_done = True
        if isinstance(error, httpx.TimeoutException):
            failed = BoxError("the Box fell silent in the middle of an answer", UNREACHABLE_HINT)
        else:
            failed = BoxError("the Box's answer was cut off, or is no HTTP", UNREACHABLE_HINT)
        return _Transient(failed) if self._call.repeatable else failed


async def _bounded(response: httpx.Response, limit: int) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise BoxError("the Box sent a compressed answer, which nobody asked for", _NONSENSE_HINT)
    announced = response.headers.get("content-length", "0")
    too_large = BoxError(f"the Box's answer is larger than the {limit} bytes that it may have", _NONSENSE_HINT)
    if announced.isdecimal() and int(announced) > limit:
        raise too_large
    body = bytearray()
    async for piece in response.aiter_raw():
        if len(body) + len(piece) > limit:
            raise too_large
        body += piece
    return bytes(body)


def _retry_after(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() and len(text) < 10 else None


def _is_untrusted(error: BaseException | None) -> bool:
    for _ in range(10):
        if error is None or isinstance(error, ssl.SSLCertVerificationError):
            return error is not None
        error = error.__cause__ or error.__context__
    return False
