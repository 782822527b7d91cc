"""A private certificate authority for https on loopback, made once for each state folder."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from orgwright.localorg.files import make_private, write_private

NAMES = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Certificates:
    """``ca`` is what clients trust (PEM), ``server`` holds the key and chain that the server shows."""

    ca: Path
    server: Path

    def context(self) -> ssl.SSLContext:
        """The server's side of TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.server)
        return context


def _usable(found: Certificates) -> bool:
    try:
        found.context()
        ssl.create_default_context(cafile=str(found.ca))
    except (OSError, ValueError):
        return False
    return True


def certificates(home: Path) -> Certificates:
    """Those of the state folder; made when they are not there (files 0600, the CA is used again)."""
    folder = make_private(home / "tls")
    found = Certificates(folder / "ca.pem", folder / "server.pem")
    if _usable(found):
        return found
    import trustme

    key = folder / "ca.key"
    try:
        authority = trustme.CA.from_pem(found.ca.read_bytes(), key.read_bytes())
    except (OSError, ValueError):
        # none yet, or damaged: a new authority, which clients find in the same place
        authority = trustme.CA(organization_name="orgwright embedded org")
        write_private(key, authority.private_key_pem.bytes())
        write_private(found.ca, authority.cert_pem.bytes())
    leaf = authority.issue_cert(*NAMES, organization_name="orgwright embedded org")
    write_private(found.server, leaf.private_key_and_cert_chain_pem.bytes())
    return found
