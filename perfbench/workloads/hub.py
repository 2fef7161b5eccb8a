"""Data sets of the Hugging Face and ModelScope hubs: ``hf:OWNER/NAME[@REVISION][:CONFIG][:SPLIT]``.

Owns the choice of the files that make up a configuration and a split, by their names alone. What a
row means is said by ``--prompt-column`` and ``--output-length-column``, or by its usual names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Literal

import msgspec

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError, WorkloadError
from perfbench.rows import DataFile, Placed, tables
from perfbench.rows.hub import HUBS, Repository
from perfbench.workloads.prompts import PromptFile, read_prompts
from perfbench.workloads.tokenizer import Tokenizer

_SHARD = re.compile(r"[-_.]?\d+-of-\d+.*|[-_]\d+$")
_USUAL = ("train", "test", "validation", "default")
"""Splits that are taken where none is named, the first that is there."""
_PLAIN = ("", "data", "default")
"""Folders that say nothing of a configuration."""


class Named(msgspec.Struct, frozen=True):
    """A data set on a hub."""

    hub: Literal["huggingface", "modelscope"]
    repository: str
    config: str | None = None
    split: str | None = None
    revision: str | None = None
    file: str | None = None
    """The one file that is meant, where its name says nothing of a split."""

    def repo(self) -> Repository:
        """The repository; nothing is asked of the hub yet."""
        return HUBS[self.hub](self.repository, self.revision)

    def rows(self) -> Iterator[Placed]:
        """Its rows, file by file.

        Raises:
            WorkloadError: the hub cannot be reached or has no such files, or a row is malformed.
        """
        repository = self.repo()
        for name in [self.file] if self.file else self._chosen(repository.names()):
            try:
                shown, contents = repository.read(name)
            except StopIteration:
                raise WorkloadError(f"{repository.where} has no file {name}") from None
            yield from tables.read(shown, contents)

    def _chosen(self, names: Sequence[str]) -> list[str]:
        try:
            return choose(names, self.config, self.split)
        except ValueError as error:
            raise WorkloadError(f"{self.repo().where}: {error}") from None


def choose(names: Sequence[str], config: str | None, split: str | None) -> list[str]:
    """The files of a configuration and a split, out of all files of a repository.

    ``main/test-00000-of-00001.parquet`` is split ``test`` of configuration ``main``, as are
    ``main/test.jsonl`` and ``main/test/0.parquet``. Where no split is named it is ``train``, else
    ``test`` or ``validation``, or the only one there is.

    Raises:
        ValueError: there is none, or several would fit; the text lists them.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for name in sorted(names):
        if tables.form_of(name) is not None:
            found.setdefault(_place(name, split), []).append(name)
    if not found:
        raise ValueError(f"no data files ({', '.join(tables.SUFFIXES)}, also .gz)")
    configs = dict.fromkeys(name for name, _ in found)
    if config is None:
        config = next((plain for plain in _PLAIN if plain in configs), None)
    if config is None and len(configs) == 1:
        config = next(iter(configs))
    if config not in configs:
        wanted = "several configurations" if config is None else f"no configuration {config!r}"
        raise ValueError(f"{wanted}; there are {', '.join(filter(None, configs))}")
    splits = [name for owner, name in found if owner == config]
    chosen = split or next((usual for usual in _USUAL if usual in splits), None)
    if chosen is None and len(splits) == 1:
        chosen = splits[0]
    if chosen not in splits:
        wanted = "several splits" if chosen is None else f"no split {chosen!r}"
        raise ValueError(f"{wanted}; there are {', '.join(splits)}")
    return found[config, chosen]


def _place(name: str, split: str | None) -> tuple[str, str]:
    """Configuration and split that a file's name tells."""
    path = PurePosixPath(name)
    folders = [part for part in path.parts[:-1] if part not in _PLAIN]
    stem = _SHARD.sub("", path.name.partition(".")[0])
    if folders and folders[-1] in (split, *_USUAL) and stem not in (split, *_USUAL):
        return "/".join(folders[:-1]), folders[-1]
    return "/".join(folders), stem


class _OfHub(PromptFile):
    """The rows of a data set on a hub, in an order drawn from the seed.

    Raises:
        ConfigError: it is not named as it should be.
        WorkloadError: the hub has it not, cannot be reached, or a row is malformed.
    """

    ignores = PromptFile.ignores | {"dataset_path"}
    uses = frozenset({"prompt_column", "output_length_column"})
    hub: Literal["huggingface", "modelscope"]

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        prompts = read_prompts(self._named(config).rows(), config, bodies=False)
        super().__init__(prompts, config, tokenizer, shuffled=True)

    def _named(self, config: PerfConfig) -> Named:
        kind, _, rest = config.dataset.partition(":")
        repository, *more = rest.split(":")
        repository, _, revision = repository.partition("@")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or len(more) > 2:
            raise ConfigError(
                f"--dataset {config.dataset}: a data set of a hub is "
                f"{kind}:OWNER/NAME[@REVISION][:CONFIG][:SPLIT]"
            )
        # With one word more, it is a split: most data sets have one configuration.
        named, split = more if len(more) == 2 else (None, *more, None)[:2]
        return Named(self.hub, repository, named or None, split or None, revision or None)


class HuggingFaceData(_OfHub):
    """A data set of the Hugging Face hub: ``hf:OWNER/NAME[@REVISION][:CONFIG][:SPLIT]``."""

    hub = "huggingface"


class ModelScopeData(_OfHub):
    """A data set of ModelScope: ``modelscope:OWNER/NAME[@REVISION][:CONFIG][:SPLIT]``."""

    hub = "modelscope"


def rows_of(config: PerfConfig, usual: Named) -> Iterator[Placed]:
    """The rows of a data set that is known by name: those of ``--dataset-path``, else the hub's.

    Raises:
        WorkloadError: they cannot be had; says what to do.
    """
    if config.dataset_path is not None:
        yield from DataFile(config.dataset_path).rows()
        return
    try:
        yield from usual.rows()
    except WorkloadError as error:
        raise WorkloadError(f"{error}; --dataset-path names a copy of its file") from None
