"""The terminal card: what it must say, at what width, and what it must never let through."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.text import Text

from crible.reporting.card import card, card_text
from crible.reporting.words import FRAME, LANGUAGES, MARKS, decimal, excerpt, printable, say, shorten
from crible.types import Evidence, LabelSummary, Warned

if TYPE_CHECKING:
    from collections.abc import Callable

    from crible.reporting.words import Lang
    from crible.types import Assessment, Verdict

    Make = Callable[..., Assessment]


def squeezed(text: str) -> str:
    """The card without its wrapping, to look for sentences; the columns of the table still interleave."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    "said",
    [
        "NON CONFORME",
        "41,5 / 100",
        "Hébergement et infogérance du système d'information — Agence exemple des archives (État)",
        "71/78 pages lues",
        "politique fr-etat 2026.2 (au 23/11/2026)",
        "8,4 s",
        "✗ non satisfait",
        "– sans objet",
        "CCTP, p. 17",
        "« La qualification SecNumCloud sera appréciée. »",
        "Aucune clause trouvée dans les pièces lues (4 documents, 71 pages).",
        "Annexe 5.pdf, p. 1-6 : ",
        "plan.dwg, fichier entier : ",
        "Annexe 7 PAS",
        "LR-02 (moyen) : Localisation sans motif.",
        "fr-sante – hors champ",
        "eu-seal ? à examiner (38,0)",
        "crible indique, une personne décide.",
    ],
)
def test_the_french_card_says(make: Make, said: str) -> None:
    # 160 columns: the cells of the table stand on one line each and can be searched for.
    assert said in squeezed(card_text(make(), seconds=8.41, width=160))


@pytest.mark.parametrize(
    "said", ["NON COMPLIANT", "41.5 / 100", "71/78 pages read", "(as of 2026-11-23)", "a person decides", "pp. 1-6: "]
)
def test_the_english_card_says(make: Make, said: str) -> None:
    assert said in squeezed(card_text(make(), lang="en", width=160))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(make: Make, lang: Lang, width: int) -> None:
    long = make(title="Marché d'hébergement " * 30, buyer_name="Communauté-de-communes-" * 8)
    assert max(Text(line).cell_len for line in card_text(long, lang=lang, width=width).splitlines()) <= width


def test_plain_text_has_no_escape_sequence(make: Make) -> None:
    assert "\x1b" not in card_text(make())


@pytest.mark.parametrize("verdict", ["compliant", "non_compliant", "needs_review", "out_of_scope"])
def test_a_verdict_is_a_word_and_a_mark_and_never_a_colour_alone(make: Make, verdict: Verdict) -> None:
    usual = make()
    headline = replace(usual.headline, verdict=verdict)
    shown = card_text(make(profiles={**usual.profiles, "fr-etat": headline}), lang="en")
    assert f"{MARKS[verdict]} {verdict.replace('_', ' ').upper()}" in shown


def test_colours_come_on_a_terminal_and_go_with_no_color(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def printed() -> str:
        console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=100)
        with console.capture() as captured:
            console.print(card(make()))
        return captured.get()

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m" in printed()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31m" not in printed()


def test_an_escape_sequence_in_a_quote_or_a_name_does_not_reach_the_terminal(make: Make) -> None:
    usual = make()
    bad = "\x1b]0;pwned\x07\x1b[2J\u202e[bold]les données\u200b"

    def spoiled(evidence: Evidence) -> Evidence:
        return replace(evidence, quote=bad, section=bad, document=bad, role="OTHER")

    hostile = make(
        title=bad,
        buyer_name=bad,
        findings=tuple(replace(f, evidence=spoiled(f.evidence)) for f in usual.findings),
        dossier=replace(usual.dossier, name=bad, announced_missing=(bad,)),
        warnings=(Warned("odd", bad, bad),),
    )
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=100)
    with console.capture() as captured:
        console.print(card(hostile))
    shown = captured.get()
    assert not set("\x1b\x07\u202e\u200b") & set(shown)
    assert "[bold]les données" in shown  # square brackets are text here, never rich's markup


def test_out_of_scope_explains_itself_without_criteria(make: Make) -> None:
    usual = make()
    headline = replace(usual.headline, verdict="out_of_scope", score=None, criteria=(), reasons=("NOT_DIGITAL",))
    shown = squeezed(card_text(make(profiles={**usual.profiles, "fr-etat": headline})))
    assert "HORS CHAMP" in shown
    assert "L'achat ne porte pas sur un service numérique." in shown
    assert "/ 100" not in shown


