"""`crible policy` and `crible doctor`: every policy is shown, and a trouble is told with exit 4."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from crible.cli import doctor
from crible.cli.policies import listed, shown
from crible.scoring.policy import POLICY_IDS, list_policies
from crible_models import resource

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


def test_every_policy_that_ships_is_sound(crible: Run) -> None:
    done = crible("policy", "lint", "--as-of", "2026-11-24")
    assert (done.code, done.err) == (0, "")
    assert all(pack.name in done.out for pack in list_policies())
    assert "✗" not in done.out


def _own(tmp_path: Path, old: str = "", new: str = "") -> Path:
    text = resource("policies", "seed-2026.1.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace("id: seed", "id: maison\nbased_on: seed", 1).replace(old, new, 1), encoding="utf-8")
    return path


def test_a_fault_is_told_by_line_in_both_languages_with_exit_4(crible: Run, tmp_path: Path) -> None:
    path = _own(tmp_path, "    weight: 30", "    wieght: 30")
    line = path.read_text(encoding="utf-8").splitlines().index("    wieght: 30") + 1
    french, english = crible("policy", "lint", path), crible("policy", "lint", path, "--lang", "en")
    assert (french.code, english.code) == (4, 4)
    assert f"✗ ligne {line} : components.0.wieght : clé inconnue « wieght » ; clés admises : best_of, id" in french.out
    assert f"✗ line {line}: components.0.wieght: unknown key 'wieght'; allowed: best_of, id" in english.out
    data = json.loads(crible("policy", "lint", path, "--format", "json").out)
    assert {"policy", "severity", "code", "path", "line", "message"} == set(data[0])
    assert [(p["code"], p["severity"]) for p in data] == [("missing-key", "error"), ("unknown-key", "error")]
    assert data[1]["line"] == line


def test_a_past_review_is_a_warning_with_exit_0(crible: Run, tmp_path: Path) -> None:
    done = crible("policy", "lint", _own(tmp_path), "--as-of", "2030-01-01")
    assert done.code == 0
    assert "! ligne" not in done.out
    assert "la date de relecture est dépassée (2027-05-31)" in done.out


def test_a_file_that_overlaps_another_is_refused(crible: Run, tmp_path: Path) -> None:
    first = _own(tmp_path)
    second = tmp_path / "next.yaml"
    text = first.read_text(encoding="utf-8").replace('version: "2026.1"', 'version: "2026.2"')
    second.write_text(text.replace("effective_from: 2020-01-01", "effective_from: 2026-01-01"), encoding="utf-8")
    done = crible("policy", "lint", first, second)
    assert done.code == 4
    assert "la période commence avant la fin de celle de maison@2026.1" in done.out


@pytest.mark.parametrize("command", ["show", "lint"])
@pytest.mark.parametrize(
    ("name", "code"), [("./nowhere.yaml", 2), ("fr-region", 4), ("fr-etat@1999.1", 4), ("broken.yaml", 4)]
)
def test_a_policy_that_does_not_exist_is_refused(
    crible: Run, tmp_path: Path, command: str, name: str, code: int
) -> None:
    (tmp_path / "broken.yaml").write_text("a: [", encoding="utf-8")
    done = crible("policy", command, name)
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err


def test_the_difference_of_two_versions_is_told_in_words(crible: Run) -> None:
    done = crible("policy", "diff", "fr-etat@2026.1", "fr-etat@2026.2")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "fr-etat@2026.1 → fr-etat@2026.2"
    assert "  ~ effective_to : 2026-08-14 → –" in lines
    assert any(line.startswith("  + arrete-2026-08-12 : Arrêté du 12 août 2026") for line in lines)
    assert "Poids" not in lines


def test_the_difference_with_a_file_shows_weights_and_terms(crible: Run, tmp_path: Path) -> None:
    path = _own(tmp_path, "{label: ho_location_eu, factor: 0.4}", "{label: ho_location_eu, factor: 0.6}")
    french = crible("policy", "diff", "seed", path).out
    assert "  ~ Localisation des données · Localisation des données dans l'UE / l'EEE : 0,40 → 0,60" in french
    assert "  ~ id : seed → maison" in french
    data = json.loads(crible("policy", "diff", "seed", path, "--format", "json").out)
    assert {
        "section": "terms",
        "entry": "location:ho_location_eu",
        "change": "changed",
        "before": 0.4,
        "after": 0.6,
    } in data
    same = crible("policy", "diff", path, path, "--lang", "en").out
    assert "No difference." in same


def test_a_pack_of_ones_own_is_shown(crible: Run, tmp_path: Path) -> None:
    assert crible("policy", "show", _own(tmp_path)).out.startswith("maison@2026.1  Tribune 2020")
