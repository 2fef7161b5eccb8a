"""Right solutions of real data sets pass, broken ones fail: a sample of what the benchmark does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from boxes import ByScript, box_of
from known_programs import HUMANEVAL, MBPP, MBPP_NOT_PLAIN, broken, empty, humaneval, mbpp

from perfbench.sandbox.jobs import Box, Calls
from perfbench.sandbox.verdicts import judge


def there(file: Path) -> None:
    if not file.exists():
        pytest.skip(f"no {file}; PERFBENCH_DATA names the data folder")


def statuses(jobs: Iterable[Calls], box: Box) -> set[str]:
    with ThreadPoolExecutor(3) as threads:
        return {each.status for each in threads.map(lambda job: judge(job, box), jobs)}


@pytest.mark.parametrize("kind", ["ns", "landlock"])
def test_humaneval(kind: str) -> None:
    there(HUMANEVAL)
    jobs = [*humaneval()]
    assert len(jobs) == 164
    assert statuses(jobs[::16], box_of(kind)) == {"passed"}


@pytest.mark.parametrize("wrong", [broken, empty])
def test_broken_solutions_fail(wrong: Callable[[Calls], Calls]) -> None:
    there(HUMANEVAL)
    assert statuses(map(wrong, [*humaneval()][3::12]), box_of("auto")) <= {"failed", "error"}


def test_by_script() -> None:
    there(HUMANEVAL)
    box = ByScript(box_of("none"))
    jobs = [*humaneval()][5::24]
    assert statuses(jobs, box) == {"passed"}
    assert len(box.scripts) == len(jobs)
    assert statuses(map(broken, jobs), box) <= {"failed", "error"}


def test_mbpp() -> None:
    there(MBPP)
    jobs = [job for number, job in mbpp() if number not in MBPP_NOT_PLAIN]
    assert len(jobs) == 969
    assert statuses(jobs[::50], box_of("auto")) == {"passed"}
