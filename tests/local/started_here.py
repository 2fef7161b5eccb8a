"""A server for tests to start in place of llama.cpp: the simulator's own command."""

from __future__ import annotations

import sys

from perfbench.config import ServiceConfig
from perfbench.local.launch import Launch

MODEL = "stand-in-model"


def launch(config: ServiceConfig, port: int) -> Launch:
    """The simulator on ``port``; with ``--local-args say=WORDS`` one that says them and ends."""
    command = [sys.executable, "-m", "perfbench", "simulate", "--port", str(port), "--model", MODEL]
    if words := config.local_args.get("say"):
        command = [sys.executable, "-c", f"print({words!r}); raise SystemExit(7)"]
    if config.local_args.get("absent"):
        command = ["/nowhere/server"]
    return Launch("stand-in", MODEL, command, {"version": "1"})
