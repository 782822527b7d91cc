"""Which org a name means: an embedded one, or one that CumulusCI knows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from orgwright.errors import OrgwrightError, Place

if TYPE_CHECKING:
    from cumulusci.core.config import OrgConfig

    from orgwright.localorg.control import OrgAccess
    from orgwright.org import Connection, OrgClient

LOCAL = "local"


def is_embedded(name: str) -> bool:
    """Whether a name means an embedded org: it begins with ``local``, or an embedded org of that name exists."""
    if name.startswith(LOCAL):
        return True
    from orgwright.localorg.files import ORG_FILE, home_folder

    return (home_folder() / "orgs" / name / ORG_FILE).is_file()


def embedded(name: str) -> OrgAccess:
    """The embedded org of that name; the server is started and the org made if need be."""
    from orgwright.localorg import control

    return control.ensure_org(name)


def connect(name: str) -> OrgClient:
    """A client of the org that a name means. Raises :class:`OrgwrightError` when nobody knows the org."""
    from orgwright.org import OrgClient

    return OrgClient(connection_to_embedded(embedded(name)) if is_embedded(name) else _from_cumulusci(name))


def connection_to_embedded(access: OrgAccess) -> Connection:
    """The connection to an embedded org, over plain http on loopback."""
    from orgwright.localorg import control
    from orgwright.org import Connection, Secret

    return Connection(
        alias=access.alias,
        instance_url=access.instance_url,
        token=Secret(access.access_token),
        org_id=access.org_id,
        username=access.username,
        ca_bundle=access.ca_bundle,
        refresh=lambda: Secret(control.show_org(access.alias).access_token),
    )


def connection_of(config: OrgConfig) -> Connection:
    """The connection to an org of CumulusCI's keychain, its token refreshed."""
    from cumulusci.core.exceptions import CumulusCIException
    from requests.exceptions import RequestException

    from orgwright.org import Connection, Secret

    def refreshed() -> Secret:
        try:
            config.refresh_oauth_token(config.keychain)
        except (CumulusCIException, RequestException) as fault:
            raise OrgwrightError(
                f"the org {config.name!r} gives no token: {type(fault).__name__}: {fault}",
                help=f"log in again: 'cci org connect {config.name}'",
            ) from fault
        return Secret(config.access_token)

    token = refreshed()
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    return Connection(
        alias=config.name,
        instance_url=config.instance_url.rstrip("/"),
        token=token,
        org_id=config.org_id,
        username=config.username,
        api_version=config.latest_api_version,
        ca_bundle=None if bundle is None else Path(bundle),
        refresh=refreshed,
    )


def _from_cumulusci(name: str) -> Connection:
    from cumulusci.cli.runtime import CliRuntime
    from cumulusci.core.exceptions import CumulusCIException, OrgNotFound

    try:
        runtime = CliRuntime(load_keychain=True)
        if runtime.keychain is None:
            raise OrgNotFound(name)
        return connection_of(runtime.keychain.get_org(name))
    except OrgNotFound as fault:
        raise OrgwrightError(
            f"nobody knows an org {name!r}",
            where=Place(path="--org"),
            help="'cci org list' and 'orgwright org list' show the orgs; 'cci org connect NAME' adds one; "
            "a name that begins with 'local' is an embedded org, made on demand",
        ) from fault
    except CumulusCIException as fault:
        raise OrgwrightError(f"CumulusCI cannot open the org {name!r}: {fault}", where=Place(path="--org")) from fault
