"""A project keychain that knows embedded orgs: an org whose name begins with ``local`` is made and started on demand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import certifi
from cumulusci.core.config import OrgConfig
from cumulusci.core.keychain import EncryptedFileProjectKeychain

from orgwright.cli.orgs import embedded, is_embedded


class EmbeddedOrgConfig(OrgConfig):
    """An embedded org. The server keeps its tokens, so CumulusCI writes none to disk."""

    def save(self) -> None:
        """Keep nothing."""


class Keychain(EncryptedFileProjectKeychain):
    """CumulusCI's keychain, and the embedded orgs beside it."""

    def _get_org(self, org_name: str) -> OrgConfig:
        if not is_embedded(org_name):
            return super()._get_org(org_name)
        access = embedded(org_name)
        _trust(access.ca_bundle)
        config: dict[str, Any] = {
            "instance_url": access.https_url,
            "access_token": access.access_token,
            "refresh_token": access.refresh_token,
            "id": f"{access.https_url}/id/{access.org_id}/{access.user_id}",
            "username": access.username,
            "connected_app": "built-in",
            "expires": "Persistent",
        }
        return EmbeddedOrgConfig(config, org_name, keychain=self)


def _trust(authority: Path) -> None:
    """Let ``requests``, which CumulusCI uses, trust the embedded org's certificate beside all that it trusts already."""
    known = Path(os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where())
    bundle = authority.with_name("trusted.pem")
    if known != bundle:
        bundle.write_bytes(known.read_bytes().rstrip() + b"\n" + authority.read_bytes())
        os.environ["REQUESTS_CA_BUNDLE"] = str(bundle)
