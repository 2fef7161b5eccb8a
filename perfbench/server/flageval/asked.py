"""What FlagEval's clients send, and the job that it asks for.

Owns the fields of a request with their defaults, what ``gen_kwargs`` means and which data sets a
domain has. Sends and stores nothing. Durations are seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from perfbench.config.base import json_pairs
from perfbench.config.secrets import masked, shown_url
from perfbench.server.refusal import Refusal

NO_KEY = "EMPTY"
"""The ``api_key`` that says there is none."""
DATA_SETS: Mapping[str, tuple[str, ...]] = {"NLP": ("mmlu", "gsm8k")}
"""By domain."""

_LONGEST_NAME = 200
_LONGEST_TEXT = 1000
_Name = Annotated[str, Meta(min_length=1, max_length=_LONGEST_NAME)]
_Text = Annotated[str, Meta(max_length=_LONGEST_TEXT)]
_Count = Annotated[int, Meta(ge=1, le=100_000)]


class EvalInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model on a chip that is to be evaluated."""

    eval_model: _Name
    """Name of the evaluation, which no other may have."""
    model: _Name
    """Name of the model in requests. Evaluations of one share their answers."""
    eval_url: _Name
    tokenizer: _Name
    api_key: _Text = NO_KEY
    batch_size: _Count = 1
    num_concurrent: _Count = 1
    """Requests in flight."""
    num_retry: Annotated[int, Meta(ge=0, le=1000)] = 10
    """Times a failed request is asked again."""
    gen_kwargs: _Text = ""
    thinking: bool | None = None
    """``None``: left to the service."""
    retry_time: Annotated[int, Meta(ge=1, le=604_800)] = 3600
    """Longest time of one attempt at a request."""
    chip: _Text = "Nvidia-H100"
    base_model_name: _Name | None = None


class NewBatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Evaluations that are asked for together."""

    eval_infos: Annotated[list[EvalInfo], Meta(min_length=1, max_length=100)]
    domain: _Name
    mode: _Text | None = None
    region: _Text = "bj"
    special_event: _Text = "yes"
    user_id: int | None = None


def without_secrets(info: EvalInfo) -> EvalInfo:
    """The same as it may be stored: no key, also none in the URL or among what is sampled with."""
    pairs = [pair.partition("=") for pair in _PAIRS.split(info.gen_kwargs)]
    kept = [f"{name}{equals}{_masked(name, value)}" for name, equals, value in pairs]
    return msgspec.structs.replace(
        info,
        api_key=NO_KEY,
        eval_url=shown_url(info.eval_url)[:_LONGEST_NAME],  # A mask may be longer than a secret.
        gen_kwargs=",".join(kept)[:_LONGEST_TEXT],
    )


def _masked(name: str, value: str) -> str:
    return str(masked({name.strip(): value})[name.strip()])


def data_sets_of(domain: str, mode: str | None) -> tuple[str, ...]:
    """What is asked in a domain.

    Raises:
        Refusal: perfbench has no data sets of it.
    """
    there = "; ".join(f"{name} asks {', '.join(sets)}" for name, sets in DATA_SETS.items())
    found = DATA_SETS.get(domain)
    if found is None:
        raise Refusal(422, f"domain: there are no data sets of {domain[:60]!r} here; {there}")
    if mode is not None and "embodied" in mode.casefold():
        raise Refusal(422, f"mode: there are no data sets of {mode[:60]!r} here; {there}")
    return found


def settings_of(
    info: EvalInfo, data_sets: Sequence[str], data_dirs: Sequence[Path], reuse: str | None
) -> dict[str, Any]:
    """The settings of ``perfbench eval`` for an evaluation.

    Args:
        data_dirs: where data sets are looked for first, each in a folder of its name.
        reuse: the run whose answers count where the same would be asked.

    Raises:
        Refusal: ``gen_kwargs`` cannot be read.
    """
    sampling, extra = sampling_of(info.gen_kwargs)
    if info.thinking is not None:
        extra = {"chat_template_kwargs": {"enable_thinking": info.thinking}} | extra
    folders = {name: _folder(name, data_dirs) for name in data_sets}
    return {
        "name": info.eval_model,
        "url": info.eval_url,
        "model": info.model,
        "datasets": list(data_sets),
        "dataset_args": {name: {"local_path": path} for name, path in folders.items() if path},
        "parallel": info.num_concurrent,
        "retries": info.num_retry,
        "total_timeout": info.retry_time,
        "read_timeout": info.retry_time,
        **sampling,
        **({"extra_args": extra} if extra else {}),
        **({} if info.api_key == NO_KEY else {"api_key": info.api_key}),
        **({} if reuse is None else {"reuse": reuse, "fork": True}),
    }


_SETTINGS = {
    **{name: name for name in ("max_tokens", "min_tokens", "temperature", "top_p", "top_k")},
    **{name: name for name in ("frequency_penalty", "repetition_penalty", "stop", "ignore_eos")},
    **dict.fromkeys(("max_gen_toks", "max_new_tokens", "max_completion_tokens"), "max_tokens"),
    **dict.fromkeys(("num_return_sequences", "n"), "repeats"),
    "until": "stop",
}
"""Names in ``gen_kwargs``, and the settings that they are."""
_NOT_SENT = ("do_sample", "batch_size")
_NOT_SAMPLING = ("model", "messages", "prompt", "stream", "stream_options", "tools")
_PAIRS = re.compile(r",(?=\s*\w+\s*=)")


def sampling_of(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """``temperature=0.6,top_k=20,max_gen_toks=16000`` as settings, and as further body fields.

    Raises:
        Refusal: it is no list of NAME=VALUE, or says one thing twice.
    """
    settings: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for pair in filter(None, (part.strip() for part in _PAIRS.split(text.strip(" ,")))):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not re.fullmatch(r"\w+", name) or not value:
            raise Refusal(422, f"gen_kwargs: expected NAME=VALUE, found {pair[:60]!r}")
        if name in _NOT_SAMPLING:
            raise Refusal(422, f"gen_kwargs: {name} is nothing of sampling")
        if name in _NOT_SENT:
            continue
        place, key = (settings, _SETTINGS[name]) if name in _SETTINGS else (extra, name)
        if key in place:
            raise Refusal(422, f"gen_kwargs: {name} says again what was said before")
        place[key] = _plain(name, value)
    return settings, extra


def _plain(name: str, value: str) -> Any:
    """A value as JSON, or as Python writes it, or else as text."""
    if value in ("True", "False", "None"):
        return {"True": True, "False": False, "None": None}[value]
    return json_pairs([f"{name}={value}"])[name]


def _folder(name: str, data_dirs: Sequence[Path]) -> str | None:
    """Where the first of the server's folders of data has a data set; ``None``: where perfbench
    itself looks."""
    return next((str(path / name) for path in data_dirs if (path / name).is_dir()), None)
