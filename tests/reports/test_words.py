"""Other tools' words are those tools' numbers: golden figures that their own functions gave.

The scripts in ``rivals`` ran each tool's own code on ``rivals/requests.json``, each in an
environment with that tool (vLLM 0.33.0, SGLang 0.5.23, GuideLLM 0.8.1, AIPerf 0.13.0, GenAI-Perf
0.0.16, EvalScope 1.14.1, AISBench 3.1.20260630); their figures are the ``golden/words_*.json``.
Here the same requests are stored as our records, and what is written of them must say the same.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from parsed_page import Page

from perfbench.metrics.accounts import request_ledger
from perfbench.metrics.audit import audit
from perfbench.metrics.figures import figure, known_figures
from perfbench.metrics.gathered import columns_of
from perfbench.metrics.summary import summarize
from perfbench.reports.words import load_tools, print_words, write_words
from perfbench.reports.words.material import Material, file_part
from perfbench.reports.words.show import rows
from perfbench.reports.words.term import Sheet
from perfbench.store import Run, open_run
from perfbench.store.summaries import summarise_point
from perfbench.types import Point, PointFacts, Record, Usage, pack_gaps

HERE = Path(__file__).parent
POINT = Point(index=0, name="parallel_8_number_60", parallel=8, rate=None, number=60)
START_NS = 9_998_000_000
"""When the load began; as in the scripts."""
TOOLS = ("vllm", "sglang", "guidellm", "aiperf", "genai-perf", "evalscope", "aisbench")


class Told:
    """The stored requests in every tool's words: the files, and the sheets."""

    def __init__(self, path: Path, sheets: dict[str, list[Sheet]]) -> None:
        self.path = path
        self.sheets = sheets

    def file(self, tool: str, pattern: str) -> Any:
        """The one file of a tool that matches, as JSON."""
        (found,) = (self.path / "words" / tool).glob(pattern)
        return json.loads(found.read_text())


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    facts = json.loads((HERE / "rivals" / "requests.json").read_text())
    config = {"goodput": {"ttft": 80.0, "tpot": 12.0}, "dataset": "openqa"}
    about = {"model": "models/small", "url": "http://127.0.0.1:1"}
    folder = tmp_path_factory.mktemp("words")
    with Run.create(folder, "words", config, about) as run:
        run.begin_point(POINT)
        run.append(POINT, [record(each) for each in facts])
        counts = ((each["seq"], 0, each["counted_output"]) for each in facts)
        run.update_output_tokens(POINT, [each for each in counts if each[2] is not None])
        run.end_point(POINT, PointFacts(workers=[], parent_cpu_s=None, start_ns=START_NS))
        summary = summarise_point(run, POINT)
        yield Told(run.path, write_words(run, [summary], load_tools(TOOLS)))


def record(facts: dict[str, Any]) -> Record:
    gaps, width = pack_gaps(facts["gaps_ns"])
    return Record(
        seq=facts["seq"],
        sample_id=str(facts["seq"]),
        sent_ns=facts["sent_ns"],
        first_ns=facts["first_ns"],
        first_content_ns=facts["first_ns"],
        gaps=gaps,
        gap_width=width,
        end_ns=facts["end_ns"],
        outcome=facts["outcome"],
        status=facts["status"],
        usage=Usage(facts["usage_input"], facts["usage_output"], facts["usage_cached"]),
        input_tokens=facts["counted_input"],
    )


def golden(name: str) -> Any:
    return json.loads((HERE / "golden" / f"words_{name}.json").read_text())


def flat(figures: dict[str, Any], names: dict[str, str]) -> dict[str, float]:
    """vLLM's and SGLang's metrics under the names of their files, percentiles one by one."""
    found = {names.get(name, name): value for name, value in figures.items()}
    for name in [name for name in found if name.startswith("percentiles_")]:
        for share, value in found.pop(name):
            found[f"p{share:g}{name.removeprefix('percentiles')}"] = value
    return found


def test_vllm_says_what_its_calculate_metrics_says(told: Told) -> None:
    names = {"total_input": "total_input_tokens", "total_output": "total_output_tokens"}
    found = told.file("vllm", "*/openai-chat-infqps-concurrency8-small-*.json")
    expected = flat(golden("vllm"), names)
    assert expected.pop("rtfx") == 0  # no audio; our records do not know
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_sglang_says_what_its_calculate_metrics_says(told: Told) -> None:
    names = {
        "total_input": "total_input_tokens",
        "total_output": "total_output_tokens",
        "total_output_retokenized": "total_output_tokens_retokenized",
    }
    found = told.file("sglang", "sglang-oai-chat_*_60_openqa.jsonl")
    expected = flat(golden("sglang"), names)
    # Computed there, and written to no file.
    unwritten = ("total_input_text", "total_input_vision", "max_itl_ms")
    for name in (*unwritten, "output_throughput_retokenized", "total_throughput_retokenized"):
        del expected[name]
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_evalscope_says_what_its_accumulator_and_percentiles_say(told: Told) -> None:
    expected = golden("evalscope")
    summary = told.file("evalscope", f"{POINT.name}/benchmark_summary.json")
    assert summary == pytest.approx(expected["summary"], abs=1.01e-4)
    rows = told.file("evalscope", f"{POINT.name}/benchmark_percentile.json")
    assert len(rows) == len(expected["percentiles"])
    for found, row in zip(rows, expected["percentiles"], strict=True):
        assert found.pop("Percentiles") == row.pop("Percentiles")
        assert found == pytest.approx(row, abs=1.01e-4)


