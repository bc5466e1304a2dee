"""The documentation is executed: every command and option it names exists, and every one that exists is named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from crible import __version__
from crible.cli.commands import command

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
# `crible serve` answers with the options of the service, which documents them itself.
FOREIGN = {"serve"}


def commands() -> dict[str, Any]:
    """Every command by the words a user types, ``policy list`` included."""
    found: dict[str, Any] = {}
    for name, child in command("fr").commands.items():  # type: ignore[attr-defined]
        inner = getattr(child, "commands", None)
        found |= {f"{name} {sub}": c for sub, c in inner.items()} if inner else {name: child}
    return found


def options(parsed: Any) -> set[str]:
    return {opt for param in parsed.params for opt in param.opts if opt.startswith("-")} | {"--help"}


def readme_rows() -> dict[str, str]:
    """The table « Commands » of the README: command → its line."""
    section = README.split("## Commands", 1)[1].split("\n## ", 1)[0]
    rows = {}
    for line in section.splitlines():
        if line.startswith("| `crible "):
            names = line.replace("\\|", "/").split("|")[1]
            for name in re.findall(r"`crible ([a-z]+(?: (?:list|show|lint|diff|info|verify))?)", names):
                rows[name] = line
    return rows


def code_lines(text: str) -> list[str]:
    """Lines of console blocks that start with the prompt."""
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_every_command_has_its_row_in_the_readme_and_no_row_is_invented() -> None:
    assert set(readme_rows()) == set(commands())


@pytest.mark.parametrize("name", sorted(set(commands()) - FOREIGN))
def test_the_options_of_a_row_exist(name: str) -> None:
    named = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", readme_rows()[name]))
    assert named <= options(commands()[name])


def test_every_option_is_somewhere_in_the_readme() -> None:
    section = README.split("## Commands", 1)[1].split("\n## ", 1)[0]
    every = {opt for name, parsed in commands().items() if name not in FOREIGN for opt in options(parsed)}
    short = {"--output"}  # written `-o FILE`
    assert [opt for opt in sorted(every - short) if opt not in section] == []


@pytest.mark.parametrize("line", code_lines(README))
def test_a_command_line_of_the_readme_would_be_understood(line: str) -> None:
    words = line.split()
    program = Path(words[0]).name
    if program == "make":
        assert re.search(rf"^{words[1]}:", MAKEFILE, flags=re.MULTILINE)
    elif program == "crible":
        name = next(n for n in (" ".join(words[1:3]), words[1]) if n in commands())
        assert {w for w in words[2:] if w.startswith("--")} <= options(commands()[name])
    elif program == "weasel":
        project = yaml.safe_load((ROOT / words[3] / "project.yml").read_text(encoding="utf-8"))
        assert words[1] == "run"
        assert words[2] in project["workflows"]
    else:
        assert program in ("python", "python3")
        assert words[1:3] in (["-m", "venv"], ["-m", "pip"], ["-m", "pytest"])


def test_the_exit_codes_of_the_readme_are_those_of_the_code() -> None:
    from crible.cli import Outcome
    from crible.errors import CribleError

    def tree(kind: type[CribleError]) -> set[int]:
        return {kind.exit_code}.union(*(tree(sub) for sub in kind.__subclasses__()))

    section = README.split("| exit | meaning |", 1)[1].split("\n\n", 1)[0]
    told = {
        int(code) for row in re.findall(r"^\| ([\d, ]+) \|", section, flags=re.MULTILINE) for code in row.split(",")
    }
    assert tree(CribleError) | {int(outcome) for outcome in Outcome} | {130, 143} == told | ({5} & tree(CribleError))


def test_the_policies_of_the_readme_are_those_that_ship() -> None:
    from crible.scoring.policy import POLICY_IDS

    section = README.split("## The policies", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", section, flags=re.MULTILINE) == list(POLICY_IDS)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/resources/README.md"])
def test_links_to_files_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [t for t in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in t]
    assert [t for t in targets if not (ROOT / page).parent.joinpath(t).exists()] == []


def test_the_changelog_knows_this_version() -> None:
    assert __version__ in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_shared_resource_says_where_it_comes_from() -> None:
    folder = ROOT / "tests" / "resources"
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert [p.name for p in sorted(folder.iterdir()) if p.name != "README.md" and f"`{p.name}" not in text] == []
