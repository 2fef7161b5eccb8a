"""What is sent in the APIs beside OpenAI's, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from perfbench import registry
from perfbench.config import PerfConfig
from perfbench.config.generation import generation_of
from perfbench.endpoints.body import SETTINGS
from perfbench.errors import ConfigError
from perfbench.types import Endpoint, Sample

PNG = "data:image/png;base64,iVBORw0="
CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Grüße"},
    {"role": "assistant", "content": "Hallo"},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": PNG}},
        ],
    },
]
GIVEN: dict[str, Any] = {
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 40,
    "min_tokens": 4,
    "ignore_eos": True,
    "stop": ["END"],
    "n": 2,
    "frequency_penalty": 0.25,
    "repetition_penalty": 1.5,
}


def made(api: str, model: str = "m", **settings: Any) -> Endpoint:
    """An endpoint as these settings would have it, without those that it refuses."""
    ignored = getattr(registry.resolve(registry.ENDPOINTS, api), "ignores", frozenset())
    kept = {name: value for name, value in settings.items() if name not in ignored}
    found: Endpoint = registry.resolve(registry.ENDPOINTS, api)(
        generation_of(PerfConfig(api=api, **kept), model)
    )
    return found


def sent(api: str, content: Any, max_tokens: int | None = None, **settings: Any) -> Any:
    sample = Sample(id="s-7", input=content, max_tokens=max_tokens)
    return msgspec.json.decode(made(api, **settings).build(sample))


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("responses", {"model": "m", "stream": True, "input": "Hi"}),
        (
            "anthropic",
            {
                "model": "m",
                "stream": True,
                "max_tokens": 4096,
                "messages": [{"role": "user", "content": "Hi"}],
            },
        ),
        ("gemini", {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}),
        (
            "dashscope",
            {
                "model": "m",
                "input": {"messages": [{"role": "user", "content": "Hi"}]},
                "parameters": {"result_format": "message", "incremental_output": True},
            },
        ),
        (
            "ollama",
            {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]},
        ),
        ("ollama_generate", {"model": "m", "stream": True, "prompt": "Hi"}),
        ("tgi", {"inputs": "Hi", "parameters": {"details": True}}),
        ("sglang", {"text": "Hi", "stream": True}),
        ("triton", {"text_input": "Hi", "stream": True, "exclude_input_in_output": True}),
        ("embeddings", {"model": "m", "input": "Hi"}),
        ("rerank", {"model": "m", "query": "Hi", "documents": ["Hi"]}),
    ],
)
def test_only_what_was_set_is_sent(api: str, body: dict[str, Any]) -> None:
    assert sent(api, "Hi") == body


@pytest.mark.parametrize(
    ("api", "place", "wanted"),
    [
        ("responses", "", {"max_output_tokens": 64, "temperature": 0.5, "top_p": 0.9}),
        (
            "anthropic",
            "",
            {
                "max_tokens": 64,
                "temperature": 0.5,
                "top_p": 0.9,
                "top_k": 40,
                "stop_sequences": ["END"],
            },
        ),
        (
            "gemini",
            "generationConfig",
            {
                "maxOutputTokens": 64,
                "temperature": 0.5,
                "topP": 0.9,
                "topK": 40,
                "stopSequences": ["END"],
                "frequencyPenalty": 0.25,
                "candidateCount": 2,
            },
        ),
        (
            "dashscope",
            "parameters",
            {
                "result_format": "message",
                "incremental_output": True,
                "max_tokens": 64,
                "temperature": 0.5,
                "top_p": 0.9,
                "top_k": 40,
                "repetition_penalty": 1.5,
                "stop": ["END"],
                "n": 2,
            },
        ),
        (
            "ollama",
            "options",
            {
                "num_predict": 64,
                "temperature": 0.5,
                "top_p": 0.9,
                "top_k": 40,
                "frequency_penalty": 0.25,
                "repeat_penalty": 1.5,
                "stop": ["END"],
            },
        ),
        (
            "tgi",
            "parameters",
            {
                "details": True,
                "do_sample": True,
                "max_new_tokens": 64,
                "temperature": 0.5,
                "top_p": 0.9,
                "top_k": 40,
                "frequency_penalty": 0.25,
                "repetition_penalty": 1.5,
                "stop": ["END"],
            },
        ),
        (
            "sglang",
            "sampling_params",
            {
                "max_new_tokens": 64,
                "min_new_tokens": 4,
                "temperature": 0.5,
                "top_p": 0.9,
                "top_k": 40,
                "frequency_penalty": 0.25,
                "repetition_penalty": 1.5,
                "stop": ["END"],
                "ignore_eos": True,
                "n": 2,
            },
        ),
        (
            "triton",
            "",
            {
                "max_tokens": 64,
                "min_tokens": 4,
                "temperature": 0.5,
                "top_p": 0.9,
                "top_k": 40,
                "frequency_penalty": 0.25,
                "repetition_penalty": 1.5,
                "stop_words": ["END"],
            },
        ),
    ],
)
def test_every_setting_is_sent_by_the_name_it_has_there(
    api: str, place: str, wanted: dict[str, Any]
) -> None:
    body = sent(api, "Hi", 64, **GIVEN)
    group = body[place] if place else body
    assert {name: group.get(name) for name in wanted} == wanted
    if place:
        assert group == wanted
    endpoint: Any = made(api)
    # What has no place is refused, and all else has one.
    assert len(endpoint.ignores) + len(wanted.keys() - _OWN) == len(SETTINGS)


_OWN = {"result_format", "incremental_output", "details", "do_sample"}


def test_tgi_is_asked_for_no_temperature_of_nothing() -> None:
    assert sent("tgi", "Hi", temperature=0, top_p=1)["parameters"] == {
        "details": True,
        "do_sample": False,
    }


@pytest.mark.parametrize(
    ("api", "question"),
    [
        (
            "responses",
            {
                "input": [
                    *CHAT[:3],
                    {
                        "role": "user",
                        "content": [
                            {"type": "input_text", "text": "What is it?"},
                            {"type": "input_image", "image_url": PNG},
                        ],
                    },
                ]
            },
        ),
        (
            "anthropic",
            {
                "system": "Be brief.",
                "messages": [
                    *CHAT[1:3],
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "What is it?"},
                            {
                                "type": "image",
                                "source": {
                                    "type": "base64",
                                    "media_type": "image/png",
                                    "data": "iVBORw0=",
                                },
                            },
                        ],
                    },
                ],
            },
        ),
        (
            "gemini",
            {
                "systemInstruction": {"parts": [{"text": "Be brief."}]},
                "contents": [
                    {"role": "user", "parts": [{"text": "Grüße"}]},
                    {"role": "model", "parts": [{"text": "Hallo"}]},
                    {
                        "role": "user",
                        "parts": [
                            {"text": "What is it?"},
                            {"inlineData": {"mimeType": "image/png", "data": "iVBORw0="}},
                        ],
                    },
                ],
            },
        ),
        (
            "dashscope",
            {
                "input": {
                    "messages": [
                        *CHAT[:3],
                        {"role": "user", "content": [{"text": "What is it?"}, {"image": PNG}]},
                    ]
                }
            },
        ),
        (
            "ollama",
            {
                "messages": [
                    *CHAT[:3],
                    {"role": "user", "content": "What is it?", "images": ["iVBORw0="]},
                ]
            },
        ),
    ],
)
def test_messages_are_sent_as_the_api_has_them(api: str, question: dict[str, Any]) -> None:
    body = sent(api, CHAT)
    assert {name: body[name] for name in question} == question


@pytest.mark.parametrize(
    ("api", "body"),
    [
        ("responses", {"input": "x", "model": "mine", "tools": []}),
        ("anthropic", {"messages": [], "max_tokens": 7}),
        ("gemini", {"contents": []}),
        ("dashscope", {"input": {"messages": []}, "parameters": {"seed": 1}}),
        ("ollama", {"messages": [], "stream": False}),
        ("ollama_generate", {"prompt": "x", "raw": True}),
        ("tgi", {"inputs": "x"}),
        ("sglang", {"text": "x", "sampling_params": {"n": 3}}),
        ("triton", {"text_input": "x"}),
        ("embeddings", {"input": ["a", "b"]}),
        ("rerank", {"query": "q", "documents": ["a"], "top_n": 1}),
    ],
)
def test_a_whole_body_keeps_what_it_says(api: str, body: dict[str, Any]) -> None:
    found = sent(api, body, 64, **GIVEN)
    for name, value in body.items():
        assert found[name] == value or value.items() <= found[name].items()
    with pytest.raises(ConfigError, match=f"sample s-7 is a request body.*--api {api} cannot"):
        sent(api, {"unheard": 1})


def test_extra_fields_reach_into_a_group_and_remove() -> None:
    extra = {"options": {"num_ctx": 8, "temperature": None}, "think": True, "stream": None}
    assert sent("ollama", "Hi", 5, temperature=0.1, extra_args=extra) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "options": {"num_predict": 5, "num_ctx": 8},
        "think": True,
    }


@pytest.mark.parametrize(
    ("api", "content"),
    [
        *((api, [1, 2]) for api in ("responses", "anthropic", "gemini", "ollama", "tgi", "triton")),
        *((api, CHAT) for api in ("tgi", "triton", "sglang", "ollama_generate", "rerank")),
    ],
)
def test_what_an_api_cannot_carry_is_refused_in_one_line(api: str, content: Any) -> None:
    with pytest.raises(ConfigError, match=f"--api {api} cannot carry") as caught:
        sent(api, content)
    assert "\n" not in str(caught.value)


def test_paths_have_the_model_and_the_verb() -> None:
    assert made("gemini", "models/g-2").path() == "/v1beta/models/g-2:streamGenerateContent?alt=sse"
    assert made("gemini", "g-2", stream=False).path() == "/v1beta/models/g-2:generateContent"
    assert made("triton", "a/b").path() == "/v2/models/a%2Fb/generate_stream"
    assert made("tgi", stream=False).path() == "/generate"


def template(tmp_path: Path, text: str) -> PerfConfig:
    file = tmp_path / "api.yaml"
    file.write_text(text)
    return PerfConfig(api_template=file, temperature=0.5)


TEMPLATE = """
path: /v3/models/$model/run
key: "X-Key: Token $key"
headers: {X-Version: 3}
body:
  query: $prompt
  named: "${model} for $id, $$1"
  options: {limit: $max_tokens, temperature: $temperature, top_p: $top_p, fixed: [1, $n]}
  stream: $stream
