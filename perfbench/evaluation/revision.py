"""What scoring does, as text: two scores can be compared where it is the same.

Reads the source of extractors, scorers and the verdict, and the versions of the libraries that
scorers lean on. Knows no data set, no model and no store.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

from perfbench import registry
from perfbench.errors import ConfigError
from perfbench.evaluation import verdict
from perfbench.evaluation.extraction import reasoning


def version(deciding: Mapping[str, str]) -> str:
    """Six hex digits of all that decides a score; where they are equal, scores can be compared."""
    text = json.dumps(deciding, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def scoring(extractor: str, scorer: str) -> dict[str, str]:
    """What today's scoring does, by name; a part of what a version is made of.

    Raises:
        ConfigError: there is no such extractor or scorer, or a library it scores with is not
            installed.
    """
    return {
        "extractor": f"{extractor} {revision(registry.EXTRACTORS, extractor)}",
        "scorer": f"{scorer} {revision(_table(scorer), scorer)}",
        "verdict": _hash([Path(verdict.__file__), Path(reasoning.__file__)]),
        "libraries": ", ".join(libraries(scorer)),
    }


def revision(table: Mapping[str, str], name: str) -> str:
    """What an extractor or scorer does, as text: ``REVISION`` of its module, or else a hash of the
    module's source and of its siblings, which it may lean on.

    Raises:
        ConfigError: there is no such part.
    """
    part = registry.resolve(table, name)
    module = importlib.import_module(part.__module__)
    declared = getattr(module, "REVISION", None)
    if declared is not None:
        return str(declared)
    source = Path(inspect.getfile(module))
    within_perfbench = part.__module__.startswith("perfbench.")
    return _hash(sorted(source.parent.glob("*.py")) if within_perfbench else [source])


def libraries(scorer: str) -> list[str]:
    """Name and version of each package in ``LIBRARIES`` of a scorer's module.

    Raises:
        ConfigError: there is no such scorer, or a package is not installed.
    """
    part = registry.resolve(_table(scorer), scorer)
    names = getattr(importlib.import_module(part.__module__), "LIBRARIES", ())
    return [f"{name} {_installed(name, scorer)}" for name in names]


def _table(scorer: str) -> Mapping[str, str]:
    """Where a scorer is: among those that compare, or those that run."""
    runs = scorer in registry.RUNNERS or scorer not in registry.names(registry.SCORERS)
    return registry.RUNNERS if runs else registry.SCORERS


def _installed(package: str, scorer: str) -> str:
    try:
        return _version(package)
    except metadata.PackageNotFoundError:
        hint = registry.installation(package)
        raise ConfigError(f"the scorer {scorer} needs the package {package}{hint}") from None


@cache
def _version(package: str) -> str:
    """The version that is installed, as it was when first asked: what is imported stays, too."""
    return metadata.version(package)


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
