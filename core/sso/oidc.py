"""OpenID Connect, as the relying party: where to send a browser, and what the provider then says of the person.

Authorization code with PKCE (RFC 7636), `state` and `nonce`; the ID token's signature, issuer, audience, times and nonce are
checked (OpenID Connect Core 1.0, 3.1.3.7). Nothing is kept between two sign-ins: a provider may change its keys at any time.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, InvalidClaimError, JoseError, MissingClaimError
from joserfc.jwk import KeySet

from core.errors import N_, DomainError, Invalid
from core.outside import Outside, unreachable

SCOPE = "openid email profile"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a provider's own key. Never `none`, never one made with the client's secret."""
LEEWAY = 60
"""Seconds that clocks may differ."""
NO_PROVIDER = N_("%(issuer)s does not describe an OpenID provider: %(reason)s.")

REASONS: Mapping[str, str] = {
    "state": N_("This sign-in was not begun in this browser, or took longer than ten minutes. Begin again."),
    "provider_refused": N_("Your organisation's sign-in service refused: %(detail)s."),
    "provider_failed": N_("Your organisation's sign-in service did not answer as it should. Try again in a moment."),
    "bad_signature": N_("The answer is not signed by your organisation's sign-in service."),
    "wrong_issuer": N_("The answer comes from another sign-in service."),
    "wrong_audience": N_("The answer was meant for another application."),
    "wrong_nonce": N_("The answer belongs to another sign-in."),
    "expired": N_("The answer is too old. Begin again."),
    "bad_token": N_("The answer cannot be read."),
    "no_address": N_("Your organisation's sign-in service names no verified e-mail address of yours."),
    "foreign_domain": N_("%(domain)s is not a domain of this organisation."),
    "unknown_person": N_("You are not a member of this workspace. Ask its administrator for an invitation."),
    "person_ended": N_("Your access to this workspace has ended."),
    "off": N_("Single sign-on is switched off here."),
}
"""Why a single sign-on is refused: the words by key; the key is what the trail keeps."""


class SsoRefused(DomainError):
    """A sign-in that is not taken. `reason` is a key of REASONS."""

    code = "sso_refused"
    status = 403

    def __init__(self, reason: str, **params: Any) -> None:
        super().__init__(REASONS[reason], **params)
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What the provider knows us as. `private`: it may be on our own network."""

    issuer: str
    client_id: str
    secret: str | None
    redirect_uri: str
    private: bool = False


@dataclass(frozen=True, kw_only=True)
class Begun:
    """Where the browser goes, and what must come back with it."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom the provider vouches for. `address` only where it says that it is verified, or does not say."""

    subject: str
    address: str | None
    name: str


class _Auth(httpx.Auth, ClientAuth):  # type: ignore[misc]
    """The client's proof at the token endpoint, as httpx asks for it."""

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        url, headers, body = self.prepare(request.method, str(request.url), request.headers, request.content)
        content = body.encode() if isinstance(body, str) else body
        kept = {name: value for name, value in headers.items() if name.lower() != "content-length"}
        yield httpx.Request(request.method, url, headers=kept, content=content, extensions=request.extensions)


class _Client(OAuth2Client):  # type: ignore[misc]
    client_auth_class = _Auth


def described(issuer: str, *, private: bool) -> OpenIDProviderMetadata:
    """What a provider says of itself (OpenID Connect Discovery 1.0). Raises Unavailable, Invalid."""
    with Outside(private=private) as outside:
        return _described(outside, issuer)


def _described(outside: Outside, issuer: str) -> OpenIDProviderMetadata:
    url = get_well_known_url(issuer, external=True)
    try:
        answer = outside.get(url)
        answer.raise_for_status()
        found = OpenIDProviderMetadata(answer.json())
        needed = [name for name in ("authorization_endpoint", "token_endpoint", "jwks_uri") if not found.get(name)]
    except httpx.HTTPStatusError as error:
        raise Invalid(NO_PROVIDER, field="issuer", issuer=issuer, reason=str(error.response.status_code)) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise unreachable(issuer, error, field="issuer") from None
    except (ValueError, TypeError):
        raise Invalid(NO_PROVIDER, field="issuer", issuer=issuer, reason="no JSON") from None
    if found.get("issuer") != issuer:
        raise Invalid(NO_PROVIDER, field="issuer", issuer=issuer, reason=f"issuer = {found.get('issuer')}")
    if needed:
        raise Invalid(NO_PROVIDER, field="issuer", issuer=issuer, reason=", ".join(needed))
    return found


