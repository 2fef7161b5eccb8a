"""The command line: what it accepts, how it fails, and with which status it ends."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import warm
from forked import PERFBENCH
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from perfbench import cli, registry
from perfbench.commands.command import said
from perfbench.config import (
    PerfConfig,
    Settings,
    SimulatorConfig,
    load_config,
    load_settings,
    public,
    validated,
)
from perfbench.config.arena import ArenaConfig
from perfbench.config.evaluation import ALIASES, EvalConfig, ModelConfig
from perfbench.errors import ConfigError
from perfbench.options import Parser, options_of
from perfbench.parts import WORDS

STREAMS = ("stdin", "stdout", "stderr")

VALUES: dict[str, tuple[list[str], Any]] = {
    "url": (["http://127.0.0.1:1"], "http://127.0.0.1:1"),
    "model": (["m"], "m"),
    "api": (["vllm"], "vllm"),
    "api_key": (["sk-1"], "sk-1"),
    "api_template": (["api.yaml"], "api.yaml"),
    "headers": (["a=b", "c: d"], {"a": "b", "c": "d"}),
    "transport": (["aiohttp"], "aiohttp"),
    "local_args": (["slots=2"], {"slots": 2}),
    "unix_socket": (["/tmp/s"], "/tmp/s"),
    "insecure": ([], True),
    "connect_timeout": (["1.5"], 1.5),
    "read_timeout": (["2"], 2),
    "total_timeout": (["3"], 3),
    "ca_file": (["ca.pem"], "ca.pem"),
    "client_cert": (["own.pem"], "own.pem"),
    "client_key": (["own.key"], "own.key"),
    "url_strategy": (["least_in_flight"], "least_in_flight"),
    "deny_private": ([], True),
    "allow_target": (
        ["10.0.0.0/8", "llm.example.com:8000"],
        ["10.0.0.0/8", "llm.example.com:8000"],
    ),
    "max_answer_bytes": (["4096"], 4096),
    "parallel": (["1", "10", "50"], [1, 10, 50]),
    "rate": (["1", "2.5", "1e1"], [1, 2.5, 10]),
    "number": (["7"], 7),
    "duration": (["9"], 9),
    "arrival": (["gamma"], "gamma"),
    "burstiness": (["0.5"], 0.5),
    "warmup": (["0.1"], 0.1),
    "models": (["a=3", "b"], ["a=3", "b"]),
    "model_choice": (["zipf:1.2"], "zipf:1.2"),
    "repeat": (["2"], 2),
    "intervals": ([], True),
    "batch_size": (["4"], 4),
    "documents": (["3"], 3),
    "document_lengths": (["64"], "64"),
    "images": (["2"], 2),
    "image_size": (["64x32"], "64x32"),
    "audio_s": (["1.5"], 1.5),
    "trace_speed": (["2", "4"], [2, 4]),
    "trace_start": (["1m"], 60),
    "trace_duration": (["9"], 9),
    "input_lengths": (["uniform:min=1,max=9"], "uniform:min=1,max=9"),
    "output_lengths": (["32"], "32"),
    "prefixes": (["3"], 3),
    "prefix_choice": (["zipf:1.1"], "zipf:1.1"),
    "prompt_column": (["question"], "question"),
    "output_length_column": (["length"], "length"),
    "stages": (["30s@10"], ["30s@10"]),
    "stages_of": (["parallel"], "parallel"),
    "rate_file": (["rates.csv"], "rates.csv"),
    "ramp": (["4s"], 4),
    "ramp_from": (["2"], 2),
    "ramp_law": (["exponential"], "exponential"),
    "drop_late": (["2"], 2),
    "cooldown": (["5"], 5),
    "pause": (["1.5"], 1.5),
    "grace": (["0"], 0),
    "cancel_rate": (["0.25"], 0.25),
    "cancel_after": (["5tokens"], "5tokens"),
    "conversations": (["5", "6"], [5, 6]),
    "min_turns": (["2"], 2),
    "max_turns": (["4"], 4),
    "later_prompt_length": (["10", "20"], [10, 20]),
    "think_time": (["lognormal:2s:0.5"], "lognormal:2s:0.5"),
    "tool_time": (["1.5"], "1.5"),
    "replies": (["recorded"], "recorded"),
    "workers": (["2"], 2),
    "seed": (["3"], 3),
    "dataset": (["random"], "random"),
    "dataset_path": (["x.jsonl"], "x.jsonl"),
    "same_prompts": ([], True),
    "tokenizer_path": (["tok"], "tok"),
    "prompt": (["why?"], "why?"),
    "min_prompt_length": (["2"], 2),
    "max_prompt_length": (["20"], 20),
    "length_of": (["content"], "content"),
    "prefix_length": (["5"], 5),
    "apply_chat_template": ([], True),
    "max_tokens": (["4", "8"], [4, 8]),
    "min_tokens": (["4"], 4),
    "ignore_eos": ([], True),
    "stream": ([], True),
    "temperature": (["0"], 0),
    "top_p": (["0.9"], 0.9),
    "top_k": (["-1"], -1),
    "frequency_penalty": (["-0.5"], -0.5),
    "repetition_penalty": (["1.1"], 1.1),
    "stop": (["END", "-.5"], ["END", "-.5"]),
    "n": (["2"], 2),
    "extra_args": (['{"a": {"b": 1}}'], {"a": {"b": 1}}),
    "slo": (["ttft_ms.p99 <= 200", "failed < 1"], ["ttft_ms.p99 <= 200", "failed < 1"]),
    "goodput": (["ttft:200", "tpot:30"], {"ttft": 200, "tpot": 30}),
    "fail_if": (["error_rate > 1%"], ["error_rate > 1%"]),
    "abort_if": (["failed > 3 or failed > 4"], ["failed > 3 or failed > 4"]),
    "search": (["rate"], "rate"),
    "search_min": (["2"], 2),
    "search_max": (["64"], 64),
    "search_tolerance": (["0.1"], 0.1),
    "search_confidence": (["0.9"], 0.9),
    "search_share": (["0.9"], 0.9),
    "resume": (["run"], "run"),
    "outputs_dir": (["out"], "out"),
    "name": (["run"], "run"),
    "report": ([], True),
    "keep_prompts": ([], True),
    "verbose": ([], True),
    "metrics_as": (["vllm", "aiperf"], ["vllm", "aiperf"]),
    "json_output": ([], True),
    "events": (["out.jsonl"], "out.jsonl"),
    "probe": ([], True),
    "metrics": (["own.py", "more.py:waits"], ["own.py", "more.py:waits"]),
    "server_metrics": ([], True),
    "metrics_url": (
        ["http://a:9400/metrics", "http://b:1"],
        ["http://a:9400/metrics", "http://b:1"],
    ),
    "metrics_interval": (["2s"], 2),
    "metrics_map": (["waiting=my_queue"], {"waiting": "my_queue"}),
    "sinks": (["wandb", "swanlab"], ["wandb", "swanlab"]),
    "hosts": (["a", "b:7500*2"], ["a", "b:7500*2"]),
    "agent_token": (["0123456789abcdef"], "0123456789abcdef"),
    "ray": (["auto"], "auto"),
    "replace_lost": ([], True),
    "sink_project": (["p"], "p"),
    "sink_mode": (["offline"], "offline"),
    "sink_args": (["mode=x"], {"mode": "x"}),
}
"""One valid value of every setting: as words of a command line, and as data."""

EVAL_VALUES: dict[str, tuple[list[str], Any]] = {
    "datasets": (["gsm8k", "mmlu"], ["gsm8k", "mmlu"]),
    "dataset_dir": (["data"], "data"),
    "dataset_hub": (["modelscope"], "modelscope"),
    "dataset_args": (['{"mmlu": {"merge_ds": true}}'], {"mmlu": {"merge_ds": True}}),
    "few_shot_num": (["2"], 2),
    "system_prompt": (["Be brief."], "Be brief."),
    "limit": (["0.5"], 0.5),
    "num_prompts": (["3"], 3),
    "retries": (["3"], 3),
    "merge_ds": ([], True),
    "shuffle": ([], True),
    "seed": (["3"], 3),
    "models": ([], []),
    "parallel": (["3"], 3),
    "max_num_workers": (["4"], 4),
    "repeats": (["5"], 5),
    "generation_config": (["temperature=0.5"], {"temperature": 0.5}),
    "mode": (["infer"], "infer"),
    "reuse": (["run"], "run"),
    "fork": ([], True),
    "dry_run": ([], True),
    "debug": ([], True),
    "sandbox": (["landlock"], "landlock"),
    "sandbox_url": (["http://127.0.0.1:1"], "http://127.0.0.1:1"),
    "sandbox_key": (["token-1"], "token-1"),
    "sandbox_image": (["python:3.12"], "python:3.12"),
    "sandbox_workers": (["3"], 3),
    "sandbox_timeout": (["4"], 4),
    "sandbox_memory": (["256"], 256),
    "i_accept_running_untrusted_code": ([], True),
    "price_input": (["2.5"], 2.5),
    "price_output": (["10"], 10.0),
    "judge": (["self"], ["self"]),
    "judge_args": (['{"url": "http://j"}'], {"url": "http://j"}),
    "judge_prompt": (["simpleqa"], "simpleqa"),
    "judge_strategy": (["llm_recall"], "recall"),
    "judge_retries": (["2"], 2),
    "rejudge": ([], True),
    "judge_repeats": (["3"], 3),
    "judge_swap": ([], True),
    "judge_aggregate": (["median"], "median"),
    "min_valid_judges": (["2"], 2),
    "judge_parallel": (["4"], 4),
    "judge_structured": ([], True),
    **{
        key: VALUES[key]
        for key in ("resume", "outputs_dir", "name", "report", "json_output", "events", "probe")
    },
    **{key: VALUES[key] for key in ("metrics", "sinks", "sink_project", "sink_mode", "sink_args")},
    **{key: VALUES[key] for key in ("deny_private", "allow_target")},
}
"""The same for what evaluations add to the settings of a service."""

ARENA_VALUES: dict[str, tuple[list[str], Any]] = {
    "runs": (["one", "b=two"], ["one", "b=two"]),
    "pairs": (["round_robin"], "round_robin"),
    "baseline": (["a"], "a"),
    "ci_width": (["80"], 80),
    "batch": (["30"], 30),
    "ties": (["davidson"], "davidson"),
    "strong_weight": (["3"], 3),
    "draws": (["1500"], 1500),
    "online_elo": ([], True),
}
"""The same for what arenas add to the settings of an evaluation."""

NEEDS: dict[str, dict[str, Any]] = {
    "fork": {"reuse": "run"},
    **{key: {"pairs": "adaptive"} for key in ("ci_width", "batch")},
    "grace": {"duration": 5},
    "arrival": {"rate": [1]},
    "burstiness": {"rate": [1]},
    "same_prompts": {"parallel": [1, 2]},
    "stages_of": {"stages": ["9s@3"]},
    "length_of": {"dataset": "random"},
    "ramp": {"parallel": 3},
    "ramp_from": {"ramp": 5, "parallel": 3},
    "ramp_law": {"ramp": 5, "parallel": 3},
    "drop_late": {"rate": [1]},
    "model_choice": {"models": ["a", "b"]},
    "prefixes": {"prefix_length": 5},
    "prefix_choice": {"prefixes": 2, "prefix_length": 5},
    "local_args": {"api": "local"},
    "cancel_rate": {"cancel_after": "first-token"},
    "cancel_after": {"cancel_rate": 0.5},
    "conversations": {"parallel": [1, 2]},
    "search": {"slo": ["failed<1"]},
    **{
        key: {"search": "parallel", "goodput": {"ttft": 200}}
        for key in (
            *("search_min", "search_max", "search_tolerance"),
            *("search_confidence", "search_share"),
        )
    },
    "sandbox_url": {"sandbox": "remote"},
    "sandbox_key": {"sandbox": "remote", "sandbox_url": "http://127.0.0.1:1"},
    "insecure": {"url": "https://127.0.0.1:1"},
    "ca_file": {"url": "https://127.0.0.1:1"},
    "client_cert": {"url": "https://127.0.0.1:1"},
    "client_key": {"url": "https://127.0.0.1:1", "client_cert": "own.pem"},
    "url_strategy": {"url": ["http://127.0.0.1:1", "http://127.0.0.1:2"]},
    **{key: {"sinks": ["wandb"]} for key in ("sink_project", "sink_mode", "sink_args")},
}
"""Settings that are only valid together with others."""


def perf_flags(arguments: list[str]) -> dict[str, Any]:
    parser = Parser("perfbench", "")
    parser.add_options(options_of(PerfConfig))
    return parser.flags(arguments)


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command line that must end with status 2 and one line; return the line."""
    assert cli.main(arguments) == cli.BAD_INPUT
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.endswith("\n")
    assert output.err.count("\n") == 1
    return output.err.removesuffix("\n")


