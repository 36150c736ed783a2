"""The connection to the broker: kept for ever, with what came stored before it is acknowledged."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from collections.abc import Callable, Sequence
from typing import Any

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from gezhi.errors import GezhiError
from gezhi.home.bridge.configuration import MqttSettings
from gezhi.home.bridge.discovery import Announcer
from gezhi.home.bridge.messages import Arrival, Outgoing
from gezhi.home.bridge.runtime import Runtime
from gezhi.home.bridge.store import StoreError

__all__ = ["BrokerLink"]

_log = logging.getLogger("gezhi.home.bridge")

_FIRST_WAIT_SECONDS = 0.25
# Long enough connected to call it a connection: a broker that accepts and drops is backed off from.
_SETTLED_SECONDS = 5.0
# How long a broker may take to answer; a link that hangs is a house without a hub.
_PATIENCE_SECONDS = 4.0
_REFUSED = {4, 5, 134, 135}


class BrokerLink:
    """Connects a runtime to a broker, again and again until it is stopped.

    Args:
        runtime: what the messages are for.
        settings: how the broker is reached.
        announcer: how Home Assistant is told what there is.

    Attributes:
        problem: why there is no connection, or empty.
    """

    def __init__(self, runtime: Runtime, settings: MqttSettings, announcer: Announcer) -> None:
        self.problem = "not connected yet"
        self._runtime = runtime
        self._settings = settings
        self._announcer = announcer
        self._client: aiomqtt.Client | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._availability = f"{runtime.base}/bridge/availability"

    async def run(self, stop: asyncio.Event) -> None:
        """Stay connected until ``stop`` is set; then say good-bye and return."""
        wait = _FIRST_WAIT_SECONDS
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            begun = loop.time()
            try:
                await self._session(stop)
            except (aiomqtt.MqttError, GezhiError) as error:
                self._say(error)
            finally:
                self._client = None
                self._runtime.link(up=False)
            if loop.time() - begun > _SETTLED_SECONDS:
                wait = _FIRST_WAIT_SECONDS
            # Bridges that lost the same broker do not all come back in the same instant.
            await _either(stop, wait * random.uniform(0.75, 1.25))
            wait = min(2 * wait, self._settings.longest_wait_seconds)

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Publish in order; without a connection, drop: states are shown anew, commands are not."""
        client = self._client
        if client is None:
            return
        for one in messages:
            task = asyncio.get_running_loop().create_task(self._publish(client, one))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _publish(self, client: aiomqtt.Client, one: Outgoing) -> None:
        try:
            await client.publish(one.topic, one.payload, qos=one.qos, retain=one.retain)
        except aiomqtt.MqttError as error:
            _log.warning("%s could not be published: %s", one.topic, error)

    async def _session(self, stop: asyncio.Event) -> None:
        will = aiomqtt.Will(self._availability, "offline", qos=1, retain=True)
        settings = self._settings
        client = aiomqtt.Client(
            settings.host,
            settings.port,
            username=settings.user or None,
            password=settings.secret(),
            tls_context=settings.context(),
            identifier=f"{self._runtime.base}-bridge",
            # What takes the connection and drops it before its greeting is noticed by this alone.
            timeout=_PATIENCE_SECONDS,
            clean_session=False,
            keepalive=settings.keepalive_seconds,
            will=will,
            queue_type=_store_first(self._arrived),
            max_queued_outgoing_messages=10_000,
            # Small messages must not wait for each other's acknowledgement.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )
        client.pending_calls_threshold = 10_000
        async with client:
            self._client = client
            if self.problem:
                _log.info("connected to the broker at %s:%d", settings.host, settings.port)
            self.problem = ""
            topics = [*self._runtime.subscriptions(), (f"{self._announcer.prefix}/status", 0)]
            # Who is there is to be heard anew from here on: with the subscription's answer comes
            # what the broker has kept, and what is heard before the link is up is forgotten.
            self.send(self._runtime.link(up=True))
            await client.subscribe(topics)
            self._greet()
            listening = asyncio.ensure_future(_listen(client))
            stopping = asyncio.ensure_future(stop.wait())
            try:
                await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if listening.done():
                    listening.result()
                await self._farewell(client)
            finally:
                listening.cancel()
                stopping.cancel()
                await asyncio.gather(listening, stopping, return_exceptions=True)

    def _greet(self) -> None:
        """Say that the bridge is there, what there is, and how everything stands."""
        store = self._runtime.store
        try:
            previous = store.fact("announced") or ""
        except StoreError:
            previous = self._announcer.form
        self.send([Outgoing(self._availability, "online", retain=True)])
        self.send(self._announcer.messages(previous))
        self.send(self._runtime.snapshot())
        if previous != self._announcer.form:
            try:
                store.set_fact("announced", self._announcer.form)
            except StoreError as error:
                _log.error("%s", error)

    async def _farewell(self, client: aiomqtt.Client) -> None:
        """Bring everything to rest while there is still somebody to tell."""
        self.send(self._runtime.rest())
        if self._sending:
            await asyncio.wait(self._sending, timeout=3.0)
        await client.publish(self._availability, "offline", qos=1, retain=True, timeout=3.0)

    def _arrived(self, message: aiomqtt.Message) -> None:
        payload = message.payload
        raw = payload if isinstance(payload, bytes) else str(payload or "").encode()
        arrival = Arrival(str(message.topic), raw, retained=bool(message.retain))
        if arrival.topic == f"{self._announcer.prefix}/status" and arrival.text == "online":
            self._greet()
        try:
            self.send(self._runtime.receive(arrival))
        except Exception:
            # A message that this program cannot bear would otherwise come again for ever.
            _log.exception("%s: the message was dropped", arrival.topic)

    def _say(self, error: Exception) -> None:
        settings = self._settings
        where = f"{settings.host}:{settings.port}"
        code = getattr(error, "rc", None)
        value = getattr(code, "value", code)
        if isinstance(error, MqttConnectError) and value in _REFUSED:
            problem = (
                f"the broker at {where} refuses the user {settings.user!r}; "
                "mqtt.user and mqtt.password have to be those of the broker"
            )
        else:
            problem = f"no connection to the broker at {where}: {error}"
        if problem != self.problem:
            _log.error("%s; trying again for ever", problem)
        self.problem = problem


def _store_first(handle: Callable[[aiomqtt.Message], None]) -> type[asyncio.Queue[Any]]:
    """A queue that hands a message over while it is put in.

    The client puts a message into its queue before it acknowledges it to the broker. What is
    stored at that point cannot be lost between the two: the broker sends again what was not
    acknowledged, and a command's id tells the second arrival from the first.
    """

    class StoreFirst(asyncio.Queue[Any]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            handle(item)

    return StoreFirst


async def _listen(client: aiomqtt.Client) -> None:
    async for _ in client.messages:
        pass


async def _either(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
