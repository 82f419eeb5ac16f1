"""web3's HTTP provider with what a recovery needs: bounded answers, one kept connection, no retries of its own.

web3 itself keeps no order in a batch from which an element is missing; so the raw list is given out and matched by id
in `reply`. Importing this file costs two seconds: only `link` does it, and only when a chain is asked.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from typing import Any, Final, cast

from aiohttp import ClientResponse, ClientSession, ClientTimeout, TCPConnector

# py_ecc, which web3 brings, raises the limit to 100,000 when it is imported: deeply nested JSON, which a node may send,
# would then overflow the C stack and kill the program instead of being refused.
_recursion_limit = sys.getrecursionlimit()
from web3 import AsyncHTTPProvider  # noqa: E402
from web3.types import RPCEndpoint  # noqa: E402

sys.setrecursionlimit(_recursion_limit)

MAX_ANSWER: Final = 32 * 1024 * 1024
"""Bytes; a batch of 100 answers about accounts has a few thousand."""


_SILENT: Final = logging.Logger("web3, silenced")
"""web3 tells its loggers whole URLs, keys and all. This one is in nobody's tree, whatever logging is set up."""
_SILENT.disabled = True


class AnswerTooLong(Exception):
    """A body beyond MAX_ANSWER; nothing of it is used."""


class _BoundedResponse(ClientResponse):
    async def read(self) -> bytes:
        body = bytearray()
        async for chunk in self.content.iter_any():
            body += chunk
            if len(body) > MAX_ANSWER:
                self.close()
                raise AnswerTooLong
        return bytes(body)


class BoundedProvider(AsyncHTTPProvider):
    """One endpoint. Every question is a batch of one or more; `send` gives their ids and the decoded answer."""

    logger = _SILENT

    def __init__(self, url: str, seconds: float) -> None:
        # No redirects: an answer of a place that nobody named is nobody's answer.
        kwargs = {"allow_redirects": False, "timeout": ClientTimeout(total=seconds)}
        super().__init__(url, request_kwargs=kwargs, exception_retry_configuration=None)
        self._seconds = seconds
        self._request_session_manager.logger = _SILENT

    async def send(self, calls: Sequence[tuple[str, Sequence[object]]]) -> tuple[list[int], object]:
        """Post the calls: as one request object if there is one of them, else as a batch.

        :raises aiohttp.ClientError, TimeoutError: the transport failed, or the status is 400 or above.
        :raises AnswerTooLong, ValueError: the body is beyond bounds, or no JSON.
        """
        await self._session()
        forms = [cast(dict[str, Any], self.form_request(RPCEndpoint(method), list(args))) for method, args in calls]
        payload = json.dumps(forms if len(forms) > 1 else forms[0], separators=(",", ":")).encode("ascii")
        body = await self._make_request(RPCEndpoint(calls[0][0]), payload)
        return [int(form["id"]) for form in forms], json.loads(body)

    async def _session(self) -> ClientSession:
        if not hasattr(self, "_own_session"):
            self._own_session = ClientSession(
                connector=TCPConnector(limit=8),
                response_class=_BoundedResponse,
                raise_for_status=True,
                timeout=ClientTimeout(total=self._seconds),
            )
            await self.cache_async_session(self._own_session)
        return self._own_session
