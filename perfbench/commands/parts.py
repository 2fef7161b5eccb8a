"""``perfbench list``: the exchangeable parts, built in and installed, and the metrics."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from perfbench import registry
from perfbench.commands.command import Flags
from perfbench.errors import ConfigError
from perfbench.foreign import Screen

if TYPE_CHECKING:
    from perfbench.options import Parser

_KINDS = (*registry.TABLES, "metrics")


def list_parser() -> Parser:
    """One kind of part, or all."""
    from perfbench.options import Parser

    parser = Parser(
        usage=f"perfbench list [{'|'.join(_KINDS)}]",
        description="Show the exchangeable parts, built in and installed, and the metrics.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("kind", nargs="?", metavar="KIND", help="Only this kind of part.")
    parser.add_common()
    return parser


def list_parts(flags: Flags) -> int:
    """Print each part's name and the first line of what it says of itself."""
    kind = flags.get("kind")
    if kind is not None and kind not in _KINDS:
        raise ConfigError(
            f"unknown kind {kind}{registry.did_you_mean(kind, dict.fromkeys(_KINDS, ''))}"
        )
    screen = Screen(sys.stdout)
    for title in [kind] if kind else _KINDS:
        print(title, file=screen)
        for name, said in _metrics() if title == "metrics" else _parts(title):
            print(f"  {name:<19} {said}", file=screen)
    return 0


def _parts(kind: str) -> list[tuple[str, str]]:
    """What each part of a table says of itself, or why it cannot be used here."""
    table = registry.TABLES[kind]
    found = []
    for name in registry.names(table):
        try:
            said = _first_line(registry.resolve(table, name))
        except ConfigError as error:
            said = f"({error})"
        found.append((name, said))
    return found


def _metrics() -> list[tuple[str, str]]:
    from perfbench.metrics.definitions import METRICS

    return [(name, metric.meaning) for name, metric in METRICS.items()]


def _first_line(part: Any) -> str:
    said: str = getattr(part, "title", None) or inspect.getdoc(part) or ""
    return said.partition("\n")[0]
