"""Tokenizers for the workload tests: real ones where the data folder is there, and small ones
trained here, each with a trait that has broken prompt generators."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer as Backend
from tokenizers import decoders, models, pre_tokenizers, processors, trainers

from perfbench.workloads import Tokenizer, load_tokenizer

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("PERFBENCH_DATA", ROOT / ".." / "shared" / "data"))
TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}"
    "{% if m['role'] == 'forbidden' %}{{ raise_exception('no such role') }}{% endif %}"
    "<|{{ m['role'] }}|>\n{{ m['content'] }}\n{% endfor %}<|assistant|>"
)


def save(folder: Path, backend: Backend, **settings: Any) -> Path:
    """A tokenizer as AutoTokenizer loads it from a folder."""
    folder.mkdir()
    backend.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **settings}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def questions() -> list[str]:
    lines = (ROOT / "datasets" / "openqa.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


def trained(pre: Any, specials: Iterable[str], limit: int = 2000) -> Backend:
    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=limit,
        special_tokens=list(specials),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(questions(), trainer)
    return backend


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tokenizer folders by trait.

    ``bos`` adds BOS to plain text and has a chat template. ``joining`` merges across spaces, so
    that the number of words says little about the number of tokens. ``letters`` has no words.
    ``cut`` asks for truncation to 8 tokens and has no chat template.
    """
    base = tmp_path_factory.mktemp("tokenizers")
    word_wise = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = {"bos_token": "<s>", "eos_token": "</s>"}
    bos = trained(word_wise, ["<s>", "</s>"])
    bos.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    whole = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    letters = trained(word_wise, [], limit=0)
    cut = trained(word_wise, [])
    cut.enable_truncation(8)
    return {
        "bos": save(base / "bos", bos, chat_template=TEMPLATE, **special),
        "joining": save(base / "joining", trained(whole, [], 3000)),
        "letters": save(base / "letters", letters),
        "cut": save(base / "cut", cut),
    }


@pytest.fixture(scope="session")
def bos(folders: dict[str, Path]) -> Tokenizer:
    return load_tokenizer(str(folders["bos"]))


@pytest.fixture(scope="session")
def joining(folders: dict[str, Path]) -> Tokenizer:
    return load_tokenizer(str(folders["joining"]))


@pytest.fixture(scope="session", params=["smollm2", "qwen3"])
def real(request: pytest.FixtureRequest) -> tuple[Tokenizer, Backend]:
    """A real tokenizer, and the same one without perfbench or transformers around it."""
    folder = DATA / "tokenizers" / request.param
    if not folder.is_dir():
        pytest.skip(f"no real tokenizer at {folder}; PERFBENCH_DATA names the data folder")
    return load_tokenizer(str(folder)), Backend.from_file(str(folder / "tokenizer.json"))
