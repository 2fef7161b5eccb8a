"""From the parameters of EvalScope's API to our settings.

Names are those of ``config.aliases``, which its command line is read by, so that both mean the
same. Knows no request and no job. Durations are seconds, lengths tokens.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from perfbench import registry
from perfbench.config.alias import EVALSCOPE
from perfbench.config.aliases import EVAL, PERF
from perfbench.config.habits import Translation
from perfbench.config.habits.names import in_our_names, names_of
from perfbench.errors import ConfigError
from perfbench.server.schemas import schemas_of
from perfbench.server.vetting import OURS, model_of

Kind = Literal["perf", "eval"]
"""Which of its two tasks: the word in its paths."""
_FOLDERS = ("work_dir", "outputs_dir")
_Model = Annotated[str, msgspec.Meta(examples=["qwen-plus"])]


class Generation(msgspec.Struct, frozen=True):
    """How answers are sampled; fields that are not named here are taken too."""

    temperature: float = 0.0
    """Temperature."""
    max_tokens: int = 2048
    """Most tokens of an answer."""
    top_p: float | None = None
    """Nucleus sampling."""
    top_k: int | None = None
    """Top-k sampling, where the service has it."""


class EvalBody(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation, in EvalScope's words. Every other setting of an evaluation may stand beside
    them, by our name for it or by EvalScope's."""

    model: _Model
    """Name of the model."""
    datasets: Annotated[list[str], msgspec.Meta(examples=[["gsm8k"]])]
    """Names of data sets."""
    api_url: Annotated[str, msgspec.Meta(examples=["http://127.0.0.1:8000/v1"])]
    """The service, which speaks OpenAI's API."""
    api_key: str | None = None
    """Its key; none is sent unless it is given."""
    limit: float | None = None
    """Questions of each subset: a count, or a fraction below 1."""
    eval_batch_size: int = 1
    """Requests in flight at a time."""
    generation_config: Generation = msgspec.field(default_factory=Generation)
    """How answers are sampled."""
    work_dir: str | None = None
    """Below the folder of the results, where the run has a folder of its own; else refused."""
    debug: bool = False
    """Write the log line by line."""
    seed: int = 42
    """Seed of what is drawn."""


class PerfBody(msgspec.Struct, frozen=True, kw_only=True):
    """A load test, in EvalScope's words. Every other setting of a load test may stand beside them,
    by our name for it or by EvalScope's."""

    model: _Model
    """Name of the model."""
    url: Annotated[str, msgspec.Meta(examples=["http://127.0.0.1:8000/v1/chat/completions"])]
    """The service, with the path that is asked."""
    api: str = "openai"
    """API that it speaks: openai, dashscope, anthropic, gemini, ..."""
    api_key: str | None = None
    """Its key."""
    number: int | list[int] = 1000
    """Requests; several values are those of the loads of a sweep."""
    parallel: int | list[int] = 1
    """Requests in flight at a time; several values make a sweep."""
    rate: float | list[float] = -1
    """Requests a second; -1: each answer is followed by the next request."""
    dataset: str = "openqa"
    """Where prompts come from."""
    max_tokens: int | list[int] = 2048
    """Most tokens of an answer."""
    temperature: float = 0.0
    """Temperature."""
    stream: bool = True
    """Whether answers are streamed."""
    debug: bool = False
    """Taken, and of no effect: what is logged is logged."""


BODIES: Mapping[Kind, type[EvalBody | PerfBody]] = {"perf": PerfBody, "eval": EvalBody}


def settings_of(kind: Kind, given: Mapping[str, Any], results: Path) -> dict[str, Any]:
    """Our settings for what EvalScope's parameters ask.

    Args:
        given: parameters as they came; those that ``BODIES`` name have been checked.
        results: the only folder that a parameter may name as the place of results.

    Raises:
        ConfigError: a parameter is unknown or wrong, with its name as ``setting``.
    """
    left = {key: value for key, value in given.items() if value is not None}
    for folder in _FOLDERS:
        if folder in left:
            _expect_inside(folder, str(left.pop(folder)), results)
    if isinstance(alias := left.pop("alias", None), str):
        left.setdefault("name", alias)
    if left.get("api") == "openai":
        del left["api"]  # There it is the API of both paths; here the path chooses.
    found = _in_our_names(kind, left)
    if found.environment:
        raise ConfigError("keys of trackers cannot be given: the server has them, or nobody")
    settings = _defaults(kind, found.settings) | found.implied | found.settings
    if kind == "perf":
        told = settings.get("metrics_as", [])
        settings["metrics_as"] = [*(told if isinstance(told, list) else [told]), "evalscope"]
    elif isinstance(sampling := found.settings.get("generation_config"), Mapping):
        settings["generation_config"] = _defaults(kind, left)["generation_config"] | sampling
    return settings


def parameters(kind: Kind) -> dict[str, Any]:
    """What may be given, by name: type, default and meaning; what must be is in ``required``."""
    of_body = schemas_of([BODIES[kind]])[1][BODIES[kind].__name__]
    own: dict[str, Any] = of_body["properties"]
    more = {
        name: {"description": field.description}
        for name, field in model_of(kind).model_fields.items()
        if name not in own and name not in OURS
    }
    required = of_body["required"]
    return {
        "required": {name: own[name] for name in required},
        "optional": {name: each for name, each in own.items() if name not in required} | more,
    }


def _in_our_names(kind: Kind, given: Mapping[str, Any]) -> Translation:
    """What is given, read as its command line is.

    Raises:
        ConfigError: a name is unknown, or two mean the same.
    """
    ours = model_of(kind).model_fields
    theirs = names_of(PERF if kind == "perf" else EVAL, EVALSCOPE)
    for name in given:
        if name not in ours and name not in theirs:
            hint = registry.did_you_mean(name, dict.fromkeys([*ours, *theirs], ""))
            raise ConfigError(f"no parameter is called {name[:60]!r}{hint}", name)
    return in_our_names(given, ours, theirs, EVALSCOPE, reads_files=False)


_COUNTED = frozenset(("number", "duration", "conversations", "stages"))
"""Settings that say how much is asked."""


def _defaults(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """What EvalScope's parameters are where they are not given, and ours are not either."""
    if kind == "perf":
        found: dict[str, Any] = {"max_tokens": 2048, "temperature": 0.0}
        return found if _COUNTED & given.keys() else found | {"number": 1000}
    sampling = {"max_tokens": 2048, "temperature": 0.0}
    return {
        "parallel": 1,
        "seed": 42,
        "generation_config": {key: each for key, each in sampling.items() if key not in given},
    }


def _expect_inside(name: str, folder: str, results: Path) -> None:
    """Raises ``ConfigError``: a folder is not within the results."""
    inside = Path(os.path.normpath(results.absolute() / folder))
    if not inside.is_relative_to(os.path.normpath(results.absolute())):
        raise ConfigError(f"{name}: results stay within the folder of this server", name)