read:
  text: [out.0.delta, $.out.*.text]
  reasoning: thought
  finish: out[-1].why
  input_tokens: usage.in
  output_tokens: usage.out
  id: id
"""


def test_a_template_is_filled_in_and_read(tmp_path: Path) -> None:
    config = template(tmp_path, TEMPLATE)
    assert config.api == "template"
    endpoint: Any = registry.resolve(registry.ENDPOINTS, "template")(generation_of(config, "a/b"))
    assert endpoint.path() == "/v3/models/a%2Fb/run"
    assert endpoint.key_header == ("X-Key", "Token {}")
    assert endpoint.headers == (("X-Version", "3"),)
    assert msgspec.json.decode(endpoint.build(Sample("s-1", "Hi", max_tokens=5))) == {
        "query": "Hi",
        "named": "a/b for s-1, $1",
        "options": {"limit": 5, "temperature": 0.5, "fixed": [1]},
        "stream": True,
    }
    delta = endpoint.parse(b'{"id":"r","thought":"hm","out":[{"delta":"a"}],"usage":{"in":3}}')
    assert (delta.text, delta.reasoning, delta.response_id) == ("a", "hm", "r")
    assert (delta.usage.input_tokens, delta.usage.output_tokens) == (3, None)
    whole = endpoint.parse(b'{"out":[{"text":"a"},{"text":"b","why":"stop"}]}')
    assert (whole.text, whole.finish) == ("ab", "stop")
    assert endpoint.parse(b'{"error":"broke"}').error == "broke"
    with pytest.raises(ConfigError, match="its body has no"):
        endpoint.build(Sample("s-1", CHAT))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("path: /v3", "paht: /v3"), "'path' is missing"),
        (("key:", "kye:"), "no field is called 'kye'"),
        (("$top_p", "$top_q"), "no placeholder is called 'top_q'"),
        (("reasoning:", "thought:"), "no reading is called 'thought'"),
        (("path: /v3", "path: v3"), "the path begins with /"),
        (("$prompt", "x"), "no $prompt"),
        (("reasoning: thought", "reasoning: []"), "reasoning is no path"),
        (("$key", "k"), "key is a header with $key"),
        (("body:\n", "framing: lines\nbody:\n"), "framing is sse or ndjson"),
        (("body:\n", "cumulative: maybe\nbody:\n"), "cumulative is true or false"),
        (("body:\n", "models_path: 3\nbody:\n"), "the models_path begins with /"),
    ],
)
def test_a_template_that_makes_no_sense_is_one_line(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    config = template(tmp_path, TEMPLATE.replace(*change))
    with pytest.raises(ConfigError) as caught:
        registry.resolve(registry.ENDPOINTS, "template")(generation_of(config, "m"))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


MINE = """
from perfbench.types import Delta

