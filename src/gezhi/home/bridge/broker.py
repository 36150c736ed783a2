"""A small broker inside the bridge, for a first try before Mosquitto is installed.

It is amqtt, written in Python, open to this computer alone and without a password. It keeps
nothing over a restart; a house should run Mosquitto.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gezhi.errors import ParameterError
from gezhi.home.bridge.configuration import is_loopback
from gezhi.kernel.extras import require

__all__ = ["embedded_broker"]


@asynccontextmanager
async def embedded_broker(host: str = "127.0.0.1", port: int = 1883) -> AsyncIterator[None]:
    """Run a broker on this computer while the block runs.

    Raises:
        MissingExtra: amqtt is not installed.
        ParameterError: the host is not this computer, or the port is taken.
    """
    if not is_loopback(host):
        raise ParameterError(
            f"the embedded broker has no passwords and serves 127.0.0.1 alone, not {host}; "
            "install Mosquitto for other computers"
        )
    module = require("amqtt.broker", "home")
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    broker = module.Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {}},
        }
    )
    try:
        await broker.start()
    except Exception as error:  # amqtt wraps what the system said in errors of its own
        raise ParameterError(
            f"the embedded broker cannot listen on {host}:{port}: {error}; "
            "is another broker running there?"
        ) from error
    try:
        yield
    finally:
        await broker.shutdown()
