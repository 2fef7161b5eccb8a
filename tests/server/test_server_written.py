"""What stands beside the form gives the same settings again: held against the real command line,
the reader of settings files, and a shell."""

from __future__ import annotations

import functools
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from test_cli import ARENA_VALUES, EVAL_VALUES, NEEDS, VALUES

from perfbench import cli
from perfbench.commands.command import said
from perfbench.config import load_settings, public, validated
from perfbench.config.secrets import masked
from perfbench.config.server import ServerConfig
from perfbench.options import Parser
from perfbench.server.checked import Checked, check, understood
from perfbench.server.fields import filled
from perfbench.server.queue import Command
from perfbench.server.vetting import OURS, model_of
from perfbench.server.written import command_line, settings_file

CASES: list[tuple[Command, str]] = [
    *(("perf", key) for key in VALUES),
    *(("eval", key) for key in sorted(EVAL_VALUES.keys() - VALUES.keys())),
    *(("arena", key) for key in ARENA_VALUES),
]
KEY = 'sk-4711-it\'s $HOME `x` \\ "quoted"'
DUMP = """
import json, sys
json.dump([sys.argv[1:], sys.stdin.read()], sys.stdout)
"""


def looked(command: Command, values: dict[str, Any]) -> Checked:
    found = check(command, values, ServerConfig())
    assert found.valid, found.errors
    assert found.command_line is not None
    return found


@functools.cache
def parser(command: Command) -> Parser:
    return cli.COMMANDS[command].parser()


def by_words(command: Command, words: list[str]) -> Any:
    """The settings of a command line, without those of the environment."""
    flags = parser(command).flags(words)
    file = flags.pop("config", None)
    return load_settings(
        model_of(command), said(flags).settings, Path(file) if file else None, environment={}
    )


def after_name(command: Command, line: str) -> list[str]:
    words = shlex.split(line)
    name = ["perfbench"] if command == "perf" else ["perfbench", command]
    assert words[: len(name)] == name
    return words[len(name) :]


@pytest.mark.parametrize(("command", "key"), CASES)
def test_every_setting_is_repeated(command: Command, key: str, tmp_path: Path) -> None:
    if key in OURS:
        return
    known: dict[str, tuple[list[str], Any]] = {"perf": VALUES, "eval": EVAL_VALUES}.get(
        command, ARENA_VALUES
    )
    values = {**NEEDS.get(key, {}), key: known[key][1]}
    if command == "eval":
        values |= {"datasets": ["gsm8k"]} if key != "datasets" else {}
    wanted = public(validated(model_of(command), values))
    shown = masked(understood(command, values))
    line = command_line(command, shown)
    assert public(by_words(command, after_name(command, line))) == wanted
    file = tmp_path / "settings.yaml"
    file.write_text(settings_file(command, shown), encoding="utf-8")
    secret = {"api_key": "OPENAI_API_KEY", "agent_token": "PERFBENCH_AGENT_TOKEN"}
    secret["sandbox_key"] = "PERFBENCH_SANDBOX_KEY"
    environment = {secret[key]: values[key]} if key in secret else {}
    assert public(load_settings(model_of(command), {}, file, environment)) == wanted
    assert public(validated(model_of(command), understood(command, values))) == wanted


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\ue000"), min_size=1)


@settings(max_examples=25)
@drawn(
    st.fixed_dictionaries(
        {},
        optional={
            "stop": st.lists(TEXT, min_size=1),
            "prompt": TEXT.filter(lambda text: not text.startswith("@")),  # that is a file
            "name": TEXT,
            "extra_args": st.dictionaries(TEXT, TEXT, min_size=1),
            "temperature": st.floats(0, 1e9),
            "rate": st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=4),
        },
    )
)
def test_whatever_is_given_is_repeated(values: dict[str, Any]) -> None:
    found = check("perf", values, ServerConfig())
    if "***" in json.dumps(found.given):  # It looks like a secret.
        return
    assert found.valid, found.errors
    assert found.command_line is not None
    wanted = public(validated(model_of("perf"), values))
    assert public(by_words("perf", after_name("perf", found.command_line))) == wanted


def in_a_shell(line: str, variables: dict[str, str], folder: Path) -> tuple[list[str], str]:
    """What ``perfbench`` is given by a shell: its words, and its standard input."""
    program = folder / "perfbench"
    program.write_text(f"#!{sys.executable}\n{DUMP}", encoding="utf-8")
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", line],
        input="",
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **variables, "PATH": f"{folder}:{os.environ['PATH']}"},
        check=True,
    )
    words, read = json.loads(done.stdout)
    return words, read


