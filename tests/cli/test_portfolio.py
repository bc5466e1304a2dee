"""`crible portfolio` on files, folders and what is neither: figures on stdout, the entries left out on stderr."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def line(n: int, verdict: str = "compliant", **tender: Any) -> dict[str, Any]:
    """The least that an assessment holds."""
    return {
        "schema_version": "1.0", "id": f"a{n}",
        "tender": {"name": f"DCE {n}", "sha256": f"{n:064d}", "buyer": {"name": "Agence", "class": "state"}, **tender},
        "completeness": "complete",
        "profiles": {name: {"verdict": verdict} for name in ("seed", "fr-etat", "fr-sante", "eu-seal")},
        "facts": {"digital": {"value": "yes"}, "hosting": {"value": "contractor"}, "health": {"value": "no"}},
        "labels": {"sv_secnumcloud": {"strength": "mandatory"}},
    }  # fmt: skip


def jsonl(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join((json.dumps(x) if isinstance(x, dict) else x) + "\n" for x in lines), encoding="utf-8")
    return path


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    verdicts = ["compliant"] * 2 + ["needs_review"] * 3 + ["non_compliant"] * 5
    return jsonl(tmp_path / "ten.jsonl", [line(n, v) for n, v in enumerate(verdicts)])


def test_the_rate_is_told_as_an_interval_with_the_band_of_the_opinion_piece(crible: Run, ten: Path) -> None:
    done = crible("portfolio", ten)
    assert (done.code, done.err) == (0, "")
    assert "Entre 20,0 % et 50,0 % des consultations du champ sont conformes" in done.out
    assert "Fourchette demandée par la tribune de 2020 : 50,0 % à 60,0 %." in done.out
    assert "Aucune figure ne dit pourquoi." in done.out
    english = crible("portfolio", ten, "--lang", "en").out
    assert "Between 20.0 % and 50.0 % of the tenders in scope are compliant" in english


def test_json_and_csv_hold_the_same_figures(crible: Run, ten: Path) -> None:
    data = json.loads(crible("portfolio", ten, "--format", "json").out)
    table = list(csv.DictReader(io.StringIO(crible("portfolio", ten, "--format", "csv").out)))
    low = next(r for r in table if (r["policy"], r["indicator"], r["dimension"]) == ("seed", "low", ""))
    assert data["profiles"]["seed"]["low"] == {"n": 2, "m": 10, "share": 0.2, "low": 0.0567, "high": 0.5098}
    assert [float(low[key]) for key in ("n", "m", "share", "low", "high")] == [2, 10, 0.2, 0.0567, 0.5098]
    assert data["supply_side"] is None


def test_the_last_assessment_of_a_tender_is_the_one_that_counts(crible: Run, tmp_path: Path) -> None:
    lines = [line(n, "non_compliant") for n in range(6)] + [line(0, "compliant")]
    data = json.loads(crible("portfolio", jsonl(tmp_path / "a.jsonl", lines), "--format", "json").out)
    assert (data["inputs"]["assessments"], data["inputs"]["tenders"], data["inputs"]["repeated"]) == (7, 6, 1)
    assert data["profiles"]["seed"]["counts"] == {
        "compliant": 1, "needs_review": 0, "non_compliant": 5, "out_of_scope": 0,
    }  # fmt: skip


def test_the_same_notice_is_the_same_tender_whatever_its_files(crible: Run, tmp_path: Path) -> None:
    lines = [line(n, notice={"id": "26-1234"}) for n in range(3)] + [line(n) for n in range(3, 8)]
    data = json.loads(crible("portfolio", jsonl(tmp_path / "a.jsonl", lines), "--format", "json").out)
    assert data["inputs"]["tenders"] == 6


def test_bad_entries_are_named_skipped_and_exit_3(crible: Run, tmp_path: Path) -> None:
    bad = [{**line(90), "profiles": {"seed": {"verdict": "illegal"}}}, "{broken", "[1, 2]", "", {"a": 1}]
    good = [line(n) for n in range(6)]
    done = crible("portfolio", jsonl(tmp_path / "mixed.jsonl", [*good[:3], *bad, *good[3:]]), "--format", "json")
    assert done.code == 3
    data = json.loads(done.out)
    assert (data["inputs"]["tenders"], data["inputs"]["skipped"]) == (6, 4)
    assert [e["line"] for e in data["inputs"]["entries"]] == [4, 5, 6, 8]
    assert "mixed.jsonl:5" in done.err
    assert "Traceback" not in done.err


def test_a_folder_is_read_through_and_other_files_are_left_alone(crible: Run, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "deep"
    folder.mkdir(parents=True)
    for n in range(6):
        (folder / f"{n}.json").write_text(json.dumps(line(n), indent=1), encoding="utf-8")
    (folder / "notes.txt").write_text("not for us", encoding="utf-8")
    done = crible("portfolio", tmp_path / "out", "--format", "json")
    assert (done.code, json.loads(done.out)["inputs"]["tenders"]) == (0, 6)


def test_small_cells_are_withheld_everywhere(crible: Run, tmp_path: Path) -> None:
    lines = [line(n, buyer={"name": "Une agence", "class": "hospital"}) for n in range(2)]
    path = jsonl(tmp_path / "few.jsonl", lines)
    data = json.loads(crible("portfolio", path, "--format", "json").out)
    assert data["profiles"]["seed"]["low"]["m"] is None
    assert data["profiles"]["seed"]["counts"] is None
    assert data["breakdowns"]["buyer_class"]["hospital"]["low"]["share"] is None
    assert "rien n'est publié" in crible("portfolio", path).out
    page = crible("portfolio", path, "--format", "html")
    assert page.code == 0
    assert "établissement de santé" not in page.out


def test_one_line_per_lot_can_be_had_and_holds_no_formula(crible: Run, ten: Path, tmp_path: Path) -> None:
    lots = {"lots": [{"lot": "1", "profiles": {"seed": {"verdict": "compliant"}}},
                     {"lot": "2", "profiles": {"seed": {"verdict": "non_compliant"}}}]}  # fmt: skip
    evil = line(50, buyer={"name": "=HYPERLINK(1)", "class": "state"})
    path = jsonl(tmp_path / "lots.jsonl", [{**evil, **lots}])
    crible("portfolio", ten, path, "--rows", tmp_path / "rows.csv", "--format", "json")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 12
    assert [(r["lot"], r["weight"], r["seed"]) for r in rows[-2:]] == [
        ("1", "0.5", "compliant"), ("2", "0.5", "non_compliant"),
    ]  # fmt: skip
    assert rows[-1]["buyer"] == "'=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("nowhere.jsonl",), 2, "n'existe pas"),
        (("ten.jsonl", "--policy", "fr-region"), 2, "--policy fr-region : attendu seed"),
        (("ten.jsonl", "--format", "xlsx"), 2, "--format xlsx"),
        (("empty",), 3, "aucune évaluation lisible"),
    ],
)
def test_a_wrong_demand_is_refused(
    crible: Run, ten: Path, tmp_path: Path, args: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = crible("portfolio", *args)
    assert (done.code, done.out) == (code, "")
    assert said in done.err


def test_particulars_of_the_wrong_kind_are_unknown_and_stop_nothing(crible: Run, tmp_path: Path) -> None:
    odd = {"amount": True, "nuts": 3, "procedure": ["x"]}
    lines = [line(n, notice={**odd, "amount": [float(n + 1), "x", -1, 1e300, None][n % 5]}, published_on="soon",
                  cpv=["?"]) for n in range(6)]  # fmt: skip
    done = crible("portfolio", jsonl(tmp_path / "odd.jsonl", lines), "--format", "json")
    assert done.code == 0
    assert set(json.loads(done.out)["breakdowns"]) == {"buyer_class", "buyer", "amount_band"}
