"""The client against a Box that answers well: every request as it goes out, every answer as it comes in."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger_recovery.backup import protocol
from ledger_recovery.backup.certificate import Certificate, issue
from ledger_recovery.backup.client import BoxClient
from ledger_recovery.backup.client_refusals import Conflict
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.protocol_json import BadMessage
from ledger_recovery.backup.protocol_requests import RestoreDids
from ledger_recovery.errors import (
    BoxError,
    BoxRefused,
    DamagedFile,
    DidKeyMissing,
    InputError,
    LedgerRecoveryError,
    NoSuchBackup,
)
from ledger_recovery.secret import SecretBytes
from tests.support.box_double import Asked, BoxDouble, drop, reply
from tests.unit.backup.boxes import (
    AT,
    BACKUP_ID,
    BUNDLE,
    DEVICE_KEY,
    DID,
    DIGEST,
    NEWEST,
    NOW,
    about,
    bundle,
    client,
    refusal,
    stored,
)

DEVICE_PUBLIC = Ed25519PrivateKey.from_private_bytes(DEVICE_KEY).public_key().public_bytes_raw()
OWNER = owner_keys(SecretBytes(b"\x07" * 32))


def certificate() -> Certificate:
    return issue(OWNER, bytes(32), DEVICE_PUBLIC, AT)


def is_signed(asked: Asked, box: BoxDouble, *, by_owner: bool = False) -> bool:
    """As a Box checks a request."""
    digest = hashlib.sha256(asked.body).hexdigest()
    facts, said, proof = protocol.facts_of(asked.method, asked.target, digest, asked.headers, box.identity.pin.hex())
    owner_fits = (proof is not None and proof.holds(facts)) if by_owner else proof is None
    return said.device_id == "dev-1" and said.signed_by(DEVICE_PUBLIC, facts) and owner_fits


async def test_what_the_box_tells_of_itself(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path) as box:
        box.script = [reply(200, about(box))]
        async with client(box) as it:
            told = await it.about()
    assert (told.name, told.limits.generations_kept) == ("attic", 30)
    assert box.asked[0].target == "/v1/about"


async def test_head_and_get(tmp_path: Path) -> None:
    head: dict[str, object] = {"newest": NEWEST.to_json(), "generations": [NEWEST.to_json()]}
    async with BoxDouble(tmp_path, reply(200, head), bundle(), reply(200, b'{"part":1}')) as box:
        async with client(box) as it:
            assert (await it.head(BACKUP_ID)).newest == NEWEST
            assert await it.get(BACKUP_ID, 3) == BUNDLE
            assert await it.get_part(BACKUP_ID, 3) == b'{"part":1}'
    assert [asked.target for asked in box.asked] == [
        f"/v1/backups/{BACKUP_ID}",
        f"/v1/backups/{BACKUP_ID}/generations/3",
        f"/v1/backups/{BACKUP_ID}/generations/3/part",
    ]
    assert all(is_signed(asked, box) for asked in box.asked)
    assert len({asked.headers["authorization"] for asked in box.asked}) == 3, "each with its own nonce"


async def test_put_says_what_it_follows(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(201, stored())) as box:
        async with client(box) as it:
            got = await it.put(BACKUP_ID, 4, BUNDLE, "0" * 64, "k" * 22, (DID,))
            await it.put(BACKUP_ID, 4, BUNDLE, "", "k" * 22)
    assert (got.generation, got.digest) == (4, DIGEST)
    first, second = box.asked
    assert (first.method, first.body) == ("PUT", BUNDLE)
    assert (first.headers["if-match"], first.headers["x-box-dids"]) == (f'"{"0" * 64}"', DID)
    assert second.headers["if-match"] == "none" and "x-box-dids" not in second.headers
    assert first.headers["idempotency-key"] == "k" * 22
    assert is_signed(first, box) and is_signed(second, box)


async def test_create_and_join_send_the_certificate(tmp_path: Path) -> None:
    joined: dict[str, object] = {"backup_id": OWNER.backup_id, "newest": None}
    async with BoxDouble(tmp_path, reply(200, joined)) as box:
        async with client(box) as it:
            assert (await it.create(certificate())).newest is None
            await it.join(certificate())
    assert [asked.target.removeprefix(f"/v1/backups/{OWNER.backup_id}") for asked in box.asked] == ["", "/certificates"]
    assert Certificate.from_json(json.loads(box.asked[0].body)) == certificate()
    assert all(is_signed(asked, box) for asked in box.asked)


async def test_what_only_the_owner_may_carries_the_owners_proof(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(204), reply(204), reply(200, {"delete_after": AT})) as box:
        async with client(box) as it:
            await it.delete(BACKUP_ID, OWNER)
            await it.delete_generation(BACKUP_ID, 3, OWNER)
            assert (await it.retire(BACKUP_ID, 30, OWNER)).delete_after == AT
    assert [asked.method for asked in box.asked] == ["DELETE", "DELETE", "POST"]
    assert all(is_signed(asked, box, by_owner=True) for asked in box.asked)


async def test_dids(tmp_path: Path) -> None:
    one: dict[str, object] = {"did": DID, "document": {"id": DID}}
    script = [
        reply(201, one),
        reply(200, {"dids": [one]}),
        reply(200, one),
        reply(200, {"restored": [DID], "known": []}),
        reply(200, {"published": True, "sentence": "done"}),
        reply(204),
        reply(204),
    ]
    async with BoxDouble(tmp_path, *script) as box:
        async with client(box) as it:
            assert (await it.create_did(BACKUP_ID)).did == DID
            assert [reply.did for reply in await it.list_dids(BACKUP_ID)] == [DID]
            assert (await it.get_did(BACKUP_ID, DID)).document == {"id": DID}
            assert (await it.restore_dids(BACKUP_ID, RestoreDids(({"did": DID},), ()))).restored == (DID,)
            assert (await it.publish_did(BACKUP_ID, DID)).published
            await it.delete_did(BACKUP_ID, DID)
            await it.unpair()
    assert all(is_signed(asked, box) for asked in box.asked), "the path is signed as it was sent, colons and all"
    assert box.asked[-1].target == "/v1/devices/self"


async def test_a_name_that_would_be_another_path_never_leaves(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(204)) as box:
        async with client(box) as it:
            for attempt in (it.head("../x"), it.get("", 1), it.delete("a/b", OWNER)):
                with pytest.raises(InputError):
                    await attempt
            for did in ("../x", "did:ipid:a?b", ""):
                with pytest.raises(BadMessage):
                    await it.delete_did(BACKUP_ID, did)
    assert box.asked == []


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "expected", "word"),
    [
        (404, "no-such-backup", NoSuchBackup, "no backup"),
        (404, "no-such-generation", NoSuchBackup, "no backup"),
        (404, "no-such-did", BoxRefused, "no-such-did"),
        (401, "unauthorised", BoxRefused, "clocks"),
        (403, "not-owner", BoxRefused, "it says why"),
        (413, "too-large", BoxRefused, "larger"),
        (422, "bad-bundle", BoxRefused, "it says why"),
        (507, "full", BoxRefused, "no room"),
        (503, "publishing-off", BoxRefused, "it says why"),
        (500, "defect", BoxRefused, "it says why"),
    ],
)
async def test_each_refusal_has_its_error(
    status: int, code: str, expected: type[LedgerRecoveryError], word: str, tmp_path: Path
) -> None:
    async with BoxDouble(tmp_path, refusal(status, code)) as box:
        async with client(box) as it:
            with pytest.raises(expected, match=word) as caught:
                await it.head(BACKUP_ID)
    assert type(caught.value) is expected and caught.value.hint
    assert len(box.asked) == 1, "not a refusal to try again after"
    if isinstance(caught.value, BoxRefused):
        assert caught.value.box_code == code


async def test_a_conflict_tells_what_the_box_has(tmp_path: Path) -> None:
    script = refusal(412, "conflict", newest=NEWEST.to_json()), refusal(412, "conflict", newest=None)
    async with BoxDouble(tmp_path, *script) as box:
        async with client(box) as it:
            for newest in (NEWEST, None):
                with pytest.raises(Conflict) as caught:
                    await it.put(BACKUP_ID, 4, BUNDLE, "0" * 64, "k" * 22)
                assert caught.value.newest == newest and caught.value.code == "backup-conflict"


async def test_missing_did_keys_are_named(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, refusal(409, "did-key-missing", names=[DID])) as box:
        async with client(box) as it:
            with pytest.raises(DidKeyMissing, match=DID) as caught:
                await it.put(BACKUP_ID, 4, BUNDLE, "", "k" * 22, (DID,))
    assert caught.value.names == (DID,)


# --- answers that contradict what was asked -----------------------------------------------------------------------


async def test_a_backup_that_is_not_what_the_box_says(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, bundle(BUNDLE + b"x"), reply(200, BUNDLE), bundle(digest="x")) as box:
        async with client(box) as it:
            with pytest.raises(DamagedFile, match="digest"):
                await it.get(BACKUP_ID, 3)
            for _ in range(2):
                with pytest.raises(BoxError, match="without its digest"):
                    await it.get(BACKUP_ID, 3)


@pytest.mark.parametrize("wrong", [{"generation": 5}, {"digest": "0" * 64}, {"stored_at": 7}])
async def test_a_put_is_stored_only_when_the_box_confirms_it(wrong: dict[str, object], tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(201, stored(**wrong))) as box:
        async with client(box) as it:
            with pytest.raises(BoxError):
                await it.put(BACKUP_ID, 4, BUNDLE, "", "k" * 22)


async def test_another_backup_or_did_than_asked_for(tmp_path: Path) -> None:
    other = reply(200, {"backup_id": "b" * 52, "newest": None})
    wrong_did = reply(200, {"did": DID[:-1] + "s", "document": {}})
    async with BoxDouble(tmp_path, other, wrong_did) as box:
        async with client(box) as it:
            with pytest.raises(BoxError, match="another backup"):
                await it.join(certificate())
            with pytest.raises(BoxError, match="another DID"):
                await it.get_did(BACKUP_ID, DID)


# --- tries --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "first", [drop, reply(502), reply(504), reply(503), refusal(503, "busy"), refusal(429, "too-many")]
)
async def test_a_second_try_helps(first: object, tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, first, reply(201, stored())) as box:  # type: ignore[arg-type]  # one of the scripts
        async with client(box) as it:
            await it.put(BACKUP_ID, 4, BUNDLE, "", "k" * 22)
    first_sent, second_sent = box.asked
    assert first_sent.headers["idempotency-key"] == second_sent.headers["idempotency-key"]
    assert first_sent.headers["authorization"] != second_sent.headers["authorization"], "a nonce is used once"
    assert is_signed(second_sent, box)


async def test_tries_end(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, refusal(429, "too-many")) as box:
        async with client(box) as it:
            with pytest.raises(BoxRefused, match="more requests"):
                await it.head(BACKUP_ID)
    assert len(box.asked) == 3


async def test_what_would_count_twice_is_not_sent_twice(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, drop, reply(201, {"did": DID, "document": {}})) as box:
        async with client(box) as it:
            with pytest.raises(BoxError):
                await it.create_did(BACKUP_ID)
    assert len(box.asked) == 1


async def test_a_delete_whose_answer_was_lost_is_done(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, drop, refusal(404, "no-such-backup")) as box:
        async with client(box) as it:
            await it.delete(BACKUP_ID, OWNER)
            with pytest.raises(NoSuchBackup):
                await it.delete(BACKUP_ID, OWNER)


async def test_an_unpairing_or_did_deletion_whose_answer_was_lost_is_done(tmp_path: Path) -> None:
    script = drop, refusal(401, "unauthorised", time=NOW), drop, refusal(404, "no-such-did")
    async with BoxDouble(tmp_path, *script) as box:
        async with client(box) as it:
            await it.unpair()
            await it.delete_did(BACKUP_ID, DID)
            with pytest.raises(BoxRefused):
                await it.delete_did(BACKUP_ID, DID)


async def test_the_boxs_clock_counts(tmp_path: Path) -> None:
    late = NOW + 86_400
    script = refusal(401, "unauthorised", time=late), reply(204), reply(204)
    async with BoxDouble(tmp_path, *script) as box:
        async with client(box) as it:
            await it.unpair()
            await it.unpair()
    times = [protocol.parse_authorization(asked.headers["authorization"]).time for asked in box.asked]
    assert times == [NOW, late, late]


async def test_a_clock_that_agrees_is_no_reason_to_try_again(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, refusal(401, "unauthorised", time=NOW + 3)) as box:
        async with client(box) as it:
            with pytest.raises(BoxRefused):
                await it.unpair()
    assert len(box.asked) == 1


async def test_a_client_that_is_not_entered_asks_nobody(tmp_path: Path) -> None:
    async with BoxDouble(tmp_path, reply(204)) as box:
        it: BoxClient = client(box)
        with pytest.raises(RuntimeError):
            await it.unpair()
    assert box.asked == []
