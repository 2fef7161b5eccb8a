"""Settings of what is asked of the service's own metrics while it is under load."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import field_validator, model_validator

from perfbench.config.base import Pairs, Settings, Urls
from perfbench.config.facts import setting
from perfbench.config.secrets import shown_url
from perfbench.types import QUANTITIES

_SERIES = re.compile(
    r'[a-zA-Z_:][\w:]*(\{\s*[a-zA-Z_]\w*\s*=\s*"([^"\\]|\\.)*"(\s*,\s*[a-zA-Z_]\w*\s*=\s*'
    r'"([^"\\]|\\.)*")*\s*,?\s*\})?(\*(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)?',
    re.ASCII,
)


class ScrapingSettings(Settings):
    """Where the service's own figures come from."""

    server_metrics: bool = setting(
        True,
        "Read the service's /metrics during each point, where it has one, and hold its counts "
        "against ours (docs/server-side.md).",
        "Service's side",
    )
    metrics_url: Annotated[list[str], Urls] = setting(
        [],
        "Read these Prometheus pages in place of the service's own: of the server, of the cards' "
        "exporter.",
        "Service's side",
        metavar="URL",
    )
    metrics_interval: float = setting(
        1.0, "Time between two reads of a page.", "Service's side", "s", ge=0.1
    )
    metrics_map: Annotated[dict[str, str], Pairs] = setting(
        {},
        "Names of a server that is not known, as QUANTITY=NAME, with labels and a factor to our "
        'unit where needed: waiting=my_queue power_w=gpu_mw{card="0"}*0.001.',
        "Service's side",
        metavar="QUANTITY=NAME",
    )

    @field_validator("metrics_url")
    @classmethod
    def _metrics_addresses(cls, urls: list[str]) -> list[str]:
        found = [url if "://" in url else f"http://{url}" for url in urls]
        for url in found:
            scheme, _, rest = url.partition("://")
            if scheme not in ("http", "https") or not rest.strip("/"):
                raise ValueError(f"{shown_url(url)!r} is not an http:// or https:// address")
        if len({*found}) < len(found):
            raise ValueError("one of them stands there twice")
        return found

    @field_validator("metrics_map")
    @classmethod
    def _known_quantities(cls, mapping: dict[str, str]) -> dict[str, str]:
        for name, series in mapping.items():
            if name not in QUANTITIES:
                raise ValueError(f"{name!r} is none of {', '.join(QUANTITIES)}")
            if not _SERIES.fullmatch(series):
                raise ValueError(f"{series!r} is no name of a Prometheus series")
            _, star, factor = series.rpartition("*")
            if star and '"' not in factor and not 0 < float(factor) < float("inf"):
                raise ValueError(f"{series!r}: the factor has to be above 0 and finite")
        return mapping

    @model_validator(mode="after")
    def _read_at_all(self) -> ScrapingSettings:
        for key in ("metrics_url", "metrics_map", "metrics_interval"):
            if self.asks(key) and not self.server_metrics:
                flag = "--" + key.replace("_", "-")
                raise ValueError(f"{flag} and --no-server-metrics contradict each other: give one")
        return self
