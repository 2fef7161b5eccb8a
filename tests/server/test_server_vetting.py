"""Which settings a client may give: every one is thought about, and none reaches too far."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.config import PerfConfig, Settings, validated
from perfbench.config.arena import ArenaConfig
from perfbench.config.dataset_args import DatasetArgs
from perfbench.config.evaluation import EvalConfig, ModelConfig
from perfbench.config.loading import STANDARD_INPUT, load_settings
from perfbench.config.server import ServerConfig
from perfbench.config.simulator import SimulatorConfig
from perfbench.server import process, reach
from perfbench.server.refusal import Refusal
from perfbench.server.vetting import LARGEST_SETTINGS_BYTES, MOST_VALUES, forced, refused, vetted

TREE: tuple[type[Settings], ...] = (
    *(PerfConfig, EvalConfig, ArenaConfig),
    *(ModelConfig, DatasetArgs, SimulatorConfig),
)
KINDS = (
    *(reach.HARMLESS, reach.FILES, reach.RUNS, reach.MIXED, reach.NESTED),
    *(reach.CODE, reach.SINKS, frozenset(reach.OURS)),
)


@pytest.fixture
def config(tmp_path: Path) -> ServerConfig:
    """A server with a data folder and a results folder, and a secret beside them."""
    for name in ("data", "results", "results/.server", "results/20260101-run"):
        (tmp_path / name).mkdir()
    (tmp_path / "results/20260101-run/run.db").touch()
    (tmp_path / "secret.jsonl").write_text("{}")
    (tmp_path / "data/rows.jsonl").write_text("{}")
    (tmp_path / "data/link").symlink_to(tmp_path)
    (tmp_path / "results/.server/token").write_text("hash")
    settings = {"outputs_dir": str(tmp_path / "results"), "data_dir": [str(tmp_path / "data")]}
    return validated(ServerConfig, settings)


def why(
    config: ServerConfig, command: str, settings: dict[str, Any], resumes: str | None = "run"
) -> str | None:
    """Why settings are refused. Of a job that continues a run they are not validated."""
    try:
        vetted(command, settings, config, resumes)  # type: ignore[arg-type]
    except Refusal as refusal:
        return str(refusal)
    return None


def test_every_setting_is_thought_about_once() -> None:
    known = frozenset().union(*KINDS)
    settings = {name for model in TREE for name in model.model_fields}
    assert settings - known == set(), "say in server/reach.py how far these reach"
    assert known - settings == set(), "these settings are gone"
    assert not any(one & other for one, other in itertools.combinations(KINDS, 2))


def test_paths_are_all_thought_of_as_files() -> None:
    paths = {
        name
        for model in TREE
        for name, field in model.model_fields.items()
        if "Path" in str(field.annotation)
    }
    assert paths <= reach.FILES | reach.CODE | set(reach.OURS)


OUTSIDE = (
    *("/etc/passwd", "../secret.jsonl", "~/.ssh/id_rsa", "data/../secret.jsonl", "/"),
    *("{data}/../secret.jsonl", "{data}/link/secret.jsonl", "{data}/link/../secret.jsonl"),
    *("{results}/.server/token", "{results}/20260101-run/../.server/server.db", "a\0b"),
    *("x" * 5000, "{data}/" + "../" * 40 + "etc/passwd", "/proc/self/environ", "."),
)


@pytest.mark.parametrize("name", sorted(reach.FILES))
@pytest.mark.parametrize("place", OUTSIDE)
def test_files_elsewhere_are_refused(name: str, place: str, config: ServerConfig) -> None:
    text = place.format(data=config.data_dir[0], results=config.outputs_dir)
    assert why(config, "perf", {name: text}) is not None
    assert why(config, "eval", {"model_configs": {"m": {name: text}}}) is not None


def at(config: ServerConfig, text: str) -> str:
    return text.replace("DATA", str(config.data_dir[0])).replace("OUT", str(config.outputs_dir))


REFUSED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("perf", {"prompt": "@/etc/passwd"}),
    ("perf", {"prompt": "@OUT/.server/token"}),
    ("perf", {"input_lengths": "file:/etc/passwd"}),
    ("perf", {"output_lengths": " file:DATA/../secret.jsonl:column"}),
    ("perf", {"document_lengths": "file:/etc/passwd:0"}),
    ("perf", {"tokenizer_path": "/etc"}),
    ("perf", {"tokenizer_path": "../secret.jsonl"}),
    ("perf", {"tokenizer_path": "a/../../b"}),
    ("perf", {"unix_socket": "/var/run/docker.sock"}),
    ("perf", {"dataset": "custom"}),
    ("perf", {"dataset": "custom:x"}),
    ("perf", {"dataset_path": "DATA/own.py"}),
    ("perf", {"dataset_path": "DATA/own.py:Class"}),
    ("perf", {"api": "/tmp/own.py"}),
    ("perf", {"api": "DATA/own.py:Class"}),
    ("perf", {"api": "local"}),
    ("perf", {"api": "local_vllm"}),
    ("perf", {"local_args": {"slots": 1}}),
    ("perf", {"metrics": ["DATA/own.py"]}),
    ("perf", {"metrics": []}),
    ("perf", {"sinks": ["wandb"]}),
    ("perf", {"sinks": "DATA/own.py"}),
    ("perf", {"sink_args": {"dir": "/"}}),
    ("perf", {"hosts": ["10.0.0.1"]}),
    ("perf", {"ray": "auto"}),
    ("perf", {"simulator": {"log": "/tmp/x"}}),
    ("perf", {"simulator": {"host": "0.0.0.0"}}),
    ("perf", {"fail_if": "ttft_ms.p99 worse than ../../other by 5%"}),
    ("perf", {"fail_if": ["error_rate<1%", "e2e_ms.p99 worse than /tmp/run by 5%"]}),
    ("perf", {"outputs_dir": "/tmp"}),
    ("perf", {"outputs-dir": "/tmp"}),
    ("perf", {"events": "/tmp/x"}),
    ("perf", {"resume": "x"}),
    ("perf", {"api_template": ["/etc/passwd"]}),
    ("eval", {"work_dir": "/tmp"}),
    ("eval", {"datasets": ["/etc/passwd.jsonl"]}),
    ("eval", {"datasets": "mmlu,../secret.jsonl"}),
    ("eval", {"datasets": ["../secret.jsonl_llmjudge"]}),
    ("eval", {"datasets": ["../secret.jsonl_llmjudge.py_llmjudge"]}),
    ("eval", {"dataset_args": {"mmlu": {"local_path": "/etc"}}}),
    ("eval", {"dataset_args": {"mmlu": {"extra_params": {"local_path": "/etc"}}}}),
    ("eval", {"dataset_args": {"mmlu": {"dataset_id": "/etc"}}}),
    ("eval", {"dataset_args": {"mmlu": {"examples": "/etc/passwd"}}}),
    ("eval", {"dataset_args": {"mmlu": {"few_shot_examples": "/etc/passwd"}}}),
    ("eval", {"dataset_args": '{"mmlu": {"local_path": "/etc"}}'}),
    ("eval", {"dataset_args": {"../secret.jsonl": {}}}),
    (
        "eval",
        {
            "dataset_args": {
                "general_arena": {
                    "extra_params": {"models": [{"name": "a", "report_path": "/etc/x y"}]}
                }
            }
        },
    ),
    ("eval", {"judge_prompt": "/tmp/x.j2"}),
    ("eval", {"judge_args": {"api": "/tmp/own.py"}}),
    ("eval", {"judge_args": '{"api": "local"}'}),
    ("eval", {"judge_args": ["client_key=/etc/passwd"]}),
    ("eval", {"judge_args": {"generation_config": {"ca_file": "/etc/passwd"}}}),
    ("eval", {"model_configs": {"m": {"api": "local"}}}),
    ("eval", {"sandbox": "none"}),
    ("eval", {"sandbox": "docker"}),
    ("eval", {"sandbox_type": "docker"}),
    ("eval", {"i_accept_running_untrusted_code": True}),
    ("eval", {"reuse": "/tmp/run"}),
    ("eval", {"reuse": "../results"}),
    ("arena", {"runs": ["a=/tmp/run"]}),
    ("arena", {"runs": "/tmp/run"}),
)


@pytest.mark.parametrize(("command", "settings"), REFUSED)
def test_what_reaches_too_far_is_refused(
    command: str, settings: dict[str, Any], config: ServerConfig
) -> None:
    settings = json.loads(at(config, json.dumps(settings)))
    assert why(config, command, settings) is not None
    assert why(config, command, settings, None) is not None


ALLOWED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("perf", {"url": "http://127.0.0.1:1", "api_key": "k", "parallel": [1, 2]}),
    ("perf", {"prompt": "mail me @home", "tokenizer_path": "Qwen/Qwen3-0.6B"}),
    ("perf", {"dataset_path": "DATA/rows.jsonl", "dataset": "line_by_line"}),
    ("perf", {"dataset": "hf:openai/gsm8k"}),
    ("perf", {"tokenizer_path": "DATA"}),
    ("perf", {"input_lengths": "file:DATA/rows.jsonl:0"}),
    ("perf", {"fail_if": "ttft_ms.p99 worse than 20260101-run by 5%"}),
    ("eval", {"datasets": ["demo_mmlu", "DATA/rows.jsonl"], "limit": 2}),
    ("eval", {"datasets": ["demo_mmlu"], "dataset_args": {"demo_mmlu": {"examples": [{}]}}}),
    ("eval", {"datasets": ["demo_mmlu"], "reuse": "20260101-run"}),
    ("eval", {"datasets": ["demo_mmlu"], "judge_args": {"api_url": "http://a", "model_id": "m"}}),
    ("eval", {"datasets": ["demo_mmlu"], "sandbox": "ns"}),
    ("arena", {"runs": ["org/model=20260101-run", "OUT/20260101-run"], "judge_args": {"url": "a"}}),
)


@pytest.mark.parametrize(("command", "settings"), ALLOWED)
def test_what_is_usual_is_allowed(
    command: str, settings: dict[str, Any], config: ServerConfig
) -> None:
    assert why(config, command, json.loads(at(config, json.dumps(settings))), None) is None


def test_code_is_for_a_server_that_allows_it_and_from_its_folders(config: ServerConfig) -> None:
    own = config.data_dir[0] / "own.py"
    own.write_text("")
    free = config.model_copy(update={"allow_code": True})
    for settings in ({"api": str(own)}, {"metrics": [f"{own}:NAME"]}, {"dataset_path": str(own)}):
        assert "--allow-code" in (why(config, "perf", settings) or "")
        assert why(free, "perf", settings) is None
    assert "--data-dir" in (why(free, "perf", {"api": "/tmp/own.py"}) or "")
    sinks = config.model_copy(update={"allow_sinks": True})
    assert why(sinks, "perf", {"sinks": ["tensorboard"]}, None) is None


def test_a_form_is_told_what_cannot_be_given(config: ServerConfig) -> None:
    assert refused("perf", "parallel", config) is None
    assert "--allow-code" in (refused("perf", "local_args", config) or "")
    assert "--allow-sinks" in (refused("eval", "sinks", config) or "")
    assert refused("eval", "work_dir", config) == reach.OURS["outputs_dir"]
    assert refused("perf", "deny_private", config) is None


def test_the_servers_own_word_on_targets_is_the_last(config: ServerConfig) -> None:
    strict = config.model_copy(update={"deny_private": True, "allow_target": ["10.0.0.0/8"]})
    assert forced(config) == []
    assert forced(strict) == ["--deny-private", "--allow-target", "10.0.0.0/8"]
    for settings in ({"deny_private": False}, {"allow_target": ["0.0.0.0/0"]}):
        assert why(strict, "perf", settings) is not None
    assert why(config, "perf", {"deny_private": True}) is None


def test_settings_are_bounded(config: ServerConfig) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    assert "deep" in (why(config, "perf", {"extra_args": {"a": deep}}) or "")
    for name, value in (
        ("judge_args", '{"a":'),
        ("dataset_args", '{"a":'),
        ("extra_args", '{"a":'),
    ):
        assert why(config, "eval", {name: value * 100_000}, None) is not None
    assert "KiB" in (why(config, "perf", {"prompt": "x" * LARGEST_SETTINGS_BYTES}) or "")
    assert "4096 values" in (why(config, "perf", {"parallel": [1] * MOST_VALUES}) or "")


@given(
    name=st.sampled_from(sorted({name for model in TREE for name in model.model_fields})),
    value=st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3)
        ),
        max_leaves=6,
    ),
)
def test_whatever_is_given_has_an_answer(name: str, value: Any) -> None:
    config = validated(ServerConfig, {"outputs_dir": "/nonexistent/results"})
    for command in ("perf", "eval"):
        why(config, command, {name: value})


def test_keys_stay_with_the_server() -> None:
    variables = {
        "HOME": "/root",
        "PATH": "/bin",
        "HF_TOKEN": "hf",
        "PERFBENCH_DATASETS": "/data",
        "PERFBENCH_URL": "http://operator",
        "PERFBENCH_SERVER_TOKEN": "secret",
        "PERFBENCH_SANDBOX_TOKEN": "secret",
        "OPENAI_API_KEY": "secret",
        "MISTRAL_API_KEY": "secret",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "WANDB_API_KEY": "wandb",
    }
    found = process.environment(False, variables)
    assert "secret" not in found.values()
    assert set(found) == {
        *("HOME", "PATH", "HF_TOKEN", "PERFBENCH_DATASETS", "COLUMNS", "PYTHONUNBUFFERED")
    }
    assert process.environment(True, variables)["WANDB_API_KEY"] == "wandb"


def test_standard_input_is_read_as_the_json_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = json.dumps({"extra_args": {"small": 1e-5}, "prompt": "a\u0085b\u2028c"})
    monkeypatch.setattr("perfbench.config.loading._standard_input", lambda: text)
    config = load_settings(PerfConfig, {}, STANDARD_INPUT, {})
    assert config.extra_args == {"small": 1e-5}
    assert config.prompt == "a\u0085b\u2028c"
