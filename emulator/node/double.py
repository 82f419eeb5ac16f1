"""A whole node double in this process: chain, faults, gRPC server and its address, as a context manager.

async with NodeDouble(world, faults=[Lag(500)]) as node:
    channel = grpc.aio.insecure_channel(node.address)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from types import TracebackType

import grpc
import grpc.aio

from emulator.loopback import LOOPBACK
from emulator.node.effects import Effect
from emulator.node.faults import NO_FAULTS, Call, Fault, FaultPlan
from emulator.node.gate import Gate
from emulator.node.service import NodeService, Sleep
from emulator.node.state import ChainState, Clock
from emulator.node.tls import Certificate, self_signed
from emulator.world.chain import Chain, build_chain
from emulator.world.model import World

Faults = FaultPlan | Iterable[Fault | Effect]


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class NodeDouble:
    """A running node, bound to loopback.

    :param port: 0 takes any free port; a taken one raises `loopback.PortTaken`
    :param tls: serve TLS with a certificate made for this run (`certificate`)
    :param clock: ms since 1970; slot times and the growth of the chain follow it
    """

    def __init__(
        self,
        world: World,
        *,
        faults: Faults = NO_FAULTS,
        port: int = 0,
        tls: bool = False,
        filler_accounts: int | None = None,
        clock: Clock = wall_clock,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.world = world
        self.chain: Chain = build_chain(world, clock(), filler_accounts=filler_accounts)
        self.state = ChainState(self.chain, clock)
        self.calls: list[Call] = []
        self._plan = _plan(faults)
        self._port = port
        self._sleep = sleep
        self._certificate: Certificate | None = self_signed() if tls else None
        self._news = asyncio.Event()
        self._server: grpc.aio.Server | None = None
        self._gate: Gate | None = None
        self._service: NodeService | None = None

    async def __aenter__(self) -> NodeDouble:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; the address is known from here on."""
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        if self._certificate is None:
            backend_port = server.add_insecure_port(f"{LOOPBACK}:0")
        else:
            pair = (self._certificate.private_key, self._certificate.certificate)
            backend_port = server.add_secure_port(f"{LOOPBACK}:0", grpc.ssl_server_credentials([pair]))
        gate = Gate(backend_port, lambda number: self._plan.mutes(number))
        service = NodeService(
            self.state, connection_of=gate.number_of, reset=gate.reset, arrived=self._arrive, sleep=self._sleep
        )
        server.add_generic_rpc_handlers((service,))
        await server.start()
        self._server, self._gate, self._service = server, gate, service
        try:
            gate.open(self._port)
        except OSError:
            await self.stop()
            raise
        self._port = gate.port
        self.set_faults(self._plan)

    async def stop(self) -> None:
        """End every call and connection."""
        if self._gate is not None:
            await self._gate.close()
        if self._server is not None:
            await self._server.stop(grace=None)
        self._gate = self._server = self._service = None

    @property
    def port(self) -> int:
        """The port that clients use."""
        return self._port

    @property
    def address(self) -> str:
        """ "127.0.0.1:PORT"."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def certificate(self) -> bytes | None:
        """PEM bytes of the certificate to trust, None without TLS."""
        return self._certificate.certificate if self._certificate else None

    @property
    def connections(self) -> int:
        """How many connections have been opened so far."""
        return self._gate.opened if self._gate else 0

    def set_faults(self, faults: Faults) -> None:
        """Replace all faults, with counters at zero; takes effect at once."""
        self._plan = _plan(faults)
        if self._service is not None:
            self._service.set_faults(self._plan)
        if self._gate is not None and self._plan.refuses == self._gate.is_open:
            if self._plan.refuses:
                self._gate.refuse()
            else:
                self._gate.open(self._port)

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method so far."""
        return [call for call in self.calls if call.method == method]

    async def wait_for(self, condition: Callable[[list[Call]], bool]) -> None:
        """Wait until the log of calls meets a condition."""
        while not condition(self.calls):
            self._news.clear()
            await self._news.wait()

    def _arrive(self, call: Call) -> None:
        self.calls.append(call)
        self._news.set()


def _plan(faults: Faults) -> FaultPlan:
    return faults if isinstance(faults, FaultPlan) else FaultPlan.of(*faults)