def test_sections_with_nothing_to_say_are_left_out(make: Make) -> None:
    usual = make()
    calm = replace(usual.dossier, documents=usual.dossier.documents[:1], announced_missing=(), warnings=())
    shown = card_text(make(dossier=calm, conflicts=(), legality=(), warnings=()))
    for key in ("unread", "missing", "conflicts", "legality", "warnings"):
        assert FRAME["fr"][key] not in shown


def test_a_long_list_is_cut_and_says_so(make: Make) -> None:
    usual = make()
    many = replace(usual.dossier, announced_missing=tuple(f"Annexe {i}" for i in range(12)))
    assert "… et 4 de plus" in card_text(make(dossier=many))


def test_the_clauses_behind_a_blocker_are_quoted(make: Make) -> None:
    shown = card_text(make(), width=160)
    section = shown.split(FRAME["fr"]["adverse"], 1)[1].split(FRAME["fr"]["legality"], 1)[0]
    assert "Fournisseur exposé nommément imposé CCTP, p. 16" in section
    assert "société Exemple" in section


def test_a_brand_stands_under_the_points_of_law_alone(make: Make) -> None:
    summary = LabelSummary(None, "operative", ("f3",), 0.97, {})
    assert FRAME["fr"]["adverse"] not in card_text(make(labels={"ad_brand_no_equivalent": summary}))


def test_the_first_evidence_of_a_criterion_is_the_one_quoted(make: Make) -> None:
    usual = make()
    first = replace(usual.headline.criteria[0], evidence=("f2", "f1"))
    headline = replace(usual.headline, criteria=(first,))
    shown = card_text(make(profiles={**usual.profiles, "fr-etat": headline}), width=160)
    line = next(line for line in shown.splitlines() if "SecNumCloud ou" in line)
    assert "restent dans l'Union" in line


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [
        ("court", 20, "court"),
        ("les données sont hébergées en France", 20, "les données sont …"),
        ("anticonstitutionnellement", 12, "anticonsti …"),
        ("un,\u00a0deux   trois", 40, "un, deux trois"),
        ("", 10, ""),
    ],
)
def test_shorten_cuts_at_a_word_and_shows_it(text: str, length: int, cut: str) -> None:
    assert shorten(text, length) == cut
    assert len(shorten(text, length)) <= length


LONG = (
    "Le titulaire rend compte chaque mois. " * 3
    + "Les données sont hébergées en France. "
    + "Il alerte l'acheteur. " * 5
)


@pytest.mark.parametrize(
    ("cues", "length", "shown"),
    [
        (("hébergées en France",), 60, "hébergées en France"),
        (("HÉBERGÉES",), 60, "hébergées en France"),
        (("absent",), 60, "Le titulaire rend compte"),
        ((), 60, "Le titulaire rend compte"),
        (("l'acheteur",), 60, "alerte l'acheteur"),
        (("titulaire",), 60, "Le titulaire rend compte"),
    ],
)
def test_an_excerpt_shows_the_words_that_made_the_finding(cues: tuple[str, ...], length: int, shown: str) -> None:
    text = excerpt(LONG, cues, length)
    assert shown in text
    assert len(text) <= length


def test_a_quote_that_fits_is_shown_whole() -> None:
    assert excerpt("Les données restent en France.", ("France",), 40) == "Les données restent en France."


def test_printable_keeps_letters_and_drops_what_drives_a_terminal() -> None:
    assert printable("é\u0301 œ ☑ €\x00\x9b31m\ue000\u2066") == "é\u0301 œ ☑ €31m"


def test_a_decimal_is_written_in_the_language() -> None:
    assert (decimal(41.5, "fr"), decimal(41.5, "en"), decimal(0.974, "fr", digits=2)) == ("41,5", "41.5", "0,97")


def test_both_languages_frame_the_same_things() -> None:
    assert FRAME["fr"].keys() == FRAME["en"].keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_reason_for_an_unread_file_has_words(lang: Lang) -> None:
    from crible.extraction import dossier

    codes = {reason for _, reason in dossier._UNREAD} | set(dossier._ERRORS)
    assert sorted(code for code in codes if say(code, lang) == code) == []
