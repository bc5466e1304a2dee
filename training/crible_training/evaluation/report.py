"""The report for people: one HTML page that needs nothing else, in French, plots drawn in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crible.classification.taxonomy import labels
from crible.reporting.markup import Html, fill, joined
from crible_training.evaluation import words
from crible_training.evaluation.errors import KINDS
from crible_training.evaluation.plots import coverage_plot, label_plot, reliability_plot, slice_plot
from crible_training.evaluation.words import bounds, number, places_of

_CSS = Path(__file__).with_name("report.css")
# Mistakes of one kind shown for one label; the rest is in errors.jsonl.
_SHOWN = 25
_PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$title</title><style>$css</style></head><body>
<h1>$title</h1><p class="soft">$about</p>$nav<main>$body</main></body></html>
"""
_ABOUT = (
    "Premier candidat : le modèle mesuré ; les autres sont les repères qu’il doit battre. Entre crochets : intervalle "
    "à 95 %, {draws} tirages qui rééchantillonnent les autorités (ou les documents) et non les segments. « – » : non "
    "mesurable ici."
)

_READ = " Ces segments ont été lus pendant l’écriture des motifs : leurs chiffres ne sont pas ceux d’un jeu réservé."


def html(report: Mapping[str, Any], mistakes: Sequence[Mapping[str, Any]]) -> str:
    """The page. Everything that is not our own markup is escaped."""
    sections = [(told["name"], words.SETS.get(told["name"], told["name"])) for told in report["sets"]]
    links = [fill('<li><a href="#$id">$name</a></li>', id=id, name=name) for id, name in sections]
    links += [
        fill('<li><a href="#$id-errors">$name</a></li>', id=id, name=f"Erreurs : {name}") for id, name in sections
    ]
    return fill(
        _PAGE, title=f"Évaluation : {words.candidate(report['candidates'][0])}",
        css=Html(_CSS.read_text(encoding="utf-8")),
        about=_ABOUT.format(draws=f"{report['draws']:,}".replace(",", "\u202f")),
        nav=fill("<nav><ul>$links</ul></nav>", links=joined(links)),
        body=joined(_set(told, report, mistakes) for told in report["sets"]),
    )  # fmt: skip


def _set(told: Mapping[str, Any], report: Mapping[str, Any], mistakes: Sequence[Mapping[str, Any]]) -> Html:
    results = told["results"]
    name = words.SETS.get(told["name"], told["name"])
    commonest = told["commonest"]
    about = (
        f"{told['segments']} segments, {told['clusters']} {'autorités' if told['families'] else 'documents'}"
        + (f", {told['families']} familles" if told["families"] else "")
        + f" ; {told['positives']} positifs sur {told['labels']} étiquettes, "
        f"dont {told['keyword_free']} sans mot-clé ; {told['ordinary']} segments sans étiquette, "
        f"dont {told['ordinary_traps']} pièges. {commonest['label']} a "
        f"{commonest['positives']} positifs ; F1 micro sans elle : "
        + ", ".join(f"{words.candidate(c)} {number(v)}" for c, v in commonest["micro_f1"].items())
        + "."
        + ("" if told["families"] else _READ)
    )
    parts = [
        fill('<h2 id="$id">$name</h2><p>$about</p>', id=told["name"], name=name, about=about),
        _headline(results, report["targets"]),
        _over(results),
        Html("<h3>Par étiquette</h3>"), _labels(results),
        _figure(label_plot(results, f"F1 par étiquette, {name}"), "F1 par étiquette."),
        Html("<h3>Par groupe</h3>"), _groups(results),
        Html("<h3>Par force et par effet</h3>"), _how(results), _confusions(results),
        Html("<h3>Par registre, pièce, langue, longueur, forme</h3>"), _slices(results),
        _figure(slice_plot(results, f"F1 micro par tranche, {name}"), "F1 micro par tranche."),
        Html("<h3>Confiance</h3>"),
        _figure(
            reliability_plot(results, f"Fiabilité, {name}"),
            "Sous la diagonale, la probabilité annoncée est trop haute. 15 classes de même effectif, réunies quand les "
            "probabilités sont égales ; barres : intervalle de Clopper–Pearson à 95 %.",
        ),
        _figure(
            coverage_plot(results, f"Couverture et risque, {name}"),
            "Ce que gagne un seuil plus haut. Part des trouvailles que l’on peut garder avec une fausse sur dix au "
            "plus : " + ", ".join(
                f"{words.candidate(c)} {number(r['coverage_risk']['coverage_at_risk'], 2)}" for c, r in results.items()
            ) + ".",
        ),
    ]  # fmt: skip
    if any("robustness" in r for r in results.values()):
        parts += [Html("<h3>Robustesse</h3>"), _robustness(results)]
    if any(r["pairs"][0]["pairs"] or r["pairs"][-1]["pairs"] for r in results.values()):
        parts += [Html("<h3>Paires minimales</h3>"), _pairs(results)]
    mine = [m for m in mistakes if m["set"] == told["name"]]
    parts += [fill('<h2 id="$id-errors">Erreurs : $name</h2>', id=told["name"], name=name), _mistakes(mine)]
    return joined(parts)


