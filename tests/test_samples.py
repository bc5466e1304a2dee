"""The sample tenders that ship: made again to the byte, judged as their story says, every quote where its box is.

The quotes are checked without crible's reader: with the text and the pixels that pypdfium2 finds inside each box.
"""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pypdfium2 as pdfium
import pytest

import crible
from crible.errors import ConfigurationError
from crible.reporting.card import card_text
from crible.reporting.json import assessment_to_dict
from crible_models import resource
from crible_training.samples import NAMES, sample_files, write_samples
from crible_training.samples.pieces import Piece, load_tender

if TYPE_CHECKING:
    from pathlib import Path

    from crible.types import Assessment

DAY = date(2026, 11, 23)  # the rules of a fixed day: a newer policy must not change what these tests say
HEADLINE = {"conforme": "fr-etat", "non_conforme": "fr-etat", "annexe_illisible": "fr-sante"}
SLACK = 1.5  # points around a box: accents and descenders stand out of the box of their letters
# Where the running header and footer of the samples are drawn, in points from the edges.
HEADER, FOOTER = 54.0, 48.0

pytest.importorskip("reportlab", reason="the samples are drawn by a development dependency")


@cache
def made(name: str) -> dict[str, bytes]:
    return sample_files(name)


@cache
def assessed(name: str) -> Assessment:
    # Their story is that of a reader without character recognition, wherever the test runs.
    return crible.score(resource("samples", name), policy=HEADLINE[name], as_of=DAY, ocr="off")


@cache
def as_json(name: str) -> dict[str, Any]:
    return assessment_to_dict(assessed(name))


@cache
def opened(name: str, file: str) -> pdfium.PdfDocument:
    return pdfium.PdfDocument(resource("samples", name, file).read_bytes())


@cache
def page_text(name: str, file: str, page: int) -> str:
    return folded(opened(name, file)[page - 1].get_textpage().get_text_range())


@cache
def pixels(name: str, file: str, page: int) -> Any:
    return opened(name, file)[page - 1].render(scale=2, grayscale=True).to_numpy().squeeze()


