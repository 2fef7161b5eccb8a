"""A class of the user's in a Python file of theirs, named ``FILE.py`` or ``FILE.py:CLASS``.

Owns how the file is run, how the class is found in it, and how the user's own errors are told: in
one line, with the file and the line that raised them. Knows no part that such a class may be.
"""

from __future__ import annotations

import functools
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from perfbench.errors import ConfigError, PerfbenchError


def is_file(named: str) -> bool:
    """Whether a name is that of a Python file, or of a class in one."""
    return taken_apart(named)[0].suffix == ".py"


ERRORS = (Exception, SystemExit)
"""What goes wrong in a file of the user's; that it ends the program is for nobody but us."""


def file_of(named: str) -> Path:
    """The file of a class.

    Raises:
        ConfigError: there is no such file.
    """
    file = taken_apart(named)[0]
    if not file.is_file():
        raise ConfigError(f"no Python file {file}; it is named as FILE.py or FILE.py:CLASS")
    return file


@dataclass(frozen=True, slots=True)
class Needs:
    """The methods that a class must have."""

    held: Mapping[str, type] = field(default_factory=dict)
    """With what they return: every error of them, as of the constructor, and everything else that
    they return comes out as a ``ConfigError`` of one line."""
    reading: Mapping[str, str] = field(default_factory=dict)
    """The same of methods that read what a service sends, by the name of what they return; that it
    is no JSON or no text is the service's, and comes as it is."""
    free: Sequence[str] = ()
    """Those whose errors are whoever's calls them."""


def load(named: str, needs: Needs) -> Any:
    """The class; without a name it is the only one in the file that has all methods it needs.

    Raises:
        ConfigError: the file or the class is missing, or the file fails.
    """
    file, class_name = file_of(named), taken_apart(named)[1]
    try:
        module = run(file)
    except PerfbenchError:
        raise
    except ERRORS as error:
        raise ConfigError(told(error, file)) from error
    found = _find(module, class_name, file, (*needs.held, *needs.reading, *needs.free))
    own: dict[str, Any] = {"__init__": _held(getattr(found, "__init__"), file)}  # noqa: B009
    for name, kind in needs.held.items():
        own[name] = _as_it_was(found, name, _held(getattr(found, name), file, kind))
    for name, returned in needs.reading.items():
        own[name] = _as_it_was(found, name, _read(getattr(found, name), file, returned))
    own["name"] = getattr(found, "name", found.__name__)
    return type(found.__name__, (found,), own)


def run(file: Path) -> ModuleType:
    """The module that a file is, run anew."""
    name = f"perfbench_custom_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Registered while it runs, as dataclasses and pickle look classes up by their module.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def told(error: BaseException, file: Path) -> str:
    """The user's error in one line, with the deepest line of their file that it went through."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).resolve() == file.resolve():
            line = frame.lineno
    where = str(file) if line is None else f"{file}:{line}"
    words = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
    return f"{where}: {type(error).__name__}: {words}"


def taken_apart(named: str) -> tuple[Path, str]:
    """The file, and the name in it; empty if there is none."""
    path, _, class_name = (named, "", "") if named.endswith(".py") else named.rpartition(":")
    return Path(path or named).expanduser(), class_name


def _find(module: ModuleType, name: str, file: Path, methods: Sequence[str]) -> type:
    wanted = ", ".join(methods)
    if name:
        found = getattr(module, name, None)
        if not isinstance(found, type) or not _has(found, methods):
            raise ConfigError(f"{file} has no class {name} with the methods {wanted}")
        return found
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and _has(value, methods)
    ]
    if not own:
        raise ConfigError(f"{file} has no class with the methods {wanted}")
    if len(own) > 1:
        names = ", ".join(value.__name__ for value in own)
        raise ConfigError(f"{file} has several such classes ({names}); choose one: {file}:CLASS")
    return own[0]


def _has(found: type, methods: Sequence[str]) -> bool:
    # Not getattr, which finds that every class can be called.
    own = {name: value for base in reversed(found.__mro__) for name, value in vars(base).items()}
    return all(name in own and callable(getattr(found, name)) for name in methods)


def _as_it_was(found: type, name: str, method: Callable[..., Any]) -> Any:
    """A method in the place of one of a class: what was no function of an instance is none."""
    takes_self = inspect.isfunction(inspect.getattr_static(found, name))
    return method if takes_self else staticmethod(method)


def _held(method: Callable[..., Any], file: Path, kind: type | None = None) -> Callable[..., Any]:
    @functools.wraps(method)
    def held(*args: Any, **named: Any) -> Any:
        try:
            found = method(*args, **named)
        except PerfbenchError:
            raise
        except ERRORS as error:
            raise ConfigError(told(error, file)) from error
        if kind is not None and not isinstance(found, kind):
            raise ConfigError(_returned(method, file, found, kind.__name__))
        return found

    return held


def _read(method: Callable[..., Any], file: Path, kind: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def read(*args: Any, **named: Any) -> Any:
        try:
            found = method(*args, **named)
        except PerfbenchError:
            raise
        except ERRORS as error:
            if _is_of_input(error):
                raise
            raise ConfigError(told(error, file)) from error
        if kind not in (base.__name__ for base in type(found).__mro__):
            raise ConfigError(_returned(method, file, found, kind))
        return found

    return read


def _is_of_input(error: BaseException) -> bool:
    """Whether a text or a JSON document was none, by whichever library it was read."""
    library = type(error).__module__.partition(".")[0]
    return isinstance(error, UnicodeDecodeError) or library in ("json", "msgspec", "orjson")


def _returned(method: Callable[..., Any], file: Path, found: Any, kind: str) -> str:
    name = getattr(method, "__name__", "the method")
    return f"{file}: {name} returned {type(found).__name__}, not {kind}"
