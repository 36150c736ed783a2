"""A unit file, so that the bridge starts with the computer and again after every failure."""

from __future__ import annotations

import getpass
import re
import sys
from pathlib import Path

from gezhi.errors import ParameterError

__all__ = ["unit"]


def unit(config: Path | str, *, user: str = "", executable: str = "") -> str:
    """The text of ``/etc/systemd/system/gezhi-home.service``.

    It waits for the network, restarts for ever, and may write nothing but its own state folder.

    Args:
        config: the configuration file; its full path is written.
        user: who the bridge runs as; the present user when empty.
        executable: the Python that gezhi is installed in; the present one when empty.

    Raises:
        ParameterError: a path or the user has characters that a unit file cannot hold.

    >>> print(unit("/etc/gezhi/home.toml", user="gezhi", executable="/opt/gezhi/bin/python"))
    [Unit]
    Description=Gezhi home bridge
    Wants=network-online.target
    After=network-online.target mosquitto.service
    StartLimitIntervalSec=0
    <BLANKLINE>
    [Service]
    Type=exec
    User=gezhi
    StateDirectory=gezhi
    Environment=GEZHI_HOME=/var/lib/gezhi
    ExecStart="/opt/gezhi/bin/python" -m gezhi home serve --config "/etc/gezhi/home.toml"
    Restart=always
    RestartSec=2
    TimeoutStopSec=15
    KillSignal=SIGTERM
    NoNewPrivileges=true
    ProtectSystem=strict
    PrivateTmp=true
    <BLANKLINE>
    [Install]
    WantedBy=multi-user.target
    <BLANKLINE>
    """
    who = user or getpass.getuser()
    if not re.fullmatch(r"[a-z_][a-z0-9_-]*\$?", who):
        raise ParameterError(f"user is {who!r}; a name such as 'gezhi' would be right")
    python = _quoted("executable", executable or sys.executable)
    file = _quoted("config", str(Path(config).absolute()))
    return f"""[Unit]
Description=Gezhi home bridge
Wants=network-online.target
After=network-online.target mosquitto.service
StartLimitIntervalSec=0

[Service]
Type=exec
User={who}
StateDirectory=gezhi
Environment=GEZHI_HOME=/var/lib/gezhi
ExecStart={python} -m gezhi home serve --config {file}
Restart=always
RestartSec=2
TimeoutStopSec=15
KillSignal=SIGTERM
NoNewPrivileges=true
ProtectSystem=strict
PrivateTmp=true

[Install]
WantedBy=multi-user.target
"""


def _quoted(name: str, path: str) -> str:
    if not path.isprintable():
        raise ParameterError(f"{name} {path!r} has characters that a unit file cannot hold")
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'
