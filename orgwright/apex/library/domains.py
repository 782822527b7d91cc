"""``DomainCreator``, ``DomainParser`` and ``Domain``: the host names of an org with enhanced domains.

Formats by Salesforce Help, My Domain URL Formats: ``name.my.salesforce.com``, ``name--sandbox.sandbox.my.salesforce.com``,
``name--package.vf.force.com``.
"""

from __future__ import annotations

import urllib.parse
from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.enums import enum
from orgwright.apex.library.registry import native, platform
from orgwright.apex.library.url import Url
from orgwright.apex.runtime.exceptions import InvalidParameterValueException, NotSupported
from orgwright.apex.runtime.values import EnumValue, PlatformObject

_ORG = "my.salesforce.com"
_TYPES = {
    _ORG: "ORG_MY_DOMAIN",
    "file.force.com": "CONTENT_DOMAIN",
    "lightning.force.com": "LIGHTNING_DOMAIN",
    "vf.force.com": "VISUALFORCE_DOMAIN",
    "container.force.com": "LIGHTNING_CONTAINER_COMPONENT_DOMAIN",
    "my.salesforce-setup.com": "SETUP_DOMAIN",
    "my.salesforce-sites.com": "SALESFORCE_SITES_DOMAIN",
    "my.site.com": "EXPERIENCE_CLOUD_SITES_DOMAIN",
    "builder.salesforce-experience.com": "EXPERIENCE_CLOUD_SITES_BUILDER_DOMAIN",
    "preview.salesforce-experience.com": "EXPERIENCE_CLOUD_SITES_PREVIEW_DOMAIN",
    "live-preview.salesforce-experience.com": "EXPERIENCE_CLOUD_SITES_LIVE_PREVIEW_DOMAIN",
}
_SUFFIXES = {kind: suffix for suffix, kind in _TYPES.items()}
_WITH_PACKAGE = frozenset(("VISUALFORCE_DOMAIN", "LIGHTNING_CONTAINER_COMPONENT_DOMAIN"))
_PARTITIONS = frozenset(("sandbox", "develop", "scratch", "demo", "free", "malware", "patch", "stage", "trailblaze"))
_CREATORS = {
    "getContentHostname": "CONTENT_DOMAIN",
    "getExperienceCloudSitesBuilderHostname": "EXPERIENCE_CLOUD_SITES_BUILDER_DOMAIN",
    "getExperienceCloudSitesHostname": "EXPERIENCE_CLOUD_SITES_DOMAIN",
    "getExperienceCloudSitesLivePreviewHostname": "EXPERIENCE_CLOUD_SITES_LIVE_PREVIEW_DOMAIN",
    "getExperienceCloudSitesPreviewHostname": "EXPERIENCE_CLOUD_SITES_PREVIEW_DOMAIN",
    "getLightningContainerComponentHostname": "LIGHTNING_CONTAINER_COMPONENT_DOMAIN",
    "getLightningHostname": "LIGHTNING_DOMAIN",
    "getOrgMyDomainHostname": "ORG_MY_DOMAIN",
    "getSalesforceSitesHostname": "SALESFORCE_SITES_DOMAIN",
    "getSetupHostname": "SETUP_DOMAIN",
    "getVisualforceHostname": "VISUALFORCE_DOMAIN",
}


@platform("System.Domain")
class Domain(PlatformObject):
    """``System.Domain``: what a host name of the org tells."""

    __slots__ = ("_kind", "_labels", "_partition")

    def __init__(self, kind: str, labels: list[str], partition: str | None) -> None:
        self._kind, self._labels, self._partition = kind, labels, partition

    def getDomainType(self) -> EnumValue:
        """What the host serves."""
        return enum("System.DomainType")[self._kind]

    def getMyDomainName(self) -> str:
        """The org's My Domain name."""
        return self._labels[0]

    def getPackageName(self) -> str | None:
        """The package in the name of a Visualforce or container host."""
        least = 2 if self._partition == "sandbox" else 1
        return self._labels[-1] if self._kind in _WITH_PACKAGE and len(self._labels) > least else None

    def getSandboxName(self) -> str | None:
        """The sandbox, null for any other org."""
        return self._labels[1] if self._partition == "sandbox" and len(self._labels) > 1 else None

    def getSitesSubdomainName(self) -> None:
        """Null: with enhanced domains a site has none of its own."""


def _parsed(host: str) -> Domain:
    head, _, rest = host.lower().partition(".")
    partition, _, suffix = rest.partition(".")
    found = partition if partition in _PARTITIONS else None
    kind = _TYPES.get(suffix if found else rest)
    if kind is None or not head:
        raise InvalidParameterValueException(f"Invalid hostname: {host}")
    return Domain(kind, head.split("--"), found)


def _own(execution: Any) -> tuple[str, str]:
    """The first label of the org's own host, and the partition behind it with its full stop."""
    host = urllib.parse.urlsplit(execution.host.org.instance_url).hostname or ""
    if not host.endswith("." + _ORG):
        raise NotSupported(f"System.DomainCreator in an org at {host}")
    name, _, partition = host[: -len(_ORG)].partition(".")
    return name, partition


@native("DomainParser.parse(String)", context=True)
def parse_host(execution: Any, text: str | None) -> Domain:
    if text is None:
        raise null_argument(1)
    domain = _parsed((urllib.parse.urlsplit(text).hostname if "://" in text else text) or "")
    own, _ = _own(execution)
    if domain.getMyDomainName() != own.split("--", 1)[0].lower():
        raise InvalidParameterValueException(f"Invalid hostname: {text}")
    return domain


@native("DomainParser.parse(Url)", context=True)
def parse_url(execution: Any, url: Url | None) -> Domain:
    if url is None:
        raise null_argument(1)
    return parse_host(execution, url.toExternalForm())


def _register() -> None:
    for method, kind in _CREATORS.items():

        def host(execution: Any, package: str | None = None, kind: str = kind) -> str:
            name, partition = _own(execution)
            if kind in _WITH_PACKAGE:
                name += f"--{package or 'c'}"
            return f"{name}.{partition}{_SUFFIXES[kind]}"

        native(f"DomainCreator.{method}", context=True)(host)


_register()
