"""What a command line means to ask: data sets, and the lengths of generated prompts and answers.

Lengths are tokens.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perfbench.config.alias import AIPERF, SGLANG, VLLM
from perfbench.config.habits.line import Line
from perfbench.config.habits.service import tokenizer_of
from perfbench.config.quantities import plain
from perfbench.errors import ConfigError

_DATASETS = {
    **{name: name for name in ("random", "sharegpt", "mooncake")},
    **{"random-ids": "random", "random-mm": "random_vl", "image": "random_vl", "custom": "openqa"},
    "burstgpt": "burstgpt",
    **dict.fromkeys(("prefix_repetition", "generated-shared-prefix"), "random"),
}
_RESOLUTIONS = {"4k": "3840x2160", "1080p": "1920x1080", "720p": "1280x720", "360p": "640x360"}
_OF_MEDIA = {"image_size": "random_vl", "images": "random_vl", "audio_s": "random_audio"}
"""The data set that a setting is of."""
_GUIDELLM_DATA = {
    f"{side}_tokens{end}" for side in ("prompt", "output") for end in ("", "_stdev", "_min", "_max")
}


@dataclass(frozen=True, slots=True)
class _Lengths:
    """Least and greatest length of generated prompts, or of the answers to them."""

    least: int
    most: int
    flag: str | None
    """``None``: nobody asked, it is what the tool does."""
    law: str | None = None
    """The law they are drawn by, where that is not uniform."""


_OF_HUB = re.compile(r"[\w-][\w.-]*/[\w-]+")
"""A data set by its owner and name; files have a suffix."""
_OURS = "--input-lengths"
_Pair = tuple[_Lengths | None, _Lengths | None]
"""Of the prompts, and of the answers."""


def read_prompts(line: Line) -> None:
    """Read the data set, and the lengths of generated prompts and of the answers.

    Raises:
        ConfigError: flags contradict each other, or the data set is not known here.
    """
    _read_media(line)
    if (named := line.take("dataset")) is not None and not _of_hub(line, named):
        if named[1] not in _DATASETS:
            raise ConfigError(f"{named[0]} {named[1]}: known are {', '.join(_DATASETS)}, hf")
        line.set("dataset", _DATASETS[named[1]], named[0])
    _read_trace(line)
    _read_dataset_args(line)
    if (file := line.take("file") or _data_file(line)) is not None:
        line.set("dataset_path", file[1], file[0])
        kind = line.take("file_type")
        mooncake = kind is not None and kind[1] == "mooncake_trace"
        line.implied["dataset"] = "mooncake" if mooncake else "openqa"
    if line.settings.get("dataset", "random") not in {"random", *_OF_MEDIA.values()}:
        return
    if "input_lengths" in line.settings:
        if line.flags["input_lengths"] != _OURS:
            line.implied |= {"dataset": "random", "length_of": "content", "ignore_eos": True}
        return
    own = {"dataset", "dataset_path", "prompt"}.isdisjoint(line.settings) and line.named
    if (data := line.take("data")) is not None:
        _generate(line, _guidellm(line, data), exact=True)
    elif {"isl", "osl"} & line.parts.keys() or (own and line.tool == AIPERF):
        _generate(line, _aiperf(line), exact=False)
    elif named or {"input", "output", "ratio"} & line.parts.keys() or (own and line.tool == VLLM):
        _generate(line, _benches(line), exact=True)


def _of_hub(line: Line, named: tuple[str, Any]) -> bool:
    """vLLM's ``hf`` data set, whose name is a path there; whether it is that."""
    config, split = line.take("hub_config"), line.take("hub_split")
    if named[1] != "hf":
        return False
    if "dataset_path" not in line.settings:
        raise ConfigError(f"{named[0]} hf needs --dataset-path OWNER/NAME")
    parts = ["hf", str(line.settings.pop("dataset_path"))]
    parts += [part[1] for part in (config, split) if part is not None]
    line.flags.pop("dataset_path", None)
    line.set("dataset", ":".join(parts), named[0])
    return True


def _read_trace(line: Line) -> None:
    """Numbers of which ours are the product, or one over them."""
    if (slowdown := line.take("slowdown")) is not None:
        factor = _amount(*slowdown)
        if not factor:
            raise ConfigError(f"{slowdown[0]}: must be above 0")
        line.set("trace_speed", [f"{1 / factor:g}"], slowdown[0])
    if (each := line.take("per_prefix")) is not None:
        groups = _amount("--gsp-num-groups", line.settings.get("prefixes", 1))
        line.set("number", [str(int(groups * _amount(*each)))], each[0])


def _read_dataset_args(line: Line) -> None:
    """EvalScope's arguments of a data set: of those the speed of a trace."""
    if (given := line.take("dataset_args")) is None:
        return
    if "speed" in (says := line.known(given[1], given[0], ("speed",))):
        line.set("trace_speed", [str(says["speed"])], given[0])


def _read_media(line: Line) -> None:
    """The size of images, in two flags there; images and sounds are of data sets of their own."""
    width, height = line.take("image_width"), line.take("image_height")
    if (given := width or height) is not None:
        sides = (width or given)[1], (height or given)[1]
        line.set("image_size", "x".join(map(str, sides)), given[0])
    if (resolution := line.take("image_resolution")) is not None:
        line.set("image_size", _wide_first(*resolution), resolution[0])
    kind = _kind(line)
    if kind != "random" and {"dataset", "dataset_path", "prompt"}.isdisjoint(line.settings):
        line.implied["dataset"] = kind


