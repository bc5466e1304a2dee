"""The service on a real port: the same server as in use, in a thread of the tests."""

from __future__ import annotations

import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import uvicorn

from crible_service.app import create_app
from crible_service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

SCORERS = Path(__file__).parent / "scorers"

CCTP = """Ministère Exemple
CAHIER DES CLAUSES TECHNIQUES PARTICULIÈRES

Hébergement et infogérance du système d'information du ministère

Article 5.2 – Hébergement

Le titulaire doit héberger les données exclusivement en France, chez un hébergeur qualifié SecNumCloud.

Article 6 – Sécurité

<script>alert("x")</script> Le titulaire doit héberger toutes les sauvegardes <b>en France</b>.
"""


@contextmanager
def running(settings: Settings | None = None, **options: Any) -> Iterator[httpx.Client]:
    """A client of a service that lives as long as the block."""
    config = uvicorn.Config(
        create_app(settings, **options), port=0, log_config=None, ws="none", lifespan="on", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(timeout=30)
    assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="session")
def service() -> Iterator[httpx.Client]:
    """The service as it ships, with the library's own scoring."""
    with running() as client:
        yield client


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., AbstractContextManager[httpx.Client]]:
    """``with serve(deadline=1.0) as client``: a service whose scoring obeys the names of the files.

    Its uploads go to ``tmp_path / "uploads"``, so that a test sees what is left of them.
    """
    monkeypatch.syspath_prepend(str(SCORERS))
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(uploads))
    import service_scorers

    def start(**settings: Any) -> AbstractContextManager[httpx.Client]:
        return running(Settings(**settings), score=service_scorers.by_name)

    return start


@pytest.fixture(scope="session")
def cctp() -> str:
    """A small piece of a tender, with a clause that looks like markup."""
    return CCTP


@pytest.fixture(scope="session")
def text_file() -> Callable[..., tuple[str, tuple[str, bytes, str]]]:
    """``text_file(name, text)``: one file of a multipart form."""

    def make(name: str = "CCTP.txt", text: str = CCTP) -> tuple[str, tuple[str, bytes, str]]:
        return ("files", (name, text.encode(), "text/plain"))

    return make
