"""Settings of where programs run, in our words and in EvalScope's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from perfbench import cli
from perfbench.commands.command import said
from perfbench.config import load_settings, public
from perfbench.config.evaluation import EvalConfig
from perfbench.config.sandbox import SandboxSettings, ServeConfig
from perfbench.errors import ConfigError

URL = "http://127.0.0.1:1"


def by_flags(*words: str) -> EvalConfig:
    return load_settings(EvalConfig, said(cli.COMMANDS["eval"].parser().flags(words)).settings)


def meant(config: SandboxSettings) -> tuple[str, str | None, int | None]:
    return config.sandbox, config.sandbox_url, config.sandbox_workers


def test_evalscope_s_names(tmp_path: Path) -> None:
    theirs: dict[str, Any] = {
        "use_sandbox": True,
        "sandbox_type": "docker",
        "sandbox_manager_config": {"base_url": URL},
        "judge_worker_num": 5,
    }
    file = tmp_path / "settings.json"
    file.write_text(json.dumps(theirs), encoding="utf-8")
    flags = ("--use-sandbox", "--sandbox-type", "docker", "--judge-worker-num", "5")
    manager = ("--sandbox-manager-config", json.dumps({"base_url": URL}))
    for config in (
        EvalConfig.model_validate(theirs),
        load_settings(EvalConfig, {}, file, {}),
        by_flags(*flags, *manager),
    ):
        assert meant(config) == ("remote", URL, 5)
    assert meant(by_flags(*flags)) == ("docker", None, 5)
    del theirs["sandbox_manager_config"]
    assert meant(EvalConfig.model_validate(theirs)) == ("docker", None, 5)
    assert EvalConfig.model_validate({"use_sandbox": True}).sandbox == "auto"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"sandbox": "remote"}, "--sandbox remote needs --sandbox-url"),
        ({"sandbox_url": URL}, "--sandbox-url is for --sandbox remote and sandboxfusion"),
        ({"sandbox": "remote", "sandbox_url": "h:1"}, "must be a URL: http"),
        ({"sandbox": "none"}, "it needs --i-accept-running-untrusted-code"),
        ({"sandbox_timeout": 0}, "greater than 0"),
        ({"sandbox_memory": 1}, "greater than or equal to 64"),
        ({"sandbox_type": "volcengine"}, "'volcengine' is not known here"),
        ({"sandbox_manager_config": {"pool": 3}}, "has 'pool'; known are base_url, api_key"),
        ({"sandbox_manager_config": 3}, "must be an object with base_url"),
        ({"sandbox": "ns", "sandbox_type": "docker"}, "say two things of it"),
    ],
)
def test_what_makes_no_sense_is_one_line(values: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError, match=line) as error:
        load_settings(EvalConfig, values, None, {})
    assert "\n" not in str(error.value)


def test_keys_are_masked() -> None:
    config = EvalConfig.model_validate(
        {
            "sandbox_manager_config": {
                "base_url": f"http://u:p-4711-4711@h/?x={'k' * 9}1",
                "api_key": "key-123456",
            }
        }
    )
    shown = json.dumps(public(config))
    assert config.sandbox_key is not None
    assert config.sandbox_key.get_secret_value() == "key-123456"
    for secret in ("key-123456", "p-4711-4711", "k" * 9):
        assert secret not in shown
        assert secret not in repr(config)


def test_a_key_of_the_environment_harms_nobody() -> None:
    variables = {"PERFBENCH_SANDBOX_KEY": "key-123456"}
    assert load_settings(EvalConfig, {}, None, variables).sandbox == "auto"


def test_who_can_connect_to_the_service() -> None:
    for host, alone in (
        *(("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.8.8", True)),
        *(("0.0.0.0", False), ("::", False), ("example.org", False), ("192.168.1.1", False)),
    ):
        assert ServeConfig(host=host).is_loopback == alone
    for values in ({"token": "short"}, {"port": 70000}, {"sandbox": "none"}):
        with pytest.raises(ConfigError):
            load_settings(ServeConfig, values, None, {})
