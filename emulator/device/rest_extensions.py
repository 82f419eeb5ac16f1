"""Our own additions to the REST API, all under /x/: lock, other app, other device, quit, state, screen.

For tests of host software; Speculos knows none of them.
"""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from emulator.apps.catalogue import UnknownApp, check_app
from emulator.apps.keys import Seed
from emulator.device import rest_input
from emulator.device.hub import Hub
from emulator.device.machine import Machine
from emulator.device.offers import offers
from emulator.device.rest import body_of, endpoint
from emulator.device.rest_input import Invalid
from emulator.device.rest_replies import json_reply


class Extensions:
    """The handlers of /x/ paths."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[Route]:
        """GET /x/state, /x/screen; POST /x/lock, /x/app, /x/device, /x/quit."""
        return [
            Route("/x/state", endpoint(self.state), methods=["GET"]),
            Route("/x/screen", endpoint(self.screen), methods=["GET"]),
            Route("/x/lock", endpoint(self.lock), methods=["POST"]),
            Route("/x/app", endpoint(self.app), methods=["POST"]),
            Route("/x/device", endpoint(self.device), methods=["POST"]),
            Route("/x/quit", endpoint(self.quit), methods=["POST"]),
        ]

    async def state(self, request: Request) -> Response:
        """What runs, on what, and whether it waits for a person. No secrets."""
        machine = self._hub.machine
        return json_reply(
            {
                "version": 1,
                "model": machine.setup.model.name,
                "model_title": machine.setup.model.title,
                "touch": machine.setup.model.touch,
                "width": machine.setup.model.width,
                "height": machine.setup.model.height,
                "app": machine.app_name,
                "app_name": machine.app.name,
                "app_version": machine.app.version,
                "locked": machine.locked,
                "awaits_person": machine.awaits_person,
            }
        )

    async def screen(self, request: Request) -> Response:
        """What is on the screen, and what a person can do there (see `offers`)."""
        machine = self._hub.machine
        model = machine.setup.model
        return json_reply(
            {
                "version": 1,
                "model": model.name,
                "touch": model.touch,
                "width": model.width,
                "height": model.height,
                "texts": [text.text for text in machine.visible],
                "offers": offers(machine.page),
            }
        )

    async def lock(self, request: Request) -> Response:
        """Lock or unlock: {"locked": true}."""
        locked = bool((await body_of(request, rest_input.LOCK))["locked"])
        self._hub.control(lambda machine: machine.lock(locked))
        return json_reply({})

    async def app(self, request: Request) -> Response:
        """The person opens another app, or the dashboard: {"app": "bitcoin"}. TCP connections drop."""
        name = _known(str((await body_of(request, rest_input.APP))["app"]))
        self._hub.control(lambda machine: machine.run_app(name))
        return json_reply({})

    async def device(self, request: Request) -> Response:
        """Unplug this device and plug in one with the given app, seed and lock; what is not given stays."""
        body = await body_of(request, rest_input.DEVICE)
        old = self._hub.machine
        app, seed = _known(str(body.get("app", old.setup.app))), old.setup.seed
        if "seed" in body:
            try:
                seed = Seed.from_text(str(body["seed"]))
            except ValueError as error:
                raise Invalid(str(error)) from None
        setup = replace(old.setup, app=app, seed=seed, locked=bool(body.get("locked", False)))
        self._hub.replace(Machine(setup, old.automation))
        return json_reply({})

    async def quit(self, request: Request) -> Response:
        """End the emulator with exit code 0."""
        await body_of(request, rest_input.QUIT)
        self._hub.control(lambda machine: machine.quit(0))
        return json_reply({})


def _known(name: str) -> str:
    try:
        return check_app(name)
    except UnknownApp as error:
        raise Invalid(str(error)) from None
