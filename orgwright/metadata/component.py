"""What a deploy is made of: one component of Salesforce metadata, whatever the layout it came from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Component:
    """One metadata component.

    ``type`` is the Metadata API's name of it (``ApexClass``), ``name`` its full name (``Account.Acme_Id__c`` for a child of an
    object, ``Folder/Name`` for a type that lives in folders). ``body`` is the canonical content: the XML document
    of a declarative component, the code or binary of one that has content beside its ``-meta.xml`` (then in ``meta``).
    ``files`` holds what a bundle (LWC, Aura, Experience ...) or an unpacked static resource consists of: paths inside the bundle and contents, sorted.
    """

    type: str
    name: str
    body: bytes = b""
    meta: bytes | None = None
    files: tuple[tuple[str, bytes], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Type and name, which identify a component in an org."""
        return (self.type, self.name)
