"""Who hosts the data, and whether a cloud service is bought (rubric C.4)."""

from __future__ import annotations

from collections.abc import Sequence

from crible.scoring.evidence import resting_on
from crible.scoring.facts.cpv import CpvSignals
from crible.types import Fact, Finding

# Hosting of the contractor's own service tools (tickets, tests) is not hosting of the buyer's data.
_SERVICE_ONLY = ("service_tools", "test")
# Advice, audit and training: nothing of the buyer is stored by the contractor. Development and maintenance leave open
# where the application runs.
_ADVICE = ("amo", "audit", "training")
# A call is about advice when four clauses in five buy advice: a platform to follow the orders is not its object.
_ADVICE_SHARE = 0.8
# Next to many clauses that buy advice, a few words on a platform are said in passing.
_IN_PASSING = 0.1
_CERTAIN = 0.8
# Where a pattern and the model disagree a finding has 0.5: this is clearly above.
_LIKELY = 0.6
# Clauses that make sense only when the contractor hosts.
_HOSTING_DEMANDS = (
    "ho_location_france", "ho_location_eu", "ho_multi_dc_france", "sv_secnumcloud", "dp_hds", "sv_extra_eu_immunity",
)  # fmt: skip
# Clauses that describe today count for half of a clause that obliges.
_DESCRIBED = 0.5


def find_hosting(
    findings: Sequence[Finding], in_object: frozenset[str], cpv: CpvSignals, *, technical: bool
) -> tuple[Fact, tuple[str, ...]]:
    """The fact ``hosting`` and the notes it raises.

    ``in_object`` are the findings where the object is stated; ``technical`` tells whether a technical piece was read:
    without one, that nothing is hosted cannot be said.
    """
    live = [f for f in findings if f.probability >= 0.5 and not f.negated]
    cloud = [f for f in live if f.label == "ds_cloud_service" and f.strength != "informative"]
    hosted = [f for f in live if f.label == "ho_hosting_in_scope" and not _service_only(f)]
    firm = [f for f in hosted if f.strength != "informative"]
    premises = [f for f in live if f.label == "ho_buyer_premises"]
    demands = [f for f in live if f.label in _HOSTING_DEMANDS and f.strength in ("mandatory", "scored")]
    excluded = [f for f in findings if f.label == "ho_hosting_in_scope" and f.negated and f.probability >= 0.5]
    notes = _notes(live, hosted)

    stated = [f for f in (*cloud, *hosted) if f.id in in_object and f.part != "BPU"]
    if stated and not _outweighed(stated, premises, in_object):
        return resting_on("contractor", 0.95, stated, "the object says that the contractor hosts"), notes
    if excluded and not stated:
        return resting_on("buyer", 0.8, excluded, "hosting by the contractor is excluded"), notes
    ours = _weight(cloud) + _weight(hosted)
    theirs = _weight(premises)
    # A lone clause on which the signs disagree says little: it needs another beside it.
    likely = [f for f in (*cloud, *firm) if f.probability >= _LIKELY]
    if ours and theirs:
        # Both are spoken of: location or qualification demands settle for the contractor, otherwise the more frequent.
        settled = [f for f in demands if f.probability >= _CERTAIN]
        if likely and (settled or ours > theirs):
            return resting_on(
                "contractor", 0.6, [*cloud, *firm], "the contractor hosts, though premises of the buyer are named"
            ), notes
        return resting_on(
            "buyer", 0.6, premises, "the buyer's premises are named more than hosting by the contractor"
        ), notes
    bought = [f for f in live if f.label.startswith("ds_") and f.strength != "informative"]
    advice = technical and bool(bought) and sum(_stores_nothing(f, cpv) for f in bought) >= _ADVICE_SHARE * len(bought)
    if advice and len(cloud) + len(firm) <= _IN_PASSING * len(bought):
        return resting_on("none", 0.7, bought, "equipment, consulting or training only"), notes
    if likely or len(cloud) + len(hosted) > 1:
        certain = [f for f in (*cloud, *firm) if f.probability >= _CERTAIN]
        # One clause alone may be misread: it makes the hosting likely, not established.
        # So do two clauses that are only likely, beside a certain one that makes no sense otherwise.
        presupposed = len(likely) >= 2 and any(f.probability >= _CERTAIN for f in demands)
        sure = 0.9 if len(certain) >= 2 or (certain and demands) or presupposed else 0.7
        return resting_on("contractor", sure, [*cloud, *hosted], "a clause says that the contractor hosts"), notes
    if any(f.strength == "mandatory" for f in premises):
        return resting_on("buyer", 0.85, premises, "the solution runs on the buyer's premises"), notes
    if "contractor" in cpv.hosting:
        return Fact("contractor", 0.8, why="CPV of hosted services"), notes
    if len({f.label for f in demands}) >= 2:
        return resting_on("contractor", 0.7, demands, "location or qualification of the hosting is required"), notes
    if len(premises) >= 3:
        return resting_on(
            "buyer", 0.6, premises, "the existing premises of the buyer are described, no other hosting is"
        ), notes
    return Fact("unknown", 0.5, why="no clause on hosting found"), notes


def find_cloud(findings: Sequence[Finding], hosting: Fact) -> Fact:
    """Whether a cloud service is bought: said so, or hosting by the contractor."""
    cloud = [f for f in findings if f.label == "ds_cloud_service" and f.strength != "informative" and not f.negated]
    if any(f.probability >= _LIKELY for f in cloud) or len(cloud) > 1:
        return resting_on("yes", max(f.probability for f in cloud), cloud, "a cloud service is bought")
    if hosting.value == "contractor":
        return Fact("yes", hosting.probability, hosting.evidence, "the contractor hosts")
    if hosting.value in ("buyer", "none"):
        return Fact("no", hosting.probability, hosting.evidence, "no hosting is bought")
    return Fact("unknown", 0.5, why="no clause on hosting found")


def _service_only(finding: Finding) -> bool:
    perimeter = finding.params.get("perimeter")
    values = perimeter if isinstance(perimeter, (list, tuple)) else [perimeter]
    return bool(values) and all(v in _SERVICE_ONLY for v in values)


def _stores_nothing(finding: Finding, cpv: CpvSignals) -> bool:
    if finding.label == "ds_hardware_network":
        return not finding.params.get("cloud_managed")
    kind = finding.params.get("kind")
    return finding.label == "ds_it_services" and (kind in _ADVICE or (kind is None and "none" in cpv.hosting))


def _weight(findings: Sequence[Finding]) -> float:
    return sum(f.probability * (_DESCRIBED if f.strength == "informative" else 1.0) for f in findings)


def _outweighed(stated: Sequence[Finding], premises: Sequence[Finding], in_object: frozenset[str]) -> bool:
    """An object that says both that it is hosted and that it runs at the buyer's is left to the other clauses."""
    return any(f.id in in_object and f.strength == "mandatory" for f in premises) or (
        all(f.strength == "informative" for f in stated) and any(f.strength == "mandatory" for f in premises)
    )


def _notes(live: Sequence[Finding], hosted: Sequence[Finding]) -> tuple[str, ...]:
    managed = any(f.label == "ds_hardware_network" and f.params.get("cloud_managed") for f in live)
    tools = any(f.label == "ho_hosting_in_scope" and _service_only(f) for f in live) and not hosted
    return ("PARTIAL_HOSTING",) if managed or tools else ()
