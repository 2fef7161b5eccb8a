"""What a load test scrapes: the pages that were named, else the service's own where it has one,
and the cards of the machine where the service is on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from urllib.parse import quote, urlsplit

import msgspec
from msgspec.structs import replace

from perfbench.client.proxy import environment_proxy
from perfbench.client.target import Target
from perfbench.config import PerfConfig
from perfbench.config.secrets import shown_url
from perfbench.driver.service import Service
from perfbench.endpoints.url import resolve_url
from perfbench.errors import ConfigError
from perfbench.scrape.names import Reading
from perfbench.scrape.nvml import Cards
from perfbench.scrape.source import Page, Source
from perfbench.targets import Policy

PATH = "/metrics"
_AS_THEY_ARE = "/%:@!$&'()*+,;=~"
"""Characters of a path that need no quoting."""


class Sources(msgspec.Struct):
    """What is scraped, and what is to be said of it."""

    sources: list[Source] = msgspec.field(default_factory=list)
    notes: list[str] = msgspec.field(default_factory=list)


def pages_of(config: PerfConfig, service: Service) -> list[Page]:
    """The pages that may be read, each once and under a name of its own: those that the user named,
    else the service's own. None is asked.

    Raises:
        ConfigError: an address is malformed, is forbidden, or cannot be reached through its proxy.
    """
    if not config.server_metrics:
        return []
    if config.metrics_url:
        places = [_named(url, service, config.policy) for url in config.metrics_url]
    else:
        places = _own(config, service)
    reading = Reading(config.metrics_map, _models(config, service))
    pages: dict[tuple[Target, str], Page] = {}
    shown: Counter[str] = Counter()
    for url, target, path in places:
        place = (replace(target, path=None), path)
        if place in pages:
            continue
        name = shown_url(url)
        shown[name] += 1
        # What tells two apart may be masked.
        name = name if shown[name] == 1 else f"{name} ({shown[name]})"
        pages[place] = Page(name, target, path, reading)
    return list(pages.values())


def open_sources(pages: Sequence[Page], named: bool, cards: bool, cleanup: ExitStack) -> Sources:
    """The sources of a run; each page is asked once, to learn whether it has anything.

    Args:
        named: by the user: then a page stays a source whatever it answers, as it may do so later.
            The service's own stays if it has anything that is known, and is only said, and left
            alone, if it could not be had: it would hold up every point.
        cards: also the cards of this machine, where there are any.
    """
    found = Sources()
    for page in pages:
        cleanup.callback(page.close)
        first = page.scrape()
        if named or page.found == "known":
            found.sources.append(page)
            if first.problem is not None:
                found.notes.append(f"{page.name}: {first.problem}")
        elif page.found == "trouble":
            found.notes.append(
                f"{page.name}: {first.problem}: the service's side is not read (--metrics-url "
                "reads a page whatever it first answers, --no-server-metrics asks for none)"
            )
    if cards:
        with suppress(LookupError):  # Most machines have none, and nobody asked for any.
            own = Cards()
            cleanup.callback(own.close)
            found.sources.append(own)
    return found


def _models(config: PerfConfig, service: Service) -> Sequence[str]:
    return [service.model, *(config.weighed_models if config.models is not None else ())]


def _own(config: PerfConfig, service: Service) -> list[tuple[str, Target, str]]:
    """URL, target and path of the page that most servers have beside their API, of each URL."""
    places = []
    for url, target in zip(config.urls or service.urls, service.targets, strict=True):
        path = resolve_url(url, service.endpoint.path()).below_base(PATH)
        places.append((f"{target.scheme}://{target.authority}{path}", target, path))
    return places


def _named(url: str, service: Service, policy: Policy) -> tuple[str, Target, str]:
    """The same of a page that the user named. What is shown to the service is for it alone."""
    address = resolve_url(url, "/")
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
            policy=policy,
        )
    if (why := target.refuse()) is not None:
        raise ConfigError(f"--metrics-url {shown_url(url)}: {why}")
    if target.nested_tls is not None:
        raise ConfigError(f"--metrics-url: {target.nested_tls}")
    if address.authorization is not None:
        headers = {**dict(target.headers), "Authorization": address.authorization}
        target = replace(target, headers=tuple(headers.items()))
    # As it was given: its form says nothing of an API.
    path = urlsplit(url if "://" in url else f"http://{url}").path
    path = quote(path, safe=_AS_THEY_ARE) if path.strip("/") else PATH
    return url, target, path + (f"?{address.query}" if address.query else "")