def test_genai_perf_says_what_its_parser_and_statistics_say(told: Told) -> None:
    found = told.file("genai-perf", f"{POINT.name}/profile_export_genai_perf.json")
    expected = golden("genai_perf")
    assert set(found) - set(expected) == {"input_config"}
    for metric, block in expected.items():
        assert found[metric].pop("unit") == block.pop("unit"), metric
        assert found[metric] == pytest.approx(block, rel=1e-9), metric


def test_aiperf_says_what_its_metrics_say(told: Told) -> None:
    found = told.file("aiperf", f"{POINT.name}/profile_export_aiperf.json")
    expected = golden("aiperf")
    assert found["benchmark_duration"]["avg"] == pytest.approx(expected["benchmark_duration"] / 1e9)
    for metric, block in expected["metrics"].items():
        scale = 1e-6 if found[metric]["unit"] == "ms" else 1
        for name in ("avg", "std", "min", "p1", "p25", "p50", "p75", "p90", "p99", "max", "sum"):
            value = block[name] * scale
            assert found[metric][name] == pytest.approx(value, rel=1e-6), (metric, name)
        assert found[metric]["count"] == block["count"], metric


def test_guidellm_says_what_its_metrics_compile_to(told: Told) -> None:
    (found,) = told.file("guidellm", "benchmarks.json")["benchmarks"]
    expected = golden("guidellm")
    for name in ("slo_attainment", "request_goodput", "turns", "root_dispatch_delay"):
        expected.pop(name, None)
    same(found["metrics"], expected, ())


UNTOLD = ("words", "characters", "slo_determined_requests", "mode")
"""Parts of GuideLLM's metrics that need texts, or limits of its own; and the mode: tokens that are
spread evenly make many spans of one length, and which is the longest is the last bit's choice."""


TIED = ("median", "percentiles")
"""Of three events, as many as failed, the middle one lasts exactly half the time: which of two is
the median rate is the last bit's choice too."""


