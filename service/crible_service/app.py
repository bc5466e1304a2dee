"""``create_app(settings, score=…)``: the one place where the parts of the service are put together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

import crible
from crible_service.api import api_routes, probe_routes
from crible_service.http import Envelope, add_problem_handlers
from crible_service.pages import STATIC, page_routes, problem_page
from crible_service.settings import Settings
from crible_service.worker import Pool, Score

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def create_app(settings: Settings | None = None, *, score: Score = crible.score) -> FastAPI:
    """The service, ready for an ASGI server. ``score`` has the signature of ``crible.score`` and stands in a module."""
    settings = settings or Settings()
    pool = Pool(score, workers=settings.workers, backlog=settings.backlog, deadline=settings.deadline)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await pool.open()
        try:
            yield
        finally:
            await pool.close()

    app = FastAPI(
        title="crible",
        version=crible.__version__,
        summary="Reads public tenders and scores their hosting and sovereignty clauses; a person decides.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        # The stock pages load their script from another site; /docs is ours.
        docs_url=None,
        redoc_url=None,
    )
    add_problem_handlers(app, problem_page, lang=settings.lang)
    app.include_router(api_routes(pool, settings), tags=["tenders"])
    app.include_router(probe_routes(pool), tags=["service"])
    app.include_router(page_routes(pool, settings))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.add_middleware(Envelope, lang=settings.lang)
    return app
