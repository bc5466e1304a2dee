"""Uploads: names made safe and still readable, limits counted while reading, nothing left on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crible_service.uploads import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    import httpx

    Serve = Callable[..., AbstractContextManager[httpx.Client]]
    File = Callable[..., tuple[str, tuple[str, bytes, str]]]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("CCTP.pdf", "CCTP.pdf"),
        ("Règlement de la consultation n° 3.pdf", "Règlement de la consultation n° 3.pdf"),
        ("Re\u0300glement.pdf", "Règlement.pdf"),
        ("<script>.pdf", "<script>.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Dossiers\\DCE\\CCAP.pdf", "CCAP.pdf"),
        ("a\x00b\nc.pdf", "abc.pdf"),
        ("facture\u202efdp.exe", "facturefdp.exe"),
        ("", "piece"),
        ("..", "piece"),
        ("dossier/", "piece"),
    ],
)
def test_a_name_keeps_its_accents_and_loses_its_folders_and_tricks(given: str, expected: str) -> None:
    assert safe_name(given) == expected


def test_a_long_name_keeps_its_extension_and_fits_a_file_system() -> None:
    name = safe_name("é" * 400 + ".pdf")
    assert name.endswith("é.pdf")
    assert len(name.encode()) <= 184


def test_two_files_of_one_name_are_both_read(service: httpx.Client, text_file: File, cctp: str) -> None:
    second = cctp.replace("sauvegardes", "archives")
    answer = service.post("/v1/score", files=[text_file(), text_file("cctp.txt", second)])
    assert [d["path"] for d in answer.json()["documents"]] == ["CCTP.txt", "cctp (2).txt"]


def test_a_file_over_the_limit_is_refused_and_its_limit_is_told(serve: Serve, text_file: File, cctp: str) -> None:
    with serve(max_upload=1000) as client:
        answer = client.post("/v1/score", files=[text_file(text="x" * 1001)])
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/upload-too-large"
        assert client.post("/v1/score", files=[text_file(text=cctp[:900])]).status_code == 200


def test_the_limit_is_counted_over_all_files(serve: Serve, text_file: File) -> None:
    with serve(max_upload=1000) as client:
        files = [text_file(f"{i}.txt", "x" * 400) for i in range(3)]
        assert client.post("/v1/score", files=files).status_code == 413


def test_a_body_without_a_length_is_counted_while_it_comes(serve: Serve, tmp_path: Path) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 10_000

    with serve(max_upload=400_000) as client:
        answer = client.post(
            "/v1/score", content=endless(), headers={"content-type": "multipart/form-data; boundary=b"}
        )
        assert answer.status_code == 413
        assert list((tmp_path / "uploads").iterdir()) == []


def test_an_announced_length_over_the_limit_is_refused_with_an_answer(serve: Serve, text_file: File) -> None:
    with serve(max_upload=1000) as client:
        answer = client.post("/v1/score", files=[text_file(text="x" * 2_000_000)])
        assert answer.status_code == 413


def test_too_many_files_are_refused(serve: Serve, text_file: File) -> None:
    with serve(max_files=2) as client:
        files = [text_file(f"{i}.txt") for i in range(3)]
        answer = client.post("/v1/score", files=files)
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-many-files")
        assert client.post("/v1/score", files=files[:2]).status_code == 200


def test_a_slow_upload_is_given_up(serve: Serve) -> None:
    import socket
    import time

    with serve(upload_deadline=0.5) as client:
        url = client.base_url
        with socket.create_connection((url.host, url.port or 80), timeout=10) as raw:
            raw.sendall(
                b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
                b"Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n"
            )
            began = time.monotonic()
            status = raw.recv(1000).split(b"\r\n", 1)[0]
        assert b"408" in status
        assert time.monotonic() - began < 5


def test_nothing_is_left_on_disk_after_an_answer_or_a_refusal(serve: Serve, tmp_path: Path, text_file: File) -> None:
    with serve() as client:
        assert client.post("/v1/score", files=[text_file()]).status_code == 200
        assert client.post("/v1/score", files=[text_file("bug.txt")]).status_code == 500
        assert client.post("/v1/score", files=[text_file()], data={"nope": "1"}).status_code == 422
        assert list((tmp_path / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b"a=b", "application/x-www-form-urlencoded", 415, "multipart-expected"),
        (b"", "multipart/form-data", 415, "multipart-expected"),
        (b"nonsense", "multipart/form-data; boundary=b", 400, "bad-request"),
        (b"--b\r\n", "multipart/form-data; boundary=b", 400, "bad-request"),
        (b"--b--\r\n", "multipart/form-data; boundary=b", 422, "no-file"),
        (
            b'--b\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\n\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            422,
            "no-file",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\nx\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
            422,
            "validation",
        ),
        (
            b'--b\r\nContent-Disposition: form-data; name="buyer"\r\n\r\n' + b"x" * 2000 + b"\r\n--b--\r\n",
            "multipart/form-data; boundary=b",
            422,
            "validation",
        ),
    ],
)
def test_a_body_that_is_no_form_of_ours_is_a_problem(
    service: httpx.Client, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = service.post("/v1/score", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")
