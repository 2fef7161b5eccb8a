"""The service a run talks to: its address, its model, its API; the simulator if none is named."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from perfbench import registry
from perfbench.client.proxy import environment_proxy
from perfbench.client.target import Target
from perfbench.config import ServiceConfig, SimulatorConfig, refuse_ignored
from perfbench.config.generation import generation_of
from perfbench.config.secrets import scrubber, shown_url
from perfbench.driver.discover import first_model
from perfbench.driver.protocol import WorkerSpec
from perfbench.endpoints.url import ServiceUrl, resolve_url
from perfbench.errors import ConfigError
from perfbench.targets import Policy
from perfbench.types import Endpoint, Generation, UrlStrategy

if TYPE_CHECKING:
    from perfbench.local.launch import LocalServer

_FRAMING = ("content-length", "transfer-encoding", "expect", "upgrade", "trailer")
"""Headers that the client sets by the body it sends, or that it cannot keep the word of."""
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""A token of RFC 9110."""
_TLS_FILES = ("ca_file", "client_cert", "client_key")


class Service(msgspec.Struct, frozen=True):
    """What the driver and the plan need to know of the service, at whatever addresses it is."""

    urls: tuple[str, ...]
    """For people: keys in them are masked."""
    simulated: bool
    targets: tuple[Target, ...]
    """By place of their URL; at least one."""
    path: str
    """Request target of every request, where its target has no other."""
    generation: Generation
    endpoint: Endpoint
    shown_model: str
    """The model's name for people: what is secret in it is masked."""
    local: LocalServer | None = None
    """The server that was started for the run."""

    @property
    def url(self) -> str:
        """Every URL, for people."""
        return ", ".join(self.urls)

    @property
    def proxy(self) -> str | None:
        """The proxies on the way, for people; ``None`` where there is none."""
        found = [target.proxy.address for target in self.targets if target.proxy is not None]
        return ", ".join(dict.fromkeys(found)) or None

    @property
    def model(self) -> str:
        """Name of the model that is asked for."""
        return self.generation.model


def open_service(
    config: ServiceConfig, simulator: SimulatorConfig, policy: Policy, cleanup: ExitStack
) -> Service:
    """Find the service, starting ``simulator`` (until ``cleanup``) if no URL is given.

    Args:
        policy: whom the run may ask, beside the servers that are started here.

    Raises:
        ConfigError: a URL is malformed, belongs to another API, or the policy forbids it.
        TargetError: the service cannot be reached, or does not say which model it serves.
    """
    urls, local = config.urls, None
    if config.api in registry.LOCAL:
        from perfbench.local.launch import LocalServer

        local = cleanup.enter_context(LocalServer(config))
        urls = [local.url]
    if not urls:
        if config.unix_socket is not None:
            urls = ["http://localhost"]
        else:
            from perfbench.simulator.spawn import Simulator

            urls = [cleanup.enter_context(Simulator(simulator)).url]
    make = registry.resolve(registry.ENDPOINTS, config.api)
    refuse_ignored(config, "api", make)
    _, endpoint = _spoken(config, make, config.model or "")
    refuse_ignored(config, "api", endpoint)
    simulated = not config.urls and config.unix_socket is None and local is None
    models_path = getattr(endpoint, "models_path", None)
    addresses = [resolve_url(url, endpoint.path(), models_path) for url in urls]
    targets = [_target(config, address, endpoint) for address in addresses]
    if not simulated and local is None:
        targets = [
            _permitted(target, policy, url) for target, url in zip(targets, urls, strict=True)
        ]
    # A file of certificates that cannot be read is said before anything runs.
    for target in targets:
        target.tls_context()
    if local is not None:
        model = local.launch.model
    elif (given := config.model or addresses[0].model) is not None:
        model = given
    else:
        # The simulator's are in one place, whatever it is asked.
        model = first_model(targets[0], "/v1/models" if simulated else addresses[0].models_path)
    generation, endpoint = _spoken(config, make, model)
    # The model may be a part of the path.
    path, *others = [resolve_url(url, endpoint.path()).path for url in urls]
    return Service(
        urls=tuple(map(shown_url, urls)),
        simulated=simulated,
        targets=(targets[0], *map(_with_path, targets[1:], others)),
        path=path,
        generation=generation,
        endpoint=endpoint,
        shown_model=scrubber(config).text(model),
        local=local,
    )