def _headline(results: Mapping[str, Any], targets: Mapping[str, Any]) -> Html:
    first = next(iter(results))

    def rows() -> Iterator[Html]:
        for figure, (name, about) in words.HEADLINE.items():
            wanted = targets.get(figure)
            verdict = results[first]["verdicts"].get(figure, "")
            yield fill(
                '<tr><th scope="row">$name<span class="low">$about</span></th>$cells<td>$target</td>'
                '<td class="left $class_">$verdict</td></tr>',
                name=name, about=about,
                cells=_cells([r["headline"][figure] for r in results.values()], places_of(figure)),
                target=words.target(wanted["at"], wanted["value"]) if wanted else "",
                class_=verdict.split("_")[0], verdict=words.VERDICTS.get(verdict, ""),
            )  # fmt: skip

    head = joined([*_heads(results), Html('<th scope="col">Cible</th><th scope="col" class="left">Verdict</th>')])
    return _table("Chiffre", head, rows())


def _over(results: Mapping[str, Any]) -> Html:
    """What the model gains on each baseline, in the same draws."""
    first = next(iter(results))
    told = [
        f"{words.HEADLINE[figure][0]} contre {words.candidate(other)} : {number(f['value'])} {bounds(f)}"
        for other, figures in results[first].get("over", {}).items()
        for figure, f in figures.items()
    ]
    return fill("<p>Gain du modèle, mêmes tirages : $told.</p>", told=" ; ".join(told)) if told else Html("")


def _labels(results: Mapping[str, Any]) -> Html:
    first, *others = results
    # A candidate that finds nothing has no column.
    others = [c for c in others if any(label["right"] for label in results[c]["labels"].values())]

    def rows() -> Iterator[Html]:
        group = ""
        for name, label in labels().items():
            if label.group != group:
                group = label.group
                yield fill(
                    '<tr class="group"><th colspan="$n">$name</th></tr>', n=9 + len(others), name=words.GROUPS[group]
                )
            told = results[first]["labels"][name]
            yield fill(
                '<tr><th scope="row"><code>$id</code><span class="low">$fr</span></th><td>$n</td><td>$found</td>$cells'
                "<td>$free</td><td>$how</td>$others</tr>",
                id=name, fr=label.fr, n=told["positives"],
                found=f"{told['right']} / {told['false']} / {told['missed']}",
                cells=joined(_cell(told[k], 2, first=k == "f1") for k in ("precision", "recall", "f1", "aupr")),
                free=f"{number(told['keyword_free_recall']['value'], 2)} ({told['keyword_free']})"
                if told["keyword_free"] else "–",
                how=number(told["how_accuracy"]["value"], 2),
                others=joined(
                    fill("<td>$v</td>", v=number(results[c]["labels"][name]["f1"]["value"], 2)) for c in others
                ),
            )  # fmt: skip

    head = [
        fill('<th scope="col">$name</th>', name=name)
        for name in (
            "Positifs", "Justes / en trop / manquées", "Précision", "Rappel", "F1", "AUPR", "Rappel sans mot-clé (n)",
            "Force ou effet juste", *(f"F1 {words.candidate(c)}" for c in others),
        )
    ]  # fmt: skip
    return _table("Étiquette", joined(head), rows())


def _groups(results: Mapping[str, Any]) -> Html:
    first = next(iter(results))
    rows = (
        fill(
            '<tr><th scope="row">$name</th><td>$n</td>$cells</tr>', name=words.GROUPS[group],
            n=told["positives"],
            cells=joined(
                fill("<td>$v</td>", v=" / ".join(number(g[k], 2) for k in ("precision", "recall", "f1")))
                for g in (r["groups"][group] for r in results.values())
            ),
        )
        for group, told in results[first]["groups"].items()
    )  # fmt: skip
    head = joined([Html('<th scope="col">Positifs</th>'), *_heads(results, " : P / R / F1")])
    return _table("Groupe", head, rows)


