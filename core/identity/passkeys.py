"""Passkeys (WebAuthn, level 3): a key on a device that answers for this site only, after a finger, a face or a PIN.

1. A challenge is made and kept under a secret that the browser holds. 2. The device signs it. 3. The answer is verified by the
`webauthn` library against the challenge, which is then spent, the site's name and its address. The device always asks who is there,
so a passkey alone is two factors; it is both a way to sign in, without typing an address, and a second step.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import webauthn
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from core.db.base import new_id
from core.errors import N_, FieldError, Invalid, NotFound
from core.identity import door
from core.identity.accounts import NAME, Account
from core.identity.door import call

SITE = "Kehub"
MOST = 20
REFUSED = N_("The passkey was not accepted. Try again, or use another way.")
FULL = N_("You have %(most)s passkeys, which is the most. Remove one first.")


@dataclass(frozen=True)
class Site:
    """What passkeys are bound to: the site's name, and the addresses its pages may have."""

    rp_id: str
    origins: tuple[str, ...]


@dataclass(frozen=True)
class Begun:
    """`options` is JSON for the browser; `secret` names the challenge."""

    options: str
    secret: str


def begin_registration(session: Session, *, who: Account, site: Site) -> Begun:
    """What the browser needs to make a passkey of a person. Raises Invalid where they have too many."""
    if len(who.passkeys) >= MOST:
        raise Invalid(FULL, most=MOST)
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=SITE,
        user_id=who.user_id.bytes,
        user_name=who.email,
        user_display_name=who.name,
        exclude_credentials=_known(who),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return _begun(session, options, user_id=who.user_id)


def register(session: Session, *, who: Account, secret: str | None, answer: str, name: str, site: Site) -> UUID:
    """Keep the passkey that the device made. Raises Invalid."""
    name = name.strip()
    if not 0 < len(name) <= NAME:
        message = N_("A name has 1 to %(longest)s characters.")
        raise Invalid(errors=[FieldError(field="name", code="length", message=message, params={"longest": NAME})])
    challenge = _challenge(session, secret, user_id=who.user_id)
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise Invalid(REFUSED) from None
    if call(session, "SELECT id FROM passkey_find(:credential)", credential=made.credential_id).first():
        raise Invalid(REFUSED)
    passkey_id = new_id()
    call(
        session, "SELECT passkey_add(:id, :who, :credential, :key, :counter, :synced, :name)",
        id=passkey_id, who=who.user_id, credential=made.credential_id, key=made.credential_public_key,
        counter=made.sign_count, synced=made.credential_backed_up, name=name,
    )  # fmt: skip
    return passkey_id


def begin_proof(session: Session, *, who: Account | None, site: Site) -> Begun:
    """What the browser needs to prove a passkey: one of a person's, or of whoever it turns out to be."""
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id,
        allow_credentials=_known(who) if who else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _begun(session, options, user_id=who.user_id if who else None)


def prove(session: Session, *, who: UUID | None, secret: str | None, answer: str, site: Site) -> UUID:
    """Whose passkey answered the challenge: `who`'s, where that is known. Raises Invalid, whatever is wrong with it."""
    challenge = _challenge(session, secret, user_id=who)
    try:
        given = _read(answer)
        found = call(
            session, "SELECT * FROM passkey_find(:credential)", credential=base64url_to_bytes(given["id"])
        ).one_or_none()
        if found is None or (who is not None and found.user_id != who):
            raise Invalid(REFUSED)
        proved = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=list(site.origins),
            credential_public_key=found.public_key,
            credential_current_sign_count=found.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise Invalid(REFUSED) from None
    call(session, "SELECT passkey_use(:id, :counter)", id=found.id, counter=proved.new_sign_count)
    user_id: UUID = found.user_id
    return user_id


def rename(session: Session, *, who: Account, passkey_id: UUID, name: str) -> None:
    """Raises Invalid, NotFound."""
    if not 0 < len(name.strip()) <= NAME:
        raise Invalid(N_("A name has 1 to %(longest)s characters."), longest=NAME)
    _change(session, who, passkey_id, name.strip())


def remove(session: Session, *, who: Account, passkey_id: UUID) -> None:
    """Raises NotFound."""
    _change(session, who, passkey_id, None)


def _change(session: Session, who: Account, passkey_id: UUID, name: str | None) -> None:
    done = call(
        session, "SELECT passkey_change(:who, :which, :name)", who=who.user_id, which=passkey_id, name=name
    ).scalar_one()
    if not done:
        raise NotFound


def _begun(session: Session, options: Any, *, user_id: UUID | None) -> Begun:
    secret = door.begin(
        session, purpose="challenge", user_id=user_id, data={"challenge": bytes_to_base64url(options.challenge)}
    )
    return Begun(webauthn.options_to_json(options), secret)


def _challenge(session: Session, secret: str | None, *, user_id: UUID | None) -> bytes:
    found = door.take(session, purpose="challenge", secret=secret)
    if found is None or found.user_id != user_id:
        raise Invalid(REFUSED)
    return base64url_to_bytes(found.data["challenge"])


def _known(who: Account) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each.credential) for each in who.passkeys]


def _read(answer: str) -> dict[str, Any]:
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise TypeError
    return found
