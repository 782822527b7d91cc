"""The Tooling objects of packages: what clients write in a Dev Hub and in a subscriber's org, and what they see there.

Fields follow the Tooling API's objects of these names. Only unlocked packages without a namespace are made here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from orgwright.localorg.hub.packages.store import PackageVersion, digest
from orgwright.localorg.metadata.tooling.kept import Kind, Refusal, all_of, get, kind, lookup, picklist
from orgwright.localorg.metadata.tooling.table import Asked, Table, column, reference, table

if TYPE_CHECKING:
    from orgwright.localorg.org import Transaction

Row = dict[str, Any]
HUB = frozenset({"production"})
INSTALLED = "InstalledSubscriberPackage"
NO_NAMESPACE = (
    "The embedded Dev Hub makes unlocked packages without a namespace only: managed packages and namespaces are not supported "
    "by the embedded org"
)


def _flags(*names: str) -> list[Any]:
    return [column(name, "boolean") for name in names]


def _texts(*names: str) -> list[Any]:
    return [column(name) for name in names]


def _numbers(*names: str) -> list[Any]:
    return [column(name, "int") for name in names]


def kinds() -> list[Kind]:
    """The objects whose records clients write."""
    return [*_of_hub(), *_of_subscriber()]


def _of_hub() -> list[Kind]:
    from orgwright.localorg.hub.packages.build import build
    from orgwright.localorg.hub.packages.promote import check_version

    package = ("Name", "Description", "NamespacePrefix", "ContainerOptions", "IsOrgDependent", "PackageErrorUsername",
               "IsDeprecated", "AppAnalyticsEnabled", "RecommendedVersionId")  # fmt: skip
    version = ("Name", "Description", "Tag", "Branch", "IsReleased", "IsDeprecated", "InstallKey")
    request = ("Package2Id", "VersionInfo", "Tag", "Branch", "InstallKey", "Instance", "SourceOrg", "CalculateCodeCoverage",
               "SkipValidation", "AsyncValidation", "IsDevUsePkgZipRequested", "Language", "CalcTransitiveDependencies",
               "IsConversionRequest", "IsPasswordProtected")  # fmt: skip
    return [
        kind("Package2", "0Ho", *_texts("Name", "Description", "NamespacePrefix", "SubscriberPackageId",
             "ConvertedFromPackageId", "PackageErrorUsername", "RecommendedVersionId"), *picklist("ContainerOptions"),
             *_flags("IsDeleted", "IsDeprecated", "IsOrgDependent", "AppAnalyticsEnabled"),
             given=package, required=("Name", "ContainerOptions"), check=_package, kinds=HUB),
        kind("Package2Version", "05i", lookup("Package2Id", "Package2"), *_texts("SubscriberPackageVersionId", "Tag", "Branch",
             "Name", "Description", "InstallKey", "ConvertedFromVersionId", "ReleaseVersion", "Language"),
             lookup("AncestorId", "Package2Version"), *_numbers("MajorVersion", "MinorVersion", "PatchVersion", "BuildNumber",
             "BuildDurationInSeconds", "EndToEndBuildDurationInSeconds", "TotalNumberOfMetadataFiles",
             "TotalSizeOfMetadataFiles"), *_flags("IsDeleted", "ValidationSkipped", "ValidatedAsync", "IsDeprecated",
             "IsPasswordProtected", "HasPassedCodeCoverageCheck", "IsReleased", "HasMetadataRemoved", "DeveloperUsePkgZip",
             "HasVpi"), column("CodeCoverage", "complexvalue"), column("CodeCoveragePercentages", "complexvalue"),
             given=version, check=check_version, kinds=HUB, createable=False),
        kind("Package2VersionCreateRequest", "08c", lookup("Package2Id", "Package2"),
             lookup("Package2VersionId", "Package2Version"), *picklist("Status"), *_texts("Tag", "Branch", "Instance",
             "SourceOrg", "Language", "DependencyGraphJson"), *_flags("CalculateCodeCoverage", "SkipValidation",
             "AsyncValidation", "IsConversionRequest", "CalcTransitiveDependencies", "IsDevUsePkgZipRequested",
             "IsPasswordProtected"), column("VersionInfo"), column("InstallKey"),
             given=request, required=("Package2Id", "VersionInfo"), check=_request, kinds=HUB,
             withheld=("VersionInfo", "InstallKey"), started=build),
        kind("Package2VersionCreateRequestError", "0Hv", lookup("ParentRequestId", "Package2VersionCreateRequest"),
             column("Message", "textarea"), given=(), kinds=HUB, createable=False),
    ]  # fmt: skip


def _of_subscriber() -> list[Kind]:
    from orgwright.localorg.hub.packages.install import install, uninstall

    asked = ("SubscriberPackageVersionKey", "Password", "EnableRss", "NameConflictResolution", "PackageInstallSource",
             "SecurityType", "UpgradeType", "ApexCompileType", "SkipHandlers", "ProfileMappings")  # fmt: skip
    return [
        kind("PackageInstallRequest", "0Hf", *_texts("SubscriberPackageVersionKey", "PackageInstallSource", "SkipHandlers",
             "Password"), *picklist("Status", "SecurityType", "UpgradeType", "ApexCompileType", "NameConflictResolution"),
             *_flags("EnableRss"), column("Errors", "complexvalue"), column("ProfileMappings", "complexvalue"),
             given=asked, required=("SubscriberPackageVersionKey",), check=_install, withheld=("Password",), started=install),
        kind("SubscriberPackageVersionUninstallRequest", "06y", column("SubscriberPackageVersionId"), *picklist("Status"),
             given=("SubscriberPackageVersionId",), required=("SubscriberPackageVersionId",), check=_uninstall,
             started=uninstall),
        kind("PackageVersionUninstallRequestError", "0HU",
             lookup("ParentRequestId", "SubscriberPackageVersionUninstallRequest"), column("Message", "textarea"),
             given=(), createable=False),
    ]  # fmt: skip


def _package(tx: Transaction, fields: Row) -> None:
    if fields.get("NamespacePrefix") or fields["ContainerOptions"] != "Unlocked":
        raise Refusal("NOT_SUPPORTED_BY_EMBEDDED_ORG", NO_NAMESPACE, "ContainerOptions")
    fields["NamespacePrefix"] = None
    for name in ("IsDeleted", "IsDeprecated", "IsOrgDependent", "AppAnalyticsEnabled"):
        fields[name] = bool(fields.get(name))
    same = (one for one in all_of(tx, "Package2") if one["Id"] != fields.get("Id") and not one["IsDeprecated"])
    if any(one["Name"].lower() == str(fields["Name"]).lower() for one in same):
        text = f"A package named {fields['Name']} already exists in this Dev Hub. Choose another name."
        raise Refusal("DUPLICATE_VALUE", text, "Name")
    if fields["IsDeprecated"] and any(
        one["Package2Id"] == fields.get("Id") and not one["IsDeprecated"] for one in all_of(tx, "Package2Version")
    ):
        text = "Delete the package's versions before you delete the package"
        raise Refusal("DEPENDENCY_EXISTS", text)
    fields.setdefault("SubscriberPackageId", next(tx.new_ids("033", 1)))


def _request(tx: Transaction, fields: Row) -> None:
    package = get(tx, str(fields["Package2Id"]))
    if package is None or package["IsDeprecated"]:
        raise Refusal(
            "INVALID_CROSS_REFERENCE_KEY", f"invalid cross reference id: {fields['Package2Id']}", "Package2Id"
        )
    fields["Package2Id"] = package["Id"]
    for name in ("CalculateCodeCoverage", "SkipValidation", "AsyncValidation", "IsConversionRequest",
                 "CalcTransitiveDependencies", "IsDevUsePkgZipRequested"):  # fmt: skip
        fields[name] = bool(fields.get(name))
    if fields["SkipValidation"] and fields["CalculateCodeCoverage"]:
        text = "Code coverage can't be calculated when validation is skipped"
        raise Refusal("INVALID_INPUT", text, "CalculateCodeCoverage")
    fields["Status"] = "Queued"


def _install(tx: Transaction, fields: Row) -> None:
    fields.setdefault("Status", "IN_PROGRESS")
    fields.setdefault("Errors", None)


def _uninstall(tx: Transaction, fields: Row) -> None:
    wanted = str(fields["SubscriberPackageVersionId"])[:15]
    if not any(one["SubscriberPackageVersionId"][:15] == wanted for one in all_of(tx, INSTALLED)):
        text = f"invalid cross reference id: {fields['SubscriberPackageVersionId']}"
        raise Refusal("INVALID_CROSS_REFERENCE_KEY", text, "SubscriberPackageVersionId")
    fields["Status"] = "Queued"


# --- what orgs see of packages ----------------------------------------------------------


def views() -> list[Table]:
    """Installed packages, and the versions of the server."""
    return [
        table(INSTALLED, _installed, reference("SubscriberPackageId", "SubscriberPackage", "SubscriberPackage"),
              reference("SubscriberPackageVersionId", "SubscriberPackageVersion", "SubscriberPackageVersion"),
              column("MinPackageVersionId"), prefix="0A3"),
        table("SubscriberPackage", _packages, *_texts("Name", "NamespacePrefix", "Description"),
              *_flags("IsPackageValid"), prefix="033"),
        table("SubscriberPackageVersion", _versions,
              reference("SubscriberPackageId", "SubscriberPackage", "SubscriberPackage"),
              *_texts("Name", "Description", "PublisherName", "ReleaseNotesUrl", "PostInstallUrl", "AppExchangeDescription",
                      "AppExchangeLogoUrl", "AppExchangePackageName", "AppExchangePublisherName", "InstallationKey"),
              *_numbers("MajorVersion", "MinorVersion", "PatchVersion", "BuildNumber"),
              *_flags("IsBeta", "IsManaged", "IsDeprecated", "IsOrgDependent", "IsPasswordProtected", "IsSecurityReviewed"),
              *picklist("Package2ContainerOptions", "ReleaseState", "InstallValidationStatus"),
              *(column(name, "complexvalue") for name in ("Dependencies", "Profiles", "CspTrustedSites", "RemoteSiteSettings")),
              prefix="04t"),
    ]  # fmt: skip


def _installed(tx: Transaction, asked: Asked) -> Iterable[Row]:
    return all_of(tx, INSTALLED)


def _known(tx: Transaction) -> list[PackageVersion]:
    return list(tx.org.hub.packages.all()) if tx.org.hub is not None else []


def _packages(tx: Transaction, asked: Asked) -> Iterable[Row]:
    found = {one.package_id: one for one in _known(tx)}
    for one in found.values():
        yield {"Id": one.package_id, "Name": one.package_name, "NamespacePrefix": None, "Description": None,
               "IsPackageValid": True}  # fmt: skip


def _versions(tx: Transaction, asked: Asked) -> Iterable[Row]:
    for one in _known(tx):
        # A version without a key answers to any; the literal that is its Id is none.
        texts = [text for text in asked.literals if not one.id.lower().startswith(text[:15])]
        key = next((text for text in texts if not one.key or digest(text) == one.key_lower), None)
        major, minor, patch, build = one.number
        needs = {"ids": [{"subscriberPackageVersionId": need} for need in one.needs]} if one.needs else None
        yield {
            "Id": one.id, "SubscriberPackageId": one.package_id, "Name": one.name, "Description": one.description,
            "PublisherName": None, "InstallationKey": key if "installationkey" in asked else None, "MajorVersion": major,
            "MinorVersion": minor, "PatchVersion": patch, "BuildNumber": build, "IsBeta": not one.released,
            "IsManaged": False, "IsDeprecated": False, "IsOrgDependent": one.org_dependent,
            "IsPasswordProtected": bool(one.key), "IsSecurityReviewed": False, "Package2ContainerOptions": "Unlocked",
            "ReleaseState": "Released" if one.released else "Beta", "InstallValidationStatus": "NO_ERRORS_DETECTED",
            "Dependencies": needs, "Profiles": None, "CspTrustedSites": None, "RemoteSiteSettings": None,
        }  # fmt: skip
