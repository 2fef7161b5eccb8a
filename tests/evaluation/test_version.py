"""The version changes with all that decides a score, and with nothing else."""

from __future__ import annotations

import importlib
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from perfbench import registry
from perfbench.config.evaluation import EvalConfig
from perfbench.config.generation import generation_of
from perfbench.errors import ConfigError
from perfbench.evaluation.data import Places
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.selection import Selection, samples
from perfbench.evaluation.plan.version import fingerprint, parts
from perfbench.evaluation.revision import libraries, revision, scoring, version


def fingerprint_of(name: str, selection: Selection | None = None) -> str:
    resolved = catalogue.find(name)
    found = catalogue.find_data(resolved, Places())
    return fingerprint(samples(resolved, found, selection or Selection()))


def test_fingerprint_of_what_is_asked() -> None:
    base = fingerprint_of("demo_gsm8k")
    assert base == fingerprint_of("demo_gsm8k_gen_0_shot_cot_chat"), "only the name differs"
    others = [
        fingerprint_of("demo_gsm8k_gen_0_shot_cot_chat_prompt"),
        fingerprint_of("demo_gsm8k_gen_0_shot_chat_prompt"),
        fingerprint_of("demo_gsm8k_gen_4_shot_cot_str"),
        fingerprint_of("demo_gsm8k", Selection(few_shot_num=1)),
        fingerprint_of("demo_gsm8k", Selection(limit=4)),
        fingerprint_of("demo_gsm8k", Selection(system_prompt="Be brief.")),
        fingerprint_of("demo_gsm8k", Selection(shuffle=True)),
        fingerprint_of("demo_gsm8k", Selection(examples=[{"question": "1+1", "answer": "#### 2"}])),
        fingerprint_of("demo_mmlu"),
        fingerprint_of("demo_mmlu", Selection(shuffle_choices=True)),
        fingerprint_of("demo_mmlu", Selection(shuffle_choices=True, seed=1)),
        fingerprint_of("demo_math500"),
    ]
    assert len({base, *others}) == len(others) + 1


@pytest.mark.parametrize("task", list(registry.TASKS))
def test_every_task_has_an_extractor_and_a_scorer(task: str) -> None:
    found = registry.resolve(registry.TASKS, task)
    assert revision(registry.EXTRACTORS, found.extractor)
    runs = found.scorer in registry.RUNNERS
    assert revision(registry.RUNNERS if runs else registry.SCORERS, found.scorer)


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
    def of(
        name: str = "demo_gsm8k",
        data: str = "data",
        api: str = "openai",
        model: str = "m",
        repeats: int = 1,
        **settings: Any,
    ) -> str:
        generation = generation_of(EvalConfig(**settings), model)
        return version(parts(catalogue.find(name), data, api, generation, repeats))

    base = of(temperature=0)
    assert re.fullmatch("[0-9a-f]{6}", base)
    assert base == of(temperature=0, url="http://elsewhere", parallel=3, model="another")
    others = [
        of(temperature=0, data="other"),
        of(temperature=0, api="vllm"),
        of(temperature=0.6),
        of(),
        of(temperature=0, repeats=4),
        of(temperature=0, name="demo_math500"),
        of(temperature=0, max_tokens=100),
        of(temperature=0, ignore_eos=True),
        of(temperature=0, n=2),
        of(temperature=0, extra_args={"min_p": 0.1}),
    ]
    assert len({base, *others}) == len(others) + 1


def test_scoring_names_the_libraries_it_uses() -> None:
    assert scoring("number", "number")["libraries"] == ""
    for scorer, packages in (
        ("math", ("math-verify", "sympy")),
        ("rouge_bleu", ("rouge-score", "sacrebleu")),
        ("ifeval", ("langdetect",)),
    ):
        said = scoring("verbatim", scorer)["libraries"]
        assert all(f"{name} {metadata.version(name)}" in said for name in packages)


def test_a_package_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("perfbench.evaluation.scorers.number")
    monkeypatch.setattr(module, "LIBRARIES", ("no-such",), raising=False)
    with pytest.raises(ConfigError, match=r"the scorer number needs the package no-such$"):
        libraries("number")
    monkeypatch.setattr(registry, "EXTRAS", {"no-such": "eval"})
    with pytest.raises(ConfigError, match=r"no-such: pip install 'perfbench\[eval\]'$"):
        libraries("number")
