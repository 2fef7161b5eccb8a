"""The ``template`` endpoint: an API that the settings describe, in a file of ``--api-template``.

::

    path: /v1/generate                  # $model may be in it
    key: "X-Api-Key: $key"              # default: "Authorization: Bearer $key"
    headers: {X-Version: "3"}           # sent with every request
    framing: sse                        # or ndjson; of a stream
    body:                               # a text that is a placeholder becomes its value
      query: $prompt
      options: {limit: $max_tokens, temperature: $temperature}
      stream: $stream
    read:                               # paths into an event or a whole answer, or lists of paths
      text: [output.delta, output.text]
      finish: output.reason
      input_tokens: usage.in
      output_tokens: usage.out

A field whose placeholder has no value (a setting that was not given) is left out; ``${name}`` is
the same as ``$name``, and ``$$`` is a dollar sign. Paths are names and numbers joined by dots, with
``*`` for every element of a list (``choices.0.text``, or ``choices[0].text`` where YAML lets it
stand); the first path that leads to something counts.
``cumulative: true`` in place of deltas: each event may
have all the text so far. Without ``finish`` and ``done`` an answer is over with its response.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from perfbench.endpoints.body import SETTINGS, PlacedWriter, encode, kind_of
from perfbench.endpoints.fields import error_text, load, mapping, text, tokens
from perfbench.endpoints.messages import cannot_carry, text_of
from perfbench.errors import ConfigError
from perfbench.types import Delta, Generation, PromptForm, Sample, Usage

_PLACEHOLDER = re.compile(r"\$(?:(\$)|([a-z_]\w*)|\{(\w+)\})")
_ASKED = frozenset(("prompt", "messages", "token_ids"))
_NAMES = SETTINGS | _ASKED | {"model", "stream", "id"}
_FIELDS = frozenset(
    ("path", "models_path", "key", "headers", "framing", "body", "read", "cumulative")
)
_COUNTS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")
_READS = frozenset((*("text", "reasoning", "finish", "done", "error", "id", "result"), *_COUNTS))

Path = tuple[str | int, ...]
EVERY = "*"
"""Step of a path: every element of a list."""


class Template:
    """Sends the template's body with the sample in it, a dict as the whole body."""

    name = "template"
    takes: frozenset[PromptForm] = frozenset({"text"})

    def __init__(self, generation: Generation) -> None:
        given = generation.template
        if given is None:
            raise ConfigError("--api template needs --api-template, the file that describes it")
        _check(given)
        self._generation = generation
        self._body: dict[str, Any] = dict(given["body"])
        self._path = str(given["path"])
        self._so_far = given.get("cumulative", False)
        self._paths = {name: _paths(name, said) for name, said in given["read"].items()}
        self._writer = PlacedWriter(generation, {}, {})
        name, form = str(given.get("key", "Authorization: Bearer $key")).split(":", 1)
        self.key_header = (name.strip(), _within(form.strip(), {"key": "{}"}))
        self.headers = tuple((str(k), str(v)) for k, v in given.get("headers", {}).items())
        self.framing = given.get("framing", "sse")
        self.says_end = not self._paths.keys().isdisjoint(("finish", "done"))
        self.ignores = SETTINGS - _placeholders(given["body"])
        self.generates = "result" not in self._paths
        if given.get("models_path") is not None:
            self.models_path = given["models_path"]

    def path(self) -> str:
        """Request target below the base URL."""
        return _within(self._path, {"model": quote(self._generation.model, safe="")})

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request.

        Raises:
            ConfigError: the sample holds what the body has no place for.
        """
        content = sample.input
        if kind_of(sample) == "body" and isinstance(content, dict):
            return encode(sample, content)
        values = {**self._generation.sampling, **self._asked(sample), "id": sample.id}
        values |= {"model": self._generation.model, "stream": self._generation.stream}
        if sample.max_tokens is not None:
            values["max_tokens"] = sample.max_tokens
        return self._writer.asking(sample, _filled(self._body, values))

    def parse(self, data: bytes) -> Delta:
        """Read one event's data, or a whole answer.

        Raises:
            ValueError: it is not JSON, or not an object.
        """
        answer = load(data)
        counts = [tokens(self._first(answer, name)) for name in _COUNTS]
        finish = self._first(answer, "finish")
        delta = Delta(
            text=self._text(answer, "text"),
            reasoning=self._text(answer, "reasoning"),
            finish=(text(finish) or ("stop" if finish is True else None)),
            usage=None if counts == [None] * len(counts) else Usage(*counts),
            response_id=text(self._first(answer, "id")),
            so_far=self._so_far,
            result=bool(self._first(answer, "result")),
            done=bool(self._first(answer, "done")),
        )
        wrong = self._first(answer, "error")
        if wrong:
            delta.error = error_text({"error": wrong})
        elif not (delta.token_bearing or delta.finish or delta.usage or delta.result):
            delta.error = error_text(answer)
        return delta

    def _asked(self, sample: Sample) -> dict[str, Any]:
        """The question in the forms that the body has placeholders for."""
        content, kind = sample.input, kind_of(sample)
        if isinstance(content, str):
            return {"prompt": content, "messages": [{"role": "user", "content": content}]}
        if kind == "token ids":
            asked: dict[str, Any] = {"token_ids": content}
        else:
            asked = {"messages": content}
            if isinstance(content, list) and len(content) == 1 and isinstance(content[0], dict):
                asked["prompt"] = text_of(content[0])
        if asked.keys().isdisjoint(_placeholders(self._body)):
            named = " or ".join(f"${name}" for name in asked)
            raise cannot_carry(sample, self.name, f"its body has no {named}")
        return asked

    def _first(self, answer: Any, name: str) -> Any:
        for path in self._paths.get(name, ()):
            for found in _reached(answer, path):
                if found is not None:
                    return found
        return None

    def _text(self, answer: Any, name: str) -> str:
        for path in self._paths.get(name, ()):
            if said := "".join(text(found) or "" for found in _reached(answer, path)):
                return said
        return ""


def _check(given: Mapping[str, Any]) -> None:
    """Raise ``ConfigError`` for a template that says too little, or what nobody reads."""
    for name in ("path", "body", "read"):
        if name not in given:
            raise ConfigError(f"--api-template: {name!r} is missing")
    _known(given, _FIELDS, "field")
    for name in ("body", "read", "headers"):
        if not isinstance(given.get(name, {}), dict):
            raise ConfigError(f"--api-template: {name!r} is not a mapping")
    for name in ("path", "models_path"):
        if name in given and not (isinstance(given[name], str) and given[name].startswith("/")):
            raise ConfigError(f"--api-template: the {name} begins with /")
    if not isinstance(given.get("cumulative", False), bool):
        raise ConfigError("--api-template: cumulative is true or false")
    if given.get("framing", "sse") not in ("sse", "ndjson"):
        raise ConfigError("--api-template: framing is sse or ndjson")
    key = str(given.get("key", "X: $key"))
    if ":" not in key or _placeholders(key) != {"key"}:
        raise ConfigError('--api-template: key is a header with $key, as "X-Api-Key: $key"')
    _known(_placeholders(given["path"]), frozenset(["model"]), "placeholder of a path")
    _known(given["read"], _READS, "reading")
    if given["read"].keys().isdisjoint(("text", "reasoning", "result")):
        raise ConfigError("--api-template: read names no text (read: {text: ...})")
    _known(_placeholders(given["body"]), _NAMES, "placeholder")
    if _placeholders(given["body"]).isdisjoint(_ASKED):
        raise ConfigError("--api-template: the body has no $prompt, $messages or $token_ids")


def _known(names: Any, known: frozenset[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(
                f"--api-template: no {what} is called {name!r}; there are: "
                f"{', '.join(sorted(known))}"
            )


def _placeholders(value: Any) -> set[str]:
    """Names of all placeholders in a body."""
    if isinstance(value, str):
        return {bare or braced for _, bare, braced in _PLACEHOLDER.findall(value)} - {""}
    inner = value.values() if isinstance(value, dict) else value
    if not isinstance(inner, Sequence) and not isinstance(value, dict):
        return set()
    return set().union(*map(_placeholders, inner))


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    """A body with its placeholders filled in; fields without a value are left out."""
    if isinstance(value, dict):
        filled = {key: _filled(each, values) for key, each in value.items()}
        return {key: each for key, each in filled.items() if each is not _ABSENT}
    if isinstance(value, list):
        return [each for one in value if (each := _filled(one, values)) is not _ABSENT]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole is not None and not whole[1]:
        return values.get(whole[2] or whole[3], _ABSENT)
    return _within(value, values)


def _within(written: str, values: Mapping[str, Any]) -> str:
    """A text with the placeholders in it filled in; nothing for those without a value."""
    return _PLACEHOLDER.sub(
        lambda found: found[1] or str(values.get(found[2] or found[3], "")), written
    )


_ABSENT = object()


def _paths(name: str, said: Any) -> list[Path]:
    """What ``read`` says of one thing: a path or several."""
    several = said if isinstance(said, list) else [said]
    found = [_path(each) for each in several if isinstance(each, str)]
    if not found or len(found) < len(several) or () in found:
        raise ConfigError(f"--api-template: read: {name} is no path such as choices.0.delta.text")
    return found


def _path(said: str) -> Path:
    steps = re.sub(r"\[(-?\d+|\*)\]", r".\1", said.strip().removeprefix("$")).split(".")
    numbers = (int(step) if re.fullmatch(r"-?\d+", step) else step for step in steps if step)
    return tuple(numbers)


def _reached(answer: Any, path: Path) -> list[Any]:
    """What a path leads to; several only where it goes through every element of a list."""
    found = [answer]
    for step in path:
        if step == EVERY:
            found = [one for each in found if isinstance(each, list) for one in each]
        elif isinstance(step, int):
            found = [
                each[step]
                for each in found
                if isinstance(each, list) and -len(each) <= step < len(each)
            ]
        else:
            found = [mapping(each)[step] for each in found if step in mapping(each)]
    return found
