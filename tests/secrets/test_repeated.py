"""The command that repeats a run, where settings hold what is not shown or no flag can give."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from perfbench.config import command_of, load_config, load_settings, public
from perfbench.config.evaluation import EvalConfig

KEY = "sk-9f$HOME 'x"


def test_a_key_is_taken_from_the_environment_when_the_command_is_pasted() -> None:
    config = load_config({"url": "http://h", "api_key": KEY, "name": "two words"})
    command = command_of(config, public(config), "perfbench")
    assert command is not None
    assert KEY not in command
    words = subprocess.run(
        ["sh", "-c", "perfbench() { printf '%s\\n' \"$@\"; }; " + command],
        env={**os.environ, "OPENAI_API_KEY": KEY},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert words[words.index("--api-key") + 1] == KEY
    assert words[words.index("--name") + 1] == "two words"


def test_named_models_leave_no_command_for_no_flag_gives_them(tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    file.write_text("model_configs: {a: {url: http://h}}\nmodels: [a]\n")
    config = load_settings(EvalConfig, {"datasets": ["gsm8k"]}, file)
    assert command_of(config, public(config), "perfbench eval") is None
