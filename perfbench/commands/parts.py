"""``perfbench list``: the exchangeable parts, built in and installed."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING

from perfbench import registry
from perfbench.commands.command import Flags
from perfbench.errors import ConfigError

if TYPE_CHECKING:
    from perfbench.options import Parser


def list_parser() -> Parser:
    """One kind of part, or all."""
    from perfbench.options import Parser

    parser = Parser(
        usage=f"perfbench list [{'|'.join(registry.TABLES)}]",
        description="Show the exchangeable parts: built in and installed.",
    )
    arguments = parser.add_argument_group("Arguments")
    arguments.add_argument("kind", nargs="?", metavar="KIND", help="Only this kind of part.")
    parser.add_common()
    return parser


def list_parts(flags: Flags) -> int:
    """Print each part's name and the first line of what it says of itself."""
    kind = flags.get("kind")
    if kind is not None and kind not in registry.TABLES:
        raise ConfigError(
            f"unknown kind {kind}{registry.did_you_mean(kind, dict.fromkeys(registry.TABLES, ''))}"
        )
    for title in [kind] if kind else registry.TABLES:
        table = registry.TABLES[title]
        print(title)
        for name in registry.names(table):
            print(f"  {name:<16} {_first_line(table, name)}")
    return 0


def _first_line(table: Mapping[str, str], name: str) -> str:
    """What a part says of itself, or why it cannot be used here."""
    try:
        part = registry.resolve(table, name)
    except ConfigError as error:
        return f"({error})"
    said: str = getattr(part, "title", None) or inspect.getdoc(part) or ""
    return said.partition("\n")[0]
