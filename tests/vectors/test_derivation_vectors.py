"""Every published vector of the derivation, through the public functions of ledger_recovery.derive."""

from __future__ import annotations

from typing import Any

import pytest

from ledger_recovery.derive.address import account_address, decode_address, encode_address
from ledger_recovery.derive.commitment import KNOWN_COMMITMENT_KEY
from ledger_recovery.derive.credential_id import credential_ids
from ledger_recovery.derive.curve import PointError, decode_point
from ledger_recovery.derive.keygen import GROUP_ORDER, keygen_v0, keygen_v1, prf_key
from ledger_recovery.derive.paths import DerivationPath, account_key_path, id_cred_sec_path, prf_path
from ledger_recovery.derive.schemes import IdentityRef, KeyScheme
from tests.vectors.published import generated_identities, raw, secret, vectors

INFINITY = "c0" + "00" * 47


def test_constants() -> None:
    constants = vectors()["constants"]
    assert KNOWN_COMMITMENT_KEY.hex() == constants["on_chain_commitment_key"]
    assert f"{GROUP_ORDER:064x}" == constants["r"]


@pytest.mark.parametrize("case", vectors()["keygen"], ids=lambda case: str(case["seed"])[:8])
def test_keygen(case: dict[str, Any]) -> None:
    assert keygen_v1(secret(case["seed"])) == secret(case["key"])


@pytest.mark.parametrize("case", vectors()["keygen_deprecated"], ids=lambda case: str(case["seed"])[:8])
def test_deprecated_keygen_reads_the_hex_text_of_the_seed(case: dict[str, Any]) -> None:
    seed = secret(case["seed"])
    assert keygen_v0(seed) == secret(case["key_from_ascii_hex"])
    assert keygen_v0(seed) != secret(case["key_from_raw_bytes"])
    assert prf_key(seed, KeyScheme.LEGACY_V1) == secret(case["current_keygen"])


@pytest.mark.parametrize("case", vectors()["cred_id_published"], ids=lambda case: str(case["cred_id"])[:8])
def test_published_cred_ids(case: dict[str, Any]) -> None:
    (cred_id,) = credential_ids(secret(case["prf_key"]), [case["counter"]], raw(case["g"]))
    assert cred_id == raw(case["cred_id"])
    if case.get("address"):
        assert encode_address(account_address(cred_id)) == case["address"]


@pytest.mark.parametrize("batch", [1, 120], ids=["one by one", "all at once"])
def test_published_cred_ids_of_another_base(batch: int) -> None:
    section = vectors()["cred_id_published_other_g"]
    key, g, entries = secret(section["prf_key"]), raw(section["g"]), section["entries"]
    got: list[bytes | None] = []
    for start in range(0, len(entries), batch):
        got += credential_ids(key, [entry["counter"] for entry in entries[start : start + batch]], g)
    assert got == [raw(entry["cred_id"]) for entry in entries]
    texts = [encode_address(account_address(raw(entry["cred_id"]))) for entry in entries]
    assert texts == [entry["address"] for entry in entries]


@pytest.mark.parametrize("case", list(generated_identities()), ids=lambda case: f"{case['seed']} {case['prf_path']}")
def test_generated_identities(case: dict[str, Any]) -> None:
    version = case.get("identity_version", 1)
    identity = IdentityRef(case["identity"], case.get("idp"))
    scheme = next(scheme for scheme in identity.schemes if scheme.keygen_version == version)
    key = prf_key(secret(case["prf_seed"]), scheme)
    assert key == secret(case["prf_key"])
    assert prf_key(secret(case["id_cred_sec_seed"]), scheme) == secret(case["id_cred_sec"])

    credentials = case["credentials"]
    counters = [credential["counter"] for credential in credentials]
    found = credential_ids(key, counters, raw(vectors()["cred_id_generated"]["g"]))
    assert found == tuple(raw(credential["cred_id"]) for credential in credentials)
    for credential in credentials:
        address = account_address(raw(credential["cred_id"]))
        assert encode_address(address) == credential["address"]
        assert decode_address(credential["address"]) == address


@pytest.mark.parametrize(
    "case",
    # A Ledger derives with coin type 919 on every network; type 1 is for seed-phrase wallets on testnet.
    [case for case in generated_identities() if case.get("coin_type", 919) == 919],
    ids=lambda case: f"{case['seed']} {case['prf_path']}",
)
def test_paths_of_generated_identities(case: dict[str, Any]) -> None:
    identity = IdentityRef(case["identity"], case.get("idp"))
    assert str(prf_path(identity)) == case["prf_path"]
    assert str(id_cred_sec_path(identity)) == case["id_cred_sec_path"]
    for credential in case["credentials"]:
        path = account_key_path(identity, credential["counter"])
        assert str(path) == credential["account_key_path"]
        assert DerivationPath.parse(credential["account_key_path"]) == path


@pytest.mark.parametrize("case", vectors()["address_pairs"], ids=lambda case: str(case["address"])[:8])
def test_address_pairs(case: dict[str, Any]) -> None:
    address = account_address(raw(case["cred_id"]))
    assert encode_address(address) == case["address"]
    assert decode_address(case["address"]) == address


@pytest.mark.parametrize("case", vectors()["g1_decoding"], ids=lambda case: str(case["note"])[:40])
def test_point_decoding(case: dict[str, Any]) -> None:
    # Infinity decodes by the standard, but stands for no credential and no base: refused here.
    if case["valid"] and case["bytes"] != INFINITY:
        point = decode_point(raw(case["bytes"]))
        assert bytes(point.to_compressed_bytes()) == raw(case["bytes"])
        if "x" in case:
            assert bytes(point.to_xy_bytes_be()).hex() == case["x"] + case["y"]
    else:
        with pytest.raises(PointError):
            decode_point(raw(case["bytes"]))


@pytest.mark.parametrize("case", vectors()["edges"], ids=lambda case: str(case.get("error", case.get("note"))))
def test_edges(case: dict[str, Any]) -> None:
    key = secret(case.get("prf_key", "01".rjust(64, "0")))
    g = KNOWN_COMMITMENT_KEY[:48]
    if "cred_id" in case:
        assert credential_ids(key, [case["counter"]], g) == (raw(case["cred_id"]),)
    elif "refuse" in case["error"]:
        with pytest.raises(ValueError, match=r"group order|counters run"):
            credential_ids(key, [case["counter"]], g)
    else:
        assert credential_ids(key, [case["counter"]], g) == (None,)


def test_screens_of_the_address_check_show_our_addresses() -> None:
    screens = [case for case in vectors()["ledger"] if case["what"] == "verify_address"]
    assert len(screens) == 2
    for case in screens:
        assert encode_address(account_address(raw(case["cred_id"]))) == case["display_address"]


def test_prf_key_exports_of_one_seed_agree_with_keygen() -> None:
    """Some identities were exported both as seed (P2=01) and as finished key (P2=02)."""
    exports = [case for case in vectors()["ledger"] if case["what"] == "export_private_key" and case["p1"] != 2]
    seeds = {(c["app"], c["seed"], c["data"]): c["response"] for c in exports if c["p2"] == 1}
    keys = {(c["app"], c["seed"], c["data"]): c["response"] for c in exports if c["p2"] == 2}
    both = seeds.keys() & keys.keys()
    assert both
    for name in both:
        assert keygen_v1(secret(seeds[name])) == secret(keys[name])
