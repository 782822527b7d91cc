"""``Metadata.DeployContainer`` and ``Metadata.Operations`` (Apex Reference Guide, Metadata Namespace)."""

from __future__ import annotations

from typing import Any

from orgwright.apex.library.arguments import null_argument
from orgwright.apex.library.registry import find_class, native, platform
from orgwright.apex.runtime import types
from orgwright.apex.runtime.collections import List
from orgwright.apex.runtime.exceptions import AsyncException, NotSupported
from orgwright.apex.runtime.types import RType
from orgwright.apex.runtime.values import PlatformObject


@platform("Metadata.DeployContainer")
class DeployContainer(PlatformObject):
    """``Metadata.DeployContainer``: components that go together."""

    __slots__ = ("components",)

    def __init__(self) -> None:
        self.components: list[Any] = []

    def addMetadata(self, component: Any) -> None:
        """Add a component."""
        if component is None:
            raise null_argument()
        self.components.append(component)

    def getMetadata(self) -> List:
        """The components."""
        base = find_class("Metadata.Metadata")
        return List(types.list_of(RType("platform", "Metadata.Metadata", (), base)), list(self.components))

    def removeMetadata(self, component: Any) -> bool:
        """Take a component out; whether it was there."""
        return self._keep([one for one in self.components if one is not component])

    def removeMetadataByFullName(self, name: str | None) -> bool:
        """Take the components of that name out; whether there was one."""
        return self._keep([one for one in self.components if one.fullName != name])

    def _keep(self, kept: list[Any]) -> bool:
        """Go on with those components; whether they are fewer."""
        fewer = len(kept) < len(self.components)
        self.components = kept
        return fewer


@native("Metadata.Operations.enqueueDeployment", context=True)
def enqueue_deployment(execution: Any, container: DeployContainer | None, callback: Any) -> Any:
    if container is None:
        raise null_argument(1)
    if execution.in_test:
        raise AsyncException("Metadata cannot be deployed from within a test")
    raise NotSupported("Metadata.Operations.enqueueDeployment")
