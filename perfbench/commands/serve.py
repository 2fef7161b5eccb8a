"""``perfbench serve``: runs for people who do not use a terminal; ``perfbench app``: the same, with
the page opened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from perfbench.commands.command import TOOL, Flags, said
from perfbench.errors import ConfigError

if TYPE_CHECKING:
    from perfbench.options import Parser


def serve_parser() -> Parser:
    """All settings of the server."""
    return _parser(
        "serve",
        "Serve a REST API and pages: start load tests and evaluations, watch, stop, continue,\n"
        "compare and read them (docs/server.md), until Ctrl-C. What runs then goes on.",
    )


def app_parser() -> Parser:
    """The same settings."""
    return _parser("app", "Serve as perfbench serve does, and open the page in a browser.")


def serve(flags: Flags) -> int:
    """Serve until told to stop."""
    return _serve(flags, lambda page: None)


def app(flags: Flags) -> int:
    """Serve until told to stop, and show the page; on another port where the usual one is taken."""
    import threading
    import webbrowser

    def opened(page: str) -> None:
        if not webbrowser.open(page):
            print(f"open {page} in a browser", flush=True)

    def show(page: str) -> None:
        # Some browsers let whoever opens them wait until they are closed.
        threading.Thread(target=opened, args=[page], daemon=True).start()

    return _serve(flags, show, any_port="port" not in flags)


def run_service(
    host: str = "127.0.0.1", port: int = 9000, debug: bool = False, outputs: str | None = None
) -> None:
    """Serve until Ctrl-C, by the name that EvalScope's users know.

    Args:
        host: address to listen on; at any but loopback requests need a token, which is printed.
        debug: taken, and of no effect: what goes wrong is printed always.
        outputs: folder of the runs; ``None`` is ``results``.

    Raises:
        ConfigError: it cannot listen, or another server shows these results.
    """
    given: Flags = {"host": host, "port": port}
    _serve(given if outputs is None else given | {"outputs_dir": outputs}, lambda address: None)


def _parser(word: str, text: str) -> Parser:
    from perfbench.config.aliases import SERVE
    from perfbench.config.server import ServerConfig
    from perfbench.options import Parser, options_of

    found = Parser(usage=f"perfbench {word} [options]", description=text)
    found.add_options(options_of(ServerConfig))
    found.add_common(config_file=True)
    found.add_aliases(SERVE)
    return found


def _serve(flags: Flags, show: Callable[[str], None], any_port: bool = False) -> int:
    from pathlib import Path

    from perfbench.config import load_settings
    from perfbench.config.server import ServerConfig
    from perfbench.foreign import Screen

    if sys.platform == "win32":
        raise ConfigError("perfbench serve needs Linux or macOS")
    from perfbench.server.listening import Listening
    from perfbench.server.listening import serve as listen

    file = flags.pop("config", None)
    if flags.pop(TOOL, None) is not None and "host" not in flags:
        print("note: without --host only this machine can connect", file=sys.stderr)
    found = said(flags)
    config = load_settings(
        ServerConfig, found.settings, Path(file) if file else None, spelled=found.flags
    )

    def tell(found: Listening) -> None:
        out = Screen(sys.stdout)
        print(f"perfbench listening on {found.address}", file=out, flush=True)
        if found.token is not None:
            text = "requests need this token, which is not shown again"
            print(f"{text}: {found.token}", file=out, flush=True)
        show(found.page)

    listen(config, tell, any_port)
    return 0
