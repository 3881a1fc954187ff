"""`lockgate generate`: what it refuses before anything runs."""

from pathlib import Path

import pytest

from tests.helpers.command_line import Lockgate


@pytest.mark.parametrize(
    ("arguments", "mistake"),
    [
        (("nowhere",), "Unknown world 'nowhere'. Known: flights, retail, shop, subscriptions."),
        (
            ("shop", "--kind", "orchestrate"),
            "Tasks of kind orchestrate cannot be made yet. Kinds that can: repair, impl, evol, data_tests, load, "
            "incremental, migrate, optimize.",
        ),
        (
            ("shop", "--kind", "repairs"),
            "Unknown kind 'repairs'. Known: data_tests, evol, impl, incremental, load, migrate, optimize, repair. Did "
            "you mean 'repair'?",
        ),
        (
            ("shop", "--difficulty", "hardd"),
            "Unknown difficulty 'hardd'. Known: easy, hard, medium. Did you mean 'hard'?",
        ),
        (
            ("shop", "--base-url", "http://127.0.0.1:9"),
            "--base-url and --key-variable belong to a model. Name one with --rewrite.",
        ),
        (
            ("shop", "--rewrite", "openai/gpt-5-mini", "--key-variable", "KEY_THAT_NOBODY_SET"),
            "KEY_THAT_NOBODY_SET is not set: model openai/gpt-5-mini needs the environment variable with its "
            "provider's key.",
        ),
    ],
)
def test_what_there_is_not_is_told(
    arguments: tuple[str, ...], mistake: str, lockgate: Lockgate, tmp_path: Path
) -> None:
    done = lockgate("generate", *arguments, "--out", str(tmp_path / "made"))
    assert done.exit_code == 1
    assert done.mistake == mistake
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(("content", "what"), [(None, "is a file"), ("old.txt", "is not empty")])
def test_nothing_is_written_over(content: str | None, what: str, lockgate: Lockgate, tmp_path: Path) -> None:
    out = tmp_path / "made"
    if content is None:
        out.write_text("mine")
    else:
        out.mkdir()
        (out / content).write_text("mine")
    done = lockgate("generate", "shop", "--out", str(out))
    assert done.exit_code == 1
    assert done.mistake == f"{out} {what}. Name a new folder with --out, or remove it."
    assert (out if content is None else out / content).read_text() == "mine"


@pytest.mark.parametrize("arguments", [("--count", "0"), ("--count", "many"), ("--seed", "-1"), ()])
def test_numbers_and_the_folder_are_asked_for(arguments: tuple[str, ...], lockgate: Lockgate, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "made")) if arguments else ()
    assert lockgate("generate", "shop", *arguments, *out).exit_code == 2
