"""The file of a policy: YAML with the line of every key, and what is wrong with it told by path and line.

A file may come from anybody: aliases (which can blow a small file up), repeated keys (of which YAML keeps the last in
silence), deep nesting and large files are refused.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel

from crible.errors import ConfigurationError

if TYPE_CHECKING:
    from pydantic import ValidationError

Loc = tuple[int | str, ...]
_MOST_BYTES = 1_000_000  # the packs that ship have about 5,000
_MOST_DEPTH = 30  # they nest 9 deep


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a pack: a ``code`` worded by the doors, where it stands, and its particulars."""

    code: str
    loc: Loc = ()
    line: int | None = None
    particulars: Mapping[str, str] = field(default_factory=dict)
    severity: Literal["error", "warning"] = "error"

    @property
    def path(self) -> str:
        """``components.0.weight``; ``policy`` for the whole."""
        return ".".join(str(part) for part in self.loc) or "policy"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The data of a file and the line of each key and item, by path."""

    data: dict[str, Any]
    lines: Mapping[Loc, int]

    def line(self, loc: Loc) -> int | None:
        """The line of ``loc``, or of the nearest thing above it that the file has."""
        for end in range(len(loc), 0, -1):
            if loc[:end] in self.lines:
                return self.lines[loc[:end]]
        return None

    def placed(self, problem: Problem) -> Problem:
        return replace(problem, line=self.line(problem.loc))


def parse(path: Path) -> Parsed:
    """Read a file as one mapping. Raises :class:`ConfigurationError` naming the file, and the line where it can."""
    # The C loader reads a pack in about 3 ms, the Python one in about 30 ms.
    loader_class: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise ConfigurationError(f"{path.name}: more than {_MOST_BYTES:,} bytes, this is no policy")
        loader = loader_class(raw.decode("utf-8-sig"))
        try:
            root = loader.get_single_node()
            lines = _lines(root, path.name) if root is not None else {}
            data = loader.construct_document(root) if root is not None else None
        finally:
            loader.dispose()
    # A date such as 2026-02-30 is a ValueError of the loader, brackets without end a RecursionError.
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path.name}: a policy is a mapping of keys, not {type(data).__name__}")
    return Parsed(data, lines)


def _lines(root: yaml.Node, name: str) -> dict[Loc, int]:
    found: dict[Loc, int] = {}
    seen: set[int] = set()
    waiting: list[tuple[Loc, yaml.Node]] = [((), root)]
    while waiting:
        loc, node = waiting.pop()
        line = node.start_mark.line + 1
        if id(node) in seen or len(loc) > _MOST_DEPTH:
            why = "nested too deeply" if len(loc) > _MOST_DEPTH else "aliases (*name) are not allowed"
            raise ConfigurationError(f"{name}, line {line}: {why}")
        seen.add(id(node))
        found.setdefault(loc, line)
        if isinstance(node, yaml.SequenceNode):
            waiting += [((*loc, i), item) for i, item in enumerate(node.value)]
        elif isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*loc, str(key.value))
                if here in found:
                    raise ConfigurationError(f"{name}, line {key.start_mark.line + 1}: {key.value!r} is given twice")
                found[here] = key.start_mark.line + 1
                waiting.append((here, value))
    return found


def schema_problems(error: ValidationError, model: type[BaseModel], parsed: Parsed) -> list[Problem]:
    """What pydantic refused, one problem per place, in the order of the file."""
    found: dict[tuple[Loc, str], Problem] = {}
    for said in error.errors():
        loc = tuple(part for part in said["loc"] if not _is_branch(part))
        if said["type"] == "extra_forbidden":
            # A branch of a union that the value was not meant for complains too: its keys are named once, together.
            key = (loc, "unknown-key")
            allowed = set(_allowed(said["loc"], model))
            if key in found:
                allowed |= set(found[key].particulars["allowed"].split(", "))
            found[key] = Problem(
                "unknown-key", loc, parsed.line(loc), {"key": str(loc[-1]), "allowed": ", ".join(sorted(allowed))}
            )
        elif said["type"] == "missing":
            found.setdefault((loc, ""), Problem("missing-key", loc, parsed.line(loc), {"key": str(loc[-1])}))
        else:
            found.setdefault((loc, ""), Problem("wrong-value", loc, parsed.line(loc), {"why": said["msg"]}))
    return sorted(found.values(), key=lambda p: (p.line or 0, p.path))


def in_words(name: str, problems: Iterable[Problem], lang: Literal["fr", "en"]) -> str:
    """All the problems on one line, the file and the lines named."""
    return f"{name}: " + "; ".join(told(problem, lang) for problem in problems)


def told(problem: Problem, lang: Literal["fr", "en"]) -> str:
    """« ligne 12, components.0.weight : clé inconnue … »."""
    from crible.scoring.reasons import message

    text = message(f"lint:{problem.code}", lang, path=problem.path, **problem.particulars)
    if problem.line is None:
        return text
    return f"ligne {problem.line} : {text}" if lang == "fr" else f"line {problem.line}: {text}"


def _is_branch(part: int | str) -> bool:
    # pydantic names the branch of a union in the location of an error
    return isinstance(part, str) and (part in _branches() or part in ("str", "int", "bool", "tuple[str, ...]"))


def _branches() -> dict[str, type[BaseModel]]:
    from crible.scoring.policy import AllOf, AnyOf, LabelCondition

    return {model.__name__: model for model in (LabelCondition, AllOf, AnyOf)}


def _allowed(loc: Loc, model: type[BaseModel]) -> list[str]:
    """The keys that were allowed where ``loc`` ends, found by walking the schema."""
    here: Any = model
    for part in loc[:-1]:
        if isinstance(part, str) and part in here.model_fields:
            here = _inner_model(here.model_fields[part].annotation) or here
        elif isinstance(part, str):
            here = _branches().get(part, here)
    return [found.alias or name for name, found in here.model_fields.items()]


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (tuple, list, dict, Union, types.UnionType):
        for inner in get_args(annotation):
            if (model := _inner_model(inner)) is not None:
                return model
    return None
