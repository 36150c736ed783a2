"""A bridge that answers on its socket from a thread of its own, for the pages of a real house."""

import asyncio
import threading
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from gezhi.home.bridge.configuration import SocketSettings
from gezhi.home.bridge.loopback import listening
from gezhi.home.bridge.service import STORE_FILE


def world_of(file):
    """The pretended house of one of the files in tests/home."""
    path = Path(__file__).parents[1] / "home" / file
    spec = spec_from_file_location(f"studio_tests_{path.stem}", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.World


class HouseBridge:
    """It runs until it is stopped, around a world that `world(store)` makes."""

    def __init__(self, folder, world, more=None):
        self.folder, self._make, self._more = folder, world, more
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.thread.start()
        assert self.ready.wait(30)

    async def _run(self):
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        self.world = self._make(self.folder / STORE_FILE)
        settings = SocketSettings(host="127.0.0.1", port=0)
        more = [self._more] if self._more else []
        async with listening(self.world.bridge, settings, self.folder, self.world.carry, *more):
            self.ready.set()
            await self.over.wait()
        self.world.die()

    def do(self, deed):
        """Do something to the world, in the bridge's own thread."""

        async def done():
            deed(self.world)

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(30)

    def wait(self, seconds):
        """Let time pass in the house."""
        self.do(lambda world: world.wait(seconds))

    def stop(self):
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.over.set)
            self.thread.join(30)
