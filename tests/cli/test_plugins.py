"""Commands of other packages: listed without being loaded, and clear when their parts are missing."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from crible.cli import plugins


def use(monkeypatch: pytest.MonkeyPatch, *points: EntryPoint) -> None:
    monkeypatch.setattr(plugins, "entry_points", lambda group: points if group == plugins.GROUP else ())


def test_serve_is_listed_even_when_nobody_provides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch)
    assert plugins.plugin_names() == ["serve"]


def test_a_command_of_another_package_is_listed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, EntryPoint("watch", "elsewhere:watch", plugins.GROUP), EntryPoint("serve", "x:y", plugins.GROUP))
    assert plugins.plugin_names() == ["serve", "watch"]


@pytest.mark.parametrize(
    ("lang", "said"),
    [("fr", "installer crible[service] (pip install 'crible[service]')"), ("en", "install crible[service]")],
)
def test_missing_parts_are_named_with_the_extra_to_install(
    monkeypatch: pytest.MonkeyPatch, lang: plugins.Lang, said: str
) -> None:
    use(monkeypatch, EntryPoint("serve", "crible_absent_part.command:serve", plugins.GROUP))
    with pytest.raises(plugins.PartsMissing, match="crible_absent_part") as caught:
        plugins._load("serve", lang)
    assert said in str(caught.value)
    assert caught.value.exit_code == 4


def test_the_real_function_receives_its_own_options(monkeypatch: pytest.MonkeyPatch) -> None:
    import textwrap

    def echo(text: str, width: int = 5) -> int:
        return len(textwrap.shorten(text, width))

    monkeypatch.setattr(textwrap, "echo", echo, raising=False)
    use(monkeypatch, EntryPoint("echo", "textwrap:echo", plugins.GROUP))
    assert plugins._load("echo", "fr")(["un deux trois", "--width", "8"], standalone_mode=False) == 8
