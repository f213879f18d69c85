"""`/v1/keys`: keys and their licences, for an admin: made, granted, narrowed, revoked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, Field

from oscine import access
from oscine.access import Key, licences
from oscine.access.licences import Granted
from oscine.api import schemas
from oscine.api.guard import Admin, app_of
from oscine.api.ordering import Name, Strict
from oscine.records import Viewer

router = APIRouter(prefix="/v1/keys", tags=["trust"])
KeyId = Annotated[str, Path(max_length=100, pattern=r"^[^\x00]*$", description="The key's id, as the list shows it.")]
Names = Annotated[tuple[Name, ...], Field(max_length=licences.MOST_NETWORKS)]


class KeyBody(Strict):
    """A key to make; `account` is whom it acts for, as NETWORK/ACCOUNT."""

    name: Name = "unnamed"
    scopes: Annotated[list[Name], Field(min_length=1, max_length=len(access.SCOPES))]
    networks: Names = ()
    account: Annotated[str, Field(max_length=700, pattern=r"^[^\x00]*$")] = ""


class LicenceBody(Strict):
    """What a key may have from now on: purpose, uses and fields must be said; what else is left out has no limit."""

    holder: Name
    purpose: Name
    uses: Annotated[list[Name], Field(max_length=20)]
    fields: Annotated[list[Name], Field(max_length=20)]
    networks: Names = ()
    days: float | None = None
    per_minute: Annotated[int, Field(strict=True)] | None = None
    expires_at: AwareDatetime | None = None
    why: Annotated[str, Field(max_length=licences.LONGEST_WHY, pattern=r"^[^\x00]*$")] = ""


@router.get("", summary="All keys with their licences")
def listed(request: Request, _key: Admin) -> dict[str, Any]:
    """The newest first, those that were revoked too; no secret is here to be told."""
    app = app_of(request)
    newest = licences.newest(app.database)
    return {"keys": [_told(key, newest.get(key.id)) for key in access.keys(app.database)]}


@router.post("", summary="Make a key", status_code=201)
def make(request: Request, body: KeyBody, _key: Admin) -> dict[str, Any]:
    """The key itself stands in the reply and nowhere else: it is not shown again."""
    app = app_of(request)
    who = access.named(app.database, body.account, app.settings.network) if body.account else Viewer()
    secret, made = access.create(app.database, body.name or "unnamed", body.scopes, body.networks, who)
    return {"key": secret, **_told(made, None)}


@router.delete("/{key_id}", summary="Revoke a key")
def revoke(request: Request, key_id: KeyId, key: Admin) -> dict[str, Any]:
    """It ends at once: at the next call, and within a second in what is open."""
    app_of(request).revoke(key_id, key.id)
    return {"id": key_id, "revoked": True}


@router.put("/{key_id}/licence", summary="Give a key a licence, or another in place of the one it has")
def license(request: Request, key_id: KeyId, body: LicenceBody, key: Admin) -> dict[str, Any]:
    """A new version, which holds at once; those before it stay to be read. A key with a licence passes the doors that this covers and no other."""
    given = app_of(request).license(key_id, body.model_dump(exclude={"why"}), key.id, body.why)
    return {"id": key_id, "licence": licences.told(given)}


@router.get("/{key_id}/licences", summary="All versions of a key's licence")
def versions(request: Request, key_id: KeyId, _key: Admin) -> dict[str, Any]:
    """The newest first, each with who granted it, when and why."""
    return {"id": key_id, "licences": [licences.told(each) for each in licences.versions(app_of(request).database, key_id)]}


def _told(key: Key, licence: Granted | None) -> dict[str, Any]:
    return schemas.key(key) | {"licence": licences.told(licence)}