def same(found: Any, expected: Any, path: tuple[str, ...]) -> None:
    """Numbers of both are equal, wherever GuideLLM has one."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            tied = "errored" in path and name in TIED
            if name not in UNTOLD and value is not None and not tied:
                assert found is not None, path
                same(found[name], value, (*path, name))
    else:
        assert found == pytest.approx(expected, rel=1e-5, abs=1e-9), path


def test_aisbench_says_what_its_calculator_says(told: Told) -> None:
    expected = golden("aisbench")
    common = told.file("aisbench", f"{POINT.name}/performances/models-small/openqa.json")
    assert {name: each["total"] for name, each in common.items()} == {
        name: each["total"] for name, each in expected["common"].items()
    }
    (path,) = (told.path / "words" / "aisbench").glob("*/performances/*/openqa.csv")
    with path.open(newline="") as file:
        rows = {row["Performance Parameters"]: row for row in csv.DictReader(file)}
    for metric, stages in expected["metrics"].items():
        for name, value in stages["total"].items():
            assert rows[metric][name] == str(value), (metric, name)


def test_the_parts_of_a_difference_sum_to_it(told: Told) -> None:
    explained = 0
    for sheets in told.sheets.values():
        for term in (term for sheet in sheets for term in sheet.terms):
            if not term.difference:
                continue
            parts = [amount for _, amount in term.causes]
            assert all(because for because, _ in term.causes), term.name
            assert sum(parts) == pytest.approx(term.difference, rel=1e-6), term.name
            explained += 1
    assert explained > 50


def test_ours_is_the_figure_of_our_summary(told: Told) -> None:
    """What stands beside theirs is what summary.json says, in their unit."""
    with open_run(told.path) as run:
        summary = summarise_point(run, POINT)
    scales = {("ms", "s"): 1e-3, ("s", "ms"): 1e3}
    units = {"e2e_ms": "ms", "duration_s": "s"}
    for sheets in told.sheets.values():
        for term in (term for sheet in sheets for term in sheet.terms):
            if term.figure is None or term.figure not in known_figures():
                continue
            ours = figure(summary, term.figure)
            unit = units.get(term.figure.partition(".")[0], term.unit)
            scale = scales.get((unit, term.unit), 100 if term.unit == "%" else 1)
            if ours is None:
                assert term.ours is None, term.name
            else:
                assert term.ours == pytest.approx(ours * scale, rel=1e-9), (term.name, term.figure)


def test_the_latency_of_a_whole_response_is_a_ttft_to_evalscope_and_aisbench() -> None:
    """``first_chunk_latency = query_latency`` in ``default_api.py``, and ``time_points[1]`` is the
    end in ``_calc_perf_data``; we and the others have no TTFT then."""
    facts = {"wait_ns": 3_000_000, "gaps_ns": [], "tail_ns": 0, "sent_ns": 10**9, "outcome": "ok"}
    facts |= {"stream": False, "due": False, "usage_input": 3, "usage_output": 4}
    facts |= {"usage_cached": None, "counted_input": None, "turn": 0}
    asked = columns_of([any_record(0, facts)])
    ledger = request_ledger(asked, None)
    summary = summarize(POINT, asked, None, ledger, audit(POINT, asked, None, ledger))
    material = Material(POINT, "parallel 8", summary, asked, None, {}, "m", "")
    sheets = {name: tool.read(material) for name, tool in load_tools(TOOLS).items()}
    told = sheets["evalscope"].document["benchmark_summary.json"]
    assert (told["Avg TTFT (ms)"], told["Avg First-Turn TTFT (ms)"]) == (3.0, 3.0)
    assert "TTFT,total,3.0 ms" in sheets["aisbench"].document["csv"]
    assert sheets["vllm"].document["mean_ttft_ms"] is None
    assert "time_to_first_token" not in sheets["aiperf"].document


@pytest.mark.parametrize("model", ["../../x", "..", "a/b\0c", "x" * 400, "", "m: n"])
def test_a_name_of_others_names_no_folder_of_ours(model: str) -> None:
    part = file_part(model)
    assert Path(part).name == part
    assert part not in ("", ".", "..")
    assert len(part) <= 80
    assert "\0" not in part


def layout(tool: str) -> Any:
    """Fields of that tool's own files, by ``rivals/layouts.py``."""
    return json.loads((HERE / "golden" / "words_layouts.json").read_text())[tool]


STATISTIC = re.compile(r"(mean|median|std|p\d+)_(ttft|tpot|itl|e2el)_ms")


def test_vllm_would_have_written_every_field_and_no_other(told: Told) -> None:
    found = set(told.file("vllm", "*/*.json"))
    assert {name for name in found if not STATISTIC.fullmatch(name)} <= set(layout("vllm"))
    assert {"mean_ttft_ms", "median_itl_ms", "std_tpot_ms", "p99_e2el_ms"} <= found


def test_sglang_would_have_written_every_field_and_no_other(told: Told) -> None:
    # --cache-report adds to it.
    assert set(told.file("sglang", "*.jsonl")) == set(layout("sglang")) - {"cache_report"}


def test_guidellm_has_each_field_and_lacks_none(told: Told) -> None:
    report = told.file("guidellm", "benchmarks.json")
    (benchmark,) = report["benchmarks"]
    parts = {
        "GenerativeBenchmarksReport": report,
        "GenerativeBenchmark": benchmark,
        "BenchmarkConfig": benchmark["config"],
        "SchedulerMetrics": benchmark["scheduler_metrics"],
        "GenerativeMetrics": benchmark["metrics"],
        "DistributionSummary": benchmark["metrics"]["request_latency"]["successful"],
    }
    for name, fields in layout("guidellm").items():
        assert set(fields["required"]) <= set(parts[name]) <= set(fields["fields"]), name


def test_aiperf_knows_each_metric_and_its_unit(told: Told) -> None:
    found = told.file("aiperf", "*/profile_export_aiperf.json")
    fields = layout("aiperf")
    for name, value in found.items():
        if isinstance(value, dict) and "unit" in value:
            assert value["unit"] == fields["units"][name]
            assert set(value) <= set(fields["JsonMetricResult"]["fields"])
        else:
            assert name in fields["JsonExportData"]["fields"]


def test_evalscope_reads_each_field(told: Told) -> None:
    fields = layout("evalscope")
    summary = told.file("evalscope", "*/benchmark_summary.json")
    rows = told.file("evalscope", "*/benchmark_percentile.json")
    assert set(summary) <= set(fields["BenchmarkSummary"])
    assert all(set(row) <= set(fields["PercentileRow"]) for row in rows)


def test_genai_perf_has_a_record_for_each_statistic(told: Told) -> None:
    found = told.file("genai-perf", "*/profile_export_genai_perf.json")
    del found["input_config"]
    names = {f"{metric}_{name}" for metric, block in found.items() for name in block}
    assert {name for name in names if not name.endswith("_unit")} <= set(layout("genai-perf"))


