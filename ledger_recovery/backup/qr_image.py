"""[io] The pairing link in a picture of a QR code: a file from a camera or a screenshot, bounded before it is decoded.

Only finds the text; what it is worth, `pairing.parse_link` decides. Pillow and zxing-cpp are loaded when first needed.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ledger_recovery.backup.pairing import MAX_LINK
from ledger_recovery.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_FILE_BYTES: Final = 20 * 1024 * 1024
MAX_PIXELS: Final = 40_000_000
"""More than a telephone's photograph has; decoding takes one byte each."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP")
_HINT: Final = "Give a sharp picture of the QR code that the Box shows, or use the link or the typed code."


def read_qr_link(path: Path) -> str:
    """The text of the one pairing link among the QR codes in an image file.

    :raises InputError: no readable image, too large, or not exactly one QR code that could be a pairing link.
    """
    texts = {text for text in _qr_texts(_opened(path), path) if "#lr" in text and len(text) <= MAX_LINK}
    if not texts:
        raise InputError(f"there is no QR code of an Identity Box in {path}", _HINT)
    if len(texts) > 1:
        raise InputError(f"there are {len(texts)} pairing links in {path}, and only one can be meant", _HINT)
    return texts.pop()


def _opened(path: Path) -> Image:
    from PIL import Image

    try:
        if not path.is_file() or path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"{path} is no image file of at most {MAX_FILE_BYTES // 2**20} MiB", _HINT)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise InputError(f"{path} has more than {MAX_PIXELS // 1_000_000} million pixels", _HINT)
                return image.convert("L")
    except InputError:
        raise
    except Exception as error:
        # Decoders of images raise nearly anything over a broken file: struct.error, SyntaxError, KeyError, and more.
        raise InputError(f"{path} cannot be read as an image ({type(error).__name__})", _HINT) from error


def _qr_texts(image: Image, path: Path) -> list[str]:
    import zxingcpp

    pixels = memoryview(image.tobytes()).cast("B", (image.height, image.width))
    try:
        found = zxingcpp.read_barcodes(pixels, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    except (ValueError, RuntimeError) as error:
        raise InputError(f"no QR code could be looked for in {path}", _HINT) from error
    return [barcode.text for barcode in found if barcode.valid]
