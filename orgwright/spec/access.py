"""Who may do what: app, service user, permission sets, custom permissions, credentials, remote sites."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field as Attribute
from pydantic import field_validator

from orgwright.spec.node import Labelled, Named, Node, entries

ObjectRight = Literal["read", "create", "edit", "delete", "view_all", "modify_all"]


class App(Node):
    """The application profile of the connector: an external client app, or a connected app where an org still allows one."""

    kind: Literal["external_client", "connected"] = "external_client"
    name: str = Attribute(description="API name")
    label: str
    description: str | None = None
    contact_email: str
    contact_phone: str | None = None
    info_url: str | None = None
    logo_url: str | None = None
    icon_url: str | None = None
    callback: str
    scopes: tuple[str, ...] = Attribute(
        description="As the Metadata API names them: Full, Api, RefreshToken, Basic ..."
    )
    secret_for_web_server: bool = True
    secret_for_refresh: bool = True
    pkce: bool = False
    device_flow: bool = False
    client_credentials: bool = Attribute(
        default=False, description="The app may log in as the service user without a password"
    )
    introspect_all_tokens: bool = False
    id_token: bool = False
    asset_tokens: bool = False
    single_logout: bool = False
    digital_signature: bool = False
    admin_approved: bool = Attribute(
        default=False, description="Only users that an administrator allowed; the permission sets named here"
    )
    permission_sets: tuple[str, ...] = ()
    refresh_policy: Literal["infinite", "zero", "specific_inactivity", "specific_lifetime"] = "infinite"
    ip_relaxation: Literal["enforce", "bypass", "bypass_2factor", "enforce_relax_refresh"] = "enforce"
    distribution: Literal["Local", "Packageable"] = "Local"


class ServiceUser(Node):
    """The user that the connector logs in as. Users are data: they are made through the API, not deployed."""

    username: str
    email: str
    last_name: str
    first_name: str | None = None
    alias: str = Attribute(max_length=8)
    license: str = "Salesforce"
    profile: str = "Standard User"
    permission_sets: tuple[str, ...] = ()
    time_zone: str | None = Attribute(
        default=None, description="As the running user's when absent; so the other locale keys"
    )
    locale: str | None = None
    language: str | None = None
    email_encoding: str | None = None


class CustomPermission(Labelled):
    """A custom permission that Apex asks for."""

    shorthand: ClassVar[str | None] = "label"

    description: str | None = None


class PermissionSet(Labelled):
    """A permission set. ``fields`` is ``edit`` or ``read`` for all custom fields of the spec, or a mapping."""

    description: str | None = None
    license: str | None = None
    objects: dict[str, tuple[ObjectRight, ...]] = Attribute(default_factory=dict)
    fields: Literal["edit", "read"] | dict[str, Literal["edit", "read"]] | None = None
    custom_permissions: tuple[str, ...] = ()
    classes: tuple[str, ...] | Literal["all"] = Attribute(
        default=(), description="Apex classes, or all that are generated"
    )
    user_permissions: tuple[str, ...] = ()
    credentials: tuple[str, ...] = Attribute(default=(), description="External credentials whose principal it may use")

    @field_validator("objects", mode="before")
    @classmethod
    def _objects(cls, data: Any) -> Any:
        """``read create``, a list, or ``{rights: read create, when: ...}``."""
        if not isinstance(data, dict):
            return data
        return {key: _rights(value) for key, value in data.items()}


def _rights(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"rights"}:
        value = value["rights"]
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class Access(Node):
    """Everything about identity and permission."""

    app: App | None = None
    user: ServiceUser | None = None
    permission_sets: dict[str, PermissionSet] = Attribute(default_factory=dict)
    custom_permissions: dict[str, CustomPermission] = Attribute(default_factory=dict)
    deployer: tuple[str, ...] = Attribute(
        default=(),
        description="Permission sets that the user who brings an org up gets: a new field is open to nobody by itself",
    )

    @field_validator("permission_sets", "custom_permissions", mode="before")
    @classmethod
    def _entries(cls, data: Any) -> Any:
        return entries(data, "label")


class ExternalCredential(Labelled):
    """How a named credential authenticates. Secrets are never part of a spec."""

    description: str | None = None
    protocol: Literal["oauth_client_credentials", "oauth_client_credentials_basic", "oauth_jwt", "basic", "custom"] = (
        "oauth_client_credentials_basic"
    )
    token_url: str | None = None
    scope: str | None = None
    principal: str = Attribute(
        default="Principal", description="Named principal; permission sets refer to Credential-Principal"
    )
    headers: dict[str, str] = Attribute(default_factory=dict)


class NamedCredential(Labelled):
    """A named credential (SecuredEndpoint) on an external credential."""

    description: str | None = None
    url: str
    credential: str = Attribute(description="External credential")
    authorization_header: bool = True
    merge_in_header: bool = False
    merge_in_body: bool = False
    namespaces: tuple[str, ...] = ()


class RemoteSite(Named):
    """A remote site: a host that Apex may call without a named credential."""

    shorthand: ClassVar[str | None] = "url"

    url: str
    description: str | None = None
    active: bool = True
    plain_http: bool = False


class Credentials(Node):
    """Named and external credentials."""

    external: dict[str, ExternalCredential] = Attribute(default_factory=dict)
    named: dict[str, NamedCredential] = Attribute(default_factory=dict)

    @field_validator("external", "named", mode="before")
    @classmethod
    def _entries(cls, data: Any) -> Any:
        return entries(data)
