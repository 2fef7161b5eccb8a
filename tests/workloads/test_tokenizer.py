from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Backend

from perfbench.errors import ConfigError, WorkloadError
from perfbench.workloads import Tokenizer, load_tokenizer

QUESTION = [{"role": "user", "content": "Why is the sky blue?"}]


def test_counts_and_ids_are_those_of_the_bare_tokenizer(real: tuple[Tokenizer, Backend]) -> None:
    tokenizer, bare = real
    texts = ["Why is the sky blue?", "", "为什么天空是蓝色的？", "a  b\n\n\tc", "<|im_end|>"]
    ids = [bare.encode(text, add_special_tokens=False).ids for text in texts]
    assert tokenizer.encode_batch(texts) == ids
    assert tokenizer.count(texts) == [len(row) for row in ids]
    assert [tokenizer.decode(row) for row in ids] == texts


def test_chat_length_is_that_of_the_rendered_template(real: tuple[Tokenizer, Backend]) -> None:
    tokenizer, bare = real
    text = tokenizer.apply_chat_template(QUESTION)
    assert text.endswith(
        "<|im_start|>user\nWhy is the sky blue?<|im_end|>\n<|im_start|>assistant\n"
    )
    assert tokenizer.count([tokenizer.render(QUESTION)])[0] == len(bare.encode(text).ids)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=40), max_size=6))
def test_counting_together_is_counting_one_by_one(bos: Tokenizer, texts: list[str]) -> None:
    assert bos.count(texts) == [len(bos.encode(text)) for text in texts]


def test_a_plain_prompt_gets_one_bos_not_two(bos: Tokenizer) -> None:
    assert bos.special_tokens == 1
    assert bos.render(QUESTION).startswith("<s><|user|>")
    assert bos.apply_chat_template(QUESTION).startswith("<|user|>")
    plain = bos.count([bos.apply_chat_template(QUESTION)])[0] + bos.special_tokens
    assert plain == bos.count([bos.render(QUESTION)])[0]


def test_truncation_in_the_file_does_not_shorten_counts(folders: dict[str, Path]) -> None:
    tokenizer = load_tokenizer(str(folders["cut"]))
    assert tokenizer.count(["Why is the sky blue? " * 20])[0] > 100


def test_a_template_that_refuses_is_told_in_one_line(bos: Tokenizer) -> None:
    with pytest.raises(WorkloadError, match="the chat template refuses the messages: no such role"):
        bos.count([bos.render([{"role": "forbidden", "content": "x"}])])[0]


def test_no_chat_template(joining: Tokenizer) -> None:
    assert not joining.has_chat_template
    with pytest.raises(ConfigError, match="has no chat template"):
        joining.apply_chat_template(QUESTION)


def test_folders_that_hold_no_tokenizer(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "tokenizer.json").write_text('{"model": 3')
    (broken / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    for name, reason in [
        (tmp_path / "missing", "no folder"),
        ("./missing", "no folder"),
        (broken / "tokenizer.json", "is a file; name the folder"),
        (tmp_path / "empty", "cannot load tokenizer"),
        (broken, "cannot load tokenizer"),
    ]:
        with pytest.raises(ConfigError, match=reason) as caught:
            load_tokenizer(str(name))
        assert "\n" not in str(caught.value)


def test_loading_is_lazy_and_quiet(folders: dict[str, Path]) -> None:
    program = (
        "import sys, perfbench.workloads as w\n"
        "heavy = {'transformers', 'tokenizers', 'numpy', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "import os; w.load_tokenizer(os.environ['FOLDER']).encode('x ' * 10000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "FOLDER": str(folders["bos"])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
