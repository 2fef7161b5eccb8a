"""Where addresses lead, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfbench.endpoints.url import ServiceUrl, resolve_url
from perfbench.errors import ConfigError

CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"


@pytest.mark.parametrize(
    ("url", "path", "models", "base"),
    [
        ("http://h", "/v1/chat/completions", "/v1/models", ""),
        ("http://h/", "/v1/chat/completions", "/v1/models", ""),
        ("http://h/v1", "/v1/chat/completions", "/v1/models", ""),
        ("http://h/v1/", "/v1/chat/completions", "/v1/models", ""),
        ("http://h/v1/chat/completions", "/v1/chat/completions", "/v1/models", ""),
        ("http://h/v1/chat/completions/", "/v1/chat/completions", "/v1/models", ""),
        ("http://h/llm", "/llm/v1/chat/completions", "/llm/v1/models", "/llm"),
        ("http://h/llm/v1", "/llm/v1/chat/completions", "/llm/v1/models", "/llm"),
        ("http://h/api/v3", "/api/v3/chat/completions", "/api/v3/models", "/api"),
        ("http://h/v1beta", "/v1beta/chat/completions", "/v1beta/models", ""),
        (
            "http://h/v1beta/openai/chat/completions",
            "/v1beta/openai/chat/completions",
            "/v1beta/openai/models",
            "/v1beta/openai",
        ),
        ("http://h/chat/completions", "/chat/completions", "/models", ""),
        ("http://h/a%20b/é", "/a%20b/%C3%A9/v1/chat/completions", "/a%20b/%C3%A9/v1/models", None),
    ],
)
def test_base_version_and_full_path(url: str, path: str, models: str, base: str | None) -> None:
    resolved = resolve_url(url, CHAT)
    assert (resolved.path, resolved.models_path) == (path, models)
    assert base is None or resolved.base == base


def test_a_deployment_with_a_query() -> None:
    url = "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"
    resolved = resolve_url(url, CHAT)
    assert resolved == ServiceUrl(
        scheme="https",
        host="x.openai.azure.com",
        port=443,
        path="/openai/deployments/d/chat/completions?api-version=2024-10-21",
        models_path="/openai/deployments/d/models?api-version=2024-10-21",
        base="/openai/deployments/d",
        query="api-version=2024-10-21",
    )
    assert resolve_url("http://h/v1?k=1", COMPLETIONS).below_base("/tokenize") == "/tokenize?k=1"


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port"),
    [
        ("http://127.0.0.1:8000", "http", "127.0.0.1", 8000),
        ("HTTPS://Example.COM", "https", "example.com", 443),
        ("http://[::1]:9100/v1", "http", "::1", 9100),
        ("https://[2001:db8::7]", "https", "2001:db8::7", 443),
        ("http://[fe80::1%25eth0]:1", "http", "fe80::1%eth0", 1),
        ("localhost:8000", "http", "localhost", 8000),
        ("http://vllm_server:80/v1", "http", "vllm_server", 80),
        ("http://münchen.de", "http", "xn--mnchen-3ya.de", 80),
        ("http://h:/v1", "http", "h", 80),
    ],
)
def test_host_and_port(url: str, scheme: str, host: str, port: int) -> None:
    resolved = resolve_url(url, CHAT)
    assert (resolved.scheme, resolved.host, resolved.port) == (scheme, host, port)


def test_user_and_password_become_a_header() -> None:
    resolved = resolve_url("http://ann:p%40ss@h:1/v1", CHAT)
    assert resolved.authorization == "Basic YW5uOnBAc3M="
    assert (resolved.host, resolved.port) == ("h", 1)
    assert resolve_url("http://h", CHAT).authorization is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "is empty"),
        ("http://", "no valid host"),
        ("http://:8000", "no valid host"),
        ("http:///v1", "no valid host"),
        ("http://h:port", "bad port"),
        ("http://h:0", "bad port"),
        ("http://h:70000", "bad port"),
        ("http://h:-1", "bad port"),
        ("http://my host", "space"),
        ("http://h/v1\n", "space"),
        ("http://h\x00", "control character"),
        ("http://[::1", "not a valid URL"),
        ("http://[::zz]", "valid"),
        ("http://a,b", "no valid host"),
        ("http://" + "a" * 64 + "é", "no valid host"),
        ("http://" + "a" * 64, "no valid host"),
        ("http://h." + "a" * 64 + ".com", "no valid host"),
        ("http://" + "a." * 127 + "com", "no valid host"),
        ("http://h..x", "no valid host"),
        ("ftp://h", "not an http"),
        ("unix:///tmp/s", "not an http"),
    ],
)
def test_nonsense_is_refused_in_one_line(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        resolve_url(url, CHAT)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "api_path", "told"),
    [
        ("http://h/v1/completions", CHAT, r"use --api completions \(or vllm\), or leave"),
        ("http://h/v1/chat/completions", COMPLETIONS, "use --api openai, or leave"),
        ("http://h/v1/chat/completions", "/v1/responses", "use --api openai, or leave"),
    ],
)
def test_the_full_path_of_another_api_names_the_right_one(
    url: str, api_path: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        resolve_url(url, api_path)


@pytest.mark.parametrize(
    "url",
    [
        "http://ann:secret@h:bad/v1",
        "http://ann:secret@h/v1/completions?key=secret",
        "http://ann:secret@h/v 1?key=secret#secret",
        "http://ann:secret@h:bad/v1?next=http://x",
        "http://ann:x/secret@h",
        "http://ann:x?secret@h:bad",
        "http://secret@h\u2100x",
        "ann:secret@h:99999",
    ],
)
def test_errors_show_no_secret(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_url(url, CHAT)
    assert "secret" not in str(caught.value)


def test_apis_of_others_find_their_path_too() -> None:
    assert resolve_url("http://h/v1", "/v1/responses").path == "/v1/responses"
    assert resolve_url("http://h/x/v1/responses", "/v1/responses").models_path == "/x/v1/models"
    assert resolve_url("http://h/x", "/generate").path == "/x/generate"
    assert resolve_url("http://h/x/generate", "/generate").base == "/x"


@pytest.mark.parametrize(
    ("url", "api_path", "path", "models"),
    [
        ("http://h", "/v1beta/models/m:x?alt=sse", "/v1beta/models/m:x?alt=sse", "/v1beta/models"),
        (
            "http://h/v1beta/models/g:generateContent?key=k",
            "/v1beta/models/m:streamGenerateContent?alt=sse",
            "/v1beta/models/m:streamGenerateContent?alt=sse&key=k",
            "/v1beta/models?key=k",
        ),
        (
            "http://h/v1/models/g:streamGenerateContent?alt=json",
            "/v1beta/models/:streamGenerateContent?alt=sse",
            "/v1/models/g:streamGenerateContent?alt=json",
            "/v1/models?alt=json",
        ),
        ("http://h/v2", "/v2/models/m/generate_stream", "/v2/models/m/generate_stream", None),
        (
            "http://h/v2/models/g/versions/3/generate",
            "/v2/models/m/generate_stream",
            "/v2/models/m/versions/3/generate_stream",
            None,
        ),
        ("http://h/generate", "/generate_stream", "/generate_stream", "/models"),
        (
            "https://h/api/v1",
            "/api/v1/services/aigc/text-generation/generation",
            "/api/v1/services/aigc/text-generation/generation",
            None,
        ),
    ],
)
def test_models_and_verbs_in_a_path(url: str, api_path: str, path: str, models: str | None) -> None:
    resolved = resolve_url(url, api_path)
    assert resolved.path == path
    assert models is None or resolved.models_path == models


def test_a_full_path_names_its_model() -> None:
    path = "/v1beta/models/:streamGenerateContent?alt=sse"
    assert resolve_url("http://h/v1beta/models/g-2:generateContent", path).model == "g-2"
    assert resolve_url("http://h", path).model is None


@pytest.mark.parametrize("url", ["http://h", "http://h/api", "http://h/api/chat"])
def test_ollama_lists_its_models_elsewhere(url: str) -> None:
    resolved = resolve_url(url, "/api/chat", "/api/tags")
    assert (resolved.path, resolved.models_path, resolved.base) == ("/api/chat", "/api/tags", "")


@pytest.mark.parametrize(
    ("url", "api_path", "told"),
    [
        ("http://h/api/generate", "/api/chat", "ollama_generate"),
        ("http://h/v1/messages", CHAT, "anthropic"),
        ("http://h/v1/responses", CHAT, "responses"),
        ("http://h/v1beta/models/g:generateContent", CHAT, "gemini"),
        ("http://h/generate_stream", CHAT, "tgi or sglang"),
        ("http://h/v2/models/m/generate", "/generate", "triton"),
        ("http://h/v1/embeddings", CHAT, "embeddings"),
        ("http://h/v2/rerank", CHAT, "rerank"),
    ],
)
def test_each_api_is_known_by_its_path(url: str, api_path: str, told: str) -> None:
    with pytest.raises(ConfigError, match=f"use --api {told}, or leave"):
        resolve_url(url, api_path)


@given(
    prefix=st.lists(st.sampled_from(["a", "llm", "team-7", "openai"]), max_size=3),
    api_path=st.sampled_from([CHAT, COMPLETIONS]),
    query=st.sampled_from(["", "?api-version=1", "?a=b&c=%20"]),
)
def test_base_version_and_full_path_are_one_address(
    prefix: list[str], api_path: str, query: str
) -> None:
    base = "http://h:8000" + "".join(f"/{part}" for part in prefix)
    forms = [base, f"{base}/", f"{base}/v1", f"{base}/v1/", base + api_path]
    assert len({resolve_url(form + query, api_path) for form in forms}) == 1


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_config_error(text: str) -> None:
    try:
        resolved = resolve_url(text, CHAT)
    except ConfigError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
    else:
        assert resolved.path.startswith("/")
        assert resolved.path.isascii()
        assert 1 <= resolved.port <= 65535
        assert resolved.host