def test_the_page_says_of_each_figure_what_it_is_and_why_it_is_not_ours(told: Told) -> None:
    text = Page((told.path / "words.html").read_text(encoding="utf-8")).words
    for sheets in told.sheets.values():
        for term in (term for sheet in sheets for term in sheet.terms):
            assert term.name in text
            assert term.definition in text
            assert term.source in text
            for because, _ in term.causes:
                assert because in text
    assert "requests count as successful whose stream ended with an error event" in text


def test_a_terminal_is_told_where_figures_are_not_ours(told: Told) -> None:
    out = io.StringIO()
    print_words(told.sheets, load_tools(TOOLS), out, width=100)
    text = out.getvalue()
    assert "AIPerf 0.13.0 (aiperf profile): parallel 8" in text
    assert "answers of several tokens in one event count" in text
    assert max(map(len, text.splitlines())) <= 100


FACTS = st.fixed_dictionaries(
    {
        "sent_ns": st.integers(10**9, 3 * 10**9),
        "wait_ns": st.integers(0, 10**8),
        "gaps_ns": st.lists(st.integers(0, 10**7).map(lambda n: n * 1024 % 2**31), max_size=5),
        "tail_ns": st.integers(0, 10**7),
        "outcome": st.sampled_from(["ok", "ok", "ok", "http_5xx", "in_band_error", "empty"]),
        "stream": st.booleans(),
        "due": st.booleans(),
        "usage_input": st.none() | st.integers(0, 9),
        "usage_output": st.none() | st.integers(0, 9),
        "usage_cached": st.none() | st.integers(0, 9),
        "counted_input": st.none() | st.integers(0, 9),
        "turn": st.none() | st.integers(0, 2),
    }
)
"""A request of any kind: unknown lengths, answers without tokens or time, whole responses,
turns of conversations."""


def any_record(seq: int, facts: dict[str, Any]) -> Record:
    answered = facts["outcome"] in ("ok", "in_band_error")
    first_ns = facts["sent_ns"] + facts["wait_ns"] if answered and facts["stream"] else None
    gaps, width = pack_gaps(facts["gaps_ns"] if first_ns else [])
    end_ns = facts["sent_ns"] + facts["wait_ns"] + sum(facts["gaps_ns"]) + facts["tail_ns"]
    usage = Usage(*(facts[f"usage_{name}"] for name in ("input", "output", "cached")))
    return Record(
        seq=seq,
        sample_id=str(seq),
        stream=facts["stream"],
        due_ns=facts["sent_ns"] - 5_000 if facts["due"] else None,
        sent_ns=facts["sent_ns"],
        first_ns=first_ns,
        first_content_ns=first_ns,
        gaps=gaps,
        gap_width=width,
        end_ns=end_ns,
        outcome=facts["outcome"],
        status=500 if facts["outcome"] == "http_5xx" else 200,
        usage=usage if answered else None,
        input_tokens=facts["counted_input"],
        conversation=None if facts.get("turn") is None else "talk",
        turn=facts.get("turn") or 0,
        turns=0 if facts.get("turn") is None else 3,
    )


@given(st.lists(FACTS, min_size=1, max_size=6), st.booleans())
@settings(max_examples=25, deadline=None, phases=[Phase.generate])
def test_whatever_was_recorded_can_be_told(facts: list[dict[str, Any]], late: bool) -> None:
    """No tool's words need what a run may lack; what is not known is null and never NaN."""
    asked = columns_of([any_record(seq, each) for seq, each in enumerate(facts)])
    ledger = request_ledger(asked, None)
    summary = summarize(POINT, asked, None, ledger, audit(POINT, asked, None, ledger))
    start_ns = 10**9 - 10**6 if late and facts else None
    material = Material(POINT, "parallel 8", summary, asked, start_ns, {}, "m", "")
    for name, tool in load_tools(TOOLS).items():
        sheet = tool.read(material)
        assert len(rows(sheet)) == len(sheet.terms)
        for term in sheet.terms:
            assert term.value is None or math.isfinite(term.value), (name, term.name)
            if term.difference:
                parts = [amount for _, amount in term.causes]
                sizes = map(abs, [term.value or 0, term.ours or 0, *parts])
                least = pytest.approx(term.difference, abs=1e-8 * sum(sizes))
                assert sum(parts) == least, (name, term.name)
                assert all(because for because, _ in term.causes), (name, term.name)
        for content in tool.files([sheet]).values():
            assert isinstance(content, str) or finite(content), name


def finite(content: Any) -> bool:
    """Whether no number in it is NaN or endless."""
    if isinstance(content, dict):
        return all(finite(each) for each in content.values())
    if isinstance(content, list):
        return all(finite(each) for each in content)
    return not isinstance(content, float) or math.isfinite(content)
