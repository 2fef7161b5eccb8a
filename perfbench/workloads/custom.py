"""The ``custom`` workload: a Python class of the user's, named by its file.

``--dataset custom --dataset-path FILE.py[:CLASS]``. The class has a method ``samples(point)`` that
yields ``perfbench.types.Sample`` objects; its constructor is given ``config`` and ``tokenizer``, as
far as it has parameters of these names. The user's own errors are told with the file and line that
raised them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from perfbench import userclass
from perfbench.config import PerfConfig
from perfbench.errors import PerfbenchError, WorkloadError
from perfbench.types import Point, Sample
from perfbench.workloads.prompts import required_path
from perfbench.workloads.tokenizer import Tokenizer

_EXAMPLE = "class Mine: def samples(self, point): yield Sample('1', 'text')"


class CustomWorkload:
    """Runs the user's object and holds it to what the rest of perfbench relies on."""

    def __init__(self, user: Any, file: Path) -> None:
        self._user = user
        self._file = file

    @property
    def notes(self) -> list[str]:
        """The ``notes`` of the user's object, if it has any."""
        return [str(note) for note in getattr(self._user, "notes", ())]

    @property
    def conversations(self) -> bool:
        """Whether the user's samples open conversations (their ``later``)."""
        return bool(getattr(self._user, "conversations", False))

    def samples(self, point: Point) -> Iterator[Sample]:
        """What the user's ``samples`` yields.

        Raises:
            WorkloadError: it raised an error, or yielded something that is not a Sample.
        """
        try:
            for place, sample in enumerate(self._user.samples(point), 1):
                if not isinstance(sample, Sample):
                    raise WorkloadError(
                        f"{self._file}: item {place} of samples() is of type "
                        f"{type(sample).__name__}; it yields perfbench.types.Sample objects"
                    )
                yield sample
        except PerfbenchError:
            raise
        except Exception as error:
            raise _told(error, self._file) from error


def load(config: PerfConfig, tokenizer: Tokenizer | None) -> CustomWorkload:
    """Open the class that ``--dataset-path`` names.

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: the file or the class is missing, or fails.
    """
    named = str(required_path(config, "FILE.py or FILE.py:CLASS"))
    path, _, class_name = named.rpartition(":") if not named.endswith(".py") else (named, "", "")
    file = Path(path or named).expanduser()
    if file.suffix != ".py" or not file.is_file():
        raise WorkloadError(f"no Python file {file}; --dataset-path is FILE.py or FILE.py:CLASS")
    try:
        found = _find_class(userclass.run(file), class_name, file)
        return CustomWorkload(found(**_arguments(found, config, tokenizer, file)), file)
    except PerfbenchError:
        raise
    except Exception as error:
        raise _told(error, file) from error


def _find_class(module: ModuleType, name: str, file: Path) -> type:
    if name:
        found = getattr(module, name, None)
        if not isinstance(found, type) or not hasattr(found, "samples"):
            raise WorkloadError(f"{file} has no class {name} with a method samples(point)")
        return found
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and hasattr(value, "samples")
    ]
    if len(own) == 1:
        return own[0]
    if not own:
        raise WorkloadError(f"{file} has no class with a method samples(point): {_EXAMPLE}")
    names = ", ".join(value.__name__ for value in own)
    raise WorkloadError(f"{file} has several workloads ({names}); choose one with {file}:CLASS")


def _arguments(
    found: type, config: PerfConfig, tokenizer: Tokenizer | None, file: Path
) -> dict[str, Any]:
    parameters = inspect.signature(found).parameters.values()
    given = {"config": config, "tokenizer": tokenizer}
    takes_all = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    optional = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    for parameter in parameters:
        required = parameter.default is parameter.empty and parameter.kind not in optional
        if required and parameter.name not in given:
            raise WorkloadError(
                f"{file}: {found.__name__} needs {parameter.name!r}, but workloads are given "
                "config and tokenizer only"
            )
    names = {parameter.name for parameter in parameters}
    return given if takes_all else {key: given[key] for key in given if key in names}


def _told(error: Exception, file: Path) -> WorkloadError:
    return WorkloadError(userclass.told(error, file))
