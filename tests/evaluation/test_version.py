"""The version changes with all that decides a score, and with nothing else."""

from __future__ import annotations

import re

import pytest

from perfbench import registry
from perfbench.evaluation import catalogue
from perfbench.evaluation.data import Places
from perfbench.evaluation.selection import Selection, samples
from perfbench.evaluation.version import fingerprint, revision, version


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


@pytest.mark.parametrize("name", ["number", "choice", "math", "bbh", "verbatim"])
def test_revision_of_extractors(name: str) -> None:
    assert revision(registry.EXTRACTORS, name) == revision(registry.EXTRACTORS, name)


def test_version() -> None:
    resolved = catalogue.find("demo_gsm8k")
    base = version(resolved, "data", {"temperature": 0.0})
    assert re.fullmatch("[0-9a-f]{6}", base)
    assert base == version(resolved, "data", {"temperature": 0.0})
    others = [
        version(resolved, "other", {"temperature": 0.0}),
        version(resolved, "data", {"temperature": 0.6}),
        version(resolved, "data", {}),
        version(resolved, "data", {"temperature": 0.0}, repeats=4),
        version(catalogue.find("demo_math500"), "data", {"temperature": 0.0}),
    ]
    assert len({base, *others}) == len(others) + 1
