"""``perfbench serve``: runs for people who do not use a terminal; ``perfbench app``: the same, with
the page opened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from perfbench.commands.command import Flags
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
    return _serve(flags, lambda address: None)


def app(flags: Flags) -> int:
    """Serve until told to stop, and show the page."""
    import webbrowser

    def show(address: str) -> None:
        if not webbrowser.open(address):
            print(f"open {address} in a browser", flush=True)

    return _serve(flags, show)


def _parser(word: str, text: str) -> Parser:
    from perfbench.config.server import ServerConfig
    from perfbench.options import Parser, options_of

    found = Parser(usage=f"perfbench {word} [options]", description=text)
    found.add_options(options_of(ServerConfig))
    found.add_common(config_file=True)
    return found


def _serve(flags: Flags, show: Callable[[str], None]) -> int:
    from pathlib import Path

    from perfbench.config import load_settings
    from perfbench.config.server import ServerConfig
    from perfbench.foreign import Screen

    if sys.platform == "win32":
        raise ConfigError("perfbench serve needs Linux or macOS")
    from perfbench.server.app import serve as listen

    file = flags.pop("config", None)
    config = load_settings(ServerConfig, flags, Path(file) if file else None)

    def tell(address: str, token: str | None) -> None:
        print(f"perfbench listening on {address}", flush=True)
        if token is not None:
            print(
                "others can connect, so requests need this token, which is not shown again: "
                f"{token}",
                file=Screen(sys.stdout),
                flush=True,
            )
        show(address)

    listen(config, tell)
    return 0
