"""The page: right without JavaScript, readable by everybody, and deaf to what a hostile tender says."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crible_service

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    File = Callable[..., tuple[str, tuple[str, bytes, str]]]

CSS = (Path(crible_service.__file__).parent / "static" / "crible.css").read_text(encoding="utf-8")
VOID = {"meta", "link", "input", "br", "hr", "img"}
HOSTILE = "<img src=x onerror=alert(1)>.txt"


class Outline(HTMLParser):
    """Elements in order, with their attributes; complains of a tag closed out of turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open
        assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def result(service: httpx.Client, text_file: File) -> str:
    """The page of a tender whose text and file name hold markup."""
    files = [text_file(), text_file(HOSTILE, "Le titulaire doit livrer les postes de travail du ministère.")]
    answer = service.post("/", files=[*files, ("files", ("photo.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 50))])
    assert answer.status_code == 200
    return answer.text


def pages(service: httpx.Client, result: str) -> dict[str, str]:
    addresses = ("/", "/?lang=en", "/docs", "/problems/busy")
    problem = service.get("/nothing", headers={"accept": "text/html"}).text
    return {"result": result, "problem": problem, **{a: service.get(a).text for a in addresses}}


def test_every_page_has_one_title_a_language_a_skip_link_and_landmarks(service: httpx.Client, result: str) -> None:
    for name, html in pages(service, result).items():
        outline = Outline(html)
        assert len(outline.all("h1")) == 1, name
        assert outline.all("html")[0]["lang"] == ("en" if "lang=en" in name else "fr"), name
        assert next(attrs for tag, attrs in outline.elements if tag == "a")["href"] == "#content", name
        assert outline.all("main")[0]["id"] == "content", name
        assert [len(outline.all(tag)) for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1], name


def test_headings_go_down_one_step_at_a_time(service: httpx.Client, result: str) -> None:
    for name, html in pages(service, result).items():
        levels = [int(tag[1]) for tag, _ in Outline(html).elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1, name
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), name


def test_every_field_has_its_label_and_its_hint(service: httpx.Client) -> None:
    outline = Outline(service.get("/").text)
    labels = {attrs["for"] for attrs in outline.all("label")}
    ids = {attrs.get("id") for _, attrs in outline.elements}
    fields = outline.all("input") + outline.all("select")
    assert {f["id"] for f in fields} == labels
    assert {f["aria-describedby"] for f in fields} <= ids


def test_every_table_has_a_caption_and_headers_with_a_scope(result: str) -> None:
    outline = Outline(result)
    assert len(outline.all("table")) == len(outline.all("caption")) >= 4
    assert {attrs.get("scope") for attrs in outline.all("th")} == {"col", "row"}


def test_ids_are_unique_and_references_lead_somewhere(service: httpx.Client, result: str) -> None:
    for name, html in pages(service, result).items():
        outline = Outline(html)
        ids = [attrs["id"] for _, attrs in outline.elements if "id" in attrs]
        assert len(ids) == len(set(ids)), name
        named = [attrs["aria-labelledby"] for _, attrs in outline.elements if "aria-labelledby" in attrs]
        assert set(named) <= set(ids), name


def test_the_result_says_the_verdict_in_words_and_what_it_means(result: str) -> None:
    assert re.search(r'<p class="big"><span class="mark mark-needs_review">.*à examiner', result)
    for said in (
        "crible indique, une personne décide.",
        "Il ne dit pas que la consultation est régulière ou irrégulière.",
        "photo.png, fichier entier",
        "Le titulaire doit héberger les données exclusivement en France, chez un hébergeur qualifié SecNumCloud.",
        "fr-etat",
        "fr-sante",
        "eu-seal",
    ):
        assert said in result
    assert "illégal" not in result


def test_quotes_carry_the_language_of_their_piece(result: str) -> None:
    quotes = Outline(result).all("q")
    assert quotes
    assert {attrs["lang"] for attrs in quotes} == {"fr"}


def test_markup_in_a_tender_is_shown_and_not_obeyed(result: str) -> None:
    outline = Outline(result)
    assert [attrs.get("src") for attrs in outline.all("script")] == ["/static/crible.js"]
    assert outline.all("img") == []
    assert outline.all("b") == []
    assert "&lt;script&gt;alert" in result
    assert "&lt;img src=x onerror=alert(1)&gt;.txt" in result


def test_the_form_works_without_javascript_and_asks_nothing_of_it(service: httpx.Client, result: str) -> None:
    form = Outline(service.get("/").text).all("form")[0]
    assert (form["method"], form["action"], form["enctype"]) == ("post", "/?lang=fr", "multipart/form-data")
    for name, html in pages(service, result).items():
        assert not re.search(r"<[^>]+\s(?:on\w+|style)=", html), name  # the security policy would drop them


def test_the_page_speaks_english_when_asked(service: httpx.Client, text_file: File) -> None:
    answer = service.post("/?lang=en", files=[text_file()])
    assert '<html lang="en">' in answer.text
    assert "crible indicates, a person decides." in answer.text
    assert "needs review" in answer.text
    assert service.get("/", headers={"accept-language": "en"}).text == service.get("/?lang=en").text
    assert answer.headers["content-language"] == "en"


def test_a_blank_form_is_answered_with_a_page_that_says_what_to_do(service: httpx.Client) -> None:
    # What a browser sends of a form without a chosen file.
    body = b'--b\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\n\r\n--b--\r\n'
    headers = {"accept": "text/html", "content-type": "multipart/form-data; boundary=b"}
    answer = service.post("/", content=body, headers=headers)
    assert answer.status_code == 422
    assert "<h1>Aucun fichier</h1>" in answer.text
    assert "Choisir au moins un fichier" in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_blank_options_of_the_form_are_as_if_absent(service: httpx.Client, text_file: File) -> None:
    answer = service.post("/", files=[text_file()], data={"policy": "seed", "as_of": "", "buyer": ""})
    assert answer.status_code == 200


def test_programs_are_answered_in_json_even_when_they_accept_pages(service: httpx.Client) -> None:
    answer = service.get("/v1/nothing", headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themes() -> dict[str, dict[str, str]]:
    """The colours of the light and of the dark page."""
    light, dark = re.findall(r":root \{(.*?)\n\s*\}", CSS, flags=re.DOTALL)[:2]
    found = {name: dict(re.findall(r"--(\w+): (#\w+)", text)) for name, text in (("light", light), ("dark", dark))}
    assert found["light"].keys() == found["dark"].keys()
    return found


def test_the_measure_of_contrast_is_that_of_wcag() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "panel"])
@pytest.mark.parametrize("colour", ["text", "soft", "link", "good", "bad", "doubt", "none"])
def test_text_stands_out_from_its_ground(theme: str, ground: str, colour: str) -> None:
    colours = themes()[theme]
    assert contrast(colours[colour], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", ["line", "focus"])
def test_borders_of_fields_and_focus_can_be_seen(theme: str, colour: str) -> None:
    assert contrast(themes()[theme][colour], themes()[theme]["page"]) >= 3


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


def dump(url: str, profile: Path, *options: str) -> str:
    """The page as a real browser has it once its script ran."""
    done = subprocess.run(
        [
            chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            f"--user-data-dir={profile}", "--virtual-time-budget=5000", *options, "--dump-dom", url,
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


# Runs in the page: measures what only a browser knows, and writes it where --dump-dom shows it.
MEASURE = """
document.querySelectorAll("details").forEach((e) => { e.open = true; });
const all = [...document.querySelectorAll("main *")].filter((e) => !e.closest(".scroll"));
const targets = [...document.querySelectorAll("a, button, input, select, summary")];
const seen = targets.filter((e) => e.getClientRects().length);
const small = seen.filter((e) => e.className !== "skip" && e.getBoundingClientRect().height < 24);
document.body.textContent = JSON.stringify({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  over: all.filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80)),
  small: small.map((e) => e.outerHTML),
  attacked: window.attacked === true,
  styled: getComputedStyle(document.querySelector("main")).maxWidth !== "none",
});
"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 320])
def test_a_browser_shows_the_pages_without_sideways_scrolling_and_with_targets_large_enough(
    service: httpx.Client, result: str, tmp_path: Path, width: int
) -> None:
    import json

    inside = f"<style>{CSS}</style>"
    for name, html in pages(service, result).items():
        html = re.sub(r'<link rel="stylesheet"[^>]*>', lambda _: inside, html).replace("alert(", "window.attacked=(1,")
        html = re.sub(r'<script src="[^"]*" defer></script>', "", html)
        # A window of Chromium has a least width of its own: a frame is as narrow as it is told.
        page = tmp_path / "page.html"
        page.write_text(html.replace("</body>", f"<script>{MEASURE}</script></body>"), encoding="utf-8")
        frame = tmp_path / "frame.html"
        frame.write_text(
            f'<iframe src="page.html" width="{width}" height="900" style="border:0"></iframe>'
            "<script>onload = () => { document.title = 'ready';"
            " document.body.append(frames[0].document.body.textContent); };</script>",
            encoding="utf-8",
        )
        dom = dump(frame.as_uri(), tmp_path / "profile", "--allow-file-access-from-files", "--window-size=1400,1000")
        measured = json.loads(unescape(re.search(r"\{\"wide.*\}", dom)[0]))  # type: ignore[index]
        assert measured == {"wide": 0, "over": [], "small": [], "attacked": False, "styled": True}, name


@pytest.mark.browser
def test_a_browser_obeys_the_style_sheet_that_the_service_sends(service: httpx.Client, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = tmp_path / "page.png"
    dom = dump(f"{service.base_url}/?lang=fr", tmp_path / "profile", f"--screenshot={picture}")
    assert "<h1>Évaluer une consultation</h1>" in dom
    colours = {colour for _, colour in image.open(picture).convert("RGB").getcolors(1 << 20)}
    assert (0x1F, 0x4E, 0x79) in colours  # the button's own
