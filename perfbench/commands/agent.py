"""``perfbench agent``: lets runs on other machines send from this one."""

from __future__ import annotations

import secrets
import signal
import sys
import threading
from typing import TYPE_CHECKING

from perfbench.commands.command import Flags

if TYPE_CHECKING:
    from perfbench.options import Parser


def parser() -> Parser:
    """All settings of an agent."""
    from perfbench.config.machines import AgentConfig
    from perfbench.options import Parser, options_of

    found = Parser(
        usage="perfbench agent [options]",
        description="Start workers on this machine for runs elsewhere (perfbench --hosts), until "
        "Ctrl-C.",
    )
    found.add_options(options_of(AgentConfig))
    found.add_common()
    return found


def agent(flags: Flags) -> int:
    """Serve until told to stop."""
    from perfbench.config import load_settings
    from perfbench.config.machines import AgentConfig, host_parts
    from perfbench.driver.machines.agent import Agent
    from perfbench.foreign import Screen

    config = load_settings(AgentConfig, flags)
    made = secrets.token_urlsafe(24)
    token = made if config.token is None else config.token.get_secret_value()
    host, port, _ = host_parts(config.listen)
    screen = Screen(sys.stderr)
    agent = Agent(host, port, token, lambda line: print(f"agent: {line}", file=screen, flush=True))
    where = f"[{agent.host}]:{agent.port}" if ":" in agent.host else f"{agent.host}:{agent.port}"
    print(f"agent listening on {where}", flush=True)
    if config.token is None:
        print(f"token: {made}", flush=True)
    # Signals are handled on the main thread alone, which must not be held up in accept().
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: told_to_stop.set())
    threading.Thread(target=agent.serve, name="agent", daemon=True).start()
    told_to_stop.wait()
    agent.close()
    return 0
