"""The worker: a crash, a bug, a hang or a client that leaves costs one request, never the service."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    File = Callable[..., tuple[str, tuple[str, bytes, str]]]
    Serve = Callable[..., AbstractContextManager[httpx.Client]]


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def in_background(client: httpx.Client, file: tuple[str, tuple[str, bytes, str]]) -> threading.Thread:
    def post() -> None:
        with suppress(httpx.HTTPError):  # some tests stop the service under it
            client.post("/v1/score", files=[file])

    thread = threading.Thread(target=post)
    thread.start()
    return thread


def written(mark: Path) -> bool:
    return mark.exists() and mark.stat().st_size > 0


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_crash_of_the_worker_is_a_problem_and_the_next_request_is_served(serve: Serve, text_file: File) -> None:
    with serve() as client:
        answer = client.post("/v1/score", files=[text_file("crash.txt")])
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/worker-lost")
        assert client.post("/v1/score", files=[text_file()]).status_code == 200
        assert client.get("/readyz").status_code == 200


def test_a_bug_is_a_problem_that_tells_nothing_of_the_inside(serve: Serve, text_file: File) -> None:
    with serve() as client:
        answer = client.post("/v1/score", files=[text_file("bug.txt")])
        assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
        assert not any(word in answer.text for word in ("secret", "Traceback", "RuntimeError", "bug.txt"))
        assert client.post("/v1/score", files=[text_file()]).status_code == 200


def test_an_error_of_the_library_names_the_file_and_not_its_folder(serve: Serve, text_file: File) -> None:
    with serve() as client:
        answer = client.post("/v1/score", files=[text_file("locked.txt")])
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/encrypted-document")
        assert answer.json()["detail"].startswith("locked.txt : encrypted")


def test_a_job_beyond_its_deadline_is_stopped_and_its_process_with_it(
    serve: Serve, text_file: File, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    with serve(deadline=1.0) as client:
        answer = client.post("/v1/score", files=[text_file("hang.txt", str(mark))])
        assert (answer.status_code, answer.json()["type"]) == (504, "/problems/deadline-exceeded")
        assert not alive(int(mark.read_text(encoding="utf-8")))
        assert client.post("/v1/score", files=[text_file("crash.txt")]).status_code == 500  # a new process answers


def test_a_full_service_says_so_and_when_to_come_back(serve: Serve, text_file: File, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    with serve(backlog=0) as client:
        first = in_background(client, text_file("hang.txt", str(mark)))
        try:
            wait_for(lambda: written(mark))
            answer = client.post("/v1/score", files=[text_file()])
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/busy")
            assert int(answer.headers["retry-after"]) == answer.json()["retry_after"] > 0
            assert client.get("/healthz").status_code == 200
        finally:
            os.kill(int(mark.read_text(encoding="utf-8")), signal.SIGKILL)
            first.join()
        assert client.post("/v1/score", files=[text_file()]).status_code == 200


def test_a_request_in_the_backlog_is_served_in_its_turn(serve: Serve, text_file: File, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    with serve(backlog=1) as client:
        first = in_background(client, text_file("hang.txt", str(mark)))
        wait_for(lambda: written(mark))
        second: list[int] = []
        waiting = threading.Thread(
            target=lambda: second.append(client.post("/v1/score", files=[text_file()]).status_code)
        )
        waiting.start()
        waiting.join(0.5)
        assert not second  # it waits for the first
        os.kill(int(mark.read_text(encoding="utf-8")), signal.SIGKILL)
        waiting.join()
        first.join()
        assert second == [200]


def test_the_work_of_a_client_that_left_is_stopped_and_its_files_removed(
    serve: Serve, text_file: File, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    with serve() as client:
        request = client.build_request("POST", "/v1/score", files=[text_file("hang.txt", str(mark))])
        head = f"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: {request.headers['content-type']}\r\n"
        body = request.read()
        with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as raw:
            raw.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            wait_for(lambda: mark.exists() and bool(mark.read_text(encoding="utf-8")))
        pid = int(mark.read_text(encoding="utf-8"))
        wait_for(lambda: not alive(pid))
        wait_for(lambda: list((tmp_path / "uploads").iterdir()) == [])
        assert client.post("/v1/score", files=[text_file()]).status_code == 200


def test_the_files_of_a_client_that_leaves_while_sending_are_removed(serve: Serve, tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    with serve() as client:
        with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as raw:
            raw.sendall(
                b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n"
                b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
                b'Content-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nabc'
            )
            wait_for(lambda: any(uploads.iterdir()))
        wait_for(lambda: not any(uploads.iterdir()))
        assert client.get("/healthz").status_code == 200


def test_no_worker_outlives_the_service_even_in_the_middle_of_a_job(
    serve: Serve, text_file: File, tmp_path: Path
) -> None:
    mark = tmp_path / "pid"
    with serve(deadline=60.0) as client:
        sent = in_background(client, text_file("hang.txt", str(mark)))
        wait_for(lambda: mark.exists() and bool(mark.read_text(encoding="utf-8")))
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 15
    sent.join()
    assert not alive(int(mark.read_text(encoding="utf-8")))
    assert list((tmp_path / "uploads").iterdir()) == []


def test_two_workers_score_at_the_same_time(serve: Serve, text_file: File, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    with serve(workers=2, backlog=0, deadline=10.0) as client:
        first = in_background(client, text_file("hang.txt", str(mark)))
        wait_for(lambda: mark.exists() and bool(mark.read_text(encoding="utf-8")))
        assert client.post("/v1/score", files=[text_file()]).status_code == 200
        assert first.is_alive()
        os.kill(int(mark.read_text(encoding="utf-8")), signal.SIGKILL)  # the test need not wait for the deadline
        first.join()


@pytest.mark.parametrize("field", ["workers", "max_upload", "max_files", "deadline", "upload_deadline"])
def test_a_setting_without_meaning_is_refused(field: str) -> None:
    from crible.errors import ConfigurationError
    from crible_service.settings import Settings

    with pytest.raises(ConfigurationError, match=field):
        Settings(**{field: 0})
