"""Pages, metrics, key, and the OpenAPI document."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger_recovery.backup import protocol
from ledger_recovery.backup.pairing import parse_code, parse_link
from ledger_recovery.box.box_key import CERTIFICATE_FILE, KEY_FILE, VALID_FOR, open_box_key
from ledger_recovery.box.config import BoxConfig, BoxLimits
from ledger_recovery.box.offering import make_offer, write_offer
from ledger_recovery.box.page import root_page
from ledger_recovery.errors import InputError, StorageError
from tests.unit.box.boxes import ADDRESS, ELSEWHERE, NOW, PIN, Box, bundle, owner, pair_request, running_box

TIME = datetime(2026, 11, 22, tzinfo=UTC)


async def test_about_announces_pin_limits_and_time(box: Box) -> None:
    about = (await box.http.get("/v1/about")).json()
    assert (about["name"], about["pin"], about["version"], about["time"]) == ("Attic", PIN.hex(), 1, NOW)
    assert about["limits"]["generations_kept"] == 30


async def test_the_pages_need_nothing_from_elsewhere(box: Box) -> None:
    for path in ("/", "/pair"):
        answer = await box.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
        digest = hashlib.sha256(style.encode()).digest()
        assert f"'sha256-{base64.b64encode(digest).decode()}'" in policy
        assert "color-scheme: light dark" in style
        assert not re.findall(r"(?:src|href)=\"(?!/)", answer.text)
        assert "<script" not in answer.text
    assert (await box.http.get("/v1/about")).headers["cache-control"] == "no-store"


async def test_the_pairing_page_shows_an_offer_that_works(box: Box) -> None:
    text = (await box.http.get("/pair")).text
    (link,) = re.findall(r"<code>(https://[^<]*#lr1[^<]*)</code>", text)
    picture = (await box.http.get("/pair/qr.svg")).text
    assert picture.startswith("<?xml")
    token = parse_link(link, NOW).token_text
    assert link in (await box.http.get("/pair")).text
    assert (await box.http.post("/v1/pair", json=pair_request(token))).status_code == 201
    assert link not in (await box.http.get("/pair")).text


async def test_pairing_page_and_metrics_are_for_this_computer(tmp_path: Path) -> None:
    hidden = ("/pair", "/pair/qr.svg", "/metrics")
    async with running_box(tmp_path / "1", client=ELSEWHERE) as box:
        assert [(await box.http.get(path)).status_code for path in hidden] == [404] * 3
        assert (await box.http.get("/")).status_code == 200
    async with running_box(tmp_path / "2") as box:
        for headers in ({"host": "evil.example"}, {"x-forwarded-for": "192.0.2.1"}, {"forwarded": "for=192.0.2.1"}):
            assert [(await box.http.get(path, headers=headers)).status_code for path in hidden] == [404] * 3
        assert [(await box.http.get(path)).status_code for path in hidden] == [200] * 3
    async with running_box(tmp_path / "3", client=ELSEWHERE, metrics_open=True) as box:
        assert [(await box.http.get(path)).status_code for path in hidden] == [404, 404, 200]


async def test_metrics_count_and_tell_nobody_apart(box: Box) -> None:
    machine = await box.enabled()
    assert (await machine.put(bundle())).status_code == 201
    await box.http.get(f"/v1/backups/{'x' * 60}")
    await box.http.get("/no/such/path")
    text = (await box.http.get("/metrics")).text
    route = "/v1/backups/{backup_id}/generations/{generation}"
    assert f'box_requests_total{{route="{route}",method="PUT",status="201"}} 1' in text
    assert 'box_requests_total{route="none",method="GET",status="404"} 1' in text
    assert f"box_stored_bytes_total {len(bundle())}" in text
    assert "box_generations 1" in text
    for secret in (owner().backup_id, machine.device_id, "127.0.0.1", "x" * 20):
        assert secret not in text


async def test_healthz_answers(box: Box) -> None:
    assert (await box.http.get("/healthz")).json() == {"status": "ok"}


def test_a_name_cannot_break_out_of_a_page() -> None:
    assert "<b>" not in root_page("<b>Attic</b>", "ab", kept=1, largest_mib=1)


async def test_the_terminal_shows_everything_to_pair(box: Box) -> None:
    offer = make_offer(box.room, ADDRESS)
    out = io.StringIO()
    write_offer(offer, out)
    assert parse_link(offer.link, NOW).fits(PIN)
    assert parse_code(offer.code).fits(PIN)
    for text in (offer.link, offer.code, offer.fingerprint, offer.expires, "▀"):
        assert text in out.getvalue()


# --- OpenAPI ----------------------------------------------------------------------------------------------------


async def test_the_document_describes_every_route_and_refusal(box: Box) -> None:
    document = (await box.http.get("/openapi.json")).json()
    operations = {(m.upper(), path): o for path, ops in document["paths"].items() for m, o in ops.items()}
    signed = {key for key, o in operations.items() if o.get("security")}
    assert {key for key in operations if key not in signed} == {
        ("GET", "/v1/about"),
        ("POST", "/v1/pair"),
        ("GET", "/healthz"),
        ("GET", "/metrics"),
    }
    assert len(signed) == 17
    for key in signed:
        assert {"401", "404"} <= operations[key]["responses"].keys() or key[1].endswith(("/self", "{backup_id}"))
    assert "HTTPValidationError" not in str(document)
    references = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert references <= document["components"]["schemas"].keys()
    put = operations["PUT", "/v1/backups/{backup_id}/generations/{generation}"]
    assert {"409", "412", "413", "422", "428", "429", "507"} <= put["responses"].keys()
    assert {"If-Match", "Idempotency-Key", "X-Box-Dids"} <= {p["name"] for p in put["parameters"]}


async def test_unknown_paths_and_methods_are_answered_in_the_same_form(box: Box) -> None:
    assert (await box.http.get("/v2/about")).json()["code"] == "not-found"
    answer = await box.http.patch("/v1/about")
    assert (answer.status_code, answer.json()["code"]) == (405, "not-allowed")
    assert answer.headers["allow"] == "GET"
    several = await box.http.patch(protocol.backup_path(owner().backup_id))
    assert (several.status_code, several.headers["allow"]) == (405, "DELETE, GET, HEAD, POST")
    assert (await box.http.get("/docs")).status_code == 404


# --- key and configuration --------------------------------------------------------------------------------------


def test_the_key_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    first = open_box_key(tmp_path / "box", ["box.example", "192.0.2.1"], TIME)
    again = open_box_key(tmp_path / "box", ["box.example", "192.0.2.1"], TIME)
    assert first == again
    for name in (KEY_FILE, CERTIFICATE_FILE):
        assert (tmp_path / "box" / name).stat().st_mode & 0o777 == 0o600
    certificate = x509.load_pem_x509_certificate(first.certificate_file.read_bytes())
    spki = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert hashlib.sha256(spki).digest() == first.pin
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "box.example"]


@pytest.mark.parametrize("change", ["expires", "other hosts", "damaged", "gone"])
def test_a_certificate_is_renewed_with_the_same_key(tmp_path: Path, change: str) -> None:
    first = open_box_key(tmp_path, ["a"], TIME)
    before = first.certificate_file.read_bytes()
    if change == "damaged":
        first.certificate_file.write_bytes(b"rubbish")
    if change == "gone":
        first.certificate_file.unlink()
    hosts = ["b"] if change == "other hosts" else ["a"]
    later = TIME + VALID_FOR - timedelta(days=30) if change == "expires" else TIME
    again = open_box_key(tmp_path, hosts, later)
    assert again.pin == first.pin
    assert again.certificate_file.read_bytes() != before


def test_a_damaged_key_is_told_and_never_replaced(tmp_path: Path) -> None:
    key = open_box_key(tmp_path, [], TIME)
    key.key_file.write_bytes(b"rubbish")
    with pytest.raises(StorageError, match="damaged"):
        open_box_key(tmp_path, [], TIME)
    assert key.key_file.read_bytes() == b"rubbish"


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb", "a\u202eb"])
def test_a_name_is_short_and_printable(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        BoxConfig(tmp_path, name)


@pytest.mark.parametrize("limits", [{"max_devices": 0}, {"retention_days": -1}, {"body_room": 1}])
def test_limits_that_cannot_be(limits: dict[str, int]) -> None:
    with pytest.raises(InputError):
        replace(BoxLimits(), **limits)


async def test_the_protocols_paths_are_the_apps(box: Box) -> None:
    document = (await box.http.get("/openapi.json")).json()
    paths = {
        protocol.backup_path("{backup_id}"),
        protocol.certificates_path("{backup_id}"),
        protocol.retire_path("{backup_id}"),
        protocol.dids_path("{backup_id}"),
        protocol.restore_dids_path("{backup_id}"),
        protocol.publish_path("{backup_id}", "{did}"),
        protocol.ABOUT,
        protocol.PAIR,
        protocol.DEVICE_SELF,
    }
    assert paths <= document["paths"].keys()
