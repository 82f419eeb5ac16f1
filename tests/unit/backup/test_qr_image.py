"""Pairing links read from pictures: clean, turned, photographed, and files that are no such picture."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
import segno
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from ledger_recovery.backup import qr_image
from ledger_recovery.backup.pairing import PairingOffer, make_link
from ledger_recovery.backup.qr_image import read_qr_link
from ledger_recovery.errors import InputError

LINK = make_link(PairingOffer("https://box.example:8443", bytes(range(32)), bytes(16), 2_000_000_000, "attic"))


def picture(folder: Path, text: str = LINK, name: str = "qr.png") -> Path:
    path = folder / name
    segno.make(text, error="m").save(str(path), scale=6, border=4)
    return path


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
def test_each_kind_of_image(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"qr.{suffix}"
    Image.open(picture(tmp_path)).convert("RGB").save(path)
    assert read_qr_link(path) == LINK


def test_a_photograph(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    image = Image.open(picture(tmp_path)).convert("RGB").rotate(17, expand=True, fillcolor="white")
    image.filter(ImageFilter.GaussianBlur(1.5)).save(path, quality=40)
    assert read_qr_link(path) == LINK


def test_a_transparent_image(tmp_path: Path) -> None:
    path = tmp_path / "alpha.png"
    Image.open(picture(tmp_path)).convert("RGBA").save(path)
    assert read_qr_link(path) == LINK


def beside(folder: Path, *texts: str) -> Path:
    images = [Image.open(picture(folder, text)).convert("L") for text in texts]
    whole = Image.new("L", (sum(i.width for i in images), max(i.height for i in images)), 255)
    for number, image in enumerate(images):
        whole.paste(image, (sum(i.width for i in images[:number]), 0))
    whole.save(folder / "beside.png")
    return folder / "beside.png"


def test_among_other_codes_the_one_link(tmp_path: Path) -> None:
    assert read_qr_link(beside(tmp_path, "https://example.org", LINK)) == LINK


def test_two_links_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="2 pairing links"):
        read_qr_link(beside(tmp_path, LINK, LINK.replace("box.example", "other.example")))


def test_no_link_in_the_picture(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no QR code of an Identity Box"):
        read_qr_link(picture(tmp_path, "https://example.org"))
    Image.new("L", (50, 50), 255).save(tmp_path / "white.png")
    with pytest.raises(InputError, match="no QR code of an Identity Box"):
        read_qr_link(tmp_path / "white.png")


def bomb(width: int, height: int) -> bytes:
    """A PNG of few bytes that says it is large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("size", "word"),
    [((50_000, 50_000), "Bomb"), ((9_000, 9_000), "million pixels"), ((2**31 - 1, 1), "Bomb")],
)
def test_an_image_larger_than_any_is_not_decoded(size: tuple[int, int], word: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(*size))
    with pytest.raises(InputError, match=word):
        read_qr_link(path)


def test_a_file_larger_than_any_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = picture(tmp_path)
    monkeypatch.setattr(qr_image, "MAX_FILE_BYTES", path.stat().st_size - 1)
    with pytest.raises(InputError, match="no image file"):
        read_qr_link(path)


@pytest.mark.parametrize("data", [b"", b"no image", b"%!PS-Adobe-3.0 EPSF-3.0\n", b"<svg/>"])
def test_other_files_are_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    for place in (path, tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError) as caught:
            read_qr_link(place)
        assert caught.value.hint


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_image_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(picture(tmp_path).read_bytes())
    for _ in range(3):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.png"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        assert read_qr_link(path) == LINK
    except InputError:
        return
