"""The settings that say how every answer of a run is generated, as the plain data endpoints take.

The one place where settings become body fields. Lengths are tokens.
"""

from __future__ import annotations

from perfbench.config.loading import read_settings
from perfbench.config.perf import PerfConfig
from perfbench.config.service import ServiceConfig
from perfbench.types import Generation

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


def generation_of(config: ServiceConfig, model: str) -> Generation:
    """What the settings ask of every answer; only what was set is sent.

    Args:
        model: the name to send; ``config.model`` may leave it to the service.

    Raises:
        ConfigError: the file that describes the API cannot be read, or is malformed.
    """
    given = {name: getattr(config, name) for name in _SAMPLING}
    sampling = {name: value for name, value in given.items() if value is not None}
    if config.ignore_eos:
        sampling["ignore_eos"] = True
    limits, file = config.max_tokens, config.api_template
    return Generation(
        model=model,
        stream=config.stream,
        sampling=sampling,
        extra=dict(config.extra_args),
        max_tokens=(limits[0], limits[-1]) if limits else None,
        template=None if file is None else read_settings(file, "the file of --api-template"),
        rendered=isinstance(config, PerfConfig) and config.apply_chat_template,
    )
