"""Which pages are read, and what they are called."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from certificates import Authority

sys.path.append(str(Path(__file__).parent.parent / "client"))

from scripted_server import Reply, ScriptedServer, sized

from perfbench.config import PerfConfig, SimulatorConfig
from perfbench.driver.service import open_service
from perfbench.errors import ConfigError, TargetError
from perfbench.scrape.sources import pages_of


def names(*metrics_url: str, **settings: Any) -> list[str]:
    config = PerfConfig(
        **{"url": "http://h:8000", "model": "m", "metrics_url": [*metrics_url], **settings}
    )
    with ExitStack() as cleanup:
        service = open_service(config, SimulatorConfig(port=0), config.policy, cleanup)
    return [page.name for page in pages_of(config, service)]


def test_pages_that_would_be_called_the_same_are_told_apart() -> None:
    asked = [f"http://e/probe?target=gpu{number}" for number in (1, 2, 3)]
    shown = "http://e/probe?target=***"
    assert names(*asked) == [shown, f"{shown} (2)", f"{shown} (3)"]


def test_a_page_is_read_once() -> None:
    assert names("http://e:80/metrics", "http://e", "e/metrics") == ["http://e:80/metrics"]
    both = ["http://h:8000/v1", "http://h:8000/v1/chat/completions", "http://g"]
    assert names(url=both) == ["http://h:8000/metrics", "http://g/metrics"]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://{}", "/metrics"),
        ("{}", "/metrics"),
        ("http://{}/", "/metrics"),
        ("http://{}/metrics/", "/metrics/"),
        ("http://{}/federate/v1", "/federate/v1"),
        ("http://{}/a%2Fb/m x=1?match[]=up".replace(" ", "%20"), "/a%2Fb/m%20x=1?match[]=up"),
    ],
)
def test_a_path_is_asked_for_as_it_was_given(url: str, path: str) -> None:
    server = ScriptedServer([Reply([sized(b"a 1")])])
    with server.running():
        where = url.format(f"127.0.0.1:{server.port}")
        config = PerfConfig(url="http://h:8000", model="m", metrics_url=[where])
        with ExitStack() as cleanup:
            service = open_service(config, SimulatorConfig(port=0), config.policy, cleanup)
        (page,) = pages_of(config, service)
        page.scrape()
        page.close()
    assert server.requests[0][0].startswith(f"GET {path} HTTP/1.1\r\n".encode())


def test_nothing_is_sent_to_a_proxy_that_is_spoken_to_over_tls(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = ScriptedServer([Reply([sized(b'{"data":[{"id":"m"}]}')])])
    authority = Authority(tmp_path)
    server.tls = authority.server("127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setenv("https_proxy", f"https://127.0.0.1:{server.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    words = "over TLS, before a service over TLS, is not supported"
    secured: dict[str, Any] = {"url": "https://llm.invalid", "api_key": "sk-secret"}
    with server.running():
        with pytest.raises(ConfigError, match=words):
            names(**secured)
        with pytest.raises(ConfigError, match=f"--metrics-url: .*{words}"):
            names("https://e.invalid/metrics")
        with pytest.raises(TargetError, match=f"{words}.*: give --model"):
            names(**secured, transport="aiohttp", model=None)
        config = PerfConfig(**secured, transport="aiohttp", model="m")
        with ExitStack() as cleanup:
            service = open_service(config, SimulatorConfig(port=0), config.policy, cleanup)
        (page,) = pages_of(config, service)
        assert words in (page.scrape().problem or "")
    assert server.connections == 0
