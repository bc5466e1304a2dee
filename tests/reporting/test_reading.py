"""The page that shows a reading: what it draws and tells, what it must never let through, and who can use it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from crible.extraction.pictures import Picture
from crible.reporting.png import png
from crible.reporting.reading import reading_html
from crible.reporting.reading_sheet import ranges_of
from crible.reporting.reading_words import LETTERS, WORDS
from crible.reporting.words import LANGUAGES, Lang, printable
from crible.types import Block, Document, Dossier, OffsetMap, UnreadPage, Warned

A4 = (595.0, 842.0)
GREY = Picture(1, 3, 2, bytes([0x0F, 0xF0, 0x88, 0x80]))
HOSTILE = "</p></li><script>alert(1)</script><img src=x onerror=alert(2)>\" ' & \u202etxt.exe \x1b[31m"


def block(text: str, page: int | None = 1, *, top: float = 100, kind: str = "paragraph", **more: Any) -> Block:
    fields: dict[str, Any] = {
        "id": f"b{top:.0f}", "start": 0, "page_end": page, "bbox": (60.0, top, 300.0, top + 20) if page else None,
        "section_path": ("1 Objet", "1.1 Hébergement"),
    }  # fmt: skip
    return Block(kind=kind, text=text, page=page, **(fields | more))  # type: ignore[arg-type]


def document(*blocks: Block, path: str = "CCTP.pdf", pages: int = 1, **more: Any) -> Document:
    fields: dict[str, Any] = {
        "sha256": "0" * 64, "role": "CCTP", "pages_read": pages, "language": "fr", "page_sizes": (A4,) * pages,
    }  # fmt: skip
    return Document(path, pages=pages, blocks=blocks, **(fields | more))


def page(
    *documents: Document, lang: Lang = "fr", shown: Sequence[Sequence[int]] | None = None,
    pictures: dict[int, Picture | str] | None = None, blocks: int | None = None, **more: Any,
) -> str:  # fmt: skip
    """The page of a tender of these documents, all their pages shown with one picture."""
    dossier = Dossier("DCE.zip", "d" * 64, documents, **more)
    shown = shown or [range(1, d.pages + 1 if d.page_sizes else 1) for d in documents]
    drawn: Iterable[Iterator[tuple[int, Picture | str]]] = (
        iter([(n, (pictures or {}).get(n, GREY)) for n in pages]) for pages in shown
    )
    return "".join(reading_html(dossier, shown, drawn, blocks=blocks, lang=lang))


class Seen(HTMLParser):
    """Every tag with its attributes, in order, and the text inside."""

    VOID = frozenset({"meta", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


def sheets(html: str) -> list[ElementTree.Element]:
    found = re.findall(r'<svg class="sheet".*?</svg>', html, flags=re.DOTALL)
    return [ElementTree.fromstring(svg) for svg in found]


def frames(sheet: ElementTree.Element) -> list[tuple[str, str, list[float]]]:
    """(classes, tag, x y width height) of each frame of a sheet, in the order of the document."""
    return [
        (
            (mark.get("class") or "").removeprefix("mark "),
            mark.findtext("text") or "",
            [float(mark.find("rect").get(k) or 0) for k in ("x", "y", "width", "height")],  # type: ignore[union-attr]
        )
        for mark in sheet.iter("a")
    ]


# What is drawn


def test_each_block_is_a_frame_of_its_kind_with_its_letter_and_its_place_in_the_order_of_reading() -> None:
    kinds = ("heading", "paragraph", "list_item", "table_row", "footnote", "furniture")
    (sheet,) = sheets(page(document(*(block("Texte", top=50 * i, kind=kind) for i, kind in enumerate(kinds)))))
    assert [(c, t) for c, t, _ in frames(sheet)] == [
        ("heading", "T1"), ("paragraph", "P2"), ("list_item", "L3"), ("table_row", "R4"), ("footnote", "N5"),
        ("furniture", "H6"),
    ]  # fmt: skip
    assert frames(sheet)[1][2] == [60, 50, 240, 20]
    assert sheet.get("viewBox") == "0 0 595.0 842.0"


def test_the_line_follows_the_blocks_in_order_and_leaves_furniture_out() -> None:
    blocks = [
        block("Haut", top=20, kind="furniture"),
        block("Gauche", top=100),
        block("Droite", top=60, bbox=(320.0, 60.0, 540.0, 80.0)),
    ]
    (sheet,) = sheets(page(document(*blocks)))
    line = sheet.find("polyline")
    assert line is not None
    points = [tuple(map(float, point.split(","))) for point in (line.get("points") or "").split()]
    assert [y for _, y in points] == [100, 60]
    assert points[0][0] < points[1][0]


def test_the_picture_lies_under_the_frames_over_the_whole_page() -> None:
    (sheet,) = sheets(page(document(block("Texte"))))
    names = [child.tag for child in sheet]
    assert names.index("image") < names.index("a")
    image = sheet.find("image")
    assert image is not None
    assert (image.get("width"), image.get("height"), image.get("aria-label")) == (
        "595.0",
        "842.0",
        "Image de la page 1",
    )
    data = base64.b64decode((image.get("href") or "").removeprefix("data:image/png;base64,"))
    assert data == png(GREY.width, GREY.height, GREY.rows, bits=4)


def test_a_block_over_two_pages_is_numbered_on_the_first_and_dashed_on_the_second() -> None:
    offsets = OffsetMap()
    offsets.add(0, 1, (60, 800, 500, 820))
    offsets.add(10, 2, (60, 40, 500, 60))
    html = page(document(block("Le texte passe la page.", page_end=2, offsets=offsets), block("Suivant", 2), pages=2))
    first, second = map(frames, sheets(html))
    assert [(c, t) for c, t, _ in first] == [("paragraph", "P1")]
    assert [(c, t, box) for c, t, box in second] == [
        ("paragraph rest", "…P1", [60, 40, 440, 20]),
        ("paragraph", "P1", [60, 100, 240, 20]),
    ]
    assert "pages 1 à 2" in html
    assert '<a href="#d1b0">suite de P1, page 1</a>' in html


def test_the_rest_of_a_block_whose_first_page_is_not_shown_leads_nowhere() -> None:
    offsets = OffsetMap()
    offsets.add(0, 1, (60, 800, 500, 820))
    offsets.add(10, 2, (60, 40, 500, 60))
    html = page(document(block("Le texte passe la page.", page_end=2, offsets=offsets), pages=2), shown=[[2]])
    assert "suite de P1, page 1" in html
    assert 'href="#d1b0"' not in html


def test_an_unread_page_is_hatched_and_says_why_as_text_too() -> None:
    unread = (UnreadPage(2, "scan_without_ocr"),)
    html = page(document(block("Texte"), pages=2, pages_read=1, unread=unread))
    read, scan = sheets(html)
    assert read.find("rect[@class='hatch']") is None
    assert scan.find("rect[@class='hatch']") is not None
    assert "non reconnue" in " ".join(span.text or "" for span in scan.iter("tspan"))
    assert '<p class="cut">Non lue : page numérisée sans texte, non reconnue</p>' in html
    assert 'aria-label="Page 2, non lue">2<span aria-hidden="true"> !</span></a>' in html
    assert "p. 2 : page numérisée sans texte, non reconnue" in html


def test_a_page_that_could_not_be_drawn_says_so_and_keeps_its_frames() -> None:
    html = page(document(block("Texte")), pictures={1: "reader_timeout"})
    (sheet,) = sheets(html)
    assert sheet.find("image") is None
    assert len(frames(sheet)) == 1
    assert "Image absente : la lecture a dépassé le temps admis." in html
    assert "le fichier a changé depuis la lecture" in page(document(block("Texte")), pictures={1: "changed"})


@pytest.mark.parametrize("box", [(float("nan"), 0.0, 1.0, 1.0), (float("inf"), 0.0, 1.0, 1.0), None])
def test_a_block_without_a_place_is_listed_and_not_drawn(box: Any) -> None:
    html = page(document(block("Nulle part", bbox=box)))
    assert frames(sheets(html)[0]) == []
    assert "Nulle part" in Seen(html).text


def test_a_place_beyond_all_pages_and_a_page_without_size_are_drawn_all_the_same() -> None:
    html = page(document(block("Loin", bbox=(-1e300, -1e300, 1e300, 1e300)), page_sizes=((0.0, 0.0),)))
    (sheet,) = sheets(html)
    assert sheet.get("viewBox") == "0 0 595.0 842.0"
    assert max(map(abs, frames(sheet)[0][2])) < 1e6


def test_blocks_of_scanned_pages_are_told_apart() -> None:
    html = page(document(block("Texte", method="ocr")), ocr="tesseract 5.3")
    assert [c for c, _, _ in frames(sheets(html)[0])] == ["paragraph ocr"]
    assert "Pages numérisées reconnues par tesseract 5.3." in html


# What is told


def test_the_list_tells_each_block_in_order_with_its_section_method_and_text() -> None:
    told = Seen(page(document(block("Le titulaire héberge."), block("Il restitue.", top=200)))).text
    assert told.index("Le titulaire héberge.") < told.index("Il restitue.", told.index("P2 "))
    assert "section : 1 Objet › 1.1 Hébergement" in told
    assert "section : … › 1.1 Hébergement" in told  # the second is in the same


def test_the_columns_of_a_table_are_told_once() -> None:
    rows = [block(f"{n} | x", top=20 * n, kind="table_row", header=("Site", "Ville")) for n in range(1, 4)]
    assert page(document(*rows)).count("colonnes : Site | Ville") == 1


def test_a_document_tells_what_was_read_and_what_was_not() -> None:
    refused = document(
        path="DCE.zip!/plan.dwg", pages=0, page_sizes=(), role="OTHER", language=None,
        unread=(UnreadPage(None, "drawing"),), warnings=(Warned("unread_file", "drawing", "DCE.zip!/plan.dwg"),),
    )  # fmt: skip
    noted = document(
        block("Texte"), title="Cahier", lot="2", date="2026-09-24",
        warnings=(Warned("invisible_text", "12", "CCTP.pdf"),),
    )  # fmt: skip
    told = Seen(page(noted, refused, announced_missing=("Annexe 7",), warnings=(Warned("junk_skipped", "2"),))).text
    for said in (
        "2 pièces · 1/1 pages lues", "Annexe 7", "Fichiers de service ignorés (2).", "Rôle CCTP", "Titre Cahier",
        "Lot 2", "Date 24/09/2026", "Langue fr", "DCE.zip!/plan.dwg", "fichier entier : plan ou dessin, non lu",
        "texte invisible (12)",
        "autre pièce · non lu", "Langue non reconnue",
    ):  # fmt: skip
        assert said in told
    assert "fichier non lu" not in told  # the reason says it


def test_an_office_document_is_a_list_with_its_anchors_and_no_sheet() -> None:
    paragraph = block("Une clause.", None, method="office", anchor={"kind": "docx", "paragraph": 12})
    html = page(document(paragraph, path="CCTP.docx", page_sizes=()))
    assert sheets(html) == []
    assert "paragraph 12" in html
    assert "Une clause." in html


def test_a_long_list_is_cut_and_says_so() -> None:
    rows = [block(f"ligne {n}", None, top=n) for n in range(30)]
    told = Seen(page(document(*rows, path="BPU.xlsx", page_sizes=()), blocks=10)).text
    assert "10 premiers blocs montrés sur 30. Pour tous les voir : --pages all." in told
    assert "ligne 9" in told
    assert "ligne 10" not in told


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ([1, 2, 3], None),
        ([1, 2], "2 pages montrées sur 3 (1-2). Pour les autres : --pages 3, ou --pages all."),
        ([2], "1 page montrée sur 3 (2). Pour les autres : --pages 1,3, ou --pages all."),
        ([], "Aucune de ses 3 pages n'est montrée. Pour les voir : --pages 1-3, ou --pages all."),
    ],
)
def test_pages_that_are_not_shown_are_counted_with_the_way_to_see_them(shown: list[int], said: str | None) -> None:
    html = page(document(block("Texte"), pages=3), shown=[shown])
    assert len(sheets(html)) == len(shown)
    if said is None:
        assert "--pages" not in html
    else:
        assert said in Seen(html).text


def test_printed_page_numbers_are_told_when_they_differ() -> None:
    html = page(document(block("Texte"), pages=2, page_labels=("iv", "2")))
    assert "Page 1 (imprimée « iv »)" in html
    assert ">Page 2<" in html


def test_pages_are_told_as_ranges() -> None:
    assert ranges_of([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"
    assert ranges_of([]) == ""


# What must not get through


def hostile(lang: Lang = "fr") -> str:
    offsets = OffsetMap()
    offsets.add(0, 1, (60, 100, 300, 120))
    offsets.add(5, 2, (60, 100, 300, 120))
    there = block(
        HOSTILE, page_end=2, offsets=offsets, id=HOSTILE, section_path=(HOSTILE, HOSTILE), header=(HOSTILE,),
        kind="table_row", row=("a",),
    )  # fmt: skip
    office = block(HOSTILE, None, id=HOSTILE, anchor={"kind": "xlsx", HOSTILE: HOSTILE}, section_path=(HOSTILE,))
    return page(
        document(
            there, path=HOSTILE, title=HOSTILE, lot=HOSTILE, language=HOSTILE, pages=2, page_labels=(HOSTILE, HOSTILE),
            unread=(UnreadPage(2, HOSTILE), UnreadPage(None, HOSTILE)),
            warnings=(Warned(HOSTILE, HOSTILE, HOSTILE), Warned("duplicate_of", HOSTILE, HOSTILE)),
        ),
        document(office, path="b" + HOSTILE, page_sizes=()),
        pictures={2: HOSTILE}, lang=lang, announced_missing=(HOSTILE,), ocr=HOSTILE,
        warnings=(Warned(HOSTILE, HOSTILE, HOSTILE),),
    )  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_in_a_document_becomes_markup(lang: Lang) -> None:
    html = hostile(lang)
    seen = Seen(html)
    assert len(seen.named("script")) == 1
    assert seen.named("img") == []
    assert [a for _, attributes in seen.tags for a in attributes if a.startswith("on") or a == "style"] == []
    assert "\u202e" not in html
    assert "\x1b" not in html
    assert printable(HOSTILE) in seen.text
    for svg in sheets(html):
        assert {child.tag for child in svg.iter()} <= {
            "svg", "rect", "image", "a", "title", "text", "polyline", "g", "tspan",
        }  # fmt: skip


def test_the_page_runs_its_own_script_only_and_asks_the_network_for_nothing() -> None:
    html = hostile()
    policy = next(m["content"] or "" for m in Seen(html).named("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'; img-src data:;")
    for tag in ("script", "style"):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", html, flags=re.DOTALL)
        (own,) = inside
        digest = base64.b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    links = [a.get("href") or "" for _, a in Seen(html).tags if "href" in a]
    assert all(link.startswith(("#", "data:image/png;base64,")) for link in links)
    assert [a for _, a in Seen(html).tags if "src" in a or "action" in a] == []


def test_characters_that_nobody_sees_are_told() -> None:
    assert "⟨U+F0B7⟩" in page(document(block("\uf0b7 puce")))


# Who can use it


def usual(lang: Lang = "fr") -> str:
    scan = UnreadPage(2, "scan_without_ocr")
    first = document(block("Texte"), block("Suite", top=200), pages=3, pages_read=2, unread=(scan,))
    return page(first, document(block("Texte", None), path="b.docx", page_sizes=()), lang=lang)


@pytest.mark.parametrize("html", [usual(), usual("en"), hostile()])
def test_the_page_is_well_formed_and_its_links_lead_somewhere(html: str) -> None:
    seen = Seen(html)
    assert (seen.wrong, seen.open) == ([], [])
    ids = [a["id"] for _, a in seen.tags if "id" in a]
    assert len(ids) == len(set(ids))
    links = {(a.get("href") or "")[1:] for a in seen.named("a")}
    assert links <= set(ids)
    labels = {name for _, a in seen.tags for name in (a.get("aria-labelledby") or "").split()}
    assert labels <= set(ids)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_person_without_a_mouse_or_without_sight_is_told_the_same(lang: Lang) -> None:
    seen = Seen(usual(lang))
    assert seen.named("html")[0]["lang"] == lang
    levels = [int(tag[1]) for tag, _ in seen.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(image["aria-label"] for image in seen.named("image"))
    assert all(sheet["aria-label"] for sheet in seen.named("svg") if sheet.get("class") == "sheet")
    scrolling = [a for a in seen.named("div") if a.get("class") == "list"]
    assert all(a["tabindex"] == "0" and a["aria-label"] for a in scrolling)
    assert len(seen.named("input")) == len(seen.named("label"))
    assert all("mark" in (a.get("class") or "") or a.get("href") for a in seen.named("a"))


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_letters_and_frames_stand_out_on_paper() -> None:
    style = "".join(re.findall(r"<style>(.*?)</style>", usual(), flags=re.DOTALL))
    colours = dict(re.findall(r"^\.(\w+) \{ --k: (#\w{6}); \}", style, flags=re.MULTILINE))
    assert set(colours) == set(LETTERS["fr"])
    assert all(contrast(colour, "#ffffff") >= 4.5 for colour in colours.values())  # white letters, and frames on paper
    for theme in re.findall(r":root \{(.*?)\}", style, flags=re.DOTALL)[:2]:
        tones = {k: v if len(v) == 7 else "#" + 2 * v[1:] for k, v in re.findall(r"--(\w+): (#\w+)", theme)}
        for ground in ("page", "panel"):
            assert all(contrast(tones[name], tones[ground]) >= 4.5 for name in ("text", "soft", "link"))
            assert all(contrast(tones[name], tones[ground]) >= 3 for name in ("focus",))


def test_texts_in_another_language_than_the_page_say_theirs() -> None:
    assert '<p class="text" lang="fr">' in usual("en")
    assert '<p class="text">' in usual("fr")
    english = page(document(block("The contractor shall host.", language="en")))
    assert '<p class="text" lang="en">' in english
    assert "langue : en" in english


def test_both_languages_have_the_same_words_and_letters_of_their_own() -> None:
    assert WORDS["fr"].keys() == WORDS["en"].keys()
    for lang in LANGUAGES:
        assert len(set(LETTERS[lang].values())) == len(LETTERS["fr"])
    for key, french in WORDS["fr"].items():
        gaps = set(re.findall(r"\{\w+\}", french))
        assert gaps == set(re.findall(r"\{\w+\}", WORDS["en"][key])), key


def test_the_english_page_is_in_english() -> None:
    told = Seen(usual("en")).text
    assert "Reading of DCE.zip" in told
    assert "Unread: scanned page without text, not recognised" in told
    assert "H heading" in told
    assert not re.search(r"\b(pièces|lues|blocs|Montrer)\b", told)


def test_kinds_and_methods_have_words_in_both_languages() -> None:
    told = Seen(usual()).text
    assert "P1 paragraphe · texte" in told
    assert "élément de liste (0)" in told


def test_a_tender_is_written_in_pieces_as_its_pages_are_drawn() -> None:
    asked: list[int] = []

    def drawn() -> Iterator[tuple[int, Picture | str]]:
        for n in (1, 2):
            asked.append(n)
            yield n, replace(GREY, page=n)

    dossier = Dossier("DCE.zip", "d" * 64, (document(block("Texte"), pages=2),))
    pieces = reading_html(dossier, [(1, 2)], [drawn()])
    while 'id="d1p1"' not in next(pieces):
        pass
    assert asked == [1]
