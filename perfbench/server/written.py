"""Settings as people repeat them elsewhere: the command line for a shell, and the settings file.

Both give exactly the settings they are made of. No secret stands in them: in the command line
variables of the shell stand for secrets, in the file the mask. Pure.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from perfbench.config import flag_of, variable_of
from perfbench.config.facts import Facts, facts_of
from perfbench.config.option import plain_types
from perfbench.config.secrets import MASK
from perfbench.server.queue import Command
from perfbench.server.vetting import model_of

_MARK = re.compile("\ue000(\\w+)\ue001")
"""Where a variable is to stand in a text; the signs around its name mean nothing elsewhere."""
_DASHES = "--"
_STYLE: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "default_flow_style": None}


def command_line(command: Command, shown: Mapping[str, Any]) -> str:
    """What to paste into a shell. What no flag can give comes from a settings file on standard
    input, which stands in it.

    Args:
        shown: what was given, as plain data of the types it has; secrets masked.
    """
    words = ["perfbench"] if command == "perf" else [f"perfbench {command}"]
    rest: dict[str, Any] = {}
    model = model_of(command)
    for key, value in shown.items():
        info = model.model_fields.get(key)
        facts = facts_of(info) if info is not None else None
        # A parser takes two dashes for the end of the options, wherever they stand.
        if info is None or facts is None or value in (None, [], {}) or _DASHES in _texts(value):
            rest[key] = value
        elif SecretStr in (kinds := plain_types(info.annotation)) and dict not in kinds:
            words += [flag_of(model, key), f'"${_key_variable(command, key, facts, shown)}"']
        elif isinstance(value, bool):
            flag = flag_of(model, key)
            words.append(flag if value else "--no-" + flag.removeprefix("--"))
        else:
            words += _flagged(flag_of(model, key), _texts(_named(value, key)))
    return " ".join(words) + (_file_behind(rest) if rest else "")


def settings_file(command: Command, shown: Mapping[str, Any]) -> str:
    """The same as a YAML settings file. A key that is read from a variable too is left to it."""
    import yaml

    model, notes = model_of(command), []
    left = dict(shown)
    for key in shown:
        info = model.model_fields.get(key)
        facts = facts_of(info) if info is not None else None
        if info is None or facts is None or shown[key] != MASK:
            continue
        if plain_types(info.annotation) == [SecretStr]:
            variable = _key_variable(command, key, facts, shown)
            notes.append(f"# {key}: read from {variable}")
            del left[key]
    if MASK in json.dumps(left):
        notes.append(f"# {MASK} stands for a secret")
    text = yaml.dump(left, Dumper=yaml.SafeDumper, **_STYLE) if left else "{}\n"
    return "".join(f"{note}\n" for note in notes) + text


def _key_variable(command: Command, key: str, facts: Facts, shown: Mapping[str, Any]) -> str:
    """The variable that is read for a key where nothing else gives it."""
    read = facts.variable_for(shown.get("api"))
    return str(read or variable_of(model_of(command), key) or key.upper())


def _named(value: Any, name: str) -> Any:
    """A value with marked variables in place of what is masked."""
    if isinstance(value, str):
        variable = re.sub(r"\W", "_", name, flags=re.ASCII).upper() + "_SECRET"
        first, *others = value.split(MASK)
        marks = [variable, *(f"{variable}_{n}" for n in range(2, len(others) + 1))]
        pairs = zip(marks, others, strict=False)
        return first + "".join(f"\ue000{mark}\ue001{other}" for mark, other in pairs)
    if isinstance(value, Mapping):
        return {key: _named(each, f"{name}_{key}") for key, each in value.items()}
    if isinstance(value, list):
        several = len(value) > 1
        return [_named(each, f"{name}_{n}" if several else name) for n, each in enumerate(value, 1)]
    return value


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [item if isinstance(item, str) else json.dumps(item) for item in value]
    return [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)]


def _flagged(flag: str, texts: list[str]) -> list[str]:
    """A flag with its values. One that begins with a dash could be taken for a flag itself."""
    quoted = [_MARK.sub(r"""'"$\1"'""", shlex.quote(text)) for text in texts]
    if any(text.startswith("-") for text in texts):
        return [f"{flag}={text}" for text in quoted]
    return [flag, *quoted]


def _file_behind(rest: Mapping[str, Any]) -> str:
    """A settings file as the standard input of what stands before."""
    import yaml

    left = {key: _named(value, key) for key, value in rest.items()}
    text = yaml.dump(left, Dumper=_quoting(), **_STYLE)
    escaped = re.sub(r"([\\$`])", r"\\\1", text)
    return " --config - <<YAML\n" + _MARK.sub(r"$\1", escaped) + "YAML"


def _quoting() -> Any:
    """A writer of YAML that quotes where a variable will stand: what is in it may be anything."""
    import yaml

    class Quoting(yaml.SafeDumper):
        pass

    def text(dumper: Any, value: str) -> Any:
        style = '"' if _MARK.search(value) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Quoting.add_representer(str, text)
    return Quoting
