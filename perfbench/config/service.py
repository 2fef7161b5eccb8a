"""Settings that say which service is asked, and how it samples. Load tests and evaluations share
them. Durations are seconds, lengths tokens.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import SecretStr, field_validator, model_validator

from perfbench import registry
from perfbench.config.base import JsonPairs, Many, Numbers, Pairs, Settings
from perfbench.config.facts import facts_of, setting
from perfbench.config.secrets import shown_url

_LENGTHS = ("max_tokens", "max_completion_tokens")


class ServiceConfig(Settings):
    """Where requests go, and the sampling they ask for."""

    variables: ClassVar[bool] = True
    several_urls: ClassVar[bool] = False
    """Whether more than one service may be asked at a time."""

    url: str | list[str] | None = setting(
        None,
        "The service: http(s)://host[:port], with or without /v1 or the full path. A load test "
        "may have several, which share its requests. Without it the built-in simulator is started "
        "and asked.",
        "Target",
        metavar="URL",
    )
    model: str | None = setting(
        None, "Model name to send; default is the first that /v1/models lists.", "Target"
    )
    api: str = setting(
        "openai",
        "API that the service speaks: chat completions (openai), text completions, those of vllm "
        "with prompts as token ids, or another of docs/apis.md; or FILE.py:CLASS of your own. "
        "local starts llama.cpp here (--model FILE.gguf, or SmolLM2), local_vllm an installed "
        "vLLM.",
        "Target",
        table="endpoints",
    )
    local_args: Annotated[dict[str, Any], JsonPairs] = setting(
        {},
        "How --api local starts its server: slots, context, threads, gpu_layers; of local_vllm: "
        "vLLM's own options.",
        "Target",
        metavar="JSON",
    )
    api_template: Path | None = setting(
        None,
        "YAML or JSON file that describes an API: path, body, where text and counts stand "
        "(docs/apis.md). Implies --api template.",
        "Target",
    )
    api_key: SecretStr | None = setting(
        None,
        "Key, sent as the API wants it. Also read from OPENAI_API_KEY, or for their APIs from "
        "ANTHROPIC_API_KEY, GEMINI_API_KEY, DASHSCOPE_API_KEY.",
        "Target",
        metavar="KEY",
        fallback="OPENAI_API_KEY",
        fallbacks={
            "anthropic": "ANTHROPIC_API_KEY",
            "gemini": "GEMINI_API_KEY",
            "dashscope": "DASHSCOPE_API_KEY",
        },
        figures=False,
    )
    headers: Annotated[dict[str, SecretStr], Pairs] = setting(
        {}, "Extra request headers, as KEY=VALUE.", "Target", metavar="KEY=VALUE"
    )
    transport: str = setting(
        "wire",
        "Client that moves the bytes: wire measures best, aiohttp is the common one.",
        "Target",
        table="transports",
    )
    unix_socket: Path | None = setting(None, "Connect through this unix socket.", "Target")
    insecure: bool = setting(False, "Do not verify TLS certificates.", "Target")
    ca_file: Path | None = setting(
        None, "Certificates to trust in place of the system's, a PEM file.", "Target"
    )
    client_cert: Path | None = setting(
        None,
        "Certificate to show to a service that asks for one, a PEM file.",
        "Target",
        figures=False,
    )
    client_key: Path | None = setting(
        None,
        "Private key of --client-cert, a PEM file; not needed where that has it too.",
        "Target",
        figures=False,
    )
    connect_timeout: float = setting(30.0, "Longest wait for a connection.", "Target", "s", gt=0)
    read_timeout: float = setting(600.0, "Longest silence inside a response.", "Target", "s", gt=0)
    total_timeout: float | None = setting(
        21_600.0,
        "Longest time a request may take in all; null in a file: no limit.",
        "Target",
        "s",
        gt=0,
    )
    max_answer_bytes: int = setting(
        64 << 20, "Longest answer, unpacked; a longer one is given up.", "Target", "bytes", ge=4096
    )

    max_tokens: Annotated[list[int] | None, Numbers] = setting(
        None,
        "Longest output; two values MIN MAX draw one uniformly for each request. "
        "Default is the server's own.",
        "Sampling",
        "tokens",
    )
    min_tokens: int | None = setting(
        None, "Shortest output, where the service supports it.", "Sampling", "tokens", ge=0
    )
    ignore_eos: bool = setting(
        False, "Go on to --max-tokens, where the service supports it.", "Sampling"
    )
    stream: bool = setting(
        True, "Ask for a stream; without it only e2e latency exists.", "Sampling"
    )
    temperature: float | None = setting(None, "Sampling temperature.", "Sampling", ge=0)
    top_p: float | None = setting(None, "Nucleus sampling.", "Sampling", gt=0, le=1)
    top_k: int | None = setting(None, "Top-k sampling, where supported.", "Sampling")
    frequency_penalty: float | None = setting(None, "Frequency penalty.", "Sampling")
    repetition_penalty: float | None = setting(
        None, "Repetition penalty, where supported.", "Sampling", gt=0
    )
    stop: Annotated[list[str] | None, Many] = setting(None, "Stop strings.", "Sampling")
    n: int | None = setting(None, "Choices per request.", "Sampling", ge=1)
    extra_args: Annotated[dict[str, Any], JsonPairs] = setting(
        {},
        "More body fields, as a JSON object; they win over defaults. A field that a flag sets too "
        "is refused.",
        "Sampling",
        metavar="JSON",
    )

    @field_validator("url")
    @classmethod
    def _known_schemes(cls, url: str | list[str] | None) -> str | list[str] | None:
        """One URL is not a list, however it was given; a text of several is one."""
        if url is None:
            return None
        words = (url.split() or [url]) if isinstance(url, str) else [each.strip() for each in url]
        given = [each for word in words for each in re.split(r",(?=https?://)", word)]
        urls = [_with_scheme(each) for each in given]
        if not urls:
            raise ValueError("expected an http:// or https:// address")
        if len(urls) == 1:
            return urls[0]
        if not cls.several_urls:
            raise ValueError(f"{len(urls)} URLs, and an evaluation asks a model at one: give one")
        times = Counter(each.rstrip("/") for each in urls)
        if twice := next((each for each in times if times[each] > 1), None):
            raise ValueError(f"{shown_url(twice)} is given twice")
        return urls

    @property
    def urls(self) -> list[str]:
        """The services that are given."""
        return [self.url] if isinstance(self.url, str) else self.url or []

    @field_validator("stop")
    @classmethod
    def _something_stops(cls, words: list[str] | None) -> list[str] | None:
        if words is not None and "" in words:
            raise ValueError("an empty string stops nothing: leave it out")
        return words

    @field_validator("max_tokens")
    @classmethod
    def _some_output(cls, values: list[int] | None) -> list[int] | None:
        if values is not None and (not values or min(values) < 1):
            raise ValueError("must be 1 or more")
        return values

    @model_validator(mode="after")
    def _output_range(self) -> ServiceConfig:
        if self.max_tokens and (
            len(self.max_tokens) > 2 or self.max_tokens != sorted(self.max_tokens)
        ):
            raise ValueError("--max-tokens takes one value, or MIN MAX")
        if self.min_tokens and self.max_tokens and self.min_tokens > self.max_tokens[-1]:
            raise ValueError(f"--min-tokens is above --max-tokens ({self.max_tokens[-1]})")
        return self

    @model_validator(mode="after")
    def _described(self) -> ServiceConfig:
        if self.api_template is not None and self.api != "template":
            if "api" in self.model_fields_set:
                raise ValueError(f"--api-template describes an API: leave --api {self.api} out")
            self.api = "template"
        if self.api == "template" and self.api_template is None:
            raise ValueError("--api template needs --api-template, the file that describes it")
        return self

    @model_validator(mode="after")
    def _nothing_twice(self) -> ServiceConfig:
        for key, field in ServiceConfig.model_fields.items():
            sent = key == "model" or getattr(facts_of(field), "group", None) == "Sampling"
            given = self.asks(key) and getattr(self, key) is not None
            if sent and key in self.extra_args and given:
                flag = "--" + key.replace("_", "-")
                raise ValueError(f"{flag} and {key!r} in --extra-args are one body field: give one")
        if any(key in self.extra_args for key in _LENGTHS) and not self.asks("max_tokens"):
            # The default would contradict it. Not an assignment: nobody gave this setting.
            self.__dict__["max_tokens"] = None
        return self

    @model_validator(mode="after")
    def _local(self) -> ServiceConfig:
        started = self.api in registry.LOCAL
        if started and (self.url is not None or self.unix_socket is not None):
            raise ValueError(f"--api {self.api} starts a server of its own: leave --url out")
        if self.asks("local_args") and not started:
            raise ValueError(f"--local-args needs --api {' or '.join(registry.LOCAL)}")
        return self

    @model_validator(mode="after")
    def _tls(self) -> ServiceConfig:
        secure = any(url.startswith("https://") for url in self.urls)
        if secure and self.unix_socket is not None:
            raise ValueError("--unix-socket is spoken to without TLS: give --url as http://")
        if self.unix_socket is not None and len(self.urls) > 1:
            raise ValueError("--unix-socket is one service: give one --url with it, or none")
        for key in ("insecure", "ca_file", "client_cert", "client_key"):
            if self.asks(key) and not secure:
                flag = "--" + key.replace("_", "-")
                raise ValueError(f"{flag} is for https:// only: give such a --url, or leave it out")
        if self.client_key is not None and self.client_cert is None:
            raise ValueError("--client-key is the key of a --client-cert: give that too")
        if self.insecure and self.asks("ca_file"):
            raise ValueError(
                "--insecure verifies no certificate, so --ca-file is of no use: give one of them"
            )
        return self


def _with_scheme(url: str) -> str:
    """Raises ``ValueError`` if it is no address of HTTP."""
    if "://" not in url:
        url = f"http://{url}"
    scheme, _, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest.strip("/"):
        raise ValueError(f"{shown_url(url)!r} is not an http:// or https:// address")
    return url
