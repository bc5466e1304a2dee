"""Office files of before 2007 (DOC, XLS, PPT), converted by LibreOffice when it is there, and read as their successors.

The converter runs with a profile of its own that is thrown away, macros and outside links switched off, without network
where the system allows it, and for a limited time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from crible.errors import EncryptedDocument
from crible.extraction.office.ole import is_locked, kind_of
from crible.extraction.office.refusal import Refusal
from crible.types import Warned

if TYPE_CHECKING:
    from crible.types import Document

_SECONDS = 120  # a DOC of 300 pages takes about ten
_TARGETS = {"doc": "docx", "xls": "xlsx", "ppt": "pptx"}
_RESULT_MAX = 500 << 20
# What the thrown-away profile says: no macro, no link followed, no update asked for.
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
</oor:items>
"""  # noqa: E501


def read_legacy(data: bytes, *, path: str, sha256: str) -> Document:
    """A DOC, XLS or PPT file as a Document. Raises EncryptedDocument, Refusal (``legacy_office_without_converter``,
    ``legacy_office_not_supported``, ``conversion_failed``), or what the reader of the converted file raises.
    """
    kind = kind_of(data)
    if kind == "encrypted" or is_locked(data, kind):
        raise EncryptedDocument(f"{path} : protégé par un mot de passe")
    if kind not in _TARGETS:
        raise Refusal("legacy_office_not_supported", kind)
    program = converter()
    if program is None:
        raise Refusal("legacy_office_without_converter", "LibreOffice")
    converted = convert(data, kind, program=program)
    document = _read(converted, kind, path=path, sha256=sha256)
    return replace(document, warnings=(*document.warnings, Warned("converted", f"{kind} → {_TARGETS[kind]}", path)))


def _read(data: bytes, kind: str, *, path: str, sha256: str) -> Document:
    """The converted file by its own reader; anchors keep the name of the format that the user has."""
    if kind == "doc":
        from crible.extraction.office.docx import read_docx

        return read_docx(data, path=path, sha256=sha256, kind=kind)
    if kind == "xls":
        from crible.extraction.office.xlsx import read_xlsx

        return read_xlsx(data, path=path, sha256=sha256, kind=kind)
    from crible.extraction.office.pptx import read_pptx

    return read_pptx(data, path=path, sha256=sha256, kind=kind)


def converter() -> str | None:
    """The path of LibreOffice, None when it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert(data: bytes, kind: str, *, program: str, seconds: int = _SECONDS) -> bytes:
    """The bytes of the converted file. Raises Refusal (``conversion_failed``) when there is none in time."""
    target = _TARGETS[kind]
    with tempfile.TemporaryDirectory(prefix="crible-") as folder:
        here = Path(folder)
        (here / "profile" / "user").mkdir(parents=True)
        (here / "profile" / "user" / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
        (here / f"piece.{kind}").write_bytes(data)
        command = [
            *_without_network(), program, f"-env:UserInstallation={(here / 'profile').as_uri()}", "--headless",
            "--norestore", "--nolockcheck", "--nodefault", "--nologo", "--convert-to", target,
            "--outdir", str(here / "out"), str(here / f"piece.{kind}"),
        ]  # fmt: skip
        _run(command, here, seconds)
        result = here / "out" / f"piece.{target}"
        if not result.is_file() or not 0 < result.stat().st_size <= _RESULT_MAX:
            raise Refusal("conversion_failed", "LibreOffice")
        return result.read_bytes()


def _run(command: Sequence[str], here: Path, seconds: int) -> None:
    """Run the converter and everything it starts in a session of its own, ended as a whole when time is up."""
    keep = {key: os.environ[key] for key in ("PATH", "LANG", "LC_ALL") if key in os.environ}
    environment = {**keep, "HOME": str(here), "TMPDIR": str(here), "SAL_USE_VCLPLUGIN": "svp"}
    process = subprocess.Popen(
        command, cwd=here, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise Refusal("conversion_failed", f"> {seconds} s") from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@cache
def _without_network() -> tuple[str, ...]:
    """The command that takes the network away from what follows it; empty where the system does not allow it."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return ()
    prefix = (unshare, "--user", "--map-current-user", "--net", "--")
    done = subprocess.run([*prefix, "true"], capture_output=True, check=False, timeout=10)
    return prefix if done.returncode == 0 else ()