def test_the_simulator_of_a_run_takes_a_free_port_unless_one_is_named() -> None:
    for named in ({"ttft_ms": 3}, SimulatorConfig(ttft_ms=3)):
        assert PerfConfig.model_validate({"simulator": named}).simulator.port == 0
    assert PerfConfig.model_validate({"simulator": {"port": 8123}}).simulator.port == 8123


def test_every_setting_is_an_option() -> None:
    assert {option.key for option in options_of(PerfConfig)} == set(VALUES)
    assert set(PerfConfig.model_fields) - set(VALUES) == {"simulator"}


@pytest.mark.parametrize("option", options_of(PerfConfig), ids=lambda option: option.key)
def test_flag_file_variable_and_api_agree(option: Any, tmp_path: Path) -> None:
    words, value = VALUES[option.key]
    more = NEEDS.get(option.key, {})
    by_api = PerfConfig.model_validate({option.key: value, **more})

    by_flag = load_config({**perf_flags([option.flag, *words]), **more}, environment={})
    file = tmp_path / "settings.yaml"
    file.write_text(json.dumps({option.key.replace("_", "-"): value}), encoding="utf-8")
    by_file = load_config(more, file, environment={})
    text = " ".join(words) if words else "true"
    if option.key in ("headers", "stop"):  # a variable holds one of these
        text = words[0]
        by_api_one = {"headers": {"a": "b"}, "stop": ["END"]}[option.key]
        assert load_config({}, None, {option.variable: text}) == PerfConfig.model_validate(
            {option.key: by_api_one}
        )
    elif option.variable is not None:
        assert load_config(more, None, {option.variable: text}) == by_api

    assert by_flag == by_api
    assert by_file == by_api


