"""The handler of metadata types without behaviour: their components are only kept."""

from __future__ import annotations

from orgwright.localorg.metadata.components import Stored
from orgwright.localorg.metadata.draft import Draft
from orgwright.localorg.metadata.package import Item


class Handler:
    """Checks and applies components of one metadata type.

    ``rank`` orders the types of one deploy: what is referred to comes first.
    """

    rank = 50

    def order(self, item: Item) -> int:
        """The order among components of the same rank."""
        return 0

    def apply(self, item: Item, draft: Draft, old: Stored | None) -> str | None:
        """Make the org have the component; the Id when the handler gives one itself.

        Raises :class:`~orgwright.localorg.metadata.draft.Rejected`.
        """
        return None

    def settle(self, item: Item, draft: Draft) -> None:
        """Check what only the whole deploy tells, once all of it is applied; raises ``Rejected``."""

    def delete(self, stored: Stored, draft: Draft) -> None:
        """Take the component away; raises ``Rejected`` when the org refuses."""

    def exists(self, name: str, draft: Draft) -> bool:
        """Whether the org has such a component by itself, though none was deployed."""
        return False
