"""The owner's keys: separate, deterministic, not shown, gone after the `with`."""

from __future__ import annotations

import pickle

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger_recovery.backup.entropy import new_secret
from ledger_recovery.backup.keys import is_age_recipient, owner_keys
from ledger_recovery.secret import SecretBytes
from tests.unit.backup.bundles import keys, secret


def test_every_key_is_another_one() -> None:
    found = keys()
    texts = {found.age_identity_text().reveal(), found.did_identity_text().reveal()}
    assert len(texts) == 2
    assert len({found.age_recipient, found.did_recipient}) == 2
    assert keys("bob").backup_id != found.backup_id


def test_the_owner_signs() -> None:
    Ed25519PublicKey.from_public_bytes(keys().owner_public).verify(keys().sign(b"message"), b"message")


def test_private_parts_end_with_the_block_and_public_ones_stay() -> None:
    with owner_keys(secret()) as found:
        found.sign(b"x")
    for use in (found.age_identity_text, found.did_identity_text, lambda: found.sign(b"x")):
        with pytest.raises(ValueError, match="wiped"):
            use()
    assert found.backup_id == keys().backup_id
    assert found.age_recipient == keys().age_recipient


def test_nothing_secret_is_shown_or_pickled() -> None:
    assert repr(keys()) == "OwnerKeys(hidden)"
    with pytest.raises(TypeError):
        pickle.dumps(owner_keys(secret()))


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_secret_of_another_length_is_a_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        owner_keys(SecretBytes(bytes(size)))


def test_new_secrets_differ() -> None:
    assert len({new_secret().reveal() for _ in range(20)}) == 20
    assert len(new_secret()) == 32


@given(
    st.text(max_size=80)
    | st.integers(0, 61).map(lambda n: keys().age_recipient[:n] + "q" + keys().age_recipient[n + 1 :])
)
@settings(max_examples=200, deadline=None)
def test_only_true_recipients_are_recipients(text: str) -> None:
    assert is_age_recipient(text) is (text == keys().age_recipient)


def test_a_recipient_has_one_spelling() -> None:
    assert is_age_recipient(keys().did_recipient)
    assert not is_age_recipient(keys().did_recipient.upper())
    assert not is_age_recipient("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4")
