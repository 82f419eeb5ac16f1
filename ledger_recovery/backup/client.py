"""[io] What a computer asks of its Identity Box, one method for each request of the interface (version 1).

Checks that the Box's answers fit what was asked. Does not open bundles: whether one is genuine, `bundle` says.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Self

from ledger_recovery.backup import protocol
from ledger_recovery.backup.bundle_header import MAX_BUNDLE_BYTES
from ledger_recovery.backup.certificate import Certificate
from ledger_recovery.backup.client_line import Answer, BoxLine, Call
from ledger_recovery.backup.client_pair import BoxLook, look, pair
from ledger_recovery.backup.client_reading import read
from ledger_recovery.backup.client_refusals import ABSENT, ABSENT_DID
from ledger_recovery.backup.client_signing import DeviceSigner
from ledger_recovery.backup.client_timing import ClientTiming
from ledger_recovery.backup.ids import check_backup_id
from ledger_recovery.backup.protocol import OwnerSigner
from ledger_recovery.backup.protocol_json import BadMessage, dump
from ledger_recovery.backup.protocol_replies import (
    UNAUTHORISED,
    About,
    DidList,
    DidReply,
    DidsRestored,
    Head,
    Joined,
    Published,
    Retired,
    Stored,
)
from ledger_recovery.backup.protocol_requests import RestoreDids, RetireRequest
from ledger_recovery.errors import BoxError, DamagedFile
from ledger_recovery.secret import SecretBytes
from ledger_recovery.wallet.backup_model import BoxPairing

__all__ = ["BoxClient", "BoxLook", "ClientTiming", "look", "pair"]

_STANDARD = ClientTiming()
_JSON = {"content-type": "application/json"}
_CONTRADICTS = "See the log of the Box; nothing is lost on this computer."


class BoxClient:
    """A conversation with the paired Box; use as `async with`.

    Every method raises BoxError (nothing answers, too slow, nonsense), OtherBox (another key answers), BoxRefused (the
    Box says no) and, where a backup is named, NoSuchBackup (none here, or not for this computer).

    :param device_key: Ed25519 seed, 32 bytes; stays the caller's to wipe.
    :param clock: unix seconds.
    :param draw: so many random bytes.
    """

    def __init__(
        self,
        pairing: BoxPairing,
        device_key: SecretBytes,
        *,
        timing: ClientTiming = _STANDARD,
        clock: Callable[[], float] = time.time,
        draw: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        signer = DeviceSigner(pairing.device_id, pairing.pin, device_key, clock=clock, draw=draw)
        self._pairing = pairing
        self._line = BoxLine(pairing.url, bytes.fromhex(pairing.pin), pairing.certificate, timing, signer)

    @property
    def pairing(self) -> BoxPairing:
        """The pairing, with the certificate that the Box shows now; worth keeping when it differs from the given."""
        return replace(self._pairing, certificate=self._line.certificate)

    async def __aenter__(self) -> Self:
        await self._line.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._line.__aexit__()

    async def about(self) -> About:
        """What the Box says of itself and its limits."""
        return read(await self._line.ask(Call("GET", protocol.ABOUT)), About)

    async def unpair(self) -> None:
        """Let the Box forget this computer; backups stay."""
        await self._line.ask(Call("DELETE", protocol.DEVICE_SELF, gone=frozenset({UNAUTHORISED})))

    # --- backups --------------------------------------------------------------------------------------------------

    async def create(self, certificate: Certificate) -> Joined:
        """Make room for a backup of the certificate's owner, or join it when the Box has it."""
        return await self._certified(protocol.backup_path(check_backup_id(certificate.backup_id)), certificate)

    async def join(self, certificate: Certificate) -> Joined:
        """Join a backup that the Box has; NoSuchBackup when it has none of this owner."""
        return await self._certified(protocol.certificates_path(check_backup_id(certificate.backup_id)), certificate)

    async def head(self, backup_id: str) -> Head:
        """The newest generation, and all that are kept."""
        return read(await self._line.ask(Call("GET", protocol.backup_path(check_backup_id(backup_id)))), Head)

    async def get(self, backup_id: str, generation: int) -> bytes:
        """The bundle, as it is.

        :raises DamagedFile: its bytes are not those of which the Box tells the digest.
        """
        path = protocol.generation_path(check_backup_id(backup_id), generation)
        answer = await self._line.ask(Call("GET", path, limit=MAX_BUNDLE_BYTES, long=True))
        try:
            told = protocol.parse_etag(answer.headers.get("etag", ""))
        except BadMessage as error:
            raise BoxError("the Box sent a backup without its digest", _CONTRADICTS) from error
        if hashlib.sha256(answer.body).hexdigest() != told:
            raise DamagedFile(
                f"generation {generation} is damaged: what the Box sent does not have the digest that it tells",
                "Try again; then restore another generation, and let `ledger-recovery box check --read-data` look.",
            )
        return answer.body

    async def get_part(self, backup_id: str, generation: int) -> bytes:
        """The Box's part (JSON) of a generation."""
        path = protocol.part_path(check_backup_id(backup_id), generation)
        return (await self._line.ask(Call("GET", path, long=True))).body

    async def put(
        self,
        backup_id: str,
        generation: int,
        bundle: bytes,
        previous: str,
        idempotency_key: str,
        dids: tuple[str, ...] = (),
    ) -> Stored:
        """Store a generation.

        :param previous: digest of the generation that it follows; "" for none.
        :param idempotency_key: the same for each sending of the same bundle.
        :param dids: DIDs of the wallet, whose keys the Box adds.
        :raises BackupConflict: the Box's newest generation is another one (a `client_refusals.Conflict`, which has it).
        :raises DidKeyMissing: the Box lacks keys of these DIDs; nothing was stored.
        """
        headers = {
            "content-type": "application/octet-stream",
            protocol.IF_MATCH: protocol.if_match(previous),
            protocol.IDEMPOTENCY_KEY: idempotency_key,
        }
        if dids:
            headers[protocol.BOX_DIDS] = protocol.dids_header(dids)
        path = protocol.generation_path(check_backup_id(backup_id), generation)
        stored = read(await self._line.ask(Call("PUT", path, bundle, headers, long=True)), Stored)
        if (stored.generation, stored.digest) != (generation, hashlib.sha256(bundle).hexdigest()):
            raise BoxError("the Box confirms another backup than the one that it was sent", _CONTRADICTS)
        return stored

    async def delete(self, backup_id: str, keys: OwnerSigner) -> None:
        """Delete a backup with all its generations."""
        path = protocol.backup_path(check_backup_id(backup_id))
        await self._line.ask(Call("DELETE", path, gone=ABSENT, owner=keys))

    async def delete_generation(self, backup_id: str, generation: int, keys: OwnerSigner) -> None:
        """Delete one generation."""
        path = protocol.generation_path(check_backup_id(backup_id), generation)
        await self._line.ask(Call("DELETE", path, gone=ABSENT, owner=keys))

    async def retire(self, backup_id: str, days: int, keys: OwnerSigner) -> Retired:
        """Let the Box delete a backup after so many days; nothing new goes into it."""
        body = dump(RetireRequest(days).to_json())
        path = protocol.retire_path(check_backup_id(backup_id))
        return read(await self._line.ask(Call("POST", path, body, _JSON, owner=keys)), Retired)

    # --- DIDs -----------------------------------------------------------------------------------------------------

    async def create_did(self, backup_id: str) -> DidReply:
        """Let the Box make the keys of a new DID. Not repeated when the answer is lost: `list_dids` shows it then."""
        call = Call("POST", protocol.dids_path(check_backup_id(backup_id)), b"{}", _JSON, repeatable=False)
        return read(await self._line.ask(call), DidReply)

    async def list_dids(self, backup_id: str) -> tuple[DidReply, ...]:
        """All DIDs of a backup whose keys the Box has."""
        return read(await self._line.ask(Call("GET", protocol.dids_path(check_backup_id(backup_id)))), DidList).dids

    async def get_did(self, backup_id: str, did: str) -> DidReply:
        """One of them."""
        reply = read(
            await self._line.ask(Call("GET", protocol.did_path(check_backup_id(backup_id), _did(did)))), DidReply
        )
        if reply.did != did:
            raise BoxError("the Box answered with another DID than the one that was asked for", _CONTRADICTS)
        return reply

    async def delete_did(self, backup_id: str, did: str) -> None:
        """Delete the Box's keys of a DID; backups made before keep theirs."""
        await self._line.ask(Call("DELETE", protocol.did_path(check_backup_id(backup_id), _did(did)), gone=ABSENT_DID))

    async def restore_dids(self, backup_id: str, dids: RestoreDids) -> DidsRestored:
        """Hand DIDs with their private keys to this Box."""
        body = dump(dids.to_json())
        path = protocol.restore_dids_path(check_backup_id(backup_id))
        return read(await self._line.ask(Call("POST", path, body, _JSON)), DidsRestored)

    async def publish_did(self, backup_id: str, did: str) -> Published:
        """Let the Box publish a DID document, where it is set up to."""
        path = protocol.publish_path(check_backup_id(backup_id), _did(did))
        return read(await self._line.ask(Call("POST", path, b"{}", _JSON)), Published)

    async def _certified(self, path: str, certificate: Certificate) -> Joined:
        answer: Answer = await self._line.ask(Call("POST", path, dump(certificate.to_json()), _JSON))
        joined = read(answer, Joined)
        if joined.backup_id != certificate.backup_id:
            raise BoxError("the Box answered about another backup than the one that was asked for", _CONTRADICTS)
        return joined


def _did(did: str) -> str:
    if not protocol.DID.fullmatch(did):
        raise BadMessage("this is no did:ipid name", "Copy the DID whole.")
    return did
