"""Which service a command line means, and how it is spoken to."""

from __future__ import annotations

import os

from perfbench.config.alias import AIPERF, EVALSCOPE, SGLANG, VLLM, WEB
from perfbench.config.habits.line import Line
from perfbench.errors import ConfigError
from perfbench.registry import LOCAL

_APIS = {
    **dict.fromkeys(("openai-chat", "vllm-chat", "sglang-oai-chat", "lmdeploy-chat"), "openai"),
    **dict.fromkeys(("chat", "chat_completions", "/v1/chat/completions"), "openai"),
    **dict.fromkeys(("openai", "openai-comp", "sglang-oai", "lmdeploy"), "completions"),
    **dict.fromkeys(("completions", "text_completions", "/v1/completions"), "completions"),
    **dict.fromkeys(("sglang", "sglang-native"), "sglang"),
    **dict.fromkeys(("embeddings", "openai-embeddings"), "embeddings"),
    **dict.fromkeys(("rankings", "vllm-rerank"), "rerank"),
    "responses": "responses",
    "openai_http": "openai",
    "vllm": "vllm",
}
"""What the tools call a way to speak to a service, and ours."""
_EVALSCOPE_APIS = {"openai_embedding": "embeddings", "openai_rerank": "rerank"}
"""Its ``--api``, which is ours too, has these."""
_PATHS = {
    "openai": "/v1/chat/completions",
    "completions": "/v1/completions",
    "responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "embeddings": "/v1/embeddings",
    "rerank": "/v1/rerank",
}
_PORTS = {SGLANG: 30000, EVALSCOPE: 8877}
"""Where tools look for a service unasked, if not at port 8000."""


def _api(given: tuple[str, str]) -> str:
    flag, name = given
    if name not in _APIS:
        known = ", ".join(sorted(name for name in _APIS if not name.startswith("/")))
        raise ConfigError(
            f"{flag} {name} is not known here; known: {known}; --api has more (perfbench list)"
        )
    return _APIS[name]


def read_service(line: Line) -> None:
    """Read ``url``, ``api`` and ``model``.

    Raises:
        ConfigError: flags contradict each other, or the service is not spoken to here.
    """
    meant = line.named and line.tool != WEB
    meant = meant or not {"host", "port", "endpoint", "api"}.isdisjoint(line.parts)
    host, port, named = line.take("host"), line.take("port"), line.take("api")
    if named is not None and str(named[1]).startswith("sglang"):
        line.tool = SGLANG
    default_port = _PORTS.get(line.tool or "", 8000)
    if host is not None or port is not None:
        flag, name = host or (port[0] if port else "", "127.0.0.1")
        address = name if "://" in name else f"http://{name}"
        if port is not None or "://" not in name:
            address += f":{port[1] if port else default_port}"
        line.set("url", address, flag)
    if named is not None:
        line.set("api", _api(named), named[0])
    elif line.settings.get("api") in _EVALSCOPE_APIS:
        line.settings["api"] = _EVALSCOPE_APIS[line.settings["api"]]
    if (ids := line.take("token_ids")) is not None and line.settings.get("api") != "sglang":
        line.set("api", "vllm", ids[0])
    if line.named and line.tool in (VLLM, SGLANG):
        line.implied["api"] = "completions"
    if meant and "url" not in line.settings and line.settings.get("api") not in LOCAL:
        line.implied["url"] = f"http://127.0.0.1:{default_port}"
        # EvalScope's evaluation would load a model itself.
        does = "asked" if "datasets" in line.settings else "measured, as there"
        line.notes.append(f"without --url the service at {line.implied['url']} is {does}")
    if (backend := line.take("backend_args")) is not None:
        says = line.known(backend[1], backend[0], ("api_key",))
        if "api_key" in says:
            line.set("api_key", str(says["api_key"]), backend[0])
    _path(line)
    _template(line)
    _streaming(line)
    if (served := line.take("served_model")) is not None:
        model = line.settings.pop("model", None)
        line.set("model", served[1], served[0])
        if model is not None:
            tokenizer_of(line, model)


def _path(line: Line) -> None:
    """``--endpoint``, and the API that a full path says."""
    endpoint = line.take("endpoint")
    urls = line.settings.get("url", line.implied.get("url", ""))
    urls = [str(url) for url in (urls if isinstance(urls, list) else [urls])]
    path = (str(endpoint[1]) if endpoint else urls[0]).rstrip("/")
    ends = {api: known.removeprefix("/v1") for api, known in _PATHS.items()}
    api = next((api for api, end in ends.items() if path.endswith(end)), None)
    if api is None:
        if endpoint is not None:
            *most, last = _PATHS.values()
            known = f"{', '.join(most)} or {last}"
            raise ConfigError(f"{endpoint[0]} {endpoint[1]}: perfbench asks {known}")
        return
    line.implied["api"] = api
    if endpoint is None:
        # EvalScope's examples name its default beside the URL of another API.
        if line.named and line.tool == EVALSCOPE and line.settings.get("api") == "openai":
            del line.settings["api"]
        return
    asked = line.settings.get("api", api)
    if _PATHS.get(asked, _PATHS["completions"]) != _PATHS[api]:
        chosen = f"{line.flags.get('api', '--api')} ({asked})"
        raise ConfigError(f"{endpoint[0]} {path} is not where {chosen} goes")
    if path != _PATHS[api]:
        line.settings["url"] = [url.rstrip("/") + "/" + path.lstrip("/") for url in urls]


def _template(line: Line) -> None:
    """SGLang's ``--apply-chat-template`` stands beside chat too, where the service applies it."""
    chat = line.settings.get("api") == "openai" and line.flags.get("api") == "--backend"
    if chat and line.settings.get("apply_chat_template"):
        del line.settings["apply_chat_template"]
        line.notes.append("--apply-chat-template: behind the chat API the service does that")


def _streaming(line: Line) -> None:
    if line.named and line.tool == AIPERF and "stream" not in line.settings:
        line.notes.append(
            "answers are streamed, which AIPerf does with --streaming only; --no-stream leaves it"
        )


def tokenizer_of(line: Line, model: str) -> None:
    """A model that is named by its folder brings its tokenizer along."""
    # Unlike Path.is_file, false for a name that no file can have.
    if os.path.isfile(os.path.join(model, "tokenizer_config.json")):
        line.implied["tokenizer_path"] = model