def worker_spec(
    config: ServiceConfig, service: Service, url_strategy: UrlStrategy = "round_robin"
) -> WorkerSpec:
    """What the workers of a fleet must know to talk to ``service``."""
    transport, api = config.transport, config.api
    return WorkerSpec(service.targets, transport, api, service.generation, url_strategy)


def _target(config: ServiceConfig, address: ServiceUrl, endpoint: Endpoint) -> Target:
    places = ((key, getattr(config, key)) for key in ("unix_socket", *_TLS_FILES))
    files: dict[str, Any] = {key: str(file) for key, file in places if file is not None}
    proxy = None
    if config.unix_socket is None:
        proxy = environment_proxy(address.scheme, address.host, address.port)
    target = Target(
        scheme=address.scheme,
        host=address.host,
        port=address.port,
        proxy=proxy,
        verify_tls=not config.insecure,
        headers=_headers(config, endpoint, address.authorization),
        connect_timeout_s=config.connect_timeout,
        read_timeout_s=config.read_timeout,
        total_timeout_s=config.total_timeout,
        max_answer_bytes=config.max_answer_bytes,
        **files,
    )
    # Said here too, for the service is asked for its models before a worker says it.
    if config.transport == "wire" and target.nested_tls is not None:
        raise ConfigError(target.nested_tls)
    return target


def _permitted(target: Target, policy: Policy, url: str) -> Target:
    target = replace(target, policy=policy)
    if (why := target.refuse()) is not None:
        flag = "--url" if target.unix_socket is None else "--unix-socket"
        raise ConfigError(f"{flag} {target.unix_socket or shown_url(url)}: {why}")
    return target


def _with_path(target: Target, path: str) -> Target:
    return msgspec.structs.replace(target, path=path)


def _spoken(
    config: ServiceConfig, make: Callable[[Generation], Endpoint], model: str
) -> tuple[Generation, Endpoint]:
    """How answers are generated, and the endpoint that asks for them."""
    generation = generation_of(config, model)
    endpoint = make(generation)
    if generation.stream and not getattr(endpoint, "generates", True):
        generation = replace(generation, stream=False)
        endpoint = make(generation)
    return generation, endpoint


def _headers(
    config: ServiceConfig, endpoint: Endpoint, authorization: str | None
) -> tuple[tuple[str, str], ...]:
    """The user's own; what the API wants beside them, and the key in the place it has for it."""
    headers = {name: secret.get_secret_value() for name, secret in config.headers.items()}
    given = {name.lower() for name in headers}
    wanted: list[tuple[str, str]] = [*getattr(endpoint, "headers", ())]
    if authorization is not None:
        wanted.append(("Authorization", authorization))
    if config.api_key is not None:
        name, form = getattr(endpoint, "key_header", ("Authorization", "Bearer {}"))
        wanted.append((name, form.replace("{}", config.api_key.get_secret_value())))
        # A key that only lies in the environment gives way to what was asked for.
        chosen = config.api_key.get_secret_value() not in os.environ.values()
        if chosen and name.lower() in given:
            raise ConfigError(
                f"--api-key is sent as the header {name}, which --headers has too: give one"
            )
    headers |= {name: value for name, value in wanted if name.lower() not in given}
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or any(c in value for c in "\r\n\0"):
            raise ConfigError(f"--headers: {name!r} is not a valid header")
        if name.lower() in _FRAMING:
            raise ConfigError(f"--headers: {name} follows from what is sent: leave it out")
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            raise ConfigError(f"--headers: the value of {name!r} is not Latin-1") from None
    return tuple(headers.items())