def _how(results: Mapping[str, Any]) -> Html:
    first = next(iter(results))
    rows = (
        fill(
            '<tr><th scope="row">$name</th><td>$n</td>$cells</tr>', name=words.HOW[how], n=told["positives"],
            cells=joined(
                fill(
                    "<td>$recall</td><td>$precision ($n)</td>", recall=number(r["how"][how]["recall"], 2),
                    precision=number(r["how"][how]["precision"], 2), n=r["how"][how]["findings"],
                )
                for r in results.values()
            ),
        )
        for how, told in results[first]["how"].items()
    )  # fmt: skip
    head = [Html('<th scope="col">Positifs</th>')]
    for candidate in results:
        head += [
            fill(
                '<th scope="col">$c : rappel</th><th scope="col">$c : précision (dites)</th>',
                c=words.candidate(candidate),
            )
        ]
    return _table("Force ou effet", joined(head), rows)


def _confusions(results: Mapping[str, Any]) -> Html:
    """What the model under test says beside a right label, against what is expected."""
    first = next(iter(results))
    tables = []
    for kind, title in (("how", "Force et effet attendus"), ("actor", "Acteur attendu")):
        told = results[first]["confusion"][kind]
        said = [name for name in words.HOW if any(name in row for row in told.values())]
        head = joined(fill('<th scope="col">dit : $s</th>', s=words.HOW[s]) for s in said)
        rows = (
            fill(
                '<tr><th scope="row">$e</th>$cells</tr>', e=words.HOW[expected],
                cells=joined(fill("<td>$n</td>", n=row.get(s, "")) for s in said),
            )
            for expected, row in told.items()
        )  # fmt: skip
        tables.append(_table(title, head, rows))
    return joined(tables)


def _slices(results: Mapping[str, Any]) -> Html:
    first = next(iter(results))

    def rows() -> Iterator[Html]:
        for trait, classes in results[first]["slices"].items():
            yield fill(
                '<tr class="group"><th colspan="$n">$name</th></tr>',
                n=6 + len(results),
                name=words.TRAITS.get(trait, trait),
            )
            for name, told in classes.items():
                blank = {"value": None, "low": None, "high": None}
                yield fill(
                    '<tr><th scope="row">$name</th><td>$n</td><td>$positives</td><td>$precision</td><td>$recall</td>'
                    "<td>$false</td>$cells</tr>",
                    name=words.CLASSES.get(name, name), n=told.get("segments", ""), positives=told["positives"],
                    precision=number(told.get("micro_precision", blank)["value"], 2),
                    recall=number(told["micro_recall"]["value"], 2),
                    false=number(told.get("false_per_1000", blank)["value"], 1),
                    cells=joined(_slice_cell(r["slices"][trait][name], first=c == first) for c, r in results.items()),
                )  # fmt: skip

    head = [
        Html('<th scope="col">Segments</th><th scope="col">Positifs</th><th scope="col">Précision</th>'),
        Html('<th scope="col">Rappel</th><th scope="col">Fausses pour 1 000</th>'), *_heads(results, " : F1 micro"),
    ]  # fmt: skip
    return _table("Tranche", joined(head), rows())


def _slice_cell(told: Mapping[str, Any], *, first: bool) -> Html:
    """Micro-F1; recall where nothing else has a meaning."""
    if "micro_f1" in told:
        return _cell(told["micro_f1"], 2, first=first)
    return fill(
        '<td>rappel $v<span class="low">$b</span></td>', v=number(told["micro_recall"]["value"], 2),
        b=bounds(told["micro_recall"], 2),
    )  # fmt: skip


def _robustness(results: Mapping[str, Any]) -> Html:
    told = {c: r for c, r in results.items() if "robustness" in r}
    clean = fill(
        '<tr><th scope="row">texte intact</th>$cells</tr>',
        cells=_cells([r["headline"]["micro_f1"] for r in told.values()]),
    )
    rows = [
        fill(
            '<tr><th scope="row">$name</th>$cells</tr>', name=name,
            cells=joined(
                fill(
                    '<td class="$c">$v<span class="low">perdu : $drop $bounds</span></td>',
                    c="first" if n == 0 else "",
                    v=number(r["micro_f1"]["value"]), drop=number(r["drop"]["value"]), bounds=bounds(r["drop"]),
                )
                for n, r in enumerate(r["robustness"][change] for r in told.values())
            ),
        )
        for change, name in words.PERTURBATIONS.items()
    ]  # fmt: skip
    return _table("F1 micro", joined(_heads(told)), [clean, *rows])


