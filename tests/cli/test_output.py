"""Results and progress: stdout or a whole file, stderr or nothing, and an exit code when a signal comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crible.cli.output import write
from crible.cli.progress import progress
from crible.errors import InputNotFound, UsageError


def test_a_result_goes_to_stdout_by_default_and_for_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    write("un\n")
    write("deux\n", Path("-"))
    assert capsys.readouterr().out == "un\ndeux\n"


def test_a_file_is_written_whole_and_leaves_no_part(tmp_path: Path) -> None:
    target = tmp_path / "résultat final.json"
    target.write_text("ancien", encoding="utf-8")
    write("« neuf »\n", target)
    assert target.read_text(encoding="utf-8") == "« neuf »\n"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="est un dossier"):
        write("x", tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputNotFound, match="absent"):
        write("x", tmp_path / "absent" / "x.json")


def test_progress_elsewhere_than_on_a_terminal_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("DCE.zip", "fr", every_s=0.02) as stage:
        stage("classify")
        deadline = time.monotonic() + 5
        said = ""
        while "DCE.zip : recherche des clauses" not in said and time.monotonic() < deadline:
            time.sleep(0.02)
            said += capsys.readouterr().err
    assert "DCE.zip : recherche des clauses" in said


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("DCE.zip", "fr", quiet=True, every_s=0.01) as stage:
        stage("read")
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_says_so_and_exits_with_the_number_of_the_signal(number: int, code: int) -> None:
    # `crible classify -` waits for its first line on stdin: a command in the middle of its work.
    # A shell starts its background jobs with SIGINT ignored, and children inherit that.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        "from crible.cli import main; main(['classify', '-'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b'{"id": "1", "text": "Les donnees sont chiffrees."}\n')
        process.stdin.flush()
        process.stdout.readline()  # the first answer: the command is at work
        process.send_signal(number)
        _out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == code
    assert err.decode().strip() == "Erreur : interrompu."


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
def test_a_reader_that_leaves_early_is_no_error_and_gets_no_trace() -> None:
    program = "from crible.cli import main; main(['policy', 'list'])"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert err == b""
