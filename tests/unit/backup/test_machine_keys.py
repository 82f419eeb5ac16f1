"""Keys of this computer with keyrings that work, fail, hang and lie; afterwards nobody finds what was deleted."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup import machine_keyring
from ledger_recovery.backup.certificate import issue
from ledger_recovery.backup.ids import b64u
from ledger_recovery.backup.keys import owner_keys
from ledger_recovery.backup.machine_keyring import KeyringBackend
from ledger_recovery.backup.machine_keys import MachineKeyStore, MachineRecord, PlaceKind
from ledger_recovery.backup.machine_record import record_from_text, record_to_text
from ledger_recovery.errors import InputError, KeyringError, NewerVersion
from ledger_recovery.secret import SecretBytes

DEVICE, UPLOAD = b"\x11" * 32, b"\x22" * 32
OWNER = owner_keys(SecretBytes(b"\x07" * 32))
CERTIFICATE = issue(OWNER, bytes(32), bytes(32), "2026-11-22T10:00:00Z")
SECRETS = (b64u(DEVICE), b64u(UPLOAD))


def whole() -> MachineRecord:
    return MachineRecord(SecretBytes(DEVICE), SecretBytes(UPLOAD), OWNER.age_recipient, CERTIFICATE)


def paired_only() -> MachineRecord:
    return MachineRecord(SecretBytes(DEVICE))


class Memory:
    """A keyring that works."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[f"{service}/{username}"] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[f"{service}/{username}"]


class Failing(Memory):
    """Refuses everything, and repeats what it was given."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError(f"locked: {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"cannot keep {password}")


class Forgetting(Memory):
    """Says that it kept what it did not keep."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return None


class Stubborn(Memory):
    """Says that it deleted what it still has."""

    def delete_password(self, service: str, username: str) -> None:
        return None


class Hanging(Memory):
    """Waits for a person who is not there, once told to."""

    def __init__(self) -> None:
        super().__init__()
        self.hangs = True
        self.go_on = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self._wait()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._wait()
        super().set_password(service, username, password)

    def _wait(self) -> None:
        if self.hangs:
            self.go_on.wait(60)
            raise RuntimeError("cancelled")


