"""Trains the network: the lower layers as the base has them, the upper ones and the questions on the families.

The states that the lower layers give are computed once and kept in a file, so that an epoch costs the upper layers
alone. One fold of the training authorities is left out for calibration. A run that was cut goes on from its last epoch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from crible.classification.encoder import stretches, told_around
from crible.classification.segments import Clause
from crible.classification.taxonomy import labels
from crible_training.encoder.model import ClauseEncoder
from crible_training.encoder.recipe import Recipe
from crible_training.encoder.views import VIEWS
from crible_training.fit import HEADS, Examples

if TYPE_CHECKING:
    from crible_training.encoder.distil import Lesson

# The fold of the training authorities that calibrates what the others trained.
CALIBRATION_FOLD = 0
_CHECKPOINT = "checkpoint.pt"
_BUCKET = 20  # batches drawn together, then sorted by length: padding costs as much as text
_SHOWN = (0.6, 0.4)  # how often each of the views
_WARM_UP = 0.06  # share of the steps
_CLIP = 1.0  # norm of the gradient
_HEADS_WEIGHT = 0.5  # of strength, effect and actor beside the labels


@dataclass(frozen=True, slots=True)
class Cached:
    """States after the frozen layers: ``states[offsets[i]:offsets[i + 1]]`` are those of wording ``i``, float16."""

    states: Any
    offsets: Any

    @property
    def lengths(self) -> Any:
        return self.offsets[1:] - self.offsets[:-1]

    def batch(self, rows: Any, device: str) -> tuple[Any, Any]:
        """States (rows, tokens, hidden) and mask, padded to the longest."""
        lengths = self.lengths[rows]
        states = np.zeros((len(rows), int(lengths.max()), self.states.shape[1]), np.float32)
        mask = np.zeros(states.shape[:2], np.float32)
        for place, (row, length) in enumerate(zip(rows, lengths, strict=True)):
            states[place, :length] = self.states[self.offsets[row] : self.offsets[row + 1]]
            mask[place, :length] = 1
        return torch.from_numpy(states).to(device), torch.from_numpy(mask).to(device)


def token_ids(tokenizer: Path, clauses: Sequence[Clause]) -> list[list[int]]:
    """What the encoder reads of each clause; of a long one, its first stretch."""
    from tokenizers import Tokenizer

    found = Tokenizer.from_file(str(tokenizer))
    found.no_padding()
    found.no_truncation()
    return [parts[0] for parts in stretches(found, [(told_around(c), c.text) for c in clauses])]


def padded(ids: Sequence[list[int]]) -> tuple[Any, Any]:
    """Token ids and mask (rows, tokens), padded to the longest."""
    fed = torch.ones(len(ids), max(map(len, ids)), dtype=torch.long)
    mask = torch.zeros_like(fed)
    for place, row in enumerate(ids):
        fed[place, : len(row)] = torch.tensor(row)
        mask[place, : len(row)] = 1
    return fed, mask


def cache(
    network: ClauseEncoder, ids: Sequence[list[int]], frozen: int, path: Path, device: str, say: Callable[[str], None]
) -> Cached:
    """The states of the frozen layers, in a file beside the run."""
    lengths = np.array([len(i) for i in ids])
    offsets = np.concatenate([[0], lengths.cumsum()])
    hidden = network.norm.normalized_shape[0]
    states = np.lib.format.open_memmap(path, "w+", np.float16, (int(offsets[-1]), hidden))
    network.eval().to(device)
    order = np.argsort(lengths, kind="stable")
    with torch.no_grad():
        for start in range(0, len(order), 32):
            rows = order[start : start + 32]
            fed, mask = padded([ids[row] for row in rows])
            found = network.lower(fed.to(device), mask.to(device), frozen).cpu().numpy()
            for place, row in enumerate(rows):
                states[offsets[row] : offsets[row + 1]] = found[place, : lengths[row]]
            if start % 3200 == 0:
                say(f"frozen layers: {start} of {len(order)} wordings")
    return Cached(states, offsets)


def tune(
    network: ClauseEncoder,
    cached: Cached,
    given: Examples,
    recipe: Recipe,
    out: Path,
    *,
    device: str,
    say: Callable[[str], None],
    lesson: Lesson | None = None,
) -> None:
    """Train the layers above the frozen ones, epoch after epoch, each saved in ``out``. ``lesson``: what a deeper
    network says of the same views."""
    torch.manual_seed(recipe.seed)
    network.to(device)
    trained = [p for layer in list(network.layers)[recipe.frozen :] for p in layer.parameters()]
    asked = [*network.norm.parameters(), *network.head.parameters()]
    groups = [{"params": trained, "lr": recipe.rate}, {"params": asked, "lr": recipe.head_rate}]
    optimiser = torch.optim.AdamW([g for g in groups if g["params"]], weight_decay=recipe.decay)
    count = len(given.targets) // VIEWS
    steps = recipe.epochs * -(-count // recipe.batch)
    warm = max(1, int(_WARM_UP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
    )
    loss = _Loss(given, device)
    begun = _resumed(network, optimiser, schedule, recipe, out)
    for epoch in range(begun, recipe.epochs):
        network.train()
        total, seen = 0.0, 0
        for rows in _batches(cached.lengths, recipe, epoch):
            with torch.autocast(device, torch.bfloat16, enabled=recipe.half):
                sums, vectors = network.upper(*cached.batch(rows, device), recipe.frozen)
            value = loss(sums.float(), rows)
            if lesson is not None:
                value = value + lesson.loss(sums.float(), vectors.float(), rows)
            optimiser.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_([*trained, *asked], _CLIP)
            optimiser.step()
            schedule.step()
            total, seen = total + float(value.detach()) * len(rows), seen + len(rows)
            if seen % (100 * recipe.batch) < recipe.batch:
                say(f"epoch {epoch + 1} of {recipe.epochs}: {seen} of {count} wordings, loss {total / seen:.3f}")
        _save(network, optimiser, schedule, recipe, epoch + 1, out)


class _Loss:
    """Labels: yes or no each, the rarer the heavier (square root of the odds). Heads: one class, where they apply."""

    def __init__(self, given: Examples, device: str) -> None:
        targets = given.targets.astype(np.float32)
        positive = np.maximum(targets.sum(axis=0), 1)
        weight = np.sqrt((len(targets) - positive) / positive)
        self._targets = torch.from_numpy(targets).to(device)
        self._heads = {name: torch.from_numpy(given.heads[name].astype(np.int64)).to(device) for name in HEADS}
        self._weight = torch.from_numpy(weight.astype(np.float32)).to(device)

    def __call__(self, sums: Any, rows: Any) -> Any:
        count = len(labels())
        at = torch.from_numpy(rows).to(sums.device)
        each = nn.functional.binary_cross_entropy_with_logits(
            sums[:, :count], self._targets[at], pos_weight=self._weight, reduction="none"
        )
        value = each.sum(1).mean()
        start = count
        for name, classes in HEADS.items():
            expected = self._heads[name][at]
            if bool((expected >= 0).any()):
                said = sums[:, start : start + len(classes)]
                value = value + _HEADS_WEIGHT * nn.functional.cross_entropy(said, expected, ignore_index=-1)
            start += len(classes)
        return value


def _batches(lengths: Any, recipe: Recipe, epoch: int) -> Iterator[Any]:
    """One view of each wording, of alike lengths, in an order that the seed and the epoch settle."""
    draw = np.random.default_rng((recipe.seed, epoch))
    count = len(lengths) // VIEWS
    order = draw.permutation(count) + count * draw.choice(VIEWS, count, p=_SHOWN)
    found = []
    for start in range(0, len(order), recipe.batch * _BUCKET):
        some = order[start : start + recipe.batch * _BUCKET]
        some = some[np.argsort(lengths[some], kind="stable")]
        found += [some[i : i + recipe.batch] for i in range(0, len(some), recipe.batch)]
    for n in draw.permutation(len(found)):
        yield found[n]


def _save(network: Any, optimiser: Any, schedule: Any, recipe: Recipe, epoch: int, out: Path) -> None:
    part = out / f"{_CHECKPOINT}.part"
    state = {
        "recipe": json.dumps(asdict(recipe)), "epoch": epoch, "network": network.state_dict(),
        "optimiser": optimiser.state_dict(), "schedule": schedule.state_dict(), "drawn": torch.get_rng_state(),
    }  # fmt: skip
    torch.save(state, part)
    part.replace(out / _CHECKPOINT)


def _resumed(network: Any, optimiser: Any, schedule: Any, recipe: Recipe, out: Path) -> int:
    """The epoch to go on from: 0, or after the last one saved by the same recipe."""
    path = out / _CHECKPOINT
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["recipe"] != json.dumps(asdict(recipe)):
        return 0
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    torch.set_rng_state(state["drawn"])
    return int(state["epoch"])


def trained_network(base: Path, run: Path) -> tuple[ClauseEncoder, Recipe]:
    """The network of a finished run."""
    state = torch.load(run / _CHECKPOINT, weights_only=True)
    recipe = Recipe(**json.loads(state["recipe"]))
    network = ClauseEncoder(base, layers=recipe.layers)
    network.load_state_dict(state["network"])
    return network.eval(), recipe
