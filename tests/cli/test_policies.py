"""`crible policy` and `crible doctor`: every policy is shown, and a trouble is told with exit 4."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from crible.cli import doctor
from crible.cli.policies import listed, shown
from crible.scoring.policy import POLICY_IDS, list_policies

Run = Callable[..., Any]


def test_the_list_names_every_policy_with_its_dates() -> None:
    text = listed("fr")
    assert all(pack.name in text for pack in list_policies())
    assert all(pack.effective_from.strftime("en vigueur du %d/%m/%Y") in text for pack in list_policies())


def test_the_list_on_a_date_keeps_what_was_in_force() -> None:
    names = {
        pack["id"] + "@" + pack["version"] for pack in json.loads(listed("fr", as_of=date(2026, 5, 1), form="json"))
    }
    assert "fr-etat@2026.1" in names
    assert "fr-etat@2026.2" not in names


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("policy", POLICY_IDS)
def test_a_policy_is_shown_in_words_with_its_texts(policy: str, lang: Any) -> None:
    text = shown(policy, lang)
    pack = next(p for p in reversed(list_policies()) if p.id == policy)
    assert pack.title[lang] in text
    assert all(ref.text in text for ref in pack.legal_basis)
    assert all(rule.id in text for rule in pack.rules)
    assert all(f"  {part.id} (" not in text for part in [*pack.components, *pack.objectives])  # each has words


def test_a_policy_in_json_is_the_pack_itself() -> None:
    data = json.loads(shown("fr-etat@2026.2", "fr", form="json"))
    assert [c["weight"] for c in data["components"]] == [45, 15, 20, 10, 10]


def test_a_review_that_is_overdue_is_told_while_the_policy_is_in_force() -> None:
    assert "RELECTURE DÉPASSÉE" in listed("fr", as_of=date(2030, 1, 1))
    assert "RELECTURE DÉPASSÉE" not in listed("fr", as_of=date(2026, 11, 24))


def test_policy_list_goes_to_stdout(crible: Run) -> None:
    done = crible("policy", "list", "--lang", "en")
    assert (done.code, done.err) == (0, "")
    assert "in force from" in done.out


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_doctor_names_what_it_looked_at(lang: Any) -> None:
    checks = doctor.examine(lang)
    names = [check.name for check in checks]
    assert {"crible", "Python", "pypdfium2", "spacy", "[service]", "[notebook]"} <= set(names)
    assert sum("@" in check.detail for check in checks) == len(list_policies())
    assert len(doctor.told(checks).splitlines()) == len(checks)


def test_a_missing_optional_part_is_a_note_with_the_way_to_install_it() -> None:
    check = doctor._optional(("crible_absent_part",), "service", "la page", "fr")
    assert check.state == "note"
    assert "pip install 'crible[service]'" in check.detail


def test_a_missing_needed_part_is_an_error() -> None:
    assert doctor._needed("crible-absent-part", "crible_absent_part", "fr").state == "error"


def test_a_check_that_fails_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(**_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", full_disk)
    checks = doctor.examine("fr")
    assert [c.detail for c in checks if c.state == "error"] == ["no space left on device"]
    assert checks[-1].name == "langue du système"