def _pairs(results: Mapping[str, Any]) -> Html:
    first = next(iter(results))
    rows = (
        fill(
            '<tr><th scope="row">mots communs : $o ou plus</th><td>$n</td>$cells</tr>', n=told["pairs"],
            o=number(told["overlap"], 1),
            cells=joined(fill("<td>$v</td>", v=number(r["pairs"][i]["score"], 2)) for r in results.values()),
        )
        for i, told in enumerate(results[first]["pairs"])
    )  # fmt: skip
    about = Html(
        "<p>Un piège et un positif d’une autre famille qui partagent leurs mots : part des paires où le positif reçoit "
        "l’étiquette et le piège non.</p>"
    )
    return joined([about, _table("Paires", joined([Html('<th scope="col">Paires</th>'), *_heads(results)]), rows)])


def _mistakes(mine: Sequence[Mapping[str, Any]]) -> Html:
    parts = [
        Html('<p class="soft">Les plus sûres d’abord. Textes scellés ou de vrais marchés : désignés, non cités.</p>')
    ]
    for kind in KINDS:
        of_kind = [m for m in mine if m["kind"] == kind]
        parts.append(fill("<h3>$kind : $n</h3>", kind=words.KINDS[kind], n=len(of_kind)))
        for name in dict.fromkeys(m["label"] for m in of_kind):
            here = [m for m in of_kind if m["label"] == name]
            rest = len(here) - _SHOWN
            parts.append(
                fill(
                    "<details><summary><code>$name</code> $fr : $n</summary>$items$rest</details>", name=name,
                    fr=labels()[name].fr, n=len(here), items=joined(_mistake(m) for m in here[:_SHOWN]),
                    rest=fill("<p>… et $n autres dans errors.jsonl.</p>", n=rest) if rest > 0 else "",
                )
            )  # fmt: skip
    return joined(parts)


def _mistake(told: Mapping[str, Any]) -> Html:
    where = [told["id"], told["cluster"], told["part"], told["language"]]
    around = [
        f"{name} : {told[key]}"
        for key, name in (("heading", "titre"), ("lead", "amorce"), ("trap", "piège"))
        if told.get(key)
    ]
    return fill(
        '<div class="mistake">$text<p class="soft">$where</p>$around<p class="soft">attendu : $expected · dit : $said '
        "· probabilité $p</p></div>",
        text=fill("<p>$t</p>", t=told["text"]) if "text" in told else "",
        where=" · ".join(where),
        around=fill('<p class="soft">$t</p>', t=" · ".join(around)) if around else "",
        expected=_answer(told["expected"]), said=_answer(told["said"]), p=number(told["probability"], 2),
    )  # fmt: skip


def _answer(told: Mapping[str, str | None]) -> str:
    return ", ".join(f"{name} ({words.HOW[how]})" if how else name for name, how in told.items()) or "rien"


def _cells(figures: Sequence[Mapping[str, Any]], places: int = 3) -> Html:
    """One per candidate, the model under test first."""
    return joined(_cell(figure, places, first=n == 0) for n, figure in enumerate(figures))


def _cell(figure: Mapping[str, Any], places: int = 3, *, first: bool = False) -> Html:
    return fill(
        '<td$c>$v<span class="low">$b</span></td>', c=Html(' class="first"') if first else "",
        v=number(figure["value"], places), b=bounds(dict(figure), places),
    )  # fmt: skip


def _heads(results: Mapping[str, Any], of: str = "") -> list[Html]:
    return [fill('<th scope="col">$c</th>', c=words.candidate(c) + of) for c in results]


def _table(corner: str, head: Html, rows: Any) -> Html:
    return fill(
        '<div class="wide"><table><thead><tr><th scope="col" class="left">$corner</th>$head</tr></thead>'
        "<tbody>$rows</tbody></table></div>",
        corner=corner, head=head, rows=joined(rows),
    )  # fmt: skip


def _figure(svg: str, caption: str) -> Html:
    return fill("<figure>$svg<figcaption>$caption</figcaption></figure>", svg=Html(svg), caption=caption)
