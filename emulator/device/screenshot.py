"""Draws the current texts as a picture of the model's real size.

A readable likeness: position and size of texts are the model's, the font and the icons are not.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from emulator.device.models import Model
from emulator.device.screens import Text

_DARK, _LIGHT = (12, 14, 16), (245, 247, 250)
_SMALLEST_FONT = 8


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@cache
def _pixel_font() -> ImageFont.ImageFont:
    """A bitmap font: an outline font of 9 pixels is a blur on 64 lines."""
    return ImageFont.load_default_imagefont()


def _draw_pixels(draw: ImageDraw.ImageDraw, text: Text, ink: tuple[int, int, int]) -> None:
    left, top, right, bottom = _pixel_font().getbbox(text.text)
    x, y = text.x + (text.w - (right - left)) // 2, text.y + (text.h - (bottom - top)) // 2
    draw.text((max(x, 0), y), text.text, fill=ink, font=_pixel_font())


def _draw_smooth(draw: ImageDraw.ImageDraw, text: Text, ink: tuple[int, int, int]) -> None:
    """In the largest font up to the model's own size in which the text keeps its width."""
    size = text.h - 2
    while size > _SMALLEST_FONT and _font(size).getbbox(text.text)[2] > text.w + 2:
        size -= 1
    draw.text((text.x + text.w / 2, text.y + text.h / 2), text.text, fill=ink, font=_font(size), anchor="mm")


def _draw_arrows(draw: ImageDraw.ImageDraw, model: Model) -> None:
    middle, right = model.height // 2, model.width - 1
    draw.line([(4, middle - 4), (1, middle), (4, middle + 4)], fill=_LIGHT)
    draw.line([(right - 4, middle - 4), (right - 1, middle), (right - 4, middle + 4)], fill=_LIGHT)


def png(texts: Sequence[Text], model: Model) -> bytes:
    """The screen as a PNG file: light on dark with arrows for buttons, dark on light for touch."""
    paper, ink = (_LIGHT, _DARK) if model.touch else (_DARK, _LIGHT)
    image = Image.new("RGB", (model.width, model.height), paper)
    draw = ImageDraw.Draw(image)
    if not model.touch:
        _draw_arrows(draw, model)
    for text in texts:
        if text.text.strip():
            (_draw_smooth if model.touch else _draw_pixels)(draw, text, ink)
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()