EVAL_OPTIONS = [option for option in options_of(EvalConfig) if option.key in EVAL_VALUES]


def eval_flags(arguments: list[str]) -> dict[str, Any]:
    return said(cli.COMMANDS["eval"].parser().flags(arguments)).settings


def test_every_setting_of_an_evaluation_is_an_option() -> None:
    keys = {option.key for option in options_of(EvalConfig)}
    assert keys == set(EVAL_VALUES) | set(ModelConfig.model_fields)
    assert set(EvalConfig.model_fields) - keys == {"model_configs"}


@pytest.mark.parametrize("option", EVAL_OPTIONS, ids=lambda option: option.key)
def test_flag_file_variable_and_api_agree_for_evaluations(option: Any, tmp_path: Path) -> None:
    words, value = EVAL_VALUES[option.key]
    more = NEEDS.get(option.key, {})
    by_api = EvalConfig.model_validate({option.key: value, **more})
    given = eval_flags([option.flag, *words]) if option.key != "models" else {}
    assert load_settings(EvalConfig, {**given, **more}, environment={}) == by_api
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({option.key.replace("_", "-"): value}), encoding="utf-8")
    assert load_settings(EvalConfig, more, file, {}) == by_api
    if option.variable is not None:
        variables = {option.variable: " ".join(words) if words or value == [] else "true"}
        assert load_settings(EvalConfig, more, None, variables) == by_api


