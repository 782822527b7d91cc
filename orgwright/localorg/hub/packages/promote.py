"""Changes to package versions: promotion, new keys, deletion (Salesforce DX Developer Guide, "Release a Package")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgwright.localorg.metadata.tooling.kept import Refusal, get

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction


def check_version(tx: Transaction, fields: dict[str, Any]) -> None:
    """Refuse what must not be; a promotion reaches every org of the server once it is committed."""
    old = get(tx, str(fields["Id"])) or {}
    if fields.get("InstallKey"):
        # kept as a digest beside the version, in the state folder; the record shows that there is one
        text = "The installation key of a version can't be changed in the embedded Dev Hub: create a new version"
        raise Refusal("NOT_SUPPORTED_BY_EMBEDDED_ORG", text, "InstallKey")
    if old.get("IsReleased") and not fields["IsReleased"]:
        raise Refusal("INVALID_INPUT", "A released package version can't be made beta again.", "IsReleased")
    if old.get("IsReleased") and fields["IsDeprecated"]:
        raise Refusal("INVALID_INPUT", "A released package version can't be deleted.", "IsDeprecated")
    if not fields["IsReleased"] or old.get("IsReleased"):
        return
    if fields["ValidationSkipped"]:
        text = "Package versions that were created with validation skipped can't be promoted."
        raise Refusal("INVALID_INPUT", text, "IsReleased")
    if not fields["HasPassedCodeCoverageCheck"]:
        text = (
            "Before you can promote this package version, calculate its code coverage: 75% of its Apex must be covered "
            "(sf package version create --code-coverage)."
        )
        raise Refusal("INVALID_INPUT", text, "IsReleased")
    same = [
        one for one in _siblings(tx, fields)
        if one["IsReleased"] and [one[part] for part in _NUMBER] == [fields[part] for part in _NUMBER]
    ]  # fmt: skip
    if same:
        text = "Another build of this version number is already released. Only one build of a version can be promoted."
        raise Refusal("INVALID_INPUT", text, "IsReleased")
    hub, id = tx.org.hub, str(fields["SubscriberPackageVersionId"])
    if hub is not None:
        tx.on_commit(lambda: hub.packages.release(id))


_NUMBER = ("MajorVersion", "MinorVersion", "PatchVersion")


def _siblings(tx: Transaction, fields: dict[str, Any]) -> list[dict[str, Any]]:
    from orgwright.localorg.metadata.tooling.kept import all_of

    return [one for one in all_of(tx, "Package2Version") if one["Package2Id"] == fields["Package2Id"]]
