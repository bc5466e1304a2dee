"""The older Office container: what it is, its passwords, Outlook messages, its conversion where that is possible."""

from __future__ import annotations

import contextlib
import shutil
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crible.errors import CribleError, EncryptedDocument
from crible.extraction.archive import Budget, Limits
from crible.extraction.office import legacy, ole
from crible.extraction.office.embedded import msg_files
from crible.extraction.office.legacy import read_legacy
from crible.extraction.office.ole import is_locked, kind_of, packed_file, read_msg
from crible.extraction.office.refusal import Refusal
from crible.extraction.sources import detect_media

if TYPE_CHECKING:
    from collections.abc import Mapping

_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


def container(tree: Mapping[str, object]) -> bytes:
    """An OLE container of these streams and folders, small streams padded past the size where they are packed."""
    entries: list[list[object]] = []  # name, type, left, right, child, start, size
    sectors: list[bytes] = []
    chain: list[int] = []

    def store(data: bytes) -> int:
        first = len(sectors)
        count = max(-(-len(data) // 512), 1)
        for i in range(count):
            sectors.append(data[512 * i : 512 * i + 512].ljust(512, b"\x00"))
            chain.append(first + i + 1 if i < count - 1 else _END)
        return first

    def add(name: str, node: object) -> int:
        index = len(entries)
        entries.append([name, 1, _NONE, _NONE, _NONE, 0, 0])
        if isinstance(node, bytes):
            entries[index][1] = 2
            entries[index][6] = size = max(len(node), 4096)
            entries[index][5] = store(node.ljust(size, b"\x00"))
        else:
            entries[index][4] = siblings(dict(node))  # type: ignore[call-overload]
        return index

    def siblings(nodes: dict[str, object]) -> int:
        # A list hung to the right in the order the format asks for: by length, then by letters.
        first = previous = _NONE
        for name in sorted(nodes, key=lambda n: (len(n), n.upper())):
            index = add(name, nodes[name])
            if previous == _NONE:
                first = index
            else:
                entries[previous][3] = index
            previous = index
        return first

    entries.append(["Root Entry", 5, _NONE, _NONE, _NONE, _END, 0])
    entries[0][4] = siblings(dict(tree))
    directory = b""
    for name, kind, left, right, child, start, size in entries:
        raw = str(name).encode("utf-16-le") + b"\x00\x00"
        directory += raw.ljust(64, b"\x00") + struct.pack("<HBBIII", len(raw), kind, 1, left, right, child)
        directory += b"\x00" * 36 + struct.pack("<IQ", start, size)
    directory_at = store(directory)
    fats = -(-(len(sectors) + 2) // 128) + 1
    fat_at = len(sectors)
    chain += [_FAT] * fats
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(512 * fats, b"\xff")
    head = ole.MAGIC + b"\x00" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\x00" * 6
    head += struct.pack("<IIIIIIIII", 0, fats, directory_at, 0, 4096, _END, 0, _END, 0)
    head += struct.pack("<109I", *(fat_at + i for i in range(fats)), *([_FREE] * (109 - fats)))
    return head + b"".join(sectors) + table


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


FIB = struct.pack("<HHIHH", 0xA5EC, 0xC1, 0, 0, 0x0000)
LOCKED_FIB = struct.pack("<HHIHH", 0xA5EC, 0xC1, 0, 0, 0x0100)
BOF = struct.pack("<HH", 0x809, 4) + b"\x00" * 4


@pytest.mark.parametrize(
    ("stream", "data", "kind", "locked"),
    [
        ("WordDocument", FIB, "doc", False),
        ("WordDocument", LOCKED_FIB, "doc", True),
        ("Workbook", BOF + struct.pack("<HH", 0x5D, 0), "xls", False),
        ("Workbook", BOF + struct.pack("<HH", 0x2F, 2) + b"\x01\x00", "xls", True),
        ("PowerPoint Document", b"x", "ppt", False),
        ("Inconnu", b"x", "", False),
    ],
)
def test_the_kind_and_the_password_of_an_older_file_are_told(stream: str, data: bytes, kind: str, locked: bool) -> None:
    made = container({stream: data})
    assert (kind_of(made), is_locked(made, kind)) == (kind, locked)


@pytest.mark.parametrize(
    "data", [container({"EncryptedPackage": b"x"}), container({"WordDocument": LOCKED_FIB})], ids=["docx", "doc"]
)
def test_a_file_with_a_password_asks_for_it(data: bytes) -> None:
    with pytest.raises(EncryptedDocument):
        read_legacy(data, path="CCTP.docx", sha256="0")


def test_without_a_converter_the_file_stays_unread_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legacy, "converter", lambda: None)
    with pytest.raises(Refusal) as caught:
        read_legacy(container({"WordDocument": FIB}), path="CCTP.doc", sha256="0")
    assert caught.value.reason == "legacy_office_without_converter"
    with pytest.raises(Refusal) as caught:
        read_legacy(container({"Inconnu": b"x"}), path="x.doc", sha256="0")
    assert caught.value.reason == "legacy_office_not_supported"


@pytest.mark.parametrize(
    ("script", "detail"), [("exit 1", "LibreOffice"), ("sleep 60 & sleep 60", "> 1 s")], ids=["fails", "hangs"]
)
def test_a_converter_that_fails_or_hangs_is_told_and_ended(tmp_path: Path, script: str, detail: str) -> None:
    program = tmp_path / "faux"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(Refusal) as caught:
        legacy.convert(b"x", "doc", program=str(program), seconds=1)
    assert (caught.value.reason, caught.value.detail) == ("conversion_failed", detail)


def test_the_converter_gets_a_profile_of_its_own_and_the_result_keeps_the_name_of_the_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docx = pytest.importorskip("docx")
    made = docx.Document()
    made.add_heading("Hébergement", 1)
    made.add_paragraph("Les données restent en France.")
    made.save(str(tmp_path / "pret.docx"))
    program = tmp_path / "faux"
    program.write_text(
        f'#!/bin/sh\nmkdir -p out && cp {tmp_path}/pret.docx out/piece.docx\necho "$@ $HOME" > {tmp_path}/appel\n'
        f"cp profile/user/registrymodifications.xcu {tmp_path}/profil\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setattr(legacy, "converter", lambda: str(program))
    document = read_legacy(container({"WordDocument": FIB}), path="CCTP.doc", sha256="0")
    assert [(b.text, dict(b.anchor or {})) for b in document.blocks] == [
        ("Hébergement", {"kind": "doc", "paragraph": 1}),
        ("Les données restent en France.", {"kind": "doc", "paragraph": 2}),
    ]
    assert [w.code for w in document.warnings] == ["converted"]
    call = (tmp_path / "appel").read_text(encoding="utf-8")
    assert "-env:UserInstallation=file://" in call
    assert "--headless" in call
    assert str(Path.home()) not in call.split()
    assert "DisableMacrosExecution" in (tmp_path / "profil").read_text(encoding="utf-8")


@pytest.mark.skipif(legacy.converter() is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["doc", "xls"])
def test_an_older_file_is_converted_and_read(tmp_path: Path, kind: str) -> None:
    program = legacy.converter()
    assert program is not None
    if kind == "doc":
        docx = pytest.importorskip("docx")
        made = docx.Document()
        made.add_heading("Hébergement", 1)
        made.add_paragraph("Les données restent en France.")
        source = tmp_path / "piece.docx"
        made.save(str(source))
    else:
        from openpyxl import Workbook

        book = Workbook()
        assert book.active is not None
        book.active.append(["Hébergement", "Les données restent en France."])
        source = tmp_path / "piece.xlsx"
        book.save(source)
    profile = f"-env:UserInstallation={(tmp_path / 'profil').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", kind, "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, capture_output=True, check=True, timeout=120)
    old = tmp_path / f"piece.{kind}"
    if not old.is_file():
        pytest.skip("this LibreOffice has no part for that format")
    document = read_legacy(old.read_bytes(), path=old.name, sha256="0")
    assert any("restent en France" in b.text for b in document.blocks)
    assert {(b.anchor or {})["kind"] for b in document.blocks} == {kind}
    shutil.rmtree(tmp_path / "profil", ignore_errors=True)


MESSAGE = {
    "__properties_version1.0": b"\x00" * 32,
    "__substg1.0_0037001F": wide("Réponse à la question n° 3"),
    "__substg1.0_1000001F": wide("Les données restent en France."),
    "__attach_version1.0_#00000000": {
        "__substg1.0_3707001F": wide("Précisions.txt"),
        "__substg1.0_37010102": b"Le titulaire agit.",
    },
}


def test_an_outlook_message_is_read_and_its_attachments_are_files() -> None:
    data = container(MESSAGE)
    assert detect_media(data) == "application/vnd.ms-outlook"
    document = read_msg(data, path="q3.msg", sha256="0")
    assert [b.text for b in document.blocks] == ["Réponse à la question n° 3", "Les données restent en France."]
    (entry,) = msg_files(data, Budget(Limits()))
    assert entry.path == "Précisions.txt"
    assert entry.data is not None
    assert entry.data.startswith(b"Le titulaire agit.")


def test_a_message_whose_body_is_only_in_compressed_form_is_told_unread() -> None:
    message = {k: v for k, v in MESSAGE.items() if "1000001F" not in k} | {"__substg1.0_10090102": b"x"}
    document = read_msg(container(message), path="q3.msg", sha256="0")
    assert [u.reason for u in document.unread] == ["message_body_not_supported"]


def test_a_packed_file_comes_out_of_its_object() -> None:
    content = b"%PDF-1.7 annexe"
    native = b"\x02\x00Annexe.pdf\x00C:\\Annexe.pdf\x00" + b"\x00\x00\x03\x00" + struct.pack("<I", 4) + b"abc\x00"
    native += struct.pack("<I", len(content)) + content
    made = container({"\x01Ole10Native": struct.pack("<I", len(native)) + native})
    assert packed_file(made) == ("Annexe.pdf", content)
    assert packed_file(container({"Equation Native": b"x"})) is None
    assert packed_file(b"pas un conteneur") is None


def test_damaged_containers_do_not_break_the_readers() -> None:
    data = container(MESSAGE)
    for cut in (100, 600, 1500, len(data) - 600):
        with contextlib.suppress(CribleError):
            read_msg(data[:cut], path="x.msg", sha256="0")
