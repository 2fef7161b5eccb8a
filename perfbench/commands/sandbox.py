"""``perfbench sandbox serve``: lets evaluations elsewhere run programs in the sandbox of this
machine."""

from __future__ import annotations

import secrets
import signal
import sys
import threading
from typing import TYPE_CHECKING

from perfbench.commands.command import Flags
from perfbench.errors import ConfigError

if TYPE_CHECKING:
    from perfbench.options import Parser


def parser() -> Parser:
    """What to do, and all settings of the service."""
    from perfbench.config.sandbox import ServeConfig
    from perfbench.options import Parser, options_of

    found = Parser(
        usage="perfbench sandbox serve [options]",
        description="Run programs for evaluations elsewhere (perfbench eval --sandbox remote), in "
        "the sandbox of\nthis machine and over ms-enclave's HTTP API, until Ctrl-C.",
    )
    arguments = found.add_argument_group("Arguments")
    arguments.add_argument("what", nargs="?", metavar="serve", help="The only thing it does.")
    found.add_options(options_of(ServeConfig))
    found.add_common()
    return found


def sandbox(flags: Flags) -> int:
    """Serve until told to stop."""
    from perfbench.config import load_settings
    from perfbench.config.sandbox import ServeConfig
    from perfbench.foreign import Screen
    from perfbench.sandbox.local import open_box
    from perfbench.sandbox.serve import Sandboxes, Server

    what = flags.pop("what", None)
    if what != "serve":
        raise ConfigError(f"perfbench sandbox knows serve{f', not {what!r}' if what else ' only'}")
    config = load_settings(ServeConfig, flags)
    made = secrets.token_urlsafe(24) if config.token is None and not config.is_loopback else None
    token = config.token.get_secret_value() if config.token is not None else made
    box = open_box(config.sandbox, config.programs_at_a_time)
    try:
        server = Server(config.host, config.port, token, Sandboxes(box, config.programs_at_a_time))
        print(f"sandbox {box.name} listening on {server.address}", flush=True)
        if made is not None:
            print(f"token: {made}", file=Screen(sys.stdout), flush=True)
        told_to_stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: told_to_stop.set())
        threading.Thread(target=server.serve_forever, name="sandbox", daemon=True).start()
        told_to_stop.wait()
        server.shutdown()
        server.server_close()
    finally:
        box.close()
    return 0
