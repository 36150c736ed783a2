"""Everything that `gezhi home serve` runs: store, controllers, broker, socket, until stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gezhi.errors import InputError
from gezhi.home.bridge.broker import embedded_broker
from gezhi.home.bridge.clock import HouseClock
from gezhi.home.bridge.configuration import BridgeConfiguration
from gezhi.home.bridge.controllers import Controller
from gezhi.home.bridge.discovery import Announcer, form_for
from gezhi.home.bridge.loopback import listening
from gezhi.home.bridge.planning import Advisor
from gezhi.home.bridge.runtime import Runtime
from gezhi.home.bridge.store import Store, StoreError
from gezhi.home.types import Notice
from gezhi.kernel.extras import require
from gezhi.kernel.paths import user_data_folder

__all__ = ["STORE_FILE", "serve", "serve_until", "state_folder"]

_log = logging.getLogger("gezhi.home.bridge")

STORE_FILE = "bridge.sqlite"
# Timers are kept to this at worst; between two looks nothing is done that a message did not ask.
_LONGEST_PAUSE_SECONDS = 1.0
# A node writes its count to flash once a minute; at full flow that much may be missing there.
_ROLLBACK_LITRES = 30.0


def state_folder(configuration: BridgeConfiguration) -> Path:
    """Where the store and the address file lie: ``bridge.folder``, or gezhi's own data folder."""
    named = configuration.bridge.folder
    return Path(named).expanduser() if named else user_data_folder() / "home"


def serve(
    configuration: BridgeConfiguration,
    controllers: Iterable[Controller],
    *,
    embedded: bool = False,
    describe: Callable[[Notice], str] = lambda notice: notice.code,
    advisors: Callable[[Store], Iterable[Advisor]] = lambda store: (),
    ready: Callable[[int], None] = lambda port: None,
) -> None:
    """Run the bridge until SIGTERM or SIGINT; then bring everything to rest and return.

    Args:
        configuration: the bridge's part of ``home.toml``.
        controllers: the systems of this house.
        embedded: run a small broker inside, for a first try.
        describe: turns a notice into a sentence for people.
        advisors: makes those who ask by themselves, such as a `Planner`, from what is stored.
        ready: told the port of the socket once the bridge answers there.

    Raises:
        MissingExtra: the extra ``home`` is not installed.
        InputError: the store, a certificate or the socket cannot be used.
    """
    require("aiomqtt", "home")

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, stop.set)
        await serve_until(
            stop,
            configuration,
            controllers,
            embedded=embedded,
            describe=describe,
            advisors=advisors,
            ready=ready,
        )

    asyncio.run(run())


async def serve_until(
    stop: asyncio.Event,
    configuration: BridgeConfiguration,
    controllers: Iterable[Controller],
    *,
    embedded: bool = False,
    describe: Callable[[Notice], str] = lambda notice: notice.code,
    advisors: Callable[[Store], Iterable[Advisor]] = lambda store: (),
    ready: Callable[[int], None] = lambda port: None,
) -> None:
    """The same inside a running event loop, until ``stop`` is set."""
    from gezhi.home.bridge.link import BrokerLink  # needs the extra "home"

    settings = configuration.mqtt
    settings.secret(), settings.context()  # what cannot be read is said before anything starts
    folder = state_folder(configuration)
    controllers = tuple(controllers)
    adapters = [one.adapter() for one in configuration.nodes]
    _check_relays(controllers, {name.name for one in adapters for name in one.channels})
    with _alone(folder), contextlib.closing(_open_store(folder / STORE_FILE)) as store:
        clock = HouseClock(store.latest_house_seconds())
        runtime = Runtime(
            controllers,
            adapters,
            store,
            clock=clock,
            base=settings.base,
            rollback=_ROLLBACK_LITRES,
            describe=describe,
            advisors=advisors(store),
        )
        runtime.begin()
        announcer = Announcer(
            controllers,
            base=settings.base,
            prefix=settings.discovery_prefix,
            form=form_for(settings.home_assistant),
        )
        link = BrokerLink(runtime, settings, announcer)

        def more() -> Mapping[str, Any]:
            return {"broker": link.problem}

        async with (
            _broker(settings.host, settings.port, embedded=embedded),
            listening(runtime, configuration.bridge, folder, link.send, more) as port,
        ):
            ticking = asyncio.create_task(_tick(runtime, link.send, stop))
            try:
                ready(port)
                await link.run(stop)
            finally:
                ticking.cancel()
                await asyncio.gather(ticking, return_exceptions=True)


async def _tick(
    runtime: Runtime, send: Callable[[Sequence[Any]], None], stop: asyncio.Event
) -> None:
    while not stop.is_set():
        try:
            send(runtime.tick())
        except Exception:
            _log.exception("a step failed; the next one is taken in a second")
            await asyncio.sleep(1.0)
        due = runtime.next_wake()
        pause = _LONGEST_PAUSE_SECONDS if due is None else due - runtime.clock.now()
        # A controller's limits are inclusive: waking a hair too early would only wake again.
        await asyncio.sleep(min(_LONGEST_PAUSE_SECONDS, max(0.002, pause + 0.001)))


@contextlib.asynccontextmanager
async def _broker(host: str, port: int, *, embedded: bool) -> AsyncIterator[None]:
    if not embedded:
        yield
        return
    async with embedded_broker(host, port):
        _log.warning("the embedded broker on %s:%d is for a first try, not for a house", host, port)
        yield


def _check_relays(controllers: Sequence[Controller], known: set[str]) -> None:
    """Refuse to start where a controller's relay has no device."""
    for one in controllers:
        needed = one.relays(one.start(0.0))
        missing = sorted(set(needed) - known)
        if missing:
            raise InputError(
                f"{one.name} switches the relay {missing[0]!r}, and no channel under [[nodes]] "
                f'has that name; add one with quantity = "relay"'
            )


@contextlib.contextmanager
def _alone(folder: Path) -> Any:
    """Hold the folder: two bridges on one store would both switch the same relays."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = sqlite3.connect(folder / "bridge.lock", isolation_level=None, timeout=0.0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise InputError(
            f"another bridge runs on {folder}; stop it, or name another bridge.folder"
        ) from error
    try:
        yield
    finally:
        lock.close()


def _open_store(path: Path) -> Store:
    """The store; one that is damaged is moved aside, since a house without a bridge is worse."""
    try:
        return Store(path)
    except StoreError as error:
        if not isinstance(error.__cause__, sqlite3.DatabaseError) or isinstance(
            error.__cause__, sqlite3.OperationalError
        ):
            raise
        aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
        path.rename(aside)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        _log.error("%s; it is kept as %s and a new one is begun", error, aside)
        store = Store(path)
        store.record("bridge", "damaged", {"kept": str(aside)}, wall_seconds=time.time())
        return store
