"""Load tests in other APIs than OpenAI's, from settings to figures."""

from __future__ import annotations

from pathlib import Path

import pytest
from load_runs import measured

from perfbench import SimulatorConfig
from perfbench.simulator.spawn import Simulator

KEY = "k-of-another-kind"


def test_a_key_a_model_and_sampling_go_where_the_api_has_them(tmp_path: Path) -> None:
    with Simulator(SimulatorConfig(port=0, api_key=KEY, reasoning_tokens=2)) as simulator:
        for api in ("anthropic", "gemini", "ollama"):
            found = measured(
                tmp_path / api,
                url=simulator.url,
                api=api,
                api_key=KEY,
                number=6,
                parallel=2,
                max_tokens=8,
                probe=True,
            )
            assert found.outcomes == {"ok": 6}
            assert {record.finish for record in found.records} == {"length"}
            assert {record.events for record in found.records} == {8}
            assert found.summary.tokens.output_tokens == 48
            # In a query or header, stored or not, it is nowhere.
            assert KEY.encode() not in b"".join(
                file.read_bytes() for file in found.path.iterdir() if file.is_file()
            )


def test_the_simulator_needs_no_model_to_be_named_in_any_api(tmp_path: Path) -> None:
    assert measured(tmp_path, api="dashscope", number=2).outcomes == {"ok": 2}


@pytest.mark.parametrize("api", ["embeddings", "rerank"])
def test_vectors_have_a_latency_and_no_tokens(tmp_path: Path, api: str) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"prompt": "a b c"}\n{"prompt": "d e f g"}\n')
    found = measured(
        tmp_path / "runs", api=api, number=6, dataset="line_by_line", dataset_path=rows
    )
    assert found.outcomes == {"ok": 6}
    metrics = found.summary.metrics
    assert metrics["e2e_ms"]["count"] == 6
    for name in ("ttft_ms", "tpot_ms", "itl_ms", "output_tokens"):
        assert metrics[name]["count"] == 0, name
    assert found.summary.tokens.output_tokens in (None, 0)
    for record in found.records:
        assert not record.stream
        assert record.end_ns is not None
        assert record.sent_ns is not None
        assert record.usage is not None
        assert record.usage.input_tokens


def test_a_template_and_a_class_of_ones_own_are_measured_alike(tmp_path: Path) -> None:
    template = tmp_path / "api.yaml"
    template.write_text(
        "path: /v1/completions\n"
        "body: {model: $model, prompt: $prompt, max_tokens: $max_tokens, stream: $stream}\n"
        "read: {text: choices.0.text, finish: choices.0.finish_reason}\n"
    )
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from perfbench.endpoints.openai_completions import OpenAICompletions\n"
        "class Mine(OpenAICompletions):\n"
        "    name = 'mine'\n"
    )
    for position, api in enumerate([{"api_template": template}, {"api": f"{mine}:Mine"}]):
        found = measured(tmp_path / str(position), number=4, max_tokens=8, **api)
        assert found.outcomes == {"ok": 4}
        assert {record.events for record in found.records} == {8}
        assert {record.finish for record in found.records} == {"length"}
