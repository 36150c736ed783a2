"""A small socket by which the studio asks the running bridge; one line of JSON each way.

::

    {"token": "…", "do": "status"}
    {"token": "…", "do": "command", "system": "hotwater", "command": "request", "tap": "kitchen"}
    {"token": "…", "do": "events", "after": 0, "limit": 100}

The answer is ``{"ok": true, …}`` or ``{"ok": false, "error": "…"}``. The bridge makes a token at
every start and writes it with host and port into ``bridge.json`` beside the store, readable by its
own user alone; other users of the computer, and web pages that guess the port, are not answered.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gezhi.errors import GezhiError, InputError, ParameterError
from gezhi.home.bridge.configuration import SocketSettings
from gezhi.home.bridge.messages import Arrival, Outgoing
from gezhi.home.bridge.runtime import Runtime
from gezhi.kernel.paths import atomic_write

__all__ = ["ADDRESS_FILE", "ask", "listening"]

ADDRESS_FILE = "bridge.json"
_LONGEST_LINE = 16_384
_MOST_EVENTS = 1000
_PATIENCE_SECONDS = 30.0


def ask(folder: Path | str, request: Mapping[str, Any], *, timeout: float = 5.0) -> dict[str, Any]:
    """Ask the bridge whose store lies in ``folder``.

    Raises:
        InputError: no bridge runs there, it does not answer, or it refuses; the sentence says so.
    """
    place = Path(folder) / ADDRESS_FILE
    try:
        address = json.loads(place.read_text(encoding="utf-8"))
        where = (str(address["host"]), int(address["port"]))
        line = json.dumps({**request, "token": address["token"]}) + "\n"
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"no bridge runs here: {place} cannot be read ({error})") from error
    try:
        with socket.create_connection(where, timeout=timeout) as connection:
            connection.sendall(line.encode())
            with connection.makefile("rb") as stream:
                answer = json.loads(stream.readline())
    except (OSError, ValueError) as error:
        raise InputError(
            f"the bridge at {where[0]}:{where[1]} does not answer ({error}); "
            "start it with: gezhi home serve"
        ) from error
    if not isinstance(answer, dict) or not answer.get("ok"):
        reason = answer.get("error") if isinstance(answer, dict) else answer
        raise InputError(f"the bridge refuses: {reason}")
    return answer


@asynccontextmanager
async def listening(
    runtime: Runtime,
    settings: SocketSettings,
    folder: Path,
    send: Callable[[Sequence[Outgoing]], None],
    more: Callable[[], Mapping[str, Any]] = dict,
) -> AsyncIterator[int]:
    """Answer on the socket while the block runs; yields the port.

    Args:
        runtime: what is asked about.
        settings: host, port (0: any that is free) and token (empty: a new one).
        folder: where the address file is written.
        send: publishes what a command brings about.
        more: further keys of the status, such as the state of the connection.

    Raises:
        InputError: the port is taken.
    """
    token = settings.token or secrets.token_urlsafe(24)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await asyncio.wait_for(reader.readline(), _PATIENCE_SECONDS):
                answer = _answer(runtime, line, token, send, more)
                writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
                await writer.drain()
                if not answer["ok"]:
                    break  # a browser's request headers are no JSON: hear none of its body
        except (TimeoutError, ValueError, ConnectionError):
            pass
        finally:
            writer.close()

    try:
        server = await asyncio.start_server(
            serve, settings.host, settings.port, limit=_LONGEST_LINE
        )
    except OSError as error:
        raise InputError(
            f"the bridge's socket {settings.host}:{settings.port}: {error.strerror or error}; "
            "another bridge may be running, or bridge.port in the configuration is taken"
        ) from error
    port = int(server.sockets[0].getsockname()[1])
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"
    place = folder / ADDRESS_FILE
    try:
        _write_address(place, {"host": host, "port": port, "token": token, "pid": os.getpid()})
        yield port
    finally:
        place.unlink(missing_ok=True)
        server.close()


def _write_address(place: Path, address: Mapping[str, Any]) -> None:
    with atomic_write(place) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(address, stream)
    place.chmod(0o600)


def _answer(
    runtime: Runtime,
    line: bytes,
    token: str,
    send: Callable[[Sequence[Outgoing]], None],
    more: Callable[[], Mapping[str, Any]],
) -> dict[str, Any]:
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise ParameterError("a request is a JSON object with 'token' and 'do'")
        given = request.pop("token", "")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), token.encode()):
            raise ParameterError("the token is not this bridge's")
        match request.pop("do", None):
            case "status":
                return {"ok": True, **runtime.status(), **more()}
            case "command":
                return {"ok": True, **_command(runtime, request, send)}
            case "events":
                return {"ok": True, "events": _events(runtime, request)}
        raise ParameterError("'do' is one of status, command, events")
    except (GezhiError, ValueError, RecursionError) as error:
        return {"ok": False, "error": str(error)}


def _command(
    runtime: Runtime, request: dict[str, Any], send: Callable[[Sequence[Outgoing]], None]
) -> dict[str, Any]:
    """Carry a command out and give its answer; id and time are filled in where missing."""
    system = request.pop("system", None)
    if system not in runtime.driven:
        raise ParameterError(f"there is no system {system!r}; known: {', '.join(runtime.driven)}")
    request.setdefault("id", secrets.token_hex(8))
    request.setdefault("sent", runtime.clock.wall())
    request.setdefault("source", "app")
    topic = f"{runtime.base}/{system}/answer"
    out = runtime.command(system, Arrival("socket", json.dumps(request).encode()))
    send(out)
    answers = [json.loads(one.payload) for one in out if one.topic == topic]
    return {"answer": answers[-1]}


def _events(runtime: Runtime, request: Mapping[str, Any]) -> list[dict[str, Any]]:
    after, limit = request.get("after", 0), request.get("limit", 100)
    for name, value in (("after", after), ("limit", limit)):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**62:
            raise ParameterError(f"{name!r} is {value!r}; a whole number of 0 or more is right")
    found = runtime.store.events(after=after, limit=min(limit, _MOST_EVENTS))
    return [asdict(one) for one in found]
