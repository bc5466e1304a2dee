"""The routes for programs: ``/v1`` and the probes of an administrator."""

from __future__ import annotations

import tempfile
from functools import cache
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

import crible
from crible.errors import CribleError
from crible.reporting.json import SCHEMA_VERSION
from crible.scoring.policy import list_policies, load_policy
from crible_service.problems import MEDIA_TYPE
from crible_service.scoring import PREFIX, parse_date, score_upload
from crible_service.uploads import FIELDS

if TYPE_CHECKING:
    from crible_service.settings import Settings
    from crible_service.worker import Pool

_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "the request id"},
        "lang": {"enum": ["fr", "en"]},
        "retry_after": {"type": "integer", "description": "seconds"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "message")},
            },
        },
    },
}
_PROBLEM = {"description": "A problem (RFC 9457)", "content": {MEDIA_TYPE: {"schema": _PROBLEM_SCHEMA}}}
_OPTIONS = {
    "policy": "headline policy, `ID` or `ID@VERSION`",
    "as_of": "date whose rules apply, `YYYY-MM-DD`; the newest rules when absent",
    "buyer": "class of the buyer, or its SIREN, when the documents do not suffice",
    "name": "name of the tender in the answer; that of the first file when absent",
    "lang": "accepted and without effect: an Assessment is the same in every language",
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["files"],
                "additionalProperties": False,
                "properties": {
                    "files": {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string", "format": "binary"},
                        "description": "PDFs, or a ZIP; several files are one tender",
                    },
                    **{name: {"type": "string", "description": _OPTIONS[name]} for name in FIELDS},
                },
            }
        }
    },
}
_OBJECT = {"type": "object"}
_LIST = {"type": "array", "items": _OBJECT}
_ASSESSMENT = {
    "type": "object",
    "description": "The Assessment, schema 1: fields may be added, none is renamed or dropped.",
    "required": ["schema_version", "id", "tender", "policy", "verdict", "profiles", "findings", "coverage"],
    "properties": {
        "schema_version": {"type": "string"},
        "id": {"type": "string", "description": "SHA-256 of inputs, policies, models and options"},
        "verdict": {"enum": ["compliant", "non_compliant", "needs_review", "out_of_scope"]},
        "score": {"type": ["number", "null"]},
        "completeness": {"enum": ["complete", "partial", "notice_or_rc_only"]},
        "reasons": {"type": "array", "items": {"type": "string"}},
        **dict.fromkeys(("tender", "policy", "models", "profiles", "facts", "labels", "coverage"), _OBJECT),
        **dict.fromkeys(("legality", "findings", "conflicts", "lots", "documents", "warnings"), _LIST),
    },
}


def api_routes(pool: Pool, settings: Settings) -> APIRouter:
    """``/v1/…`` for programs."""
    router = APIRouter(prefix="/v1")

    @router.post(
        "/score",
        summary="Score one tender and return its Assessment",
        openapi_extra={"requestBody": _BODY},
        responses={
            200: {"description": "The Assessment", "content": {"application/json": {"schema": _ASSESSMENT}}},
            **dict.fromkeys((400, 404, 408, 413, 415, 422, 500, 503, 504), _PROBLEM),
        },
    )
    async def score(request: Request) -> Response:
        return Response(await score_upload(request, pool, settings), media_type="application/json")

    @router.get("/policies", summary="Every version of every policy")
    async def policies() -> dict[str, Any]:
        keep = {"id", "version", "title", "effective_from", "effective_to", "reviewed_on", "review_by", "status"}
        return {"policies": [pack.model_dump(mode="json", include=keep) for pack in list_policies()]}

    @router.get(
        "/policies/{policy}",
        summary="One policy in full: the newest, the one in force at a date, or ID@VERSION",
        responses={404: _PROBLEM, 422: _PROBLEM},
    )
    async def one_policy(policy: str, as_of: str | None = None) -> Response:
        pack = load_policy(policy, as_of=parse_date({"as_of": as_of or ""}))
        return JSONResponse(pack.model_dump(mode="json", by_alias=True))

    @router.get("/models", summary="What reads the clauses, and its versions")
    async def models() -> dict[str, Any]:
        return {"models": _models()}

    return router


def probe_routes(pool: Pool) -> APIRouter:
    """``/healthz``, ``/readyz`` and ``/version``, outside ``/v1`` because they are about the service, not tenders."""
    router = APIRouter()

    @router.get("/healthz", summary="Whether the service answers")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Whether the service can score", responses={503: {"description": "Not yet"}})
    def ready() -> JSONResponse:
        checks = {"policies": _policies_load(), "worker": pool.alive, "temporary_folder": _can_write()}
        good = all(checks.values())
        return JSONResponse({"ready": good, "checks": checks}, status_code=200 if good else 503)

    @router.get("/version", summary="Versions of the software and of its answers")
    async def version() -> dict[str, str]:
        return {"software": crible.__version__, "schema_version": SCHEMA_VERSION}

    return router


@cache
def _models() -> list[dict[str, Any]]:
    from crible.classification.inventory import inventory

    return [part.told() for part in inventory()]


def _policies_load() -> bool:
    try:
        return bool(list_policies())
    except CribleError:
        return False


def _can_write() -> bool:
    try:
        with tempfile.TemporaryFile(prefix=PREFIX) as stream:
            return stream.write(b"x") == 1
    except OSError:
        return False
