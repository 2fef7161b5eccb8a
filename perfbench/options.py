"""The command line: a parser of the options that ``config.option`` makes of settings.

Owns help layout and the one-line errors of the command line. Knows nothing of
what commands do, and validates no value: raw strings go to the settings models, so that a wrong
flag, settings file and API argument fail alike.

argparse and not a library that derives commands from type hints: those import and lay out help
for longer than ``perfbench --help`` may take in all (0.4 s).
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from perfbench import registry
from perfbench.config.alias import Alias
from perfbench.config.habits import Pasted
from perfbench.config.option import Option, options_of
from perfbench.config.secrets import names_secret
from perfbench.errors import ConfigError

__all__ = ["PASTED", "Option", "Parser", "options_of"]

PASTED = "pasted"
"""Among the flags: those of other tools, as ``config.habits.Pasted``."""
_NARGS: dict[str, int | str | None] = {"value": None, "values": "+", "nothing": 0, "perhaps": "?"}


class Parser(argparse.ArgumentParser):
    """A parser that reports every mistake as a one-line ``ConfigError`` and never exits for one.

    ``flags`` of the result hold only what was given, as raw strings.
    """

    def __init__(self, usage: str, description: str, epilog: str | None = None) -> None:
        super().__init__(
            prog="perfbench",
            usage=usage,
            description=description,
            epilog=epilog,
            formatter_class=_Help,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
            add_help=False,
        )
        self.elsewhere: Mapping[str, str] = {}
        """By the name of an option of another command: what is in its place here."""
        # argparse takes "-1e3" and "-inf" for options; they must reach validation as values.
        self._negative_number_matcher = re.compile(r"-(\d|\.\d|inf|nan)", re.IGNORECASE)

    def add_options(self, options: Iterable[Option]) -> None:
        """Add the options, each under the heading of its group."""
        groups: dict[str, argparse._ArgumentGroup] = {}
        for option in options:
            if option.group not in groups:
                groups[option.group] = self.add_argument_group(option.group)
            group = groups[option.group]
            text = (option.text + option.details).replace("%", "%%")
            if option.negative:
                group.add_argument(
                    option.flag, option.negative, dest=option.key, action=_Switch, help=text
                )
            elif option.kind == "list":
                group.add_argument(
                    option.flag,
                    dest=option.key,
                    action="extend",
                    nargs="+",
                    metavar=option.metavar,
                    help=text,
                )
            elif option.alone is not None:
                group.add_argument(
                    option.flag,
                    dest=option.key,
                    nargs="?",
                    const=option.alone,
                    metavar=option.metavar,
                    help=text,
                )
            else:
                group.add_argument(option.flag, dest=option.key, metavar=option.metavar, help=text)

    def add_aliases(self, aliases: Iterable[Alias]) -> None:
        """Accept flags of other tools, unless they are our own too; the help does not show them."""
        for alias in aliases:
            for flag in alias.flags:
                if flag in self._option_string_actions:
                    continue
                paste = self.add_argument(
                    flag,
                    dest=PASTED,
                    action=_Paste,
                    nargs=_NARGS[alias.takes],
                    help=argparse.SUPPRESS,
                )
                paste.alias = alias  # type: ignore[attr-defined]

    def add_common(self, config_file: bool = False) -> None:
        """Add ``--help``, and ``--config`` where settings may come from a file."""
        group = self.add_argument_group("Other")
        if config_file:
            group.add_argument(
                "--config",
                action=_Once,
                metavar="FILE",
                help="Read settings from a YAML, TOML or JSON file; - is standard input.",
            )
        group.add_argument("-h", "--help", action="store_true", help="Show this and exit.")

    def flags(self, arguments: Sequence[str]) -> dict[str, Any]:
        """Parse; return what was given by name, values as raw strings.

        Raises:
            ConfigError: options are unknown or lack their values. One line.
        """
        found, unknown = self.parse_known_args([self._dashed(word) for word in arguments])
        if unknown:
            raise ConfigError(self._complaint(unknown))
        return dict(vars(found))

    def _dashed(self, word: str) -> str:
        """The word with dashes where others write ``--num_prompts``."""
        flag, equals, value = word.partition("=")
        dashed = flag.replace("_", "-")
        return dashed + equals + value if dashed in self._option_string_actions else word

    def _complaint(self, unknown: Sequence[str]) -> str:
        """What is said of words that are no options: all of them at once."""
        names = [word.partition("=")[0] for word in unknown if word[:1] == "-" != word]
        if not names or not unknown[0].startswith("-"):
            return f"unexpected argument {unknown[0]!r}"
        hints = [self._meant(name) for name in names]
        if len(names) == 1:
            if (why := self.elsewhere.get(names[0])) is not None:
                return f"unknown option {names[0]}: {why}"
            meant = f"; did you mean {hints[0]}?" if hints[0] else ""
            return f"unknown option {names[0]}{meant}"
        listed = [
            f"{name} (did you mean {hint}?)" if hint else name
            for name, hint in zip(names, hints, strict=True)
        ]
        return f"unknown options {', '.join(listed)}"

    def _meant(self, name: str) -> str | None:
        """The option that is nearest to a slip; none for what may be somebody's secret."""
        if names_secret(name):
            return None
        actions = self._option_string_actions
        ours = [flag for flag, action in actions.items() if action.dest != PASTED]
        if near := registry.nearest(name, ours) or registry.nearest(name, actions):
            return near
        begun = [flag for flag in ours if len(name) > 4 and flag.startswith(f"{name}-")]
        return " or ".join(begun) if len(begun) == 2 else None

    def error(self, message: str) -> NoReturn:
        """Turn argparse's own complaint into the one line of a ``ConfigError``."""
        raise ConfigError(message.removeprefix("argument "))


class _Once(argparse.Action):
    """Keeps a file that is named once: all that another one says would be ignored. Of a setting
    that is given twice the last counts, so that a command line can be added to."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        if getattr(namespace, self.dest, values) != values:
            raise ConfigError(f"{option_string} is given twice: give one")
        setattr(namespace, self.dest, values)


class _Switch(argparse.Action):
    """``--report`` sets true, ``--no-report`` false (argparse's own form writes a second default
    into the help)."""

    def __init__(self, option_strings: Sequence[str], dest: str, **settings: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **settings)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        setattr(namespace, self.dest, not (option_string or "").startswith("--no-"))


class _Paste(argparse.Action):
    """Keeps a flag of another tool with its value, for ``config.habits`` to read."""

    alias: Alias

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        value = None if values == [] else values
        before = getattr(namespace, self.dest, ())
        pasted = Pasted(self.alias, option_string or self.option_strings[0], value)
        setattr(namespace, self.dest, [*before, pasted])


class _Help(argparse.RawDescriptionHelpFormatter):
    """Two columns, as wide as the terminal up to a readable line."""

    def __init__(self, prog: str) -> None:
        columns = shutil.get_terminal_size().columns
        super().__init__(prog, max_help_position=30, width=max(60, min(columns, 110)))

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if isinstance(action, _Switch):
            return f"--[no-]{action.option_strings[0].removeprefix('--')}"
        return super()._format_action_invocation(action)

    def _format_args(self, action: argparse.Action, default_metavar: str) -> str:
        if action.nargs == "+" and action.option_strings:
            return f"{action.metavar} ..."
        if action.nargs == "?" and action.option_strings:
            return str(action.metavar)
        return super()._format_args(action, default_metavar)
