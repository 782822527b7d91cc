"""What a named credential adds to a callout: the headers of its external credential, merge fields in headers and body.

``$Credential`` formulas are texts joined with ``&`` or ``+``, and BASE64ENCODE(BLOB(...)) of such; others are refused.
"""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from orgwright.apex.host import ApexFailure
from orgwright.localorg.apexhost import credentials
from orgwright.localorg.apexhost.credentials import Secret

if TYPE_CHECKING:
    from orgwright.localorg.apexhost.callouts import Connector
    from orgwright.localorg.metadata.components import Stored
    from orgwright.localorg.transaction import Transaction

_MERGE = re.compile(r"\{!(.*?)\}", re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|\$Credential\.(\w+)\.(\w+)|(BASE64ENCODE|BLOB)\s*\(|([&+)]))""",
    re.IGNORECASE,
)
MAX_TOKEN = 1_000_000


class Authorization:
    """The external credential behind a callout, with the values of the principal that the user may use."""

    def __init__(self, tx: Transaction, stored: Stored) -> None:
        self.stored = stored
        found = credentials.usable(tx, stored)
        if found is None:
            raise failure(
                "We couldn't access the credential(s). You might not have the required permissions, or the external "
                f'credential "{stored.name}" might not exist.'
            )
        self.values: Mapping[str, Secret] = credentials.read(tx, stored.name, found)

    def headers(self, connect: Connector, timeout: float, *, generate: bool) -> dict[str, str]:
        """The headers that the external credential adds; ``generate``: also the protocol's Authorization header."""
        found: dict[str, str] = {}
        protocol = self.stored.node.value("authenticationProtocol")
        if generate and protocol == "Basic":
            pair = f"{self._value('username')}:{self._value('password')}"
            found["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        elif generate and protocol == "Oauth":
            found["Authorization"] = f"Bearer {self._token(connect, timeout)}"
        elif generate and protocol not in ("Custom", "NoAuthentication"):
            raise failure(f"The authentication protocol {protocol} is not supported by the embedded org")
        for one in self.stored.node.all("externalCredentialParameters"):
            if one.value("parameterType") == "AuthHeader":
                found[one.value("parameterName")] = self.merge(one.value("parameterValue"))
        for name, value in found.items():
            if any(ord(c) < 32 or ord(c) > 255 for c in value):
                raise failure(f"The value of the header {name} has characters that a header cannot hold")
        return found

    def merge(self, text: str) -> str:
        """A text with its ``{!...}`` worked out."""
        return _MERGE.sub(lambda found: self._evaluate(found[1]), text)

    def _evaluate(self, formula: str) -> str:
        value, at = self._joined(formula, 0)
        if formula[at:].strip():
            raise _unknown(formula)
        return value

    def _joined(self, formula: str, at: int) -> tuple[str, int]:
        value, at = self._term(formula, at)
        while (found := _TOKEN.match(formula, at)) and found[5] in ("&", "+"):
            more, at = self._term(formula, found.end())
            value += more
        return value, at

    def _term(self, formula: str, at: int) -> tuple[str, int]:
        found = _TOKEN.match(formula, at)
        if found is None or found[5]:
            raise _unknown(formula)
        if found[1]:
            return re.sub(r"\\(.)", r"\1", found[1][1:-1]), found.end()
        if found[2]:
            if found[2].lower() != self.stored.name.lower():
                raise _unknown(formula)
            return self._value(found[3]), found.end()
        value, at = self._joined(formula, found.end())
        closing = _TOKEN.match(formula, at)
        if closing is None or closing[5] != ")":
            raise _unknown(formula)
        if found[4].upper() == "BASE64ENCODE":
            value = base64.b64encode(value.encode()).decode()
        return value, closing.end()

    def _value(self, name: str) -> str:
        found = next((secret for label, secret in self.values.items() if label.lower() == name.lower()), None)
        if found is None:
            raise failure(
                f"The external credential {self.stored.name} has no value for {name}: its principal is not configured"
            )
        return found.value

    def _token(self, connect: Connector, timeout: float) -> str:
        """An access token by the client credentials flow."""
        node = self.stored.node
        parameters = {
            p.value("parameterName")
            if p.value("parameterType") == "AuthParameter"
            else p.value("parameterType"): p.value("parameterValue")
            for p in node.all("externalCredentialParameters")
        }
        variant = parameters.get("AuthProtocolVariant", "")
        url = parameters.get("AuthProviderUrl", "")
        if "ClientCredentials" not in variant or not url:
            raise failure(
                f"The OAuth flow {variant or 'by an authentication provider'} is not supported by the embedded org"
            )
        form = {"grant_type": "client_credentials"}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if variant.endswith("Basic"):
            pair = f"{self._value('clientId')}:{self._value('clientSecret')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": self._value("clientId"), "client_secret": self._value("clientSecret")}
        if parameters.get("Scope"):
            form["scope"] = parameters["Scope"]
        parts = urlsplit(url)
        connection = connect(parts.scheme, parts.hostname or "", parts.port, timeout)
        try:
            connection.request("POST", parts.path or "/", body=urlencode(form), headers=headers)
            answer = connection.getresponse()
            content = answer.read(MAX_TOKEN)
            token = json.loads(content).get("access_token") if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:
            raise failure(f"The token endpoint {url} did not answer as OAuth asks: {type(error).__name__}") from None
        finally:
            connection.close()
        if not isinstance(token, str):
            raise failure(f"The token endpoint {url} gave no token (status {answer.status})")
        return token


def failure(message: str) -> ApexFailure:
    """``System.CalloutException``."""
    return ApexFailure("System.CalloutException", message)


def _unknown(formula: str) -> ApexFailure:
    shown = re.sub(r"""("|').*?\1""", "'...'", formula)
    return failure(f"The formula {shown[:200]} of a credential is not supported by the embedded org")
