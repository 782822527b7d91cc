"""The record type that a new record gets when nobody names one: the default of the profile (Metadata API, Profile,
``recordTypeVisibilities``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from orgwright.localorg.metadata.components import Components
from orgwright.localorg.metadata.document import parse
from orgwright.localorg.schema.model import SObjectType

if TYPE_CHECKING:
    from orgwright.localorg.transaction import Transaction

_PROFILE = (
    'SELECT c.body FROM _component c JOIN "User" u ON u."ProfileId" = c.id WHERE c.type = \'Profile\' AND u."Id" = ?'
)


def default_of(tx: Transaction, sobject: SObjectType) -> str | None:
    """The Id of the record type that the running user's profile names for new records; ``None`` for the master one."""
    if not sobject.record_types or not Components(tx).there:
        return None
    found = tx.sql(_PROFILE, (tx.user_id,))
    wanted = _defaults(found[0][0]).get(sobject.name.lower()) if found else None
    chosen = (one for one in sobject.record_types if one.active and one.developer_name.lower() == wanted)
    return next((one.id for one in chosen), None)


@lru_cache(maxsize=64)
def _defaults(profile: bytes) -> Mapping[str, str]:
    """Lower-case names of the record types that a profile's document names as defaults, by object."""
    named = (
        one.value("recordType").lower() for one in parse(profile).all("recordTypeVisibilities") if one.flag("default")
    )
    return {sobject: name for sobject, _, name in (one.partition(".") for one in named)}
