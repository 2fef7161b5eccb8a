"""The version changes with all that decides a score, and with nothing else."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from perfbench import registry
from perfbench.evaluation import catalogue
from perfbench.evaluation.data import Places
from perfbench.evaluation.selection import Selection, samples
from perfbench.evaluation.version import fingerprint, parts, revision, version


def fingerprint_of(name: str, selection: Selection | None = None) -> str:
    resolved = catalogue.find(name)
    found = catalogue.find_data(resolved, Places())
    return fingerprint(samples(resolved, found, selection or Selection()))


def test_fingerprint_of_what_is_asked() -> None:
    base = fingerprint_of("demo_gsm8k")
    assert base == fingerprint_of("demo_gsm8k_gen_0_shot_cot_chat_prompt"), "only the name differs"
    others = [
        fingerprint_of("demo_gsm8k_gen_0_shot_chat_prompt"),
        fingerprint_of("demo_gsm8k_gen_4_shot_cot_str"),
        fingerprint_of("demo_gsm8k", Selection(few_shot_num=1)),
        fingerprint_of("demo_gsm8k", Selection(limit=4)),
        fingerprint_of("demo_gsm8k", Selection(system_prompt="Be brief.")),
        fingerprint_of("demo_gsm8k", Selection(shuffle=True)),
        fingerprint_of("demo_math500"),
    ]
    assert len({base, *others}) == len(others) + 1


@pytest.mark.parametrize("task", list(registry.TASKS))
def test_every_task_has_an_extractor_and_a_scorer(task: str) -> None:
    found = registry.resolve(registry.TASKS, task)
    assert revision(registry.EXTRACTORS, found.extractor)
    assert revision(registry.SCORERS, found.scorer)


def test_revision_is_declared_or_the_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    revisions = []
    for number, source in enumerate(
        ["def get(): return 1\n", "def get(): return 2\n", "REVISION = 7\ndef get(): return 3\n"]
    ):
        (tmp_path / f"own_extractor_{number}.py").write_text(source)
        revisions.append(revision({"own": f"own_extractor_{number}:get"}, "own"))
        del sys.modules[f"own_extractor_{number}"]
    assert len(set(revisions)) == 3
    assert revisions[2] == "7"


def test_version() -> None:
    def of(name: str, data: str, sampling: dict[str, float], repeats: int = 1) -> str:
        return version(parts(catalogue.find(name), data, sampling, repeats))

    base = of("demo_gsm8k", "data", {"temperature": 0.0})
    assert re.fullmatch("[0-9a-f]{6}", base)
    assert base == of("demo_gsm8k", "data", {"temperature": 0.0})
    others = [
        of("demo_gsm8k", "other", {"temperature": 0.0}),
        of("demo_gsm8k", "data", {"temperature": 0.6}),
        of("demo_gsm8k", "data", {}),
        of("demo_gsm8k", "data", {"temperature": 0.0}, 4),
        of("demo_math500", "data", {"temperature": 0.0}),
    ]
    assert len({base, *others}) == len(others) + 1
