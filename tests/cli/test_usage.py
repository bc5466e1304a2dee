"""Help, versions, settings and wrong usage: the right words, the right stream, the right exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from crible.cli.settings import Settings, message_language, resolve
from crible.errors import ConfigurationError, CribleError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = ("score", "read", "classify", "demo", "doctor", "policy", "models", "serve")
Run = Callable[..., Any]


def test_help_lists_every_command_in_french(crible: Run) -> None:
    done = crible("--help")
    assert done.code == 0
    assert all(f"\n  {name} " in done.out for name in COMMANDS)
    assert "consultation" in done.out
    assert done.err == ""


def test_help_comes_in_english_on_request(crible: Run) -> None:
    for shown in (crible("score", "--lang", "en", "--help"), crible("score", "--help", env={"CRIBLE_LANG": "en"})):
        assert "Headline policy" in shown.out
        assert "¦" not in shown.out


def test_no_help_text_shows_both_languages_or_none(crible: Run) -> None:
    for name in COMMANDS[:-1]:
        done = crible(name, "--help")
        assert done.code == 0
        assert "¦" not in done.out
        assert "Show this message" not in done.out


def test_no_argument_shows_the_help(crible: Run) -> None:
    assert crible().out == crible("--help").out


def test_version_is_told(crible: Run) -> None:
    from crible import __version__

    assert crible("--version").out == f"crible {__version__}\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("scoer", "x.pdf"), "commande inconnue : scoer (proche : score"),
        (("score",), "il manque PATH"),
        (("score", "--plicy", "seed", "x.pdf"), "option inconnue : --plicy (proche : --policy)"),
        (("score", "x.pdf", "--policy"), "l'option --policy demande une valeur"),
        (("score", "x.pdf", "--format", "docx"), "--format docx : attendu card, json, jsonl"),
        (("score", "x.pdf", "--fail-on", "out_of_scope"), "--fail-on out_of_scope : attendu compliant"),
        (("score", "x.pdf", "--as-of", "24/09/2026"), "--as-of 24/09/2026 : date attendue"),
        (("score", "x.pdf", "--lang", "de"), "--lang de : attendu fr ou en"),
        (("score", "x.pdf", "--detector", "oracle"), "--detector oracle : attendu patterns, linear, cascade, encoder"),
        (("classify", "x.jsonl", "--detector", "oracle"), "--detector oracle : attendu patterns"),
        (("models", "info", "oracle"), "oracle : attendu "),
        (("demo", "de", "trop"), "trop d'arguments"),
        (("policy",), "il manque la commande"),
        (("policy", "lsit"), "commande inconnue : lsit (proche : list, lint)"),
        (("score", "absent.pdf"), "absent.pdf n'existe pas"),
        (("read", "absent.pdf"), "absent.pdf n'existe pas"),
        (("classify", "absent.jsonl"), "absent.jsonl n'existe pas"),
    ],
)
def test_wrong_usage_is_2_with_a_message_and_an_advice_on_stderr(crible: Run, args: tuple[str, ...], said: str) -> None:
    done = crible(*args)
    assert done.code == 2
    assert done.err.startswith(f"Erreur : {said}")
    assert done.err.count("\n") == 2  # what happened, then what to try
    assert done.out == ""


@pytest.mark.parametrize("line", ["not json", '["a"]', '{"id": "1"}', '{"id": "1", "text": 3}', '"text"', "\udce9"])
def test_a_line_that_is_no_clause_is_named(crible: Run, tmp_path: Path, line: str) -> None:
    source = tmp_path / "clauses.jsonl"
    source.write_text(f'\n{line}\n{{"id": "2", "text": "ok"}}\n', encoding="utf-8", errors="surrogateescape")
    done = crible("classify", source)
    assert done.code == 2
    assert "clauses.jsonl, ligne 2" in done.err
    assert done.out == ""


@pytest.mark.parametrize("args", [("policy", "show", "inconnue"), ("policy", "show", "seed@1900.1")])
def test_a_policy_that_cannot_be_loaded_is_4(crible: Run, args: tuple[str, ...]) -> None:
    done = crible(*args)
    assert done.code == 4
    assert "crible policy list" in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('langue = "fr"', "clé inconnue langue (clés admises : lang, policy)"),
        ("lang = 3", "la valeur de lang doit être un texte"),
        ("lang = ", "crible.toml"),
        ('lang = "de"', "langue inconnue : de"),
    ],
)
def test_a_bad_settings_file_is_4_and_names_the_trouble(crible: Run, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "crible.toml").write_text(text, encoding="utf-8")
    done = crible("policy", "list", cwd=tmp_path)
    assert done.code == 4
    assert said in done.err


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    assert resolve({}, {}, folder=tmp_path) == Settings(lang="fr", policy=None)
    (tmp_path / "crible.toml").write_text('lang = "en"\npolicy = "seed"\n', encoding="utf-8")
    assert resolve({}, {}, folder=tmp_path) == Settings(lang="en", policy="seed")
    environ = {"CRIBLE_POLICY": "fr-sante", "CRIBLE_LANG": ""}
    assert resolve({}, environ, folder=tmp_path) == Settings(lang="en", policy="fr-sante")
    assert resolve({"policy": "eu-seal", "lang": "fr"}, environ, folder=tmp_path) == Settings("fr", "eu-seal")


@pytest.mark.parametrize(
    ("flags", "environ", "error"),
    [({"lang": "de"}, {}, UsageError), ({}, {"CRIBLE_LANG": "de"}, ConfigurationError)],
)
def test_a_bad_flag_is_usage_and_a_bad_variable_is_configuration(
    tmp_path: Path, flags: dict[str, str], environ: dict[str, str], error: type[CribleError]
) -> None:
    with pytest.raises(error):
        resolve(flags, environ, folder=tmp_path)


@pytest.mark.parametrize(
    ("args", "lang"),
    [
        (["score", "x", "--lang", "en"], "en"),
        (["score", "--lang=en", "x"], "en"),
        (["score", "--", "--lang", "en"], "fr"),
        (["score", "x", "--lang"], "fr"),
        (["score", "--lang", "de"], "fr"),
        ([], "fr"),
    ],
)
def test_the_language_of_errors_is_known_before_parsing(args: list[str], lang: str) -> None:
    assert message_language(args) == lang
