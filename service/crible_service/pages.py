"""The pages, rendered on the server: they work without JavaScript, in French or English."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

import crible
from crible.reporting.words import Lang, say
from crible.scoring.policy import POLICY_IDS, load_policy
from crible_service.http import language
from crible_service.problems import CODES, Problem, explain
from crible_service.scoring import score_upload
from crible_service.settings import MIB
from crible_service.views import result_view
from crible_service.words import word

if TYPE_CHECKING:
    from crible_service.settings import Settings
    from crible_service.worker import Pool

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


@cache
def _environment() -> Environment:
    # Quotes and file names come from strangers: every value is escaped, and a forgotten one is an error.
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(request: Request, template: str, lang: Lang, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in ``lang``, with a link to itself in the other language where that makes sense."""

    def w(key: str, **particulars: Any) -> str:
        return word(key, lang, **particulars)

    html = (
        _environment()
        .get_template(template)
        .render(
            lang=lang,
            w=w,
            other="en" if lang == "fr" else "fr",
            path=request.url.path,
            version=crible.__version__,
            **values,
        )
    )
    return HTMLResponse(html, status_code=status, headers={"Content-Language": lang, "Vary": "Accept-Language"})


def problem_page(request: Request, problem: Problem, lang: Lang) -> Response:
    """A problem for a person in a browser."""
    body = problem.body(lang, request.state.request_id)
    page = render(
        request, "problem.html", lang, status=problem.status, problem=body, about=explain(problem.code, lang)[1]
    )
    page.headers.update(problem.headers())
    return page


def page_routes(pool: Pool, settings: Settings) -> APIRouter:
    """``/``, ``/docs`` and ``/problems/{code}``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def form(request: Request) -> Response:
        lang = language(request, settings.lang)
        policies = [(key, _title(key, lang)) for key in POLICY_IDS]
        return render(
            request, "form.html", lang, size=f"{settings.max_upload / MIB:g}", policies=policies, buyers=_buyers(lang)
        )

    @router.post("/")
    async def result(request: Request) -> Response:
        lang = language(request, settings.lang)
        answer = await score_upload(request, pool, settings)

        def page() -> Response:
            view = result_view(json.loads(answer), lang, titles={key: _title(key, lang) for key in POLICY_IDS})
            return render(request, "result.html", lang, r=view)

        # A large tender makes a page of some megabytes: not on the loop that serves everybody.
        return await asyncio.to_thread(page)

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        lang = language(request, settings.lang)
        paths = request.app.openapi()["paths"]
        rows = [
            (method.upper(), path, operation["summary"])
            for path, operations in paths.items()
            for method, operation in operations.items()
        ]
        return render(request, "docs.html", lang, rows=rows, base=str(request.base_url).rstrip("/"))

    @router.get("/problems/{code}")
    async def problem(request: Request, code: str) -> Response:
        if code not in CODES:
            raise Problem("not-found")
        lang = language(request, settings.lang)
        title, about = explain(code, lang)
        return render(request, "problem_kind.html", lang, code=code, title=title, about=about)

    return router


def _title(policy: str, lang: Lang) -> str:
    return load_policy(policy).title[lang]


def _buyers(lang: Lang) -> list[tuple[str, str]]:
    """Classes of buyers a person may choose: those that the messages word, in the order of the message file."""
    from crible.scoring.reasons import known_codes

    codes = sorted(code for code in known_codes(lang) if code.startswith("buyer:") and code != "buyer:unknown")
    return sorted(((code.partition(":")[2], say(code, lang)) for code in codes), key=lambda pair: pair[1].casefold())
