"""Chooses the screens of a model's kind: two buttons (`screens_bagl`) or touch (`screens_nbgl`)."""

from __future__ import annotations

from emulator.apps.contract import FollowUp, Home, ReviewView
from emulator.device import screens_bagl, screens_nbgl
from emulator.device.models import Model
from emulator.device.screens import Flow


def home(idle: Home, model: Model) -> Flow:
    """The idle screen with its menu or info page."""
    return screens_nbgl.home(idle, model) if model.touch else screens_bagl.home(idle, model)


def review(view: ReviewView, model: Model) -> Flow:
    """The pages a person walks through to approve or decline."""
    return screens_nbgl.review(view, model) if model.touch else screens_bagl.review(view, model)


def follow_up(view: FollowUp, model: Model) -> Flow:
    """What is shown after an answer: a public key to compare, or what became of the review."""
    return screens_nbgl.follow_up(view, model) if model.touch else screens_bagl.follow_up(view, model)


def locked(model: Model) -> Flow:
    """The page of a locked device."""
    return screens_nbgl.locked(model) if model.touch else screens_bagl.locked(model)