def begin(who: Registration, *, hint: str | None = None, again: bool = False) -> Begun:
    """Begin a sign-in. `again` asks the person to prove themselves anew. Raises Unavailable, Invalid."""
    metadata = described(who.issuer, private=who.private)
    nonce, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    more = {"prompt": "login"} if again else {}
    if hint:
        more["login_hint"] = hint
    client = _client(who, None, metadata)
    url, state = client.create_authorization_url(
        metadata["authorization_endpoint"], nonce=nonce, code_verifier=verifier, **more
    )
    return Begun(url=url, state=state, nonce=nonce, verifier=verifier)


def finish(who: Registration, *, code: str, nonce: str, verifier: str) -> Person:
    """The person behind a code. Raises SsoRefused for an answer that proves nothing, Unavailable and Invalid."""
    with Outside(private=who.private) as outside:
        metadata = _described(outside, who.issuer)
        try:
            tokens = _client(who, outside, metadata).fetch_token(
                metadata["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier
            )
            keys = outside.get(metadata["jwks_uri"]).raise_for_status().json()
        except (AuthlibBaseError, httpx.HTTPError, ValueError) as error:
            raise SsoRefused("provider_failed") from error
        claims = _claims(who, tokens, keys, nonce)
        if "email" in claims or not metadata.get("userinfo_endpoint"):
            return _person(claims)
        return _person({**_more(outside, metadata["userinfo_endpoint"], tokens, claims["sub"]), "sub": claims["sub"]})


def _client(who: Registration, outside: Outside | None, metadata: Mapping[str, Any]) -> OAuth2Client:
    offered = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    method = next((each for each in ("client_secret_basic", "client_secret_post") if each in offered), "none")
    return _Client(
        outside, client_id=who.client_id, client_secret=who.secret, redirect_uri=who.redirect_uri, scope=SCOPE,
        code_challenge_method="S256", token_endpoint_auth_method=method if who.secret else "none",
    )  # fmt: skip


def _claims(who: Registration, tokens: Mapping[str, Any], keys: Any, nonce: str) -> CodeIDToken:
    try:
        token = jwt.decode(str(tokens.get("id_token", "")), KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))
    except BadSignatureError:
        raise SsoRefused("bad_signature") from None
    except (JoseError, ValueError, TypeError, KeyError):
        raise SsoRefused("bad_token") from None
    claims = CodeIDToken(
        token.claims,
        token.header,
        options={"iss": {"essential": True, "value": who.issuer}, "aud": {"essential": True, "value": who.client_id}},
        params={"nonce": nonce, "client_id": who.client_id, "access_token": tokens.get("access_token")},
    )
    try:
        claims.validate(leeway=LEEWAY)
    except ExpiredTokenError:
        raise SsoRefused("expired") from None
    except (InvalidClaimError, MissingClaimError) as error:
        raise SsoRefused(_WRONG.get(getattr(error, "claim", ""), "bad_token")) from None
    except JoseError:
        raise SsoRefused("bad_token") from None
    return claims


_WRONG = {"iss": "wrong_issuer", "aud": "wrong_audience", "azp": "wrong_audience", "nonce": "wrong_nonce"}


def _more(outside: Outside, url: str, tokens: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
    """What the provider tells on a second question, and only if it is of the same person (Core 5.3.2)."""
    try:
        answer = outside.get(url, headers={"Authorization": f"Bearer {tokens.get('access_token')}"})
        said: Any = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise SsoRefused("provider_failed") from error
    if not isinstance(said, dict) or said.get("sub") != subject:
        raise SsoRefused("bad_token")
    return said


def _person(claims: Mapping[str, Any]) -> Person:
    address = claims.get("email")
    sure = isinstance(address, str) and claims.get("email_verified", True) in (True, "true")
    name = claims.get("name") or claims.get("preferred_username") or address or claims["sub"]
    return Person(subject=str(claims["sub"]), address=address if sure else None, name=str(name)[:80])
