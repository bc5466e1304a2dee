"""What every answer carries, whatever made it: request id, security headers, language, problems."""

from __future__ import annotations

import logging
import re
import uuid
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from crible.errors import CribleError
from crible.reporting.words import LANGUAGES, Lang
from crible_service.problems import MEDIA_TYPE, FieldError, Problem, problem_of
from crible_service.worker import ClientGone

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Nothing is fetched from elsewhere, nothing is framed, no address leaks; « same-origin » keeps the Origin of our forms.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
CLIENT_LEFT = 499  # nobody reads it; it is for the log


class Envelope:
    """Adds the request id and the security headers, and turns an error nobody foresaw into a problem.

    Plain ASGI: the middlewares that wrap requests hide the client's departure from the handlers.
    """

    def __init__(self, app: ASGIApp, *, lang: Lang) -> None:
        self._app = app
        self._lang = lang

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in SECURITY_HEADERS.items():
                    headers[name] = value
                # A tender's results must not stay in a shared cache; the style sheet may.
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception:
            _log.exception("unexpected error, request %s", request_id)
            if started:
                raise
            request = Request(scope, receive)
            await answer_problem(request, Problem("internal"), lang=language(request, self._lang))(
                scope, receive, dressed
            )


def language(request: Request, default: Lang) -> Lang:
    """``?lang=``, then Accept-Language with its weights, then the service's own."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return "en" if asked == "en" else "fr"
    best: tuple[float, Lang] = (0.0, default)
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().partition(";")
        primary = tag.strip().lower().partition("-")[0]
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if primary in LANGUAGES and quality > best[0]:
            best = (quality, "en" if primary == "en" else "fr")
    return best[1]


def wants_page(request: Request) -> bool:
    """Whether a person in a browser asks: addresses of the API always answer JSON."""
    return not request.url.path.startswith("/v1") and "text/html" in request.headers.get("accept", "")


def answer_problem(request: Request, problem: Problem, *, lang: Lang) -> Response:
    """The problem as ``application/problem+json``, with its Retry-After."""
    body = problem.body(lang, request.state.request_id)
    headers = {"Content-Language": lang, "Vary": "Accept-Language", **problem.headers()}
    return JSONResponse(body, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def add_problem_handlers(app: FastAPI, page: Callable[[Request, Problem, Lang], Response], *, lang: Lang) -> None:
    """Every error of every route through one door. ``page`` renders a problem for a browser."""

    def answer(request: Request, problem: Problem, extra: dict[str, str] | None = None) -> Response:
        chosen = language(request, lang)
        make = page if wants_page(request) else None
        response = make(request, problem, chosen) if make else answer_problem(request, problem, lang=chosen)
        response.headers.update(extra or {})
        return response

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return answer(request, error)

    async def on_library(request: Request, error: Exception) -> Response:
        assert isinstance(error, CribleError)
        return answer(request, problem_of(error))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code)
        if code is not None:
            return answer(request, Problem(code), dict(error.headers or {}))
        return answer(request, Problem("bad-request", status=error.status_code), dict(error.headers or {}))

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [
            FieldError("/" + "/".join(str(part) for part in e["loc"]), str(e["type"]), str(e["msg"]), str(e["msg"]))
            for e in error.errors()
        ]
        return answer(request, Problem("validation", errors=found))

    async def on_departure(request: Request, error: Exception) -> Response:
        _log.info("client left, request %s", request.state.request_id)
        return Response(status_code=CLIENT_LEFT)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(CribleError, on_library)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(ClientGone, on_departure)
    app.add_exception_handler(ClientDisconnect, on_departure)