def _wide_first(flag: str, resolution: Any) -> str:
    """SGLang's height and width, or their name, as ours: width and height."""
    said = str(resolution).lower()
    sides = said.split("x")
    if said in _RESOLUTIONS:
        return _RESOLUTIONS[said]
    if len(sides) != 2:
        raise ConfigError(f"{flag} {resolution}: known are {', '.join(_RESOLUTIONS)}, HEIGHTxWIDTH")
    return f"{sides[1]}x{sides[0]}"


def _kind(line: Line) -> str:
    """The data set that generates what another tool asks for: text, with images or sound."""
    theirs = [key for key in _OF_MEDIA if line.flags.get(key, _own(key)) != _own(key)]
    return _OF_MEDIA[theirs[0]] if theirs else "random"


def _own(key: str) -> str:
    return "--" + key.replace("_", "-")


def _data_file(line: Line) -> tuple[str, Any] | None:
    """GuideLLM's ``--data`` where it is a file."""
    given = line.parts.get("data")
    synthetic = given is not None and re.search(r"(prompt|output)_tokens", given[1])
    if given is not None and _OF_HUB.fullmatch(given[1]) and not os.path.exists(given[1]):
        line.take("data")
        line.set("dataset", f"hf:{given[1]}", given[0])
        return None
    return None if synthetic else line.take("data")


def _generate(line: Line, lengths: _Pair, exact: bool) -> None:
    """Prompts of these lengths; ``exact``: answers are made to reach theirs."""
    asked, answers = lengths
    line.implied["dataset"] = _kind(line)
    line.implied["length_of"] = "content"  # these tools count what they wrote, not the template
    if asked is not None and asked.law is not None:
        _give(line, "input_lengths", asked.law, asked.flag)
    elif asked is not None:
        for key, length in (("min_prompt_length", asked.least), ("max_prompt_length", asked.most)):
            _give(line, key, str(length), asked.flag)
    if answers is not None and answers.law is not None:
        _give(line, "output_lengths", answers.law, answers.flag)
    # Vectors and scores have no length; these tools have one for them all the same.
    elif answers is not None and line.settings.get("api") not in ("embeddings", "rerank"):
        ends = sorted({answers.least, answers.most})
        _give(line, "max_tokens", [str(end) for end in ends], answers.flag)
        if exact:
            line.implied["ignore_eos"] = True
    if isinstance(model := line.settings.get("model"), str):
        tokenizer_of(line, model)


def _give(line: Line, key: str, value: Any, flag: str | None) -> None:
    if flag is None:
        line.implied[key] = value
    else:
        line.set(key, value, flag)


def _benches(line: Line) -> _Pair:
    """What vLLM's and SGLang's benchmarks make of input, output and ratio."""
    ratio = line.take("ratio")
    share = _amount(*ratio) if ratio is not None else 0.0
    if ratio is not None and share > 1:
        raise ConfigError(f"{ratio[0]} {ratio[1]}: a share of the length, from 0 to 1")
    found = []
    for part, unasked in (("input", 1024), ("output", 128)):
        flag, text = line.take(part) or (None, unasked)
        size = _amount(flag or "", text)
        if line.tool == SGLANG or share >= 1:
            least, most = int(size * share), int(size)
        else:
            least, most = math.floor(size * (1 - share)), math.ceil(size * (1 + share))
        found.append(_Lengths(max(1, least), max(1, most), flag))
    return found[0], found[1]


def _aiperf(line: Line) -> _Pair:
    """What AIPerf makes of means and deviations."""
    found: list[_Lengths | None] = []
    for part, unasked in (("isl", 550), ("osl", None)):
        flag, mean = line.take(part) or (None, unasked)
        deviation = line.take(f"{part}_stddev") if mean is not None else None
        std = _amount(*deviation) if deviation is not None else 0.0
        found.append(None if mean is None else _around(_amount(flag or "", mean), std, flag))
    return found[0], found[1]


def _guidellm(line: Line, data: tuple[str, Any]) -> _Pair:
    """``prompt_tokens=256,output_tokens=128``, with their deviations and ends, or as JSON."""
    flag, text = data
    words = text if text.lstrip().startswith("{") else text.split(",")
    says = line.known(words, flag, _GUIDELLM_DATA)
    found: list[_Lengths | None] = []
    for name in ("prompt_tokens", "output_tokens"):
        if name not in says:
            found.append(None)
            continue
        std = _amount(flag, says.get(f"{name}_stdev", 0))
        ends = {
            end: int(_amount(flag, says[f"{name}_{end}"]))
            for end in ("min", "max")
            if f"{name}_{end}" in says
        }
        around = _around(_amount(flag, says[name]), std, flag, ends)
        least, most = ends.get("min", around.least), ends.get("max", around.most)
        found.append(_Lengths(least, most, flag, around.law))
    return found[0], found[1]


def _around(mean: float, std: float, flag: str | None, ends: Mapping[str, int] = {}) -> _Lengths:
    """Lengths of a mean; with a standard deviation they are drawn by the normal law."""
    length = max(1, round(mean))
    if not std:
        return _Lengths(length, length, flag)
    numbers = {"mean": mean, "std": std, **ends}
    said = ",".join(f"{name}={number:g}" for name, number in numbers.items())
    return _Lengths(length, length, flag, f"normal:{said}")


def _amount(flag: str, value: Any) -> float:
    try:
        amount = float(plain(value, None))
    except (TypeError, ValueError):
        raise ConfigError(f"{flag}: {value!r} is not a number") from None
    if not 0 <= amount < math.inf:
        raise ConfigError(f"{flag}: must be 0 or more (got {value!r})")
    return amount
