"""Events are plain data, and observers hear them one at a time."""

from __future__ import annotations

import pickle
import threading
import typing

import msgspec
import pytest

from perfbench.types import Asked, Event, Note, Observer, Progress, RunStarted, together

KINDS = typing.get_args(Event)


def test_every_kind_has_a_name_of_its_own() -> None:
    names = [kind.__struct_config__.tag for kind in KINDS]
    assert len(set(names)) == len(names) == 10
    assert {kind.__struct_config__.tag_field for kind in KINDS} == {"event"}


@pytest.mark.parametrize(
    "event",
    [
        RunStarted(kind="evaluation", path="x", simulated=False, config={"stop": ["a"], "n": None}),
        Note("a “quoted” line"),
        Asked("m/d", None),
    ],
    ids=lambda event: type(event).__name__,
)
def test_an_event_survives_json_and_processes(event: Event) -> None:
    assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event
    assert pickle.loads(pickle.dumps(event)) == event


def test_what_a_later_version_adds_is_passed_over() -> None:
    line = b'{"time":"now","event":"note","text":"t","colour":"red"}'
    assert msgspec.json.decode(line, type=Event) == Note("t")


def test_what_is_not_a_number_is_null() -> None:
    line = msgspec.json.encode(_progress(float("nan")))
    assert msgspec.json.decode(line)["ttft_ms"] is None


def test_observers_hear_every_event_in_order_one_at_a_time() -> None:
    busy = threading.Lock()
    heard: list[list[Event]] = [[], []]

    def careful(mine: list[Event]) -> Observer:
        def hear(event: Event) -> None:
            assert busy.acquire(blocking=False), "two events at a time"
            mine.append(event)
            threading.Event().wait(0.0002)
            busy.release()

        return hear

    tell = together(map(careful, heard))
    failed: list[BaseException] = []

    def many(name: str) -> None:
        try:
            for number in range(50):
                tell(Asked(name, str(number)))
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=many, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    first, second = heard
    assert first == second
    assert len(first) == 200
    for name in "abcd":
        told = [event.error for event in first if isinstance(event, Asked) and event.name == name]
        assert told == [str(number) for number in range(50)]


def test_an_observer_may_tell_of_its_own_trouble() -> None:
    heard: list[Event] = []

    def troubled(event: Event) -> None:
        if isinstance(event, Asked):
            tell(Note("trouble"))

    tell = together([heard.append, troubled])
    tell(Asked("m/d"))
    assert heard == [Asked("m/d"), Note("trouble")]


def _progress(ttft_ms: float) -> Progress:
    return Progress(
        index=0,
        name="p",
        elapsed_s=1.0,
        planned=None,
        sent=1,
        done=1,
        in_flight=0,
        failed={},
        events=1,
        output_tokens=None,
        request_rate_rps=None,
        event_rate_eps=None,
        ttft_ms=ttft_ms,
        tpot_ms=None,
        eta_s=None,
    )
