"""`crible read --html`: a file that shows the reading, in the place of the JSON, and what may be asked of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., Any]
LEFT = [f"A gauche, le titulaire assure la tâche numéro {n}." for n in range(12)]
RIGHT = [f"A droite, l'acheteur vérifie la tâche numéro {n}." for n in range(12)]


def pdf(*, pages: int = 1, scan: bool = False) -> bytes:
    """A title and two columns on each page, our own prose; with ``scan`` a last page that is nothing but a picture."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, invariant=1)
    for n in range(pages):
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(60, 780, f"Article {n + 1} - <b>Objet</b> & prix")
        canvas.setFont("Helvetica", 9)
        for i, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            canvas.drawString(60, 740 - 12 * i, left)
            canvas.drawString(320, 740 - 12 * i, right)
        canvas.showPage()
    if scan:
        from PIL import Image
        from reportlab.lib.utils import ImageReader

        canvas.drawImage(ImageReader(Image.new("L", (60, 85), 180)), 0, 0, *A4)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@pytest.fixture
def tender(tmp_path: Path) -> Path:
    path = tmp_path / "DCE n° 1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Lot 1/CCTP.pdf", pdf(scan=True))
        archive.writestr("note.txt", "Article 1\n\nLe titulaire héberge les données.\n")
    return path


def test_the_page_is_written_to_its_file_and_no_json_is_printed(crible: Run, tender: Path, tmp_path: Path) -> None:
    done = crible("read", tender, "--html", tmp_path / "lecture.html", "--ocr", "off")
    assert (done.code, done.out) == (3, "")  # a page is a scan that nobody read
    html = (tmp_path / "lecture.html").read_text(encoding="utf-8")
    assert html.startswith('<!doctype html>\n<html lang="fr">')
    assert html.endswith("</html>\n")
    assert html.count('href="data:image/png;base64,') == 2
    assert "DCE n° 1.zip!/Lot 1/CCTP.pdf" in html
    assert html.count('class="hatch"') == 1
    assert "Le titulaire héberge les données." in html
    assert "&lt;b&gt;Objet&lt;/b&gt; &amp; prix" in html
    assert "<b>Objet" not in html
    assert sorted(p.name for p in tmp_path.iterdir()) == ["DCE n° 1.zip", "lecture.html"]


def test_columns_are_numbered_one_after_the_other(crible: Run, tender: Path, tmp_path: Path) -> None:
    crible("read", tender, "--html", tmp_path / "lecture.html", "--ocr", "off")
    html = (tmp_path / "lecture.html").read_text(encoding="utf-8")
    listed = html.split('<ol class="blocks"', 1)[1]
    places = [listed.index(text.replace("'", "&#x27;")) for text in (*LEFT, *RIGHT)]
    assert places == sorted(places)


def test_json_may_be_written_beside_it(crible: Run, tender: Path, tmp_path: Path) -> None:
    done = crible("read", tender, "--html", tmp_path / "a.html", "-o", tmp_path / "a.json", "--ocr", "off")
    assert done.out == ""
    assert len(json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["documents"]) == 2
    assert (tmp_path / "a.html").stat().st_size > 10_000


def test_a_dash_is_standard_output(crible: Run, tender: Path) -> None:
    done = crible("read", tender, "--html", "-", "--ocr", "off", "--lang", "en")
    assert done.out.startswith('<!doctype html>\n<html lang="en">')
    assert "Reading of DCE n° 1.zip" in done.out


def test_the_first_pages_are_shown_unless_others_are_asked_for(crible: Run, tmp_path: Path) -> None:
    (tmp_path / "CCTP.pdf").write_bytes(pdf(pages=22))
    done = crible("read", tmp_path / "CCTP.pdf", "--html", "-")
    assert done.code == 0
    assert done.out.count('class="sheet"') == 20
    assert "20 pages montrées sur 22 (1-20). Pour les autres : --pages 21-22, ou --pages all." in done.out
    assert crible("read", tmp_path / "CCTP.pdf", "--html", "-", "--pages", "3,21-22").out.count('class="sheet"') == 3
    every = crible("read", tmp_path / "CCTP.pdf", "--html", "-", "--pages", "all").out
    assert every.count('class="sheet"') == 22
    assert "montrées sur" not in every


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--html", "x.html", "--pages", "2-1"], "attendu 1-20, 3,7,40-45 ou all"),
        (["--pages", "1-2"], "--pages ne sert qu'avec --html"),
        (["--html", "."], "donner un nom de fichier à --html"),
        (["--html", "absent/x.html"], "absent"),
    ],
)
def test_wrong_usage_is_told(crible: Run, tender: Path, options: list[str], said: str) -> None:
    done = crible("read", tender, "--ocr", "off", *options)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""
