"""Every way in which a key gets into perfbench, and everything that is left behind or shown: no
byte of it holds the key. Several keys to a run; runs are processes, the service quotes each key."""

from __future__ import annotations

import base64
import json
import os
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import forked
import pytest
from tattling_llm import spellings, tattling

Words = Callable[[dict[str, str], str, Path], list[str]]
"""From the keys by way, the service's host and port, and the folder, to a command line."""


def key(number: int) -> str:
    """A key of every kind of character that some spelling escapes."""
    return f'k{number:02d}-Zq"7/x+Y={number * 7919}&<w>'


def plain_key(number: int) -> str:
    """A key that may stand in a header, a name and a JSON file as it is."""
    return f"k{number:02d}.Zq7x_Y{number * 7919}"


@dataclass(frozen=True)
class Scene:
    """One run and the ways in that it tries."""

    ways: tuple[str, ...]
    words: Words
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variable -> text in which ``{way}`` is that way's key."""
    status: int = 0
    escaped: bool = True
    """Whether keys have characters to escape."""


def quoted(secret: str) -> str:
    return spellings(secret)[1]


def load_flags(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    k = keys
    address = (
        f"http://{quoted(k['url user'])}:{quoted(k['url password'])}@{host}/v1"
        f"?api-version=1&api-key={quoted(k['query api-key'])}&sig={quoted(k['query sig'])}"
        f"&token={quoted(k['query token'])}&code={quoted(k['query code'])}"
        f"&{quoted(k['query alone'])}#{quoted(k['url fragment'])}"
    )
    body = {
        "api_key": k["extra api_key"],
        "metadata": {"auth": {"value": k["extra nested"]}, "list": [{"password": k["extra list"]}]},
        "extra_headers": {"X-Any": k["extra headers"]},
        "callback": f"https://a.example/x?sig={quoted(k['extra url query'])}",
        "proxy": f"http://ann:{quoted(k['extra url password'])}@a.example/",
        "text": json.dumps({"client_secret": k["extra json text"]}),
        "authToken": k["extra camel case"],
    }
    headers = [
        f"X-Auth: {k['header X-Auth']}",
        f"X-Jwt={k['header X-Jwt']}",
        f"Helicone-Auth: Bearer {k['header Helicone-Auth']}",
        f"X-Api-Key: {k['header X-Api-Key']}",
        f"Cookie: a=1; session={k['header Cookie']}",
        f"X-Anything: {k['header of any name']}",
        f"Ocp-Apim-Subscription-Key: {k['header of a gateway']}",
    ]
    return [
        *("--url", address, "--api-key", k["api key"], "--headers", *headers),
        *("--extra-args", json.dumps(body), "--name", f"run {k['api key']}"),
        *("--model", f"org/{k['header X-Auth']}", "--prompt", f"Say {k['query sig']}"),
        *("--stop", k["extra nested"], "--number", "9", "--parallel", "1", "2"),
    ]


def load_own_key(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    own = f"Authorization: Bearer {keys['header Authorization']}"
    return ["--url", f"http://{host}/v1", "--model", "m", "--headers", own, "--number", "4"]


def load_file(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    settings = {
        "url": f"http://{host}/v1?subscription-key={quoted(keys['file query'])}",
        "api-key": keys["file api_key"],
        "headers": {"X-Token": keys["file header"], "Accept-Language": "en"},
        "extra_args": {"a": {"b": {"access_token": keys["file extra"]}}},
        "simulator": {"api_key": keys["file simulator"]},
        "number": 4,
        "model": "m",
        "transport": "aiohttp",
    }
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    return ["--config", str(file)]


def load_toml(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    file = folder / "settings.toml"
    file.write_text(
        f'url = "http://{host}"\nmodel = "m"\nnumber = 4\napi_key = "{keys["toml api_key"]}"\n'
        f'[headers]\nX-Secret = "{keys["toml header"]}"\n'
        f'[extra_args.deep]\nclient_secret = "{keys["toml extra"]}"\n'
    )
    return ["--config", str(file)]


def load_sinks(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    args = {
        "notes": f"about {keys['sink api key']}",
        "config": {"deep": {"api_token": keys["sink args nested"]}},
        "settings": {"api_key": keys["tracker api key"]},
    }
    other = {
        "description": keys["sink api key"],
        "settings": {"api_key": keys["other tracker api key"]},
    }
    own = {"wandb": args, "swanlab": other}
    shared = {"tags": ["a"]}
    return [
        *("--url", f"http://{host}/v1?key={quoted(keys['sink query'])}", "--model", "m"),
        *("--api-key", keys["sink api key"], "--headers", f"X-A: {keys['sink header']}"),
        *("--number", "4", "--sinks", "wandb", "swanlab", "--sink-mode", "offline"),
        *("--sink-args", json.dumps({**shared, **own})),
    ]


def environment_only(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    return ["--model", "m", "--number", "4", "--transport", "aiohttp", "--no-report"]


def eval_flags(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    k = keys
    generation = {"temperature": 0, "top_secret": {"x": k["generation_config"]}}
    return [
        *("eval", "--datasets", "gsm8k", "--dataset-dir", str(data(folder)), "--limit", "5"),
        *(
            "--url",
            f"http://u:{quoted(k['eval password'])}@{host}/v1?sig={quoted(k['eval query'])}",
        ),
        *("--api-key", k["eval api key"], "--headers", f"X-Auth: {k['eval header']}"),
        *("--generation-config", json.dumps(generation), "--model", f"m {k['eval api key']}"),
        *("--extra-args", json.dumps({"a": [{"jwt": k["eval extra"]}]})),
        *("--system-prompt", f"Know {k['eval header']}", "--name", k["eval query"]),
    ]


def eval_file(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    k = keys
    models = {
        "a": {
            "url": f"http://{quoted(k['model password'])}@{host}?token={quoted(k['model query'])}",
            "api_key": k["model api_key"],
            "model": "served",
            "headers": {"X-Any": k["model header"]},
            "extra_args": {"deep": {"x_api_key": k["model extra"]}},
        },
        "b": {"url": f"http://{host}", "model": "other", "api_key": k["other model"]},
    }
    file = folder / "settings.json"
    file.write_text(json.dumps({"model_configs": models}))
    words = ["eval", "--config", str(file), "--models", "a", "b", "--datasets", "gsm8k"]
    return [*words, "--dataset-dir", str(data(folder)), "--limit", "4", "--json", "--debug"]


def eval_environment(keys: dict[str, str], host: str, folder: Path) -> list[str]:
    return [
        *("eval", "--url", f"http://{host}", "--model", "m", "--datasets", "gsm8k"),
        *("--dataset-dir", str(data(folder)), "--limit", "3"),
    ]


def data(folder: Path) -> Path:
    file = folder / "data/gsm8k/test.jsonl"
    file.parent.mkdir(parents=True)
    row = json.dumps({"question": "What are 2 and 2?", "answer": "4\n#### 4"})
    file.write_text(f"{row}\n" * 6)
    return folder / "data"


SCENES = {
    "load test, flags": Scene(
        (
            *("api key", "url user", "url password", "url fragment", "query api-key", "query sig"),
            *("query token", "query code", "query alone", "header X-Auth", "header X-Jwt"),
            *("header Helicone-Auth", "header X-Api-Key", "header Cookie", "header of any name"),
            *("header of a gateway", "extra api_key", "extra nested"),
            *("extra list", "extra headers", "extra url query", "extra url password"),
            *("extra json text", "extra camel case"),
        ),
        load_flags,
        escaped=False,
    ),
    "load test, a key of one's own": Scene(("header Authorization",), load_own_key),
    "load test, JSON file": Scene(
        ("file query", "file api_key", "file header", "file extra", "file simulator"), load_file
    ),
    "load test, TOML file": Scene(
        ("toml api_key", "toml header", "toml extra"), load_toml, escaped=False
    ),
    "load test, sinks": Scene(
        (
            *("sink query", "sink api key", "sink header", "sink args nested"),
            *("tracker api key", "other tracker api key"),
        ),
        load_sinks,
        escaped=False,
    ),
    "load test, environment": Scene(
        (
            *("OPENAI_API_KEY", "HF_TOKEN", "MODELSCOPE_API_TOKEN", "WANDB_API_KEY"),
            *("PERFBENCH_URL", "PERFBENCH_HEADERS", "PERFBENCH_EXTRA_ARGS", "https_proxy"),
        ),
        environment_only,
        {
            "OPENAI_API_KEY": "{OPENAI_API_KEY}",
            "HF_TOKEN": "{HF_TOKEN}",
            "MODELSCOPE_API_TOKEN": "{MODELSCOPE_API_TOKEN}",
            "WANDB_API_KEY": "{WANDB_API_KEY}",
            "PERFBENCH_URL": "http://{host}?key={PERFBENCH_URL}",
            "PERFBENCH_HEADERS": "X-Auth: {PERFBENCH_HEADERS}",
            "PERFBENCH_EXTRA_ARGS": "client_secret={PERFBENCH_EXTRA_ARGS}",
            "https_proxy": "http://me:{https_proxy}@127.0.0.1:9",
        },
        escaped=False,
    ),
    "evaluation, flags": Scene(
        (
            *("eval password", "eval query", "eval api key", "eval header", "eval extra"),
            "generation_config",
        ),
        eval_flags,
    ),
    "evaluation, file of models": Scene(
        (
            *("model password", "model query", "model api_key", "model header", "model extra"),
            "other model",
        ),
        eval_file,
    ),
    "evaluation, environment": Scene(
        ("PERFBENCH_API_KEY", "environment HF_TOKEN"),
        eval_environment,
        {"PERFBENCH_API_KEY": "{PERFBENCH_API_KEY}", "HF_TOKEN": "{environment HF_TOKEN}"},
    ),
}
WAYS = [(scene, way) for scene, each in SCENES.items() for way in each.ways]


def keys_of(name: str) -> dict[str, str]:
    scene = SCENES[name]
    make = key if scene.escaped else plain_key
    first = next(place for place, (each, _) in enumerate(WAYS) if each == name)
    return {way: make(first + place) for place, way in enumerate(scene.ways)}


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, bytes]]:
    """Runs a scene, once; what it left and showed, by name."""
    done: dict[str, dict[str, bytes]] = {}

    def run(name: str) -> dict[str, bytes]:
        if name not in done:
            done[name] = _play(SCENES[name], keys_of(name), tmp_path_factory.mktemp("run"))
        return done[name]

    return run


def _play(scene: Scene, keys: dict[str, str], folder: Path) -> dict[str, bytes]:
    with tattling(list(keys.values())) as host:
        words = scene.words(keys, host, folder)
        given = {
            name: _filled(text, {**keys, "host": host}) for name, text in scene.variables.items()
        }
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("PERFBENCH_") and not name.lower().endswith("_proxy")
        }
        results = folder / "results"
        child = forked.perfbench(
            [*words, "--outputs-dir", results],
            folder,
            text=False,
            env={**plain, "HOME": str(folder), **given},
        )
        assert child.returncode == scene.status, child
        (run,) = results.iterdir()
        parts = {"stdout": child.stdout, "stderr": child.stderr, "folder": run.name.encode()}
        for form in ("csv", "jsonl") if words[0] != "eval" else ():
            export = forked.perfbench(["export", run, "--format", form], folder, text=False)
            parts[form] = export.stdout
    return parts | dict(_files(run))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{([^}]+)\}", lambda found: values[found[1]], text)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every byte of a results folder, and what is packed in its page."""
    for file in sorted(folder.rglob("*")):
        if not file.is_file():
            continue
        content = file.read_bytes()
        yield str(file.relative_to(folder)), content
        if file.suffix == ".html":
            packed = re.findall(rb"H4sI[A-Za-z0-9+/=]{20,}", content)
            for number, blob in enumerate(packed):
                yield f"{file.name} {number}", zlib.decompress(base64.b64decode(blob), 31)


@pytest.mark.parametrize(("scene", "way"), WAYS, ids=[f"{s}: {w}" for s, w in WAYS])
def test_no_key_is_left(left: Callable[[str], dict[str, bytes]], scene: str, way: str) -> None:
    secret = keys_of(scene)[way]
    found = {
        name: form
        for name, content in left(scene).items()
        for form in spellings(secret)
        if form.encode() in content or form.encode("utf-16-le") in content
    }
    assert not found


@pytest.mark.parametrize("scene", SCENES)
def test_the_service_was_heard(left: Callable[[str], dict[str, bytes]], scene: str) -> None:
    """What it quoted did arrive, with the mask in place of the keys: there was something to cut."""
    parts = left(scene)
    assert b"*** and ***" in parts["run.db"]
    assert any(b"***" in parts[name] for name in parts if name.endswith("config.yaml"))
    assert sum(name.endswith((".png", ".csv", ".html", ".jsonl")) for name in parts) or (
        scene == "load test, environment"
    )
