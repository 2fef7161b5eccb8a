"""What a load test scrapes: the pages that were named, else the service's own where it has one,
and the cards of the machine where the service is on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, suppress

import msgspec
from msgspec.structs import replace

from perfbench.client.proxy import environment_proxy
from perfbench.client.target import Target
from perfbench.config import PerfConfig
from perfbench.config.secrets import shown_url
from perfbench.driver.service import Service
from perfbench.endpoints.url import resolve_url
from perfbench.scrape.names import Reading
from perfbench.scrape.nvml import Cards
from perfbench.scrape.source import Page, Source

PATH = "/metrics"


class Sources(msgspec.Struct):
    """What is scraped, and what is to be said of it."""

    sources: list[Source] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)


def pages_of(config: PerfConfig, service: Service) -> list[Page]:
    """The pages that may be read: those that were named, else the service's own. None is asked.

    Raises:
        ConfigError: an address is malformed.
    """
    if not config.server_metrics:
        return []
    reading = Reading(config.metrics_map, _models(config, service))
    if config.metrics_url:
        return [_named(url, service, reading) for url in config.metrics_url]
    return _own(config, service, reading)


def open_sources(pages: Sequence[Page], named: bool, cards: bool, cleanup: ExitStack) -> Sources:
    """The sources of a run; each page is asked once, to learn whether it has anything.

    Args:
        named: by the user: then a page stays a source whatever it answers, as it may do so later.
        cards: also the cards of this machine, where there are any.
    """
    found = Sources()
    for page in pages:
        cleanup.callback(page.close)
        first = page.scrape()
        if named or not first.failed:
            found.sources.append(page)
        if named and first.problem is not None:
            found.notes.append(f"{page.name}: {first.problem}")
    if cards:
        with suppress(LookupError):  # Most machines have none, and nobody asked for any.
            own = Cards()
            cleanup.callback(own.close)
            found.sources.append(own)
    return found


def _models(config: PerfConfig, service: Service) -> Sequence[str]:
    return [service.model, *(config.weighed_models if config.models is not None else ())]


def _own(config: PerfConfig, service: Service, reading: Reading) -> list[Page]:
    """The page that most servers have beside their API, of each URL."""
    pages = []
    for url, target in zip(config.urls or service.urls, service.targets, strict=True):
        path = resolve_url(url, service.endpoint.path()).below_base(PATH)
        pages.append(Page(shown_url(_at(target, path)), target, path, reading))
    return pages


def _named(url: str, service: Service, reading: Reading) -> Page:
    """A page that the user named; what is shown to the service is for the service alone."""
    address = resolve_url(url, "/")
    path = (address.base or PATH) + (f"?{address.query}" if address.query else "")
    place = (address.scheme, address.host, address.port)
    at_service = [each for each in service.targets if (each.scheme, each.host, each.port) == place]
    if at_service:
        target = at_service[0]
    else:
        any_target = service.targets[0]
        target = Target(
            scheme=address.scheme,
            host=address.host,
            port=address.port,
            proxy=environment_proxy(*place),
            verify_tls=any_target.verify_tls,
            ca_file=any_target.ca_file,
        )
    if address.authorization is not None:
        headers = {**dict(target.headers), "Authorization": address.authorization}
        target = replace(target, headers=tuple(headers.items()))
    return Page(shown_url(url), target, path, reading)


def _at(target: Target, path: str) -> str:
    return f"{target.scheme}://{target.authority}{path}"
