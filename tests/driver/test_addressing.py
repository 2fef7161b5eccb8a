"""Where requests go, and what every one of them carries, by the settings."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from perfbench.config import PerfConfig, SimulatorConfig
from perfbench.driver.service import Service, open_service
from perfbench.errors import ConfigError

KEY = "sk-of-a-service"
HTTP = "http://h:8000"


def service(**settings: Any) -> Service:
    with ExitStack() as cleanup:
        config = PerfConfig(**{"url": HTTP, "model": "m", **settings})
        return open_service(config, SimulatorConfig(port=0), config.policy, cleanup)


@pytest.mark.parametrize(
    ("api", "headers"),
    [
        ("openai", {"Authorization": f"Bearer {KEY}"}),
        ("anthropic", {"anthropic-version": "2023-06-01", "x-api-key": KEY}),
        ("gemini", {"x-goog-api-key": KEY}),
        ("dashscope", {"X-DashScope-SSE": "enable", "Authorization": f"Bearer {KEY}"}),
        ("ollama", {"Authorization": f"Bearer {KEY}"}),
    ],
)
def test_a_key_is_sent_as_the_api_wants_it(
    api: str, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert dict(service(api=api, api_key=KEY).targets[0].headers) == headers
    own = dict.fromkeys(map(str.upper, headers), "mine")
    with pytest.raises(ConfigError, match="which --headers has too: give one"):
        service(api=api, api_key=KEY, headers=own)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert dict(service(api=api, api_key=KEY, headers=own).targets[0].headers) == own


def test_a_user_in_the_url_stands_beside_a_key_of_another_kind() -> None:
    url = "http://ann:pass@h"
    assert dict(service(url=url).targets[0].headers) == {"Authorization": "Basic YW5uOnBhc3M="}
    both = dict(service(url=url, api="gemini", api_key=KEY).targets[0].headers)
    assert both == {"Authorization": "Basic YW5uOnBhc3M=", "x-goog-api-key": KEY}
    assert dict(service(url=url, api_key=KEY).targets[0].headers) == {
        "Authorization": f"Bearer {KEY}"
    }


def test_the_model_of_a_full_path_is_asked_for() -> None:
    url = f"{HTTP}/v1beta/models/g-2:generateContent"
    found = service(url=url, model=None, api="gemini")
    assert (found.model, found.path) == ("g-2", "/v1beta/models/g-2:streamGenerateContent?alt=sse")
    assert service(url=url, api="gemini").path == "/v1beta/models/m:streamGenerateContent?alt=sse"


def test_what_generates_nothing_is_not_streamed() -> None:
    assert service(api="openai").generation.stream
    assert not service(api="embeddings").generation.stream
    assert not service(api="rerank").generation.stream


def test_no_stream_is_asked_for_where_none_is_wanted() -> None:
    assert dict(service(api="dashscope", stream=False).targets[0].headers) == {}
    assert service(api="tgi", stream=False).path == "/generate"


def test_a_setting_that_a_template_has_no_place_for_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text("path: /x\nbody: {q: $prompt, t: $temperature}\nread: {text: a}\n")
    service(api_template=file, temperature=0.3)
    with pytest.raises(ConfigError, match="--top-p means nothing to --api template"):
        service(api_template=file, top_p=0.3)


def test_a_switch_that_is_turned_off_is_refused_by_that_name() -> None:
    with pytest.raises(ConfigError, match=r"^--no-stream means nothing to --api embeddings"):
        service(api="embeddings", stream=False)