@pytest.fixture(autouse=True)
def no_system_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never touch the keyring of whoever runs them."""
    monkeypatch.setattr(machine_keyring, "_installed", lambda: None)


def store(folder: Path, backend: KeyringBackend | None = None, patience: float = 10) -> MachineKeyStore:
    return MachineKeyStore(folder, backend, patience=patience)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def secret_on_disk(folder: Path) -> bool:
    return any(secret in path.read_text() for path in files(folder) for secret in SECRETS)


def same(one: MachineRecord, other: MachineRecord) -> bool:
    return record_to_text(one) == record_to_text(other)


# --- record -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", [whole(), paired_only()], ids=["whole", "paired only"])
def test_a_record_comes_back(record: MachineRecord) -> None:
    line = record_to_text(record)
    assert same(record_from_text(line), record)
    assert len(line) <= 1280, "the Windows Credential Manager takes no more"


def test_a_record_holds_nothing_that_opens_a_backup() -> None:
    line = record_to_text(whole())
    for secret in (OWNER.age_identity_text(), OWNER.did_identity_text()):
        assert secret.reveal().decode() not in line
    assert b64u(b"\x07" * 32) not in line and OWNER.did_recipient in line


def test_leaving_a_record_wipes_it() -> None:
    with whole() as record:
        pass
    assert record.device.wiped and record.upload is not None and record.upload.wiped


def test_no_secret_in_a_repr() -> None:
    assert not any(secret in repr(whole()) or repr(DEVICE) in repr(whole()) for secret in SECRETS)


def test_half_a_record_is_none() -> None:
    with pytest.raises(ValueError):
        MachineRecord(SecretBytes(b"short"))
    with pytest.raises(ValueError):
        MachineRecord(SecretBytes(DEVICE), SecretBytes(UPLOAD))
    with pytest.raises(ValueError):
        MachineRecord(SecretBytes(DEVICE), None, OWNER.age_recipient)


def test_a_record_of_a_newer_program_says_so() -> None:
    with pytest.raises(NewerVersion):
        record_from_text(record_to_text(whole()).replace('"version":1}', '"version":2}'))


def test_a_damaged_record_tells_nothing_of_itself() -> None:
    line = record_to_text(whole())
    for damaged in ("", "{}", line[:-5], line.replace('"upload"', '"uploaf"'), line.replace("age1", "age2"), line * 9):
        with pytest.raises(KeyringError) as caught:
            record_from_text(damaged)
        told = f"{caught.value} {caught.value.__cause__} {caught.value.__context__}"
        assert not any(secret in told for secret in SECRETS)


@settings(deadline=None, max_examples=100)
@given(st.one_of(st.text(max_size=200), st.text(max_size=10).map(lambda t: record_to_text(whole()).replace("1", t))))
def test_any_line_is_a_record_or_refused(line: str) -> None:
    try:
        record_from_text(line).device.wipe()
    except (KeyringError, NewerVersion):
        return


# --- keyring ------------------------------------------------------------------------------------------------------


def test_in_the_keyring(tmp_path: Path) -> None:
    ring = Memory()
    keys = store(tmp_path, ring)
    place = keys.put("ref-1", whole())
    assert place.kind is PlaceKind.KEYRING and place == keys.place("ref-1")
    assert len(ring.kept) == 1 and not secret_on_disk(tmp_path)
    assert same(keys.get("ref-1"), whole()) and keys.refs() == ("ref-1",)
    keys.delete("ref-1")
    assert ring.kept == {} and files(tmp_path) == [] and keys.refs() == ()
    keys.delete("ref-1")
    with pytest.raises(KeyringError):
        keys.get("ref-1")


def test_a_keyring_that_lost_the_key_is_said_to_have(tmp_path: Path) -> None:
    ring = Memory()
    store(tmp_path, ring).put("ref", whole())
    ring.kept.clear()
    with pytest.raises(KeyringError, match="no such key any more"):
        store(tmp_path, ring).get("ref")


def test_a_keyring_that_does_not_delete_is_found_out(tmp_path: Path) -> None:
    ring = Stubborn()
    keys = store(tmp_path, ring)
    keys.put("ref", whole())
    with pytest.raises(KeyringError, match="still has the key") as caught:
        keys.delete("ref")
    assert "ref" in caught.value.hint and keys.refs() == ("ref",), "it can be tried again"


def test_what_is_in_a_keyring_that_is_gone_is_not_called_deleted(tmp_path: Path) -> None:
    store(tmp_path, Memory()).put("ref", whole())
    elsewhere = store(tmp_path)
    for attempt in (elsewhere.get, elsewhere.delete):
        with pytest.raises(KeyringError):
            attempt("ref")
    assert elsewhere.refs() == ("ref",)


# --- file ---------------------------------------------------------------------------------------------------------


def _is_private_file(folder: Path) -> bool:
    (path,) = files(folder)
    modes = [stat.S_IMODE(p.stat().st_mode) for p in (path, path.parent)]
    return modes == [0o600, 0o700]


@pytest.mark.parametrize("ring", [None, Failing(), Forgetting()], ids=["none", "failing", "forgetting"])
def test_without_a_good_keyring_in_a_private_file_that_says_so(ring: KeyringBackend | None, tmp_path: Path) -> None:
    keys = store(tmp_path, ring)
    place = keys.put("ref", whole())
    assert place.kind is PlaceKind.FILE and "keyring" in place.sentence and str(tmp_path) in place.sentence
    assert not any(secret in place.sentence for secret in SECRETS)
    assert _is_private_file(tmp_path) and same(keys.get("ref"), whole())
    assert keys.place("ref").kind is PlaceKind.FILE


@pytest.mark.parametrize("ring", [None, Forgetting()], ids=["none", "forgetting"])
def test_a_deleted_file_is_gone(ring: KeyringBackend | None, tmp_path: Path) -> None:
    keys = store(tmp_path, ring)
    keys.put("ref", whole())
    keys.delete("ref")
    assert files(tmp_path) == []


def test_a_file_of_a_failing_keyring_goes_though_the_keyring_cannot_be_asked(tmp_path: Path) -> None:
    keys = store(tmp_path, Failing())
    keys.put("ref", whole())
    with pytest.raises(KeyringError):
        keys.delete("ref")
    assert not secret_on_disk(tmp_path), "the part that could be deleted is"
    store(tmp_path, Memory()).delete("ref")
    assert files(tmp_path) == []


def test_a_hanging_keyring_is_not_waited_for(tmp_path: Path) -> None:
    ring = Hanging()
    try:
        keys = store(tmp_path, ring, patience=0.05)
        place = keys.put("ref", whole())
        assert place.kind is PlaceKind.FILE and "did not answer" in place.sentence
        assert same(keys.get("ref"), whole())
    finally:
        ring.go_on.set()


def test_a_keyring_that_hangs_later_is_not_waited_for(tmp_path: Path) -> None:
    ring = Hanging()
    ring.hangs = False
    store(tmp_path, ring).put("ref", whole())
    ring.hangs = True
    try:
        keys = store(tmp_path, ring, patience=0.05)
        with pytest.raises(KeyringError, match="did not answer within"):
            keys.get("ref")
        for attempt in (keys.get, keys.delete):
            with pytest.raises(KeyringError, match="does not answer"):  # and nobody waits a second time
                attempt("ref")
        assert keys.refs() == ("ref",) and not secret_on_disk(tmp_path)
    finally:
        ring.go_on.set()


def test_moving_from_a_file_into_the_keyring_and_back(tmp_path: Path) -> None:
    ring = Memory()
    store(tmp_path).put("ref", paired_only())
    store(tmp_path, ring).put("ref", whole())
    assert not secret_on_disk(tmp_path) and same(store(tmp_path, ring).get("ref"), whole())
    store(tmp_path).put("ref", paired_only())
    assert same(store(tmp_path, ring).get("ref"), paired_only()), "the file is the newer one"
    store(tmp_path, ring).delete("ref")
    assert ring.kept == {} and files(tmp_path) == [], "the one in the keyring was not forgotten"


def test_a_crash_before_the_keyring_leaves_a_trace(tmp_path: Path) -> None:
    """So that a factory reset finds a key of which the wallet never heard."""

    class Crashing(Memory):
        def set_password(self, service: str, username: str, password: str) -> None:
            super().set_password(service, username, password)
            seen.append(store(tmp_path).refs())

    seen: list[tuple[str, ...]] = []
    store(tmp_path, Crashing()).put("ref", whole())
    assert seen == [("ref",)]


def test_a_failed_write_keeps_the_old_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = store(tmp_path)
    keys.put("ref", paired_only())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(KeyringError, match="No space left"):
            keys.put("ref", whole())
    assert same(keys.get("ref"), paired_only()) and len(files(tmp_path)) == 1


def test_a_file_that_cannot_be_deleted_is_not_called_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = store(tmp_path)
    keys.put("ref", whole())
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(KeyringError, match="still there"):
            keys.delete("ref")


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    keys = store(tmp_path / "state")
    keys.put("ref", whole())
    (path,) = files(tmp_path / "state")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeyringError):
        keys.get("ref")


@pytest.mark.parametrize("data", [b"", b"{}", b'{"kept":"cloud"}', b'{"kept":"file","line":5}', b"x" * 20_000])
def test_a_damaged_file_is_said_to_be(data: bytes, tmp_path: Path) -> None:
    keys = store(tmp_path)
    keys.put("ref", whole())
    files(tmp_path)[0].write_bytes(data)
    with pytest.raises(KeyringError):
        keys.get("ref")


@pytest.mark.parametrize("ref", ["", "../x", "a/b", "A", "a" * 65, "-a", "a\n", "a.json"])
def test_a_reference_is_no_path(ref: str, tmp_path: Path) -> None:
    for attempt in (store(tmp_path).get, store(tmp_path).delete, store(tmp_path).place):
        with pytest.raises(InputError):
            attempt(ref)


def test_a_wider_mode_is_tightened(tmp_path: Path) -> None:
    keys = store(tmp_path)
    keys.put("ref", whole())
    files(tmp_path)[0].chmod(0o644)
    keys.get("ref").device.wipe()
    assert _is_private_file(tmp_path)
