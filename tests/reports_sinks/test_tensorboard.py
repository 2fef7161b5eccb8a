"""The TensorBoard sink with the real library: what its event files hold, read back."""

from __future__ import annotations

import importlib.util
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_load_test import Evaluation, LoadTest
from tensorboardX.proto.event_pb2 import Event

from perfbench.reports.sinks import close_sinks, open_sinks


def play(run: LoadTest | Evaluation, reported: list[str], **settings: object) -> None:
    config = run.config(sinks=["tensorboard"], api_key="sk-secret", **settings)
    sinks = open_sinks(config, reported.append)
    run.play(sinks[0], config)  # type: ignore[arg-type]
    close_sinks(sinks)


def values(folder: Path) -> Iterator[tuple[Any, int]]:
    """Each value of each event, with its step: TFRecords, 12 bytes before and 4 after the data."""
    for file in sorted(folder.glob("events.out.tfevents.*")):
        data = file.read_bytes()
        while data:
            (length,) = struct.unpack_from("<Q", data)
            event = Event.FromString(data[12 : 12 + length])
            data = data[16 + length :]
            yield from ((value, event.step) for value in event.summary.value)


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for value, step in values(folder):
        if value.HasField("simple_value"):
            found.setdefault(value.tag, []).append((step, value.simple_value))
    return found


def texts(folder: Path) -> dict[str, str]:
    return {
        value.tag.removesuffix("/text_summary"): value.tensor.string_val[0].decode()
        for value, _ in values(folder)
        if value.metadata.plugin_data.plugin_name == "text"
    }


def test_event_files_hold_the_load_test(
    load_test: LoadTest, reported: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    play(load_test, reported)
    folder = load_test.folder / "sinks" / "tensorboard"
    assert reported == [f"tensorboard: tensorboard --logdir '{folder}'"]
    assert capfd.readouterr() == ("", "")
    found = scalars(folder)
    # At its load, in requests in flight.
    assert found["ttft_ms/p99"] == [(1, 60.0), (10, 61.0)]
    assert found["errors/timeout"] == [(1, 3.0), (10, 3.0)]
    assert found["outcome/max_requests_rps"] == [(0, 11.25)]
    assert "itl_ms/p99" not in found
    assert not {"load", "time_s"} & set(found)
    # The final state of each point; 1.5 s under load each.
    assert found["live/done"][-1] == (3, 20.0)
    told = texts(folder)
    assert "| parallel | 1 10 |" in told["settings"].splitlines()
    assert "| api_key | *** |" in told["settings"].splitlines()
    assert "| point_1 | 10 |" in told["summary"]
    assert told["notes"].splitlines()[-1] == "| the data set was repeated |"
    assert "| client point_0 | trusted: |" in told["outcome"]
    kinds = {value.tag: value.metadata.plugin_data.plugin_name for value, _ in values(folder)}
    assert "hparams" in kinds.values()
    (image,) = (value.image for value, _ in values(folder) if value.tag == "plots/latency")
    assert (image.width, image.height) == (8, 8)
    files = [file for file in load_test.folder.rglob("*") if file.is_file()]
    assert b"sk-secret" not in b"".join(file.read_bytes() for file in files)


def test_event_files_hold_the_evaluation(evaluation: Evaluation, reported: list[str]) -> None:
    play(evaluation, reported)
    folder = evaluation.folder / "sinks" / "tensorboard"
    found = scalars(folder)
    assert found["gsm8k/accuracy"] == [(0, 0.75)]
    assert found["mmlu_subset/law_eu"] == [(1, 0.5)]
    assert found["mmlu_load/ttft_ms_p99"] == [(1, 62.0)]
    assert found["live_mmlu/done"][-1] == (2, 4.0)
    assert found["outcome/score_gsm8k"] == [(0, 0.75)]
    assert "| qwen | gsm8k | abc123 | all | accuracy | 0.75 |" in texts(folder)["scores"]


def test_runs_can_be_gathered_in_a_folder(
    load_test: LoadTest, reported: list[str], tmp_path: Path
) -> None:
    play(load_test, reported, sink_args={"tensorboard": {"log_dir": str(tmp_path / "all")}})
    assert "ttft_ms/p99" in scalars(tmp_path / "all" / load_test.folder.name)


@pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed"
)
def test_tensorboard_itself_reads_it(load_test: LoadTest, reported: list[str]) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    play(load_test, reported)
    accumulator = EventAccumulator(str(load_test.folder / "sinks" / "tensorboard"))
    accumulator.Reload()
    points = [(event.step, event.value) for event in accumulator.Scalars("ttft_ms/p99")]
    assert points == [(1, 60.0), (10, 61.0)]
    assert accumulator.Tags()["images"] == ["plots/latency"]


def test_a_run_that_is_continued_has_event_files_apart(
    load_test: LoadTest, reported: list[str]
) -> None:
    for _ in range(3):
        play(load_test, reported)
    first = load_test.folder / "sinks" / "tensorboard"
    folders = [first, first / "2", first / "3"]
    assert reported == [f"tensorboard: tensorboard --logdir '{each}'" for each in folders]
    for each in folders:
        assert scalars(each)["ttft_ms/p99"] == [(1, 60.0), (10, 61.0)]