class Mine:
    takes = frozenset({"text"})

    def __init__(self, generation):
        self.model = generation.model

    def path(self):
        return "/mine"

    def build(self, sample):
        return ("1" / 1 if sample.input == "bad" else sample.input).encode()

    def parse(self, data):
        return Delta(text=data.decode(), done=True)
"""


def test_a_class_of_the_users_is_an_endpoint(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE)
    for named in (f"{file}", f"{file}:Mine"):
        config = PerfConfig(api=named)
        endpoint: Endpoint = registry.resolve(registry.ENDPOINTS, config.api)(
            generation_of(config, "m")
        )
        assert (endpoint.name, endpoint.path()) == ("Mine", "/mine")
        assert endpoint.build(Sample("1", "x")) == b"x"
        with pytest.raises(ConfigError, match=r"mine\.py:14: TypeError: unsupported operand"):
            endpoint.build(Sample("1", "bad"))


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [
        (None, "", "no Python file"),
        ("x = 1", "", "no class with the methods path, build, parse"),
        (MINE, ":Other", "no class Other with the methods"),
        (MINE + MINE.replace("class Mine", "class Two"), "", "several such classes"),
        ("import nothing_there", "", "mine.py:1: ModuleNotFoundError"),
        ("class X(:", "", "mine.py:1: SyntaxError"),
    ],
)
def test_a_users_file_that_fails_is_one_line(
    tmp_path: Path, text: str | None, name: str, told: str
) -> None:
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        registry.resolve(registry.ENDPOINTS, f"{file}{name}")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
