"""The smallest changes that would change a verdict, found by judging the tender again with each of them.

Sets of one change are tried first, then of two, then of three, until the best verdict is reached. A set is kept when
no proper subset of it gives the same verdict; what is announced of it is what judging again gave, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from crible.scoring.changes import Case, Change, apply, improvements, weakenings
from crible.scoring.lots import worst_first
from crible.scoring.policy import PolicyPack
from crible.scoring.profiles import judge
from crible.types import ProfileResult, Verdict

MOST_CHANGES = 3  # more than three at once is a new tender, not a correction
# Judgements per search: 40 changes taken three at a time are 10,700, about two seconds.
BUDGET = 12_000
# From the worst to the best; out of scope is neither.
_RANK: Mapping[Verdict, int] = {"non_compliant": 0, "needs_review": 1, "compliant": 2}


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Changes that together give ``verdict``, none of which can be spared."""

    changes: tuple[Change, ...]
    verdict: Verdict
    score: float | None


@dataclass(frozen=True, slots=True)
class Search:
    """What would improve a verdict and what would make it worse, the smallest sets first.

    ``complete`` is false when the search stopped at its budget: larger sets may exist, those told stay minimal.
    """

    verdict: Verdict
    better: tuple[Counterfactual, ...]
    worse: tuple[Counterfactual, ...]
    other: tuple[Counterfactual, ...]
    complete: bool
    judged: int


def outcome(case: Case, pack: PolicyPack) -> ProfileResult:
    """The result of a tender under one pack: that of its worst lot."""
    results = [judge(tender, {pack.id: pack})[pack.id] for tender in case.values()]
    return min(results, key=lambda r: worst_first(r.verdict, r.score))


def search(case: Case, pack: PolicyPack, *, most: int = MOST_CHANGES, budget: int = BUDGET) -> Search:
    """Every minimal set of at most ``most`` changes, up to the size that reaches the best verdict."""
    bare = {lot: replace(tender, evidence={}) for lot, tender in case.items()}
    now = outcome(bare, pack).verdict
    up = _Walk(bare, pack, improvements(bare, pack), now, budget)
    up.walk(most, enough=lambda verdict: verdict == "compliant")
    found = list(up.found)
    judged, complete = up.judged, up.complete
    if now in ("compliant", "needs_review"):
        down = _Walk(bare, pack, weakenings(bare, pack), now, budget)
        down.walk(most, enough=lambda verdict: _RANK.get(verdict, 3) < _RANK[now])
        found += [c for c in down.found if _RANK.get(c.verdict, 3) < _RANK[now]]
        judged, complete = judged + down.judged, complete and down.complete
    rank, here = _RANK, _RANK.get(now, -1)
    better = [c for c in found if c.verdict in rank and rank[c.verdict] > here and now in rank]
    worse = [c for c in found if c.verdict in rank and rank[c.verdict] < here]
    other = [c for c in found if c not in better and c not in worse]
    better.sort(key=lambda c: (-rank[c.verdict], len(c.changes)))
    worse.sort(key=lambda c: (rank[c.verdict], len(c.changes)))
    return Search(now, tuple(better), tuple(worse), tuple(other), complete, judged)


class _Walk:
    """One walk through sets of changes, by growing size."""

    def __init__(self, case: Case, pack: PolicyPack, changes: Sequence[Change], now: Verdict, budget: int) -> None:
        self.case, self.pack, self.changes, self.now, self.budget = case, pack, changes, now, budget
        self.judged = 0
        self.complete = True
        self._kept: list[tuple[frozenset[int], Counterfactual]] = []

    @property
    def found(self) -> list[Counterfactual]:
        return [counterfactual for _, counterfactual in self._kept]

    def walk(self, most: int, *, enough: Callable[[Verdict], bool]) -> None:
        ended: list[frozenset[int]] = []  # sets that reached what was looked for: nothing is gained beyond them
        for size in range(1, most + 1):
            for numbers in combinations(range(len(self.changes)), size):
                members = frozenset(numbers)
                chosen = tuple(self.changes[n] for n in numbers)
                if len({c.key for c in chosen}) < size or any(one <= members for one in ended):
                    continue
                if self.judged >= self.budget:
                    self.complete = False
                    return
                self.judged += 1
                result = outcome(apply(self.case, chosen), self.pack)
                if result.verdict == self.now:
                    continue
                if enough(result.verdict):
                    ended.append(members)
                if self._minimal(members, result.verdict) and not self._milder(chosen, result.verdict):
                    self._kept.append((members, Counterfactual(chosen, result.verdict, result.score)))
            if ended:
                return

    def _minimal(self, members: frozenset[int], verdict: Verdict) -> bool:
        return not any(one <= members for one, kept in self._kept if kept.verdict == verdict)

    def _milder(self, chosen: tuple[Change, ...], verdict: Verdict) -> bool:
        """Whether a set that asks for less does the same: a clause without particulars, scored and not taken out."""
        return any(
            kept.verdict == verdict
            and len(kept.changes) == len(chosen)
            and all(_asks_no_more(less, more) for less, more in zip(kept.changes, chosen, strict=True))
            for _, kept in self._kept
        )


def _asks_no_more(less: Change, more: Change) -> bool:
    if less == more:
        return True
    if less.target != more.target:
        return False
    if less.kind == more.kind == "require":
        return set(less.params) <= set(more.params)
    return (less.kind, more.kind) == ("weaken", "remove")
