"""Whether the process at the other end of a loopback connection belongs to the user of this server."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

_TABLE = Path("/proc/net/tcp")


def is_own_user(client: tuple[str, int] | None) -> bool:
    """True unless the system shows that another user holds the client's end of the connection.

    Only Linux tells (``/proc/net/tcp``); elsewhere every local process is taken for the user's own.
    """
    if client is None or not _TABLE.exists():
        return True
    wanted = "{:08X}:{:04X}".format(struct.unpack("<I", socket.inet_aton(client[0]))[0], client[1])
    for line in _TABLE.read_text().splitlines()[1:]:
        columns = line.split()
        if columns[1] == wanted:
            return int(columns[7]) == os.getuid()
    return False
