"""The people and groups of one directory, as the SCIM server reads and writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

from scim2_models import (
    ConflictException,
    ForbiddenException,
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    SearchRequest,
    UniquenessException,
)
from scim2_server.storage import ScimStorage, SearchPage
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.context import Context
from core.errors import Conflict, Denied, DomainError, Invalid, NotFound
from core.scim import service
from core.scim.models import ScimClient, ScimGroup, ScimMember, ScimUser
from core.scim.resources import Group, Member, Membership, PersonName, User
from core.scim.service import TAKEN, Named

LONGEST = 200
NAMES = ("formatted", "given_name", "family_name")


class Directory(ScimStorage):
    """One directory within the scope of its tenant. Each operation is a savepoint; the edge commits."""

    def __init__(self, session: Session, *, context: Context, client: ScimClient) -> None:
        self.session, self.context, self.client = session, context, client

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Raises SCIMException for what the domain refuses."""
        try:
            with self.session.begin_nested():
                yield
        except DomainError as error:
            raise translated(error) from error

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,  # noqa: ARG002 - the server leaves out what is not asked
    ) -> Resource[Any]:
        if resource_type.name == "Group":
            return self._groups([self._group(resource_id)])[0]
        return self._users([self._user(resource_id)])[0]

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ARG002 - no cursors are announced
    ) -> SearchPage:
        found = [each for kind in resource_types for each in self._all(str(kind.name), search_request)]
        key = search_request.sort_value if search_request.sort_by is not None else None
        descending = key is not None and search_request.sort_order == SearchRequest.SortOrder.descending

        def order(each: Resource[Any]) -> tuple[bool, Any, str]:
            value = key(each) if key is not None else None
            return value is None, value if value is not None else "", str(each.id)

        found.sort(key=order, reverse=descending)
        start = search_request.start_index_0 or 0
        stop = None if search_request.count is None else start + search_request.count
        return SearchPage(len(found), found[start:stop])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        if resource_type.name == "Group":
            return self._groups([self._save_group(None, cast(Group, resource))])[0]
        row = service.create_person(
            self.session, context=self.context, client=self.client, named=named(cast(User, resource))
        )
        return self._users([row])[0]

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        if resource_type.name == "Group":
            group = self._group(str(resource.id), expected_version)
            return self._groups([self._save_group(group, cast(Group, resource))])[0]
        row = self._user(str(resource.id), expected_version)
        row = service.change_person(
            self.session, context=self.context, client=self.client, row=row, named=named(cast(User, resource))
        )
        return self._users([row])[0]

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        if resource_type.name == "Group":
            group = self._group(resource_id, expected_version)
            service.remove_group(self.session, context=self.context, client=self.client, group=group)
        else:
            service.remove_person(self.session, context=self.context, row=self._user(resource_id, expected_version))

    # -- rows ------------------------------------------------------------------------------------------------------------

    def _user(self, resource_id: str, version: str | None = None) -> ScimUser:
        return cast(ScimUser, self._one(ScimUser, "User", resource_id, version))

    def _group(self, resource_id: str, version: str | None = None) -> ScimGroup:
        return cast(ScimGroup, self._one(ScimGroup, "Group", resource_id, version))

    def _one(
        self, model: type[ScimUser] | type[ScimGroup], kind: str, resource_id: str, version: str | None
    ) -> ScimUser | ScimGroup:
        try:
            wanted = UUID(resource_id)
        except ValueError:
            raise NotFoundException(detail=f"{kind} not found") from None
        found: Any = self.session.scalar(
            select(model)
            .where(model.id == wanted, model.client_id == self.client.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        row: ScimUser | ScimGroup | None = found
        if row is None:
            raise NotFoundException(detail=f"{kind} not found")
        if version is not None and version != tag(row):
            raise PreconditionFailedException
        return row

    def _all(self, kind: str, request: SearchRequest[Any]) -> list[Resource[Any]]:
        """Those of a kind that the filter matches. A directory asks mostly for one by name, which is an index look-up."""
        wanted = _equal_to(request)
        if kind == "Group":
            asked = select(ScimGroup).where(ScimGroup.client_id == self.client.id)
            if "externalid" in wanted:
                asked = asked.where(ScimGroup.external_id == wanted["externalid"])
            found: Sequence[Resource[Any]] = self._groups(self.session.scalars(asked).all())
        else:
            asked_users = select(ScimUser).where(ScimUser.client_id == self.client.id)
            if "username" in wanted:
                asked_users = asked_users.where(ScimUser.user_name_key == wanted["username"].strip().casefold())
            if "externalid" in wanted:
                asked_users = asked_users.where(ScimUser.external_id == wanted["externalid"])
            found = self._users(self.session.scalars(asked_users).all())
        return [each for each in found if request.filter is None or request.filter.match(each)]

    def _users(self, rows: Sequence[ScimUser]) -> list[Resource[Any]]:
        ids = [row.id for row in rows]
        groups: dict[UUID, list[Membership]] = {}
        for member, group_id, name in self.session.execute(
            select(ScimMember.scim_user_id, ScimGroup.id, ScimGroup.name)
            .join(ScimGroup, ScimGroup.id == ScimMember.group_id)
            .where(ScimMember.scim_user_id.in_(ids or [UUID(int=0)]))
            .order_by(ScimGroup.name)
        ):
            groups.setdefault(member, []).append(Membership(value=str(group_id), display=name))
        return [_user(row, groups.get(row.id)) for row in rows]

    def _groups(self, rows: Sequence[ScimGroup]) -> list[Resource[Any]]:
        ids = [row.id for row in rows]
        members: dict[UUID, list[Member]] = {}
        for group_id, user_id in self.session.execute(
            select(ScimMember.group_id, ScimMember.scim_user_id)
            .where(ScimMember.group_id.in_(ids or [UUID(int=0)]))
            .order_by(ScimMember.id)
        ):
            one = Member(value=str(user_id), ref=cast(Any, f"Users/{user_id}"), type="User")
            members.setdefault(group_id, []).append(one)
        return [
            Group(id=str(row.id), external_id=row.external_id, display_name=row.name, members=members.get(row.id),
                  meta=_meta("Group", row))
            for row in rows
        ]  # fmt: skip

    def _save_group(self, row: ScimGroup | None, group: Group) -> ScimGroup:
        ids = []
        for member in group.members or ():
            try:
                ids.append(UUID(str(member.value)))
            except ValueError:
                raise InvalidValueException(detail="A member's value is the id of a User") from None
        return service.save_group(
            self.session, context=self.context, client=self.client, group=row, name=_short(group.display_name),
            external_id=group.external_id, member_ids=ids,
        )  # fmt: skip


def named(user: User) -> Named:
    """What is kept of a person as the directory sends them."""
    parts = [part for part in (user.name.given_name, user.name.family_name) if part] if user.name else []
    formatted = user.name.formatted if user.name else None
    shown = user.display_name or formatted or " ".join(parts) or str(user.user_name).partition("@")[0]
    name = {key: getattr(user.name, key) for key in NAMES if getattr(user.name, key, None)}
    kept = {"user_name": user.user_name, "display_name": user.display_name, "name": name or None, "active": user.active}
    return Named(
        user_name=_short(user.user_name), external_id=user.external_id, active=user.active is not False,
        shown_name=_short(shown)[:80], data={key: value for key, value in kept.items() if value is not None},
    )  # fmt: skip


def _short(text: str | None) -> str:
    if not text or len(text) > LONGEST:
        raise InvalidValueException(detail=f"A name has 1 to {LONGEST} characters")
    return text


def _user(row: ScimUser, groups: list[Membership] | None) -> User:
    name: Mapping[str, Any] | None = row.data.get("name")
    return User(
        id=str(row.id), external_id=row.external_id, user_name=row.data.get("user_name", row.user_name_key),
        name=PersonName(**name) if name else None, display_name=row.data.get("display_name"), active=row.data.get("active"),
        groups=groups, meta=_meta("User", row),
    )  # fmt: skip


def _meta(kind: str, row: ScimUser | ScimGroup) -> Meta:
    return Meta(resource_type=kind, created=row.created_at, last_modified=row.updated_at, version=tag(row))


def tag(row: ScimUser | ScimGroup) -> str:
    return f'W/"{row.version}"'


def _equal_to(request: SearchRequest[Any]) -> dict[str, str]:
    """What a filter of just one `eq` compares, by the attribute's name in small letters."""
    node = request.filter.ast if request.filter is not None else None
    path, value = getattr(node, "attr_path", None), getattr(node, "value", None)
    if getattr(getattr(node, "op", None), "value", None) != "eq" or not isinstance(value, str):
        return {}
    return {str(path).lower().rpartition(":")[2]: value}


def translated(error: DomainError) -> SCIMException:
    """A refusal of the domain, as SCIM says it."""
    kinds: tuple[tuple[type[DomainError], type[SCIMException]], ...] = (
        (Invalid, InvalidValueException), (NotFound, NotFoundException), (Denied, ForbiddenException),
        (Conflict, UniquenessException if error.message == TAKEN else ConflictException),
    )  # fmt: skip
    found = next((scim for kind, scim in kinds if isinstance(error, kind)), ForbiddenException)
    return found(detail=str(error.errors[0].message % error.errors[0].params) if error.errors else str(error))
