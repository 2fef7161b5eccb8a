"""What is sent: the JSON body of a request, out of a sample and the run's generation.

Knows the fields all OpenAI-style APIs share, and how the same settings are put where another API
has them. Only what was set is sent, so that the server's own defaults hold elsewhere. Lengths are
tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from perfbench.errors import ConfigError
from perfbench.types import Generation, Sample


class BodyWriter(msgspec.Struct, frozen=True):
    """Writes the bodies of a run: what they have in common, around one question each."""

    generation: Generation
    """``stream_options`` among its extra fields is completed with ``include_usage``."""

    def asking(self, sample: Sample, question: Mapping[str, Any]) -> bytes:
        """A body that asks ``question`` (``messages`` or ``prompt``) as the run generates answers.

        The output limit is ``max_tokens``: every server knows it, and the newest OpenAI models,
        which want ``max_completion_tokens``, can be given that through the extra fields.
        """
        body: dict[str, Any] = {"model": sample.model or self.generation.model, **question}
        if sample.max_tokens is not None:
            body["max_tokens"] = sample.max_tokens
        body.update(self.generation.sampling)
        return self._finish(sample, body)

    def whole(self, sample: Sample, body: Mapping[str, Any]) -> bytes:
        """A body the sample brings along: as it is, with model and stream where it has none."""
        return self._finish(sample, {"model": sample.model or self.generation.model, **body})

    def _finish(self, sample: Sample, body: dict[str, Any]) -> bytes:
        extra = self.generation.extra
        body.setdefault("stream", self.generation.stream)
        body |= extra
        if body["stream"]:
            # Asked for other options only, a server leaves usage out.
            options = extra.get("stream_options")
            if isinstance(options, dict):
                body["stream_options"] = {"include_usage": True, **options}
            body.setdefault("stream_options", {"include_usage": True})
        for name, value in extra.items():
            if value is None:
                body.pop(name, None)
        return encode(sample, body)


SETTINGS = frozenset(
    [
        *("max_tokens", "min_tokens", "ignore_eos", "temperature", "top_p", "top_k"),
        *("frequency_penalty", "repetition_penalty", "stop", "n"),
    ]
)
"""What the settings may ask of an answer."""


def refused(places: Mapping[str, str], *more: str) -> frozenset[str]:
    """The ``ignores`` of an API that has places for no other settings than these."""
    return (SETTINGS - places.keys()) | set(more)


class PlacedWriter(msgspec.Struct, frozen=True):
    """Writes the bodies of an API with names and places of its own."""

    generation: Generation
    places: Mapping[str, str]
    """Where each setting stands: ``max_tokens`` at ``options.num_predict``."""
    own: Mapping[str, Any]
    """Fields that every body has, unless it brings its own."""

    def asking(self, sample: Sample, question: Mapping[str, Any]) -> bytes:
        """A body that asks ``question`` as the run generates answers."""
        body: dict[str, Any] = {**self.own, **question}
        wanted = dict(self.generation.sampling)
        if sample.max_tokens is not None:
            wanted["max_tokens"] = sample.max_tokens
        for name, value in wanted.items():
            if name in self.places:
                _put(body, self.places[name], value)
        return encode(sample, self._with_extra(body))

    def whole(self, sample: Sample, body: Mapping[str, Any]) -> bytes:
        """A body the sample brings along, with the fields of every body where it has none."""
        return encode(sample, self._with_extra(_merged(self.own, body)))

    def _with_extra(self, body: dict[str, Any]) -> dict[str, Any]:
        body = _merged(body, self.generation.extra)
        return {name: value for name, value in body.items() if value is not None}


def _put(body: dict[str, Any], place: str, value: Any) -> None:
    group, _, name = place.rpartition(".")
    if group:
        body[group] = {**body.get(group, {}), name: value}
    else:
        body[name] = value


def _merged(body: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``body`` with the fields of ``over`` in it; groups of fields are merged, not replaced."""
    both = {**body, **over}
    for name, value in over.items():
        if isinstance(value, dict) and isinstance(body.get(name), dict):
            both[name] = {
                key: each for key, each in {**body[name], **value}.items() if each is not None
            }
    return both


def encode(sample: Sample, body: Mapping[str, Any]) -> bytes:
    """The body as JSON.

    Raises:
        ConfigError: the sample's text cannot be written as UTF-8.
    """
    try:
        return msgspec.json.encode(body)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"sample {sample.id} cannot be sent as JSON: {error}") from None


def kind_of(sample: Sample) -> str:
    """What the sample's input is: ``text``, ``messages``, ``token ids`` or ``body``.

    Raises:
        ConfigError: it is empty.
    """
    content = sample.input
    if isinstance(content, str):
        return "text"
    if not content:
        raise ConfigError(f"sample {sample.id} is empty: there is nothing to send")
    if isinstance(content, dict):
        return "body"
    return "token ids" if isinstance(content[0], int) else "messages"
