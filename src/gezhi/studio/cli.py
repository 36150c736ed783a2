"""`gezhi studio`: open the page on this computer."""

from __future__ import annotations

import errno
import os
import signal
import socket
import tempfile
import threading
import webbrowser
from pathlib import Path

import click

from gezhi.errors import ParameterError

__all__ = ["DEFAULT_PORT", "HOST", "bind", "serve", "studio"]

HOST = "127.0.0.1"
DEFAULT_PORT = 8470
_PORTS_TRIED = 20


def bind(port: int) -> socket.socket:
    """Listen on a port of 127.0.0.1, or on the next free one of the following twenty.

    Raises:
        ParameterError: all of them are taken.
    """
    for candidate in range(port, min(port + _PORTS_TRIED, 65_536)):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere the option would let two studios share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, candidate))
            # From here on a browser that comes early waits instead of being turned away.
            listener.listen()
        except OSError as error:
            listener.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
        else:
            return listener
    raise ParameterError(
        f"no port from {port} to {port + _PORTS_TRIED - 1} is free: name another with --port"
    )


@click.command()
@click.option(
    "--port",
    default=DEFAULT_PORT,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="Port to serve on; when it is taken, the next free one (0: any).",
)
@click.option("--browser/--no-browser", default=True, help="Open the page in a browser.")
@click.option(
    "--bridge",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the bridge to a real house (bridge.folder of its home.toml), if not its own.",
)
def studio(port: int, browser: bool, bridge: Path | None) -> None:
    """Open the studio, a local page in the browser.

    Every system has a room on it, with a worked example. The page is served to this computer
    alone (127.0.0.1) and asks no other host for anything. What is uploaded lies in a temporary
    folder that is removed when the studio stops (Ctrl-C).
    """
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            # By default these end the process on the spot, and the uploads would stay.
            signal.signal(getattr(signal, name), _leave)
    listener = bind(port)
    actual_port: int = listener.getsockname()[1]
    address = f"http://{HOST}:{actual_port}/"
    click.echo(f"gezhi studio: {address}  (Ctrl-C stops it)", err=True)
    if browser:
        threading.Timer(0.8, webbrowser.open, [address]).start()
    with tempfile.TemporaryDirectory(prefix="gezhi-studio-") as folder:
        serve(listener, Path(folder), actual_port, bridge)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def serve(listener: socket.socket, folder: Path, port: int, bridge: Path | None = None) -> None:
    """Serve the studio on an open socket until it is told to stop.

    Args:
        listener: the socket.
        folder: for uploads and results.
        port: that the socket listens on.
        bridge: where the bridge to a real house keeps its store; None for where it does so of
            itself.
    """
    # Imported here: `gezhi --help` must not load the web code.
    import uvicorn

    from gezhi.kernel.paths import user_data_folder
    from gezhi.studio.app import create_app
    from gezhi.studio.settings import Settings

    bridge_folder = bridge or user_data_folder() / "home"
    app = create_app(Settings(folder=folder, port=port, bridge_folder=bridge_folder))

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: object) -> None:
            app.state.jobs.stop_watching()
            super().handle_exit(sig, frame)  # type: ignore[arg-type]

    config = uvicorn.Config(
        app, log_level="warning", server_header=False, timeout_graceful_shutdown=2
    )
    server = Server(config)
    if hasattr(signal, "SIGHUP"):
        # The terminal was closed: stop as for Ctrl-C, which uvicorn does not do of itself.
        signal.signal(signal.SIGHUP, server.handle_exit)
    with listener:
        server.run(sockets=[listener])