def folded(text: str) -> str:
    """NFC, hyphens at the end of a line joined, white space folded: what a quote is verbatim after."""
    text = re.sub(r"[\x02\ufffe\u00ad]\s*|(?<=[^\W\d_])-\s*[\r\n]+\s*(?=[^\W\d_])", "", text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def text_inside(name: str, file: str, page: int, box: list[float]) -> str:
    """What pypdfium2 reads inside a box; its own origin is at the bottom left."""
    sheet = opened(name, file)[page - 1]
    x0, top, x1, bottom = box
    height = sheet.get_height()
    return folded(
        sheet.get_textpage().get_text_bounded(x0 - SLACK, height - bottom - SLACK, x1 + SLACK, height - top + SLACK)
    )


def anchors(evidence: dict[str, Any]) -> list[tuple[int, list[float]]]:
    """(page, box) of a quote, one for each page it runs over."""
    if "boxes" in evidence:
        return [(place["page"], place["bbox"]) for place in evidence["boxes"]]
    return [(evidence["page"], evidence["bbox"])]


# --- made again -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_files_on_disk_are_those_that_the_script_makes(name: str) -> None:
    shipped = {path.name: path.read_bytes() for path in resource("samples", name).glob("*.pdf")}
    assert sorted(shipped) == sorted(made(name))
    for piece in load_tender(name).pieces:
        if piece.scanned:
            # Letters drawn as pixels follow the version of FreeType inside Pillow: a few of them may differ.
            assert share_of_other_pixels(shipped[piece.file], made(name)[piece.file]) < 0.005, piece.file
        else:
            assert shipped[piece.file] == made(name)[piece.file], f"{piece.file}: run python -m crible_training.samples"


def share_of_other_pixels(one: bytes, other: bytes) -> float:
    a, b = pdfium.PdfDocument(one), pdfium.PdfDocument(other)
    assert len(a) == len(b)
    pairs = [(x.render().to_numpy(), y.render().to_numpy()) for x, y in zip(a, b, strict=True)]
    return max(float(np.mean(x != y)) for x, y in pairs)


@pytest.mark.parametrize("name", NAMES)
def test_a_second_run_gives_the_same_bytes(name: str) -> None:
    assert sample_files(name) == made(name)


def test_writing_replaces_what_is_there_and_removes_what_is_no_longer_made(tmp_path: Path) -> None:
    old = tmp_path / "conforme" / "ancien.pdf"
    old.parent.mkdir()
    old.write_bytes(b"%PDF-1.4")
    written = write_samples(tmp_path)
    assert not old.exists()
    assert sorted(tmp_path.rglob("*.*")) == sorted(written)


def test_the_drawing_library_loads_only_when_a_sample_is_drawn() -> None:
    code = "import sys, crible_training.samples; print('reportlab' in sys.modules, 'PIL' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in resource("samples").rglob("*.pdf")) < 1_500_000


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("@image logo.png", "unknown mark @image"),
        ("| a | b |\n| c |", "rows of different lengths"),
        ("@widths 50 50\n\n| a | b | c |\n| d | e | f |", "rows of different lengths"),
    ],
)
def test_a_text_that_is_not_of_the_markup_is_refused(body: str, complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        Piece("x.pdf", "X", "X", body).elements()


@pytest.mark.parametrize("body", ["# Titre\n\ntexte\nsuite", "- un\n- deux", "| a | b |\n| c | d |", "@page"])
def test_a_text_of_the_markup_is_accepted(body: str) -> None:
    assert Piece("x.pdf", "X", "X", body).elements()


def test_accents_guillemets_and_boxes_are_extracted_as_they_are_written() -> None:
    text = "".join(
        page_text(name, file, page)
        for name in NAMES
        for file in made(name)
        for page in range(1, len(opened(name, file)) + 1)
    )
    assert "\ufffd" not in text
    assert set("éèêàùçôîœÉ’«»–€☐☒•…") <= set(text)


# --- judged ---------------------------------------------------------------------------------------------------------

VERDICTS = {
    "conforme": {
        "seed": ("compliant", {"ALL_PILLARS_MANDATORY"}),
        "fr-etat": ("compliant", {"SECNUMCLOUD_MANDATORY"}),
        "fr-sante": ("out_of_scope", {"NO_HEALTH_DATA"}),
        "eu-seal": ("compliant", set()),
    },
    "non_conforme": {
        # Its other adverse clauses are left to a person: on families unseen, such findings are not sure enough.
        "seed": ("non_compliant", {"BLOCKER:ad_named_exposed_provider"}),
        "fr-etat": ("non_compliant", {"BLOCKER:EXPOSED_PROVIDER"}),
        "fr-sante": ("out_of_scope", {"NO_HEALTH_DATA"}),
        "eu-seal": ("non_compliant", {"BLOCKER"}),
    },
    "annexe_illisible": {
        "seed": ("needs_review", {"INCOMPLETE_DCE"}),
        "fr-etat": ("out_of_scope", {"BUYER_NOT_COVERED"}),
        "fr-sante": ("needs_review", {"UNREAD_PAGES", "HDS_MANDATORY"}),
        "eu-seal": ("needs_review", {"INCOMPLETE_DCE"}),
    },
}


@pytest.mark.parametrize(("name", "policy"), [(n, p) for n, policies in VERDICTS.items() for p in policies])
def test_each_sample_gets_the_verdict_of_its_story(name: str, policy: str) -> None:
    verdict, reasons = VERDICTS[name][policy]
    result = assessed(name).profiles[policy]
    assert (result.verdict, reasons <= set(result.reasons)) == (verdict, True), result.reasons


@pytest.mark.parametrize(
    ("name", "buyer", "sensitive", "health"),
    [
        ("conforme", "state", "declared_yes", "no"),
        ("non_conforme", "state_operator", "declared_yes", "no"),
        ("annexe_illisible", "hospital", None, "yes"),
    ],
)
def test_buyer_and_data_are_known_for_what_they_are(name: str, buyer: str, sensitive: str | None, health: str) -> None:
    facts = assessed(name).facts
    assert (facts["buyer"].value, facts["health"].value, facts["hosting"].value) == (buyer, health, "contractor")
    assert sensitive in (None, facts["sensitive"].value)


def test_the_imposed_brand_and_the_local_preference_raise_warnings_beside_the_verdict() -> None:
    assert {"LR-03", "LR-04"} <= {warning.code for warning in assessed("non_conforme").legality}


@pytest.mark.parametrize("name", ["conforme", "non_conforme"])
def test_a_tender_with_text_is_read_in_full(name: str) -> None:
    coverage = as_json(name)["coverage"]
    assert (coverage["pages_read"], coverage["unread"]) == (coverage["pages"], [])
    assert assessed(name).completeness == "complete"


def test_the_scanned_annex_is_counted_and_told_as_unread() -> None:
    scan = next(piece.file for piece in load_tender("annexe_illisible").pieces if piece.scanned)
    data = as_json("annexe_illisible")
    assert [entry["document"] for entry in data["coverage"]["unread"]] == [scan]
    assert data["coverage"]["unread"][0]["reason"] == "scan_without_ocr"
    assert data["coverage"]["pages"] - data["coverage"]["pages_read"] == len(opened("annexe_illisible", scan))
    assert scan in card_text(assessed("annexe_illisible"), width=240)
    assert next(d["role"] for d in data["documents"] if d["path"] == scan) == "ANNEX_HOST"


def test_every_piece_is_taken_for_what_it_is() -> None:
    roles = {name: [d["role"] for d in as_json(name)["documents"]] for name in NAMES}
    assert roles["conforme"] == ["RC", "AE", "CCAP", "CCTP", "ANNEX_GDPR", "BPU"]
    assert roles["non_conforme"] == ["RC", "CCAP", "CCTP", "ANNEX_GDPR", "AE", "BPU"]
    assert roles["annexe_illisible"] == ["RC", "CCP", "ANNEX_GDPR", "ANNEX_HOST", "AE", "BPU"]


# --- every quote where its box is -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_quote_is_verbatim_on_its_page(name: str) -> None:
    findings = as_json(name)["findings"]
    assert len(findings) > 20  # an empty list would pass everything below
    for finding in findings:
        evidence = finding["evidence"]
        places = anchors(evidence)
        if len(places) == 1:
            found = page_text(name, evidence["document"], places[0][0])
        else:  # over a page break, running lines stand between the two halves
            found = folded(" ".join(text_inside(name, evidence["document"], page, box) for page, box in places))
        for cell in evidence["quote"].split(" | "):  # the cells of a row are joined with a bar
            assert folded(cell) in found, (finding["id"], cell)


@pytest.mark.parametrize("name", NAMES)
def test_the_box_of_a_quote_holds_its_words_and_ink(name: str) -> None:
    for finding in as_json(name)["findings"]:
        evidence = finding["evidence"]
        inside = ""
        for page, box in anchors(evidence):
            inside += " " + text_inside(name, evidence["document"], page, box)
            x0, top, x1, bottom = (round(2 * side) for side in box)
            area = pixels(name, evidence["document"], page)[top:bottom, x0:x1]
            assert (area < 128).mean() > 0.005, (finding["id"], "no ink in the box")
        missing = set(folded(evidence["quote"]).split()) - {"|"} - set(inside.split())
        assert not missing, (finding["id"], missing)


@pytest.mark.parametrize("name", NAMES)
def test_no_quote_comes_from_a_running_header_or_footer(name: str) -> None:
    tender = load_tender(name)
    running = [tender.running, *(f"{piece.short} – {tender.reference}" for piece in tender.pieces)]
    for finding in as_json(name)["findings"]:
        evidence = finding["evidence"]
        assert not any(line in evidence["quote"] for line in running), evidence["quote"]
        assert not re.search(r"\bPage \d+ / \d+", evidence["quote"]), evidence["quote"]
        for page, (_, top, _, bottom) in anchors(evidence):
            height = opened(name, evidence["document"])[page - 1].get_height()
            assert top > HEADER, evidence["quote"]
            assert bottom < height - FOOTER, evidence["quote"]


def test_the_card_of_the_second_sample_shows_quote_piece_and_page() -> None:
    assessment = assessed("non_conforme")
    criterion = next(c for c in assessment.headline.criteria if c.id == "qualification")
    quoted = next(f for f in assessment.findings if f.id == criterion.evidence[0]).evidence
    card = card_text(assessment, width=300)  # wide enough to keep a quote on its line
    line = next(line for line in card.splitlines() if "SecNumCloud" in line and "«" in line)
    assert f"{quoted.role}, p. {quoted.page}" in line
    assert "Qualification SecNumCloud de tout ou partie" in line