def test_a_shell_puts_secrets_where_they_were(tmp_path: Path) -> None:
    values = {
        "url": "http://h",
        "api_key": KEY,
        "headers": {"X-Key": "sk-header-1234567"},
        "extra_args": {"api_key": "sk-extra-1234567", "min_p": 0.1},
        "stop": ["--", "it's", "$HOME\n"],
        "total_timeout": None,
        "simulator": {"ttft_ms": 3, "model": "$x `y` \\z"},
    }
    line = looked("perf", values).command_line or ""
    assert not any(secret in line for secret in ("4711", "header-123", "extra-123"))
    variables = {
        "OPENAI_API_KEY": KEY,
        "HEADERS_X_KEY_SECRET": "sk-header-1234567",
        "EXTRA_ARGS_API_KEY_SECRET": "sk-extra-1234567",
    }
    words, read = in_a_shell(line, variables, tmp_path)
    file = tmp_path / "read.yaml"
    file.write_text(read, encoding="utf-8")
    words[words.index("--config") + 1] = str(file)
    config, wanted = by_words("perf", words), validated(model_of("perf"), values)
    assert config == wanted
    assert config.api_key.get_secret_value() == KEY


def test_named_models_are_a_file_in_the_line(tmp_path: Path) -> None:
    models = {"a": {"url": "http://h", "api_key": KEY}, "b": {"url": "http://i", "stop": ["$x"]}}
    values = {"models": ["a", "b"], "datasets": ["gsm8k"], "model_configs": models}
    found = looked("arena", values)
    assert "4711" not in str(found)
    escaped = {"MODEL_CONFIGS_A_API_KEY_SECRET": "sk-4711-plain-key"}
    words, read = in_a_shell(found.command_line or "", escaped, tmp_path)
    file = tmp_path / "read.yaml"
    file.write_text(read, encoding="utf-8")
    words[words.index("--config") + 1] = str(file)
    config = by_words("arena", words[1:])
    assert config.model_configs["a"].api_key.get_secret_value() == "sk-4711-plain-key"
    assert config.model_configs["b"] == validated(model_of("arena"), values).model_configs["b"]


def test_masks_are_said() -> None:
    found = looked("perf", {"headers": {"X-Key": "sk-header-1234567"}, "api_key": "sk-1234567"})
    assert (found.yaml or "").splitlines() == [
        "# api_key: read from OPENAI_API_KEY",
        "# *** stands for a secret",
        "headers: {X-Key: '***'}",
    ]
    gemini = looked("perf", {"api": "gemini", "api_key": "sk-1234567", "url": "http://h"})
    assert '--api-key "$GEMINI_API_KEY"' in (gemini.command_line or "")


def test_how_much_would_be_asked() -> None:
    amount = looked("perf", {"parallel": "1 10", "number": "2k", "repeat": 2}).amount
    assert amount is not None
    assert (amount.points, amount.requests, amount.longest_s) == (4, 8000, None)
    amount = looked("perf", {"rate": [3], "duration": 60}).amount
    assert amount is not None
    assert (amount.points, amount.requests, amount.longest_s) == (1, None, 60)
    assert looked("perf", {"search": "parallel", "slo": ["failed<1"]}).amount is None


def test_all_that_is_wrong_is_said_at_once() -> None:
    values = {"parallel": "x", "rate": [-1], "simulator": {"ttft_ms": -3}, "api_key": "sk-1234567"}
    found = check("perf", values, ServerConfig())
    assert [error.field for error in found.errors] == ["parallel", "rate", "simulator.ttft_ms"]
    assert (found.valid, found.settings, found.command_line, found.yaml) == (False, *[None] * 3)
    assert found.given["api_key"] == "***"
    between = check("perf", {"drop_late": 3}, ServerConfig())
    assert [(error.field, error.message[:11]) for error in between.errors] == [
        (None, "--drop-late")
    ]
    ours = check("perf", {"outputs_dir": "/"}, ServerConfig())
    assert [error.field for error in ours.errors] == ["outputs_dir"]
    assert [error.field for error in check("eval", {}, ServerConfig()).errors] == ["datasets"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("goodput", value) for value in (None, True, 3, [None])),
        *(("extra_args", value) for value in ([["a=1"]], [{}, "a=1"], 3, "{", True)),
        *(("headers", value) for value in ([1], {"a": None}, {"a": [1]})),
        *(("warmup", value) for value in ("inf", "1e999", "nan")),
        *(("think_time", value) for value in (10**400, True, [])),
        *(("parallel", value) for value in (10**400, [[1]], {})),
        *(("simulator", value) for value in (3, [], {"": 1}, {"ttft_ms": {}})),
        *(("stop", value) for value in ([None], [[]], 0)),
        ("repeat", 10**30),
        ("api_key", {}),
    ],
)
def test_whatever_is_given_is_right_or_a_problem(key: str, value: Any) -> None:
    found = check("perf", {key: value}, ServerConfig())
    assert found.valid or found.errors
    filled("perf", masked({key: value}))
