"""From a request to an Assessment as JSON: receive, check what is cheap to check, hand to a worker, clean up."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from crible.scoring.policy import load_policy
from crible_service.problems import FieldError, Problem
from crible_service.uploads import drain, receive
from crible_service.worker import Job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from crible_service.settings import Settings
    from crible_service.uploads import Upload
    from crible_service.worker import Pool

PREFIX = "crible-"  # of the temporary folders, so that an administrator knows whose they are


async def score_upload(request: Request, pool: Pool, settings: Settings) -> bytes:
    """The Assessment of the uploaded files, as JSON. Raises Problem, ClientGone or ClientDisconnect."""
    refuse_cross_site(request)
    try:
        with pool.place():
            folder = Path(tempfile.mkdtemp(prefix=PREFIX))
            try:
                upload = await receive(request, folder, settings=settings)
                return await pool.run(job_of(upload), gone=request.is_disconnected)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Problem as problem:
        if problem.code == "busy":
            await drain(request.stream(), settings)
        raise


def job_of(upload: Upload) -> Job:
    """The job, with what can be refused before reading a page: the date, the policy."""
    fields = upload.fields
    as_of = parse_date(fields)
    if (policy := fields.get("policy")) is not None:
        load_policy(policy, as_of=as_of)
    return Job(
        paths=tuple(str(path) for path in upload.files),
        name=fields.get("name") or _name(upload.files),
        policy=policy,
        as_of=as_of.isoformat() if as_of else None,
        buyer=fields.get("buyer"),
    )


def parse_date(fields: Mapping[str, str]) -> date | None:
    """``as_of``, when given. Raises Problem ``validation``."""
    text = fields.get("as_of")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fr, en = "date attendue, AAAA-MM-JJ", "a date is expected, YYYY-MM-DD"
        raise Problem("validation", errors=[FieldError("/as_of", "date", fr, en)]) from None


def refuse_cross_site(request: Request) -> None:
    """Another site must not make a visitor's browser send files here; browsers say where a form comes from."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise Problem("cross-site")


def _name(files: tuple[Path, ...]) -> str:
    return files[0].name if len(files) == 1 else f"{files[0].name} (+ {len(files) - 1})"
