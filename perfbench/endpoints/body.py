"""What is sent: the JSON body of a request, out of a sample and the settings.

Knows the fields all OpenAI-style APIs share. Only what was set is sent, so that the server's own
defaults hold elsewhere. Lengths are tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from perfbench.errors import ConfigError
from perfbench.types import Sample

if TYPE_CHECKING:
    from perfbench.config import PerfConfig

_SAMPLING = (
    "min_tokens",
    "temperature",
    "top_p",
    "top_k",
    "frequency_penalty",
    "repetition_penalty",
    "stop",
    "n",
)
"""Settings that are body fields of the same name."""


@dataclass(frozen=True, slots=True)
class BodyWriter:
    """What the bodies of a run have in common."""

    model: str
    stream: bool
    sampling: Mapping[str, Any]
    extra: Mapping[str, Any]
    """Wins over everything else; a ``None`` in it removes the field, and ``stream_options`` is
    completed with ``include_usage``."""

    @classmethod
    def from_config(cls, config: PerfConfig, model: str) -> BodyWriter:
        """Collect the settings that were set."""
        sampling = {name: getattr(config, name) for name in _SAMPLING}
        sampling = {name: value for name, value in sampling.items() if value is not None}
        if config.ignore_eos:
            sampling["ignore_eos"] = True
        return cls(model, config.stream, sampling, config.extra_args)

    def asking(self, sample: Sample, question: Mapping[str, Any]) -> bytes:
        """A body that asks ``question`` (``messages`` or ``prompt``) with the run's settings.

        The output limit is ``max_tokens``: every server knows it, and the newest OpenAI models,
        which want ``max_completion_tokens``, can be given that through the extra fields.
        """
        body: dict[str, Any] = {"model": self.model, **question}
        if sample.max_tokens is not None:
            body["max_tokens"] = sample.max_tokens
        body.update(self.sampling)
        return self._finish(sample, body)

    def whole(self, sample: Sample, body: Mapping[str, Any]) -> bytes:
        """A body the sample brings along: as it is, with model and stream where it has none."""
        return self._finish(sample, {"model": self.model, **body})

    def _finish(self, sample: Sample, body: dict[str, Any]) -> bytes:
        body.setdefault("stream", self.stream)
        body |= self.extra
        if body["stream"]:
            # Asked for other options only, a server leaves usage out.
            options = self.extra.get("stream_options")
            if isinstance(options, dict):
                body["stream_options"] = {"include_usage": True, **options}
            body.setdefault("stream_options", {"include_usage": True})
        for name, value in self.extra.items():
            if value is None:
                body.pop(name, None)
        return encode(sample, body)


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
