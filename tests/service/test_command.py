"""`crible serve`, as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from crible_service.command import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    File = Callable[..., tuple[str, tuple[str, bytes, str]]]

CRIBLE = "from crible.cli import main; main()"


@contextmanager
def process(*command: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """A service started as a user starts it: the process, its address, and the lines of its stderr so far."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("CRIBLE_")}
    with subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as started:
        lines: list[str] = []
        ready = threading.Event()

        def read() -> None:
            assert started.stderr is not None
            for line in started.stderr:
                lines.append(line)
                if "running on" in line:
                    ready.set()
            ready.set()

        reader = threading.Thread(target=read)
        reader.start()
        try:
            assert ready.wait(60)
            address = re.search(r"running on (http://\S+)", "".join(lines))
            assert address is not None, lines
            yield started, address[1], lines
        finally:
            started.kill()
            reader.join()


@pytest.mark.parametrize("command", [["-c", CRIBLE, "serve"], ["-m", "crible_service"]])
def test_the_command_serves_scores_and_stops_when_told(command: list[str], text_file: File) -> None:
    with process(*command, "--port", "0", "--lang", "en") as (started, address, lines):
        assert "<h1>Assess a tender</h1>" in httpx.get(address).text
        answer = httpx.post(f"{address}/v1/score", files=[text_file()], timeout=60)
        assert answer.json()["verdict"] == "needs_review"
        assert "server" not in answer.headers
        assert not any("no access control" in line for line in lines)
        started.send_signal(signal.SIGTERM)
        assert started.wait(20) in (0, 143, -signal.SIGTERM)


def test_the_upload_limit_of_the_command_is_obeyed(text_file: File) -> None:
    with process("-m", "crible_service", "--port", "0", "--max-upload-mib", "1") as (_, address, _):
        answer = httpx.post(f"{address}/v1/score", files=[text_file(text="x" * (1 << 20) + "x")], timeout=60)
        assert answer.status_code == 413
        assert "1 Mio" in answer.json()["detail"]


def test_an_address_open_to_the_network_is_warned_about() -> None:
    with process("-m", "crible_service", "--port", "0", "--host", "0.0.0.0") as (_, _, lines):
        assert any("0.0.0.0" in line and "contrôle d'accès" in line for line in lines)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("localhost.example", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [("--lang", "de", "langue inconnue : de"), ("--port", "99999", "--port"), ("--workers", "0", "--workers")],
)
def test_a_wrong_option_ends_the_command_with_a_message(option: str, value: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRIBLE, "serve", option, value], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode in (2, 4)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