@pytest.mark.parametrize(
    "option",
    [each for each in options_of(ArenaConfig) if each.key not in EvalConfig.model_fields],
    ids=lambda option: option.key,
)
def test_flag_file_variable_and_api_agree_for_arenas(option: Any, tmp_path: Path) -> None:
    words, value = ARENA_VALUES[option.key]
    more = NEEDS.get(option.key, {})
    by_api = ArenaConfig.model_validate({option.key: value, **more})
    flags = words if value is False else [option.flag, *words]
    given = said(cli.COMMANDS["arena"].parser().flags(flags)).settings
    assert load_settings(ArenaConfig, {**given, **more}, environment={}) == by_api
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({option.key.replace("_", "-"): value}), encoding="utf-8")
    assert load_settings(ArenaConfig, more, file, {}) == by_api
    if option.variable is not None:
        text = str(value).lower() if isinstance(value, bool) else " ".join(words)
        assert load_settings(ArenaConfig, more, None, {option.variable: text}) == by_api


@pytest.mark.parametrize(("alias", "key"), ALIASES.items())
def test_other_names_of_settings(alias: str, key: str) -> None:
    counts = dict.fromkeys(("parallel", "repeats", "total_timeout"), 3)
    value = {"url": "http://h", "judge_args": '{"url": "http://j"}', **counts}.get(key, "x")
    wanted = EvalConfig.model_validate({key: value})
    flag = "--" + alias.replace("_", "-")
    assert load_settings(EvalConfig, eval_flags([flag, str(value)]), environment={}) == wanted
    assert EvalConfig.model_validate({alias: value}) == wanted
    with pytest.raises(ValueError, match=f"{alias} and {key} are the same setting"):
        EvalConfig.model_validate({alias: value, key: value})


def test_reuse_alone_means_the_latest() -> None:
    assert eval_flags(["--reuse"]) == {"reuse": "latest"}
    assert eval_flags(["--reuse", "--no-report"]) == {"reuse": "latest", "report": False}


def test_folder_of_data_sets_is_not_the_list_of_them() -> None:
    assert load_settings(EvalConfig, {}, None, {"PERFBENCH_DATASETS": "/data"}).datasets == []


@pytest.mark.parametrize("model", [PerfConfig, SimulatorConfig])
def test_switches_go_both_ways(model: type[PerfConfig]) -> None:
    switches = [option for option in options_of(model) if option.negative]
    assert switches
    parser = Parser("perfbench", "")
    parser.add_options(switches)
    for option in switches:
        assert parser.flags([option.flag]) == {option.key: True}
        assert parser.flags([str(option.negative)]) == {option.key: False}


def test_words_are_lists_of_numbers_but_a_stop_string_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text('parallel: "1 10 50"\nstop: "a b, c"\n')
    for config in (
        load_config({}, file, {}),
        load_config({}, None, {"PERFBENCH_PARALLEL": "1,10 50", "PERFBENCH_STOP": "a b, c"}),
    ):
        assert (config.parallel, config.stop) == ([1, 10, 50], ["a b, c"])


def test_a_path_may_have_spaces_and_a_query_commas(tmp_path: Path) -> None:
    assert ArenaConfig(runs=["my runs/a", "b,c"]).runs == ["my runs/a", "b", "c"]
    assert ArenaConfig(runs="a b, c").runs == ["a", "b", "c"]
    given = "http://h/m?x=1,2,http://i/m?y=3,4, j:1/m,k:2/m"
    urls = ["http://h/m?x=1,2", "http://i/m?y=3,4", "http://j:1/m", "http://k:2/m"]
    file = tmp_path / "settings.yaml"
    file.write_text(f'metrics_url: "{given}"\n')
    for config in (
        load_config({}, file, {}),
        load_config({"metrics_url": given.split()}, None, {}),
        load_config({"metrics_url": urls}, None, {}),
    ):
        assert config.metrics_url == urls


