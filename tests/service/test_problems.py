"""Problems: each has a page, words in both languages, and a status read in one place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request

from crible import errors
from crible.errors import CribleError
from crible_service.http import language
from crible_service.problems import _STATUSES, CODES, Problem, explain, problem_of
from crible_service.words import WORDS

if TYPE_CHECKING:
    import httpx


def tree(kind: type[CribleError] = CribleError) -> list[type[CribleError]]:
    """The errors of the library itself: other parts may add theirs, which answer as their parents do."""
    inner = [found for sub in kind.__subclasses__() for found in tree(sub)]
    return [k for k in [kind, *inner] if k.__module__ == errors.__name__]


@pytest.mark.parametrize("kind", tree())
def test_every_error_of_the_library_is_a_problem_with_its_own_status_and_words(kind: type[CribleError]) -> None:
    problem = problem_of(kind("CCTP.pdf"))
    assert (problem.code, problem.status) == (kind.code, kind.http_status)
    assert explain(problem.code, "fr") != explain(problem.code, "en")


def test_an_error_that_nobody_has_worded_answers_as_a_general_one() -> None:
    class Unheard(CribleError):
        code = "unheard-of"

    assert problem_of(Unheard("x")).code == "error"


def test_the_status_of_the_library_is_read_at_one_place() -> None:
    from pathlib import Path

    import crible_service

    folder = Path(crible_service.__file__).parent
    reads = [p.name for p in folder.glob("*.py") if re.search(r"\.http_status\b", p.read_text(encoding="utf-8"))]
    assert reads == ["problems.py"]


@pytest.mark.parametrize("code", CODES)
def test_every_problem_has_its_page(service: httpx.Client, code: str) -> None:
    french, english = (service.get(f"/problems/{code}", params={"lang": lang}) for lang in ("fr", "en"))
    assert french.status_code == english.status_code == 200
    assert f"<h1>{explain(code, 'en')[0]}</h1>" in english.text
    assert '<html lang="fr">' in french.text


def test_every_problem_of_the_service_is_explained() -> None:
    assert set(_STATUSES) - set(CODES) == set()


def test_a_problem_nobody_knows_has_no_page(service: httpx.Client) -> None:
    assert service.get("/problems/nothing").status_code == 404


def test_the_two_languages_word_the_same_things() -> None:
    assert list(WORDS["fr"]) == list(WORDS["en"])
    gaps = re.compile(r"\{\w+\}")
    for key, text in WORDS["fr"].items():
        assert set(gaps.findall(text)) == set(gaps.findall(WORDS["en"][key])), key


@pytest.mark.parametrize(
    ("header", "query", "expected"),
    [
        ("", "", "fr"),
        ("en", "", "en"),
        ("en-GB,en;q=0.9", "", "en"),
        ("fr;q=0.5, en;q=0.8", "", "en"),
        ("de, en;q=0.3", "", "en"),
        ("de", "", "fr"),
        ("en;q=0", "", "fr"),
        ("en;q=nonsense", "", "fr"),
        ("en", "lang=fr", "fr"),
        ("fr", "lang=en", "en"),
        ("fr", "lang=xx", "fr"),
    ],
)
def test_the_language_is_the_one_asked_for_then_the_browsers_then_french(
    header: str, query: str, expected: str
) -> None:
    scope = {
        "type": "http",
        "query_string": query.encode(),
        "headers": [(b"accept-language", header.encode())] if header else [],
    }
    assert language(Request(scope), "fr") == expected


def test_a_problem_crosses_from_the_worker_unchanged() -> None:
    problem = Problem("encrypted-document", "CCTP.pdf", en="CCTP.pdf", status=422)
    again = Problem.from_plain(problem.to_plain())
    assert again.body("fr", "r1") == problem.body("fr", "r1")
