"""What is said of a point whose token counts speak against it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from load_runs import Measured, measured
from msgspec.structs import replace
from tokenizers import Tokenizer, models, pre_tokenizers

from perfbench.config import SimulatorConfig
from perfbench.perf.doubts import cached_note, connection_note, length_note, slots_note
from perfbench.reports.charts import sweep_of
from perfbench.types import Event, Note, Summary

QUICK = SimulatorConfig(port=0, ttft_ms=0, itl_ms=0, output_tokens=4)


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """Of a small real point, for the tests to change its token counts."""
    folder = tmp_path_factory.mktemp("doubts")
    return measured(folder, simulator=QUICK, number=[20], max_prompt_length=100).summary


def with_counts(summary: Summary, mean: float = 100.0, **tokens: Any) -> Summary:
    metrics = {
        **summary.metrics,
        "input_tokens": {"mean": mean, "count": 20},
        "output_tokens": {"p50": 10.0, "count": 20},
    }
    return replace(summary, metrics=metrics, tokens=replace(summary.tokens, **tokens))


@pytest.mark.parametrize(
    ("share", "common_start", "said"),
    [
        (None, 0, None),
        (0.04, 0, None),
        (0.24, 20, None),
        (0.26, 20, "26% of the input"),
        (0.99, 500, None),
        (0.93, 24, "explains 24%"),
    ],
)
def test_cached_input_beyond_the_common_start_is_told(summary, share, common_start, said) -> None:
    found = cached_note(with_counts(summary, cached_share=share), common_start, False)
    assert (found is None) == (said is None)
    assert said is None or said in str(found)


def test_a_template_of_unknown_length_is_named_as_a_reason(summary) -> None:
    found = cached_note(with_counts(summary, cached_share=0.5), 10, True)
    assert "explains 10%" in str(found)
    assert "--tokenizer-path" in str(found)


@pytest.mark.parametrize(
    ("mismatched", "ratio", "template_unknown", "said"),
    [
        (None, None, False, None),
        (0, 1.0, False, None),
        (1, 1.0, False, None),
        (2, 1.0, False, "not quite those in use"),
        (20, 1.01, False, "not quite those in use"),
        (20, 1.4, False, "is not the model's"),
        (20, 0.8, False, "median ratio 0.80"),
        (20, 1.4, True, "it has no chat template"),
    ],
)
def test_other_prompt_lengths_are_told(summary, mismatched, ratio, template_unknown, said) -> None:
    counts = with_counts(summary, input_mismatched=mismatched, input_ratio=ratio, output_ratio=None)
    found = length_note(counts, template_unknown)
    assert (found is None) == (said is None)
    assert said is None or said in str(found)
    assert "asked for" not in str(length_note(counts, template_unknown, lengths_asked=False))


@pytest.mark.parametrize(
    ("ratio", "told"), [(None, False), (1.04, False), (1.1, False), (1.2, True), (0.5, True)]
)
def test_other_output_lengths_are_told_unless_it_is_the_token_that_ends_it(
    summary, ratio, told
) -> None:
    counts = with_counts(summary, input_mismatched=0, input_ratio=1.0, output_ratio=ratio)
    assert (length_note(counts, False) is not None) == told


def notes_of(folder: Path, **settings: Any) -> tuple[Measured, list[str]]:
    notes: list[str] = []

    def observe(event: Event) -> None:
        if isinstance(event, Note):
            notes.append(event.text)

    found = measured(folder, [observe], simulator=SimulatorConfig(port=0), number=[10], **settings)
    log = (found.path / "run.log").read_text()
    assert all(note in log for note in notes)
    return found, notes


def test_a_cache_that_a_point_has_filled_for_the_next_is_noted(tmp_path: Path) -> None:
    long: dict[str, Any] = {"dataset": "random", "min_prompt_length": 300, "max_prompt_length": 400}
    found, notes = notes_of(tmp_path / "same", parallel=[1, 2], same_prompts=True, **long)
    shares = [summary.tokens.cached_share or 0.0 for summary in found.summaries]
    assert shares[0] < 0.05 < 0.9 < shares[1]
    (note,) = [note for note in notes if "prefix cache;" in note]
    assert note.startswith(found.summary.name)

    found, notes = notes_of(tmp_path / "fresh", parallel=[1, 2], **long)
    assert max(summary.tokens.cached_share or 0.0 for summary in found.summaries) < 0.05
    assert not [note for note in notes if "prefix cache;" in note]


def test_a_tokenizer_that_is_not_the_models_is_noted_once(tmp_path: Path) -> None:
    """The simulator takes four bytes for a token, this tokenizer a word."""
    backend = Tokenizer(models.WordLevel({"be": 0, "sea": 1, "[UNK]": 2}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    backend.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    found, notes = notes_of(
        tmp_path / "runs",
        parallel=[1, 2],
        dataset="random",
        api="completions",
        tokenizer_path=str(folder),
        min_prompt_length=200,
        max_prompt_length=200,
    )
    assert [summary.tokens.input_mismatched for summary in found.summaries] == [10, 10]
    assert (found.summary.tokens.input_ratio or 1.0) < 0.95
    (note,) = [note for note in notes if "other prompt lengths" in note]
    assert note.startswith(found.summaries[0].name)
    assert "10 of 10 requests" in note


def test_fewer_requests_than_slots_are_told(summary) -> None:
    assert slots_note(summary) is None
    assert slots_note(replace(summary, parallel=20)) is None
    assert "20 requests cannot fill 21 slots" in str(slots_note(replace(summary, parallel=21)))
    assert slots_note(replace(summary, parallel=21, rate=5.0)) is None
    assert slots_note(replace(summary, parallel=21, interrupted=True)) is None
    assert slots_note(replace(summary, parallel=21, ledger=None)) is None
    # A knee is not looked for where most of the time is a climb and a descent.
    rates = zip((1, 2, 11), (10.0, 20.0, 20.0), strict=True)
    points = [replace(summary, parallel=n, output_throughput_tok_s=done) for n, done in rates]
    assert sweep_of(points).knee.where == "too few loads"
    assert sweep_of([*points[:2], replace(points[2], parallel=10)]).knee.place == 1


def test_connections_that_are_not_kept_are_told(summary) -> None:
    assert connection_note(summary) is None
    connects = {"p50": 0.125, "count": 20}
    each = replace(summary, metrics={**summary.metrics, "connect_ms": connects})
    assert "connecting took 0.125 ms (p50)" in str(connection_note(each))
    # Each stream had one request, or two: nothing follows from that.
    assert connection_note(replace(each, parallel=15)) is None
    # All were sent before one had ended.
    assert connection_note(replace(each, parallel=None, mean_in_flight=14.0)) is None
    assert connection_note(replace(each, parallel=None, mean_in_flight=4.0)) is not None
    some = replace(each, metrics={**each.metrics, "connect_ms": {**connects, "count": 12}})
    assert connection_note(some) is None