def test_quantities_are_read_wherever_a_number_is_meant(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("duration: 1h30m\nmodel: 1k\nsimulator: {ttft_ms: 0.5s, kv_blocks: 2k}\n")
    variables = {"PERFBENCH_READ_TIMEOUT": "5m", "PERFBENCH_PARALLEL": "1k,2K 3"}
    flags = {"number": "2.5k", "connect_timeout": "500ms", "warmup": "1k"}
    config = load_config(flags, file, variables)
    assert (config.duration, config.connect_timeout, config.read_timeout) == (5400, 0.5, 300)
    assert (config.parallel, config.number, config.warmup) == ([1000, 2000, 3], [2500], 1000)
    assert (config.simulator.ttft_ms, config.simulator.kv_blocks) == (500, 2000)
    assert config.model == "1k"
    assert EvalConfig(limit="1k", total_timeout="1d").limit == 1000
    assert PerfConfig(duration="90").duration == 90
    assert PerfConfig(duration="10 s", number="1e3", parallel="[1, 2]").number == [1000]
    assert PerfConfig(number="3", parallel="[1, 2]").parallel == [1, 2]


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        (
            "a.yaml",
            "number: 3\nnumber: 4\n",
            "number is given twice: give one (at line 2, column 1)",
        ),
        ("a.json", '{"number": 3, "number": 4}', "number is given twice: give one"),
        ("a.yaml", "max-tokens: 3\nmax_tokens: 4\n", "max_tokens is given twice: give one"),
        (
            "a.yaml",
            "simulator:\n  ttft_ms: 1\n  ttft_ms: 2\n",
            "ttft_ms is given twice: give one (at line 3, column 3)",
        ),
    ],
)
def test_what_a_file_says_twice_is_refused(name: str, text: str, line: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config({}, file, {})
    assert str(caught.value) == f"{file}: {line}"


def test_a_yaml_file_may_share_settings(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("simulator: &one {ttft_ms: 1}\nextra_args:\n  <<: *one\n  ttft_ms: 2\n")
    assert load_config({}, file, {}).extra_args == {"ttft_ms": 2}


def test_another_programs_variable_is_the_last_resort(tmp_path: Path) -> None:
    def key(file: Path | None, **variables: str) -> str | None:
        found = load_config({}, file, variables).api_key
        return found.get_secret_value() if found else None

    file = tmp_path / "settings.yaml"
    file.write_text("api_key: filed\n")
    assert key(None, OPENAI_API_KEY="theirs") == "theirs"
    assert key(None, OPENAI_API_KEY="") is None
    assert key(file, OPENAI_API_KEY="theirs") == "filed"
    assert key(file, OPENAI_API_KEY="theirs", PERFBENCH_API_KEY="ours") == "ours"


def test_a_key_is_read_for_the_company_whose_api_is_spoken() -> None:
    def key(api: str, **variables: str) -> str | None:
        found = load_config({"api": api}, None, variables).api_key
        return found.get_secret_value() if found else None

    both = {"OPENAI_API_KEY": "of openai", "ANTHROPIC_API_KEY": "of anthropic"}
    assert (key("openai", **both), key("responses", **both)) == ("of openai", "of openai")
    assert key("anthropic", **both) == "of anthropic"
    assert key("gemini", **both) is None
    assert key("gemini", GEMINI_API_KEY="g") == "g"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--api", "anthropc"], "no endpoint is called 'anthropc'; did you mean anthropic?"),
        (["--api", "anthropic", "--n", "2"], "--n means nothing to --api anthropic"),
        (["--api", "embeddings", "--temperature", "0"], "--temperature means nothing to --api emb"),
        (["--api", "template"], "--api template needs --api-template"),
        (["--api-template", "nothing.yaml"], "cannot read the file of --api-template nothing.yaml"),
        (["--api-template", "a.yaml", "--api", "vllm"], "leave --api vllm out"),
        (["--api", "nothing.py:Mine"], "no Python file nothing.py"),
        (["--api", "gemini", "--url", "http://h/v1/messages"], "use --api anthropic"),
        (["eval", "--api", "rerank", "--datasets", "gsm8k", "--dry-run"], "gives no text"),
    ],
)
def test_what_makes_no_sense_of_an_api_is_one_line(
    arguments: list[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = [] if arguments[0] == "eval" else ["--outputs-dir", str(tmp_path)]
    assert told in fails(capsys, *arguments, *outputs)


@pytest.mark.parametrize("value", [1 << 63, [1 << 63], 10**400], ids=["one", "listed", "huge"])
def test_whole_numbers_are_those_that_a_store_holds(value: Any) -> None:
    with pytest.raises(ConfigError, match="parallel: must be") as error:
        validated(PerfConfig, {"parallel": value})
    assert len(str(error.value)) < 300
    assert validated(PerfConfig, {"parallel": (1 << 63) - 1}).parallel == [(1 << 63) - 1]


def test_flags_win_over_variables_over_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('model = "file"\napi = "vllm"\nseed = 1\n', encoding="utf-8")
    variables = {"PERFBENCH_MODEL": "variable", "PERFBENCH_SEED": "2"}
    config = load_config({"seed": "3"}, file, variables)
    assert (config.api, config.model, config.seed) == ("vllm", "variable", 3)


def test_a_file_may_use_the_names_of_other_tools(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("num-prompts: 40\nmax_concurrency: 4\nrate: -1\nsleep_interval: 2\n")
    config = load_config({"parallel": ["8"]}, file, {})
    assert (config.number, config.parallel, config.rate, config.pause) == ([40], [8], None, 2)
    file.write_text("datasets: gsm8k\neval_batch_size: 2\n")
    assert load_settings(EvalConfig, {"parallel": "8"}, file, {}).parallel == 8
    file.write_text("datasets: gsm8k\neval_batch_size: 2\nparallel: 8\n")
    with pytest.raises(ConfigError, match="eval_batch_size and parallel are the same setting"):
        load_settings(EvalConfig, {}, file, {})


def test_lists_add_up() -> None:
    assert perf_flags(["--headers", "a=1", "--headers", "b=2"]) == {"headers": ["a=1", "b=2"]}
    assert load_config({"sinks": ["wandb,swanlab"]}, None, {}).sinks == ["wandb", "swanlab"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("--paralel 3", "unknown option --paralel; did you mean --parallel?"),
        ("--paralel=3", "unknown option --paralel; did you mean --parallel?"),
        ("perf --no-reprot", "unknown option --no-reprot; did you mean --no-report?"),
        ("--zzz", "unknown option --zzz"),
        (
            "--paralel 3 --swanlab-api-keys sk-0123456 --tempreature 1 --zzz x --mode all",
            "unknown options --paralel (did you mean --parallel?), --swanlab-api-keys, "
            "--tempreature (did you mean --temperature?), --zzz, --mode (did you mean --model?)",
        ),
        ("--openai-api-key sk-0123456", "unknown option --openai-api-key"),
        ("eval --swanlab-api-key sk-0123456", "unknown option --swanlab-api-key"),
        ("--api-kye sk-0123456", "unknown option --api-kye; did you mean --api-key?"),
        ("--temp 1", "unknown option --temp; did you mean --temperature?"),
        ("--cancel 1", "unknown option --cancel; did you mean --cancel-rate or --cancel-after?"),
        ("--max 1", "unknown option --max"),
        ("-k", "unknown option -k"),
        ("--duration 10x", "--duration: expected a number (got '10x')"),
        ("--number many", "--number: expected a whole number (got 'many')"),
        ("--paral 3", "unknown option --paral; did you mean --parallel?"),
        ("reprot x", "unknown command reprot; did you mean report?"),
        ("serv", "unknown command serv; did you mean serve?"),
        ("frobnicate", "unknown command frobnicate"),
        ("simulate --prot 1", "unknown option --prot; did you mean --port?"),
        ("--no-report extra", "unexpected argument 'extra'"),
        ("--parallel", "--parallel: expected at least one argument"),
        ("--url", "--url: expected at least one argument"),
        ("--parallel 0", "--parallel: must be 1 or more (got '0')"),
        ("--parallel 1 -10", "--parallel: must be 1 or more (got '1' '-10')"),
        ("--rate -3", "--rate: must be above 0, and finite (got '-3')"),
        ("--rate -1e3", "--rate: must be above 0, and finite (got '-1e3')"),
        ("--rate -inf", "--rate: must be above 0, and finite (got '-inf')"),
        ("--rate nan", "--rate: must be above 0, and finite (got 'nan')"),
        ("--seed -1", "--seed: Input should be greater than or equal to 0 (got '-1')"),
        (
            "--transport wir",
            "--transport: no transport is called 'wir'; did you mean wire?",
        ),
        ("--api opena", "--api: no endpoint is called 'opena'; did you mean openai?"),
        ("--sinks wandbx", "--sinks: no sink is called 'wandbx'; did you mean wandb?"),
        ("--url ftp://x", "--url: 'ftp://x' is not an http:// or https:// address"),
        (
            "--parallel 1 2 --number 1 2 3",
            "--number has 3 values and --parallel 2: give one for all, or one each",
        ),
        ("--headers sk-secret", "--headers: expected key=value or a JSON object (got ***)"),
        (
            "--headers Content-Length=5",
            "--headers: Content-Length follows from what is sent: leave it out",
        ),
        (
            "--headers authorization=mine --api-key other",
            "--api-key is sent as the header Authorization, which --headers has too: give one",
        ),
        (
            '--extra-args {"a":NaN}',
            "--extra-args: NaN is no value of JSON: give a number or null (got ***)",
        ),
        ("--prompt \udcff\udcfe", "argument 2 is not valid UTF-8 (got '\\udcff\\udcfe')"),
        (
            "http://127.0.0.1:1 --number 2",
            "unknown command http://127.0.0.1:1: give the service as --url http://127.0.0.1:1",
        ),
        (
            "--config /nonexistent.yaml",
            "cannot read settings file /nonexistent.yaml: No such file or directory",
        ),
        (
            "simulate --port 99999",
            "--port: Input should be less than or equal to 65535 (got '99999')",
        ),
        (
            "simulate --ttft-ms -5",
            "--ttft-ms: Input should be greater than or equal to 0 (got '-5')",
        ),
        ("report", "the following arguments are required: RUN"),
        ("export run --format xml", "--format: 'xml' is none of csv, jsonl, parquet"),
        ("list sinkz", "unknown kind sinkz; did you mean sinks?"),
        ("eval --repeats 0", "--repeats: Input should be greater than or equal to 1 (got '0')"),
        ("eval --dataset gsm8k", "unknown option --dataset; did you mean --datasets?"),
        ("eval --datasets gsm8k --mode viz", "--mode viz needs --reuse RUN"),
        (
            "eval --rate 5",
            "unknown option --rate: an evaluation asks as answers come; --parallel is how many "
            "requests are in flight",
        ),
        ("--config a.yaml --config b.yaml", "--config is given twice: give one"),
        (
            "vllm bench throughput --model x",
            "vllm bench throughput: it runs the engine in its own process; perfbench measures a "
            "service (vllm serve), as vllm bench serve does",
        ),
        ("compare a", "perfbench compare takes two runs or more: the first is the baseline"),
    ],
)
def test_bad_input_is_one_line(
    arguments: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fails(capsys, *arguments.split()) == f"perfbench: {line}"


@pytest.mark.parametrize("command", ["report", "export", "compare"])
def test_missing_run_is_one_line(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    runs = [str(tmp_path / "none")] * (2 if command == "compare" else 1)
    assert runs[0] in fails(capsys, command, *runs)


def test_settings_file_errors_name_the_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("paralel: 3\n", encoding="utf-8")
    assert "did you mean parallel?" in fails(capsys, "--config", str(file))
    file.write_text("parallel: [1, zero]\n", encoding="utf-8")
    assert fails(capsys, "--config", str(file)).startswith(f"perfbench: {file}: parallel: ")
    file.write_text("simulator: {ttft_ms: -3}\n", encoding="utf-8")
    assert fails(capsys, "--config", str(file)).startswith(
        f"perfbench: {file}: simulator.ttft_ms: "
    )
    file.write_text("simulator: {ttft: 3}\n", encoding="utf-8")
    assert "did you mean ttft_ms?" in fails(capsys, "--config", str(file))
    file.write_text("parallel: [1, 2\n", encoding="utf-8")
    assert "(at line 2, column 1)" in fails(capsys, "--config", str(file))


def test_variable_errors_name_the_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERFBENCH_PARALLEL", "1 x")
    assert fails(capsys).startswith("perfbench: PERFBENCH_PARALLEL: ")


KNOWN = {
    flag for option in options_of(PerfConfig) for flag in (option.flag, option.negative) if flag
} | {"--help", "--config"}


@given(st.text(min_size=1), st.lists(st.text()))
def test_any_unknown_option_is_one_line(name: str, rest: list[str]) -> None:
    flag = "--" + name
    if flag.partition("=")[0].replace("_", "-") in KNOWN or {"-h", "--help", "--"} & {flag, *rest}:
        return
    with pytest.raises(cli.PerfbenchError) as caught:
        perf_flags(["--no-report", flag, *rest])
    assert str(caught.value).startswith(("unknown option", "unexpected argument", "--"))


@pytest.mark.parametrize("settings", [PerfConfig, EvalConfig])
def test_no_rule_of_a_section_replaces_anothers(settings: type[BaseModel]) -> None:
    """Rules are collected by name: the second of one name would silently be the only one."""
    names = [
        name
        for section in settings.__mro__
        if issubclass(section, BaseModel)
        for rules in (
            section.__pydantic_decorators__.field_validators,
            section.__pydantic_decorators__.model_validators,
        )
        for name in rules
        if name in vars(section)
    ]
    assert sorted(names) == sorted(set(names))


def test_secrets_are_not_shown() -> None:
    config = load_config({"api_key": "sk-1", "headers": ["Authorization=sk-1"]}, None, {})
    assert "sk-1" not in json.dumps(public(config)) + repr(config)


def help_of(*arguments: str) -> str:
    line, wide = [*PERFBENCH, *arguments, "--help"], {**os.environ, "COLUMNS": "100"}
    done = warm.run(line, text=True, env=wide)
    assert (done.returncode, done.stderr) == (0, "")
    text: str = done.stdout
    assert max(map(len, text.splitlines())) <= 100
    return text


def test_help_shows_every_setting() -> None:
    text = " ".join(help_of().split())
    for option in options_of(PerfConfig):
        shown = option.flag.replace("--", "--[no-]") if option.negative else option.flag
        assert f"{shown} {option.metavar}".strip() in text
        assert option.text + option.details in text
    for command, entry in cli.COMMANDS.items():
        assert f"{command} {entry.summary}" in text


@pytest.mark.parametrize("command", list(cli.COMMANDS))
def test_each_command_has_help(command: str) -> None:
    assert help_of(command).startswith("usage: perfbench")


def test_help_is_quick() -> None:
    """Little beside what its libraries cost to import; the best of three, in CPU time."""

    libraries = "import argparse, importlib.metadata, pydantic.main, yaml"
    imported = least_cpu_s([sys.executable, "-c", libraries])
    assert least_cpu_s([*PERFBENCH, "--help"]) < 3 * imported


def least_cpu_s(command: list[str]) -> float:
    """CPU of the process of a command."""
    costs = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        costs.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(costs)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from perfbench import __version__

    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"perfbench {__version__}\n"


def test_list_names_what_each_part_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list"]) == 0
    out = capsys.readouterr().out
    words = "endpoints vllm workloads sharegpt sinks wandb transports metrics itl_ms"
    for word in words.split():
        assert word in out.split()
    assert "needs the package" not in out
    assert cli.main(["list", "sinks"]) == 0
    assert capsys.readouterr().out.split("\n")[0].split()[0] == "sinks"


@pytest.mark.parametrize("kind", sorted({*registry.TABLES} - {"tasks"}))
def test_built_in_parts_are_told_to_who_chooses_them(kind: str) -> None:
    assert list(WORDS[kind]) == list(registry.TABLES[kind])
    for words in WORDS[kind].values():
        assert "``" not in words
        assert not words.endswith(".")


@pytest.mark.parametrize("model", [PerfConfig, EvalConfig, SimulatorConfig])
def test_everyday_settings_come_first(model: type[Settings]) -> None:
    options = options_of(model)
    first = [option.key for option in options if option.group == "Everyday"]
    assert first == list(model.everyday) == [option.key for option in options[: len(first)]]
    assert len({option.key for option in options}) == len(options)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("number: [", "standard input: expected the node content"),
        ("", "standard input: expected settings"),
        ('{"numbr": 1}', "standard input: no setting is called 'numbr'"),
        ('{"number": 0}', "standard input: number: "),
    ],
)
def test_settings_may_come_through_a_pipe(given: str, says: str) -> None:
    words = [*PERFBENCH, "--config", "-"]
    with warm.Popen(words, text=True, **dict.fromkeys(STREAMS, subprocess.PIPE)) as child:
        out, err = child.communicate(given, timeout=60)
    assert (child.returncode, out) == (cli.BAD_INPUT, "")
    assert err.startswith(f"perfbench: {says}")
    assert err.count("\n") == 1


def test_early_interrupt_is_quiet(tmp_path: Path) -> None:
    """While perfbench reads a settings file that is never written to its end, nothing has run."""
    fifo = tmp_path / "settings.yaml"
    os.mkfifo(fifo)
    with warm.Popen(
        [*PERFBENCH, "--config", str(fifo)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        try:
            writer = open_once_read(fifo)
            child.send_signal(signal.SIGINT)
            os.close(writer)
            out, err = child.communicate(timeout=30)
        finally:
            child.kill()
    assert (child.returncode, out, err) == (cli.INTERRUPTED, b"", b"")


def open_once_read(fifo: Path) -> int:
    """Open a FIFO for writing as soon as somebody reads it."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_closed_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with warm.Popen([*PERFBENCH, "--help"], stdout=writer, stderr=subprocess.PIPE) as child:
            _, err = child.communicate(timeout=60)
    finally:
        os.close(writer)
    assert (child.returncode, err) == (cli.PIPE_CLOSED, b"")


def test_a_default_that_is_given_is_in_nobodys_way() -> None:
    """A run's config.yaml holds every setting, and repeats the run."""
    stored = public(PerfConfig(url="http://h"))
    assert public(PerfConfig.model_validate(stored)) == stored


def test_burstiness_implies_gamma() -> None:
    assert PerfConfig(rate=[1], burstiness=0.5).arrival == "gamma"
    assert PerfConfig(rate=[1], burstiness=1.0).arrival == "poisson"


def test_named_models_have_settings_of_their_own() -> None:
    models = {"models": ["a"], "model_configs": {"a": {"url": "http://h"}}}
    assert EvalConfig.model_validate({**models, "api_key": "k"}).models == ["a"]
    with pytest.raises(ValueError, match="--temperature is of no use with --models"):
        EvalConfig.model_validate({**models, "temperature": 0.5})


@pytest.mark.parametrize("command", ["list metrics", "report nothing", "compare a b"])
def test_every_command_names_unknown_variables(command: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PERFBENCH_OUTPUTDIR": "x", "PERFBENCH_FOO": "1"}
    done = warm.run([*PERFBENCH, *command.split()], env=environment, text=True, cwd=tmp_path)
    foo, folder, *_ = done.stderr.splitlines()
    assert foo == "perfbench: PERFBENCH_FOO in the environment is no setting"
    assert folder.endswith("no setting; did you mean PERFBENCH_OUTPUTS_DIR?")


def test_unknown_variables_are_named_on_standard_error(tmp_path: Path) -> None:
    variables = {
        "PERFBENCH_PARALEL": "5",
        "PERFBENCH_ZZZ": "sk-secret",
        "PERFBENCH_DATASETS": "/data",
        "PERFBENCH_NUMBER": "1",
        "PERFBENCH_LIMIT": "3",  # Of evaluations, and no mistake in a load test.
    }
    environment = {**os.environ, **variables}
    done = warm.run([*PERFBENCH, "--rate", "often"], env=environment, text=True, cwd=tmp_path)
    assert done.returncode == cli.BAD_INPUT
    parallel, far, error = done.stderr.splitlines()
    assert far.startswith("perfbench: PERFBENCH_ZZZ in the environment is no setting")
    assert parallel == (
        "perfbench: PERFBENCH_PARALEL in the environment is no setting; "
        "did you mean PERFBENCH_PARALLEL?"
    )
    assert error.startswith("perfbench: --rate: expected a number")
