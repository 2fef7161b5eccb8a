"""Chats with images: generated ones, those of a folder, and the data sets that have them.

Images are sent in the request, as ``data:`` URLs. What an image costs in tokens only the service
knows: prompts with images are of unknown length, and the length asked for is that of their text.
"""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from perfbench.config import PerfConfig
from perfbench.config.media import size_of
from perfbench.errors import WorkloadError
from perfbench.rows import LocalFiles, archived, tables
from perfbench.types import Point, Sample
from perfbench.workloads import media
from perfbench.workloads.drawing import InputLengths
from perfbench.workloads.generator import PromptGenerator
from perfbench.workloads.hub import Named
from perfbench.workloads.prompts import check_text, required_path
from perfbench.workloads.tokenizer import Tokenizer

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
_ASK = "Describe the image"


class RandomVL:
    """Generated text with generated images, no two alike.

    Raises:
        ConfigError, WorkloadError: as ``random``.
    """

    ignores = frozenset({"dataset_path"})
    uses = frozenset({"images", "image_size"})

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        of_content = config.model_copy(update={"length_of": "content"})
        self._generator = PromptGenerator("random-vl", of_content, tokenizer)
        self._lengths = InputLengths(config, self._generator.least)
        self._images = config.images
        self._size = size_of(config.image_size)

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        return [*self._lengths.notes, *self._generator.notes, _UNKNOWN]

    def samples(self, point: Point) -> Iterator[Sample]:
        """Chats of the point, none of which occurs in another point."""
        chance = random.Random(f"{point.seed}/{point.index}/images")
        for sample in self._generator.samples(point, self._lengths.of(point)):
            images = [media.png(chance, *self._size) for _ in range(self._images)]
            yield _asked(sample.id, str(sample.input), images)


_UNKNOWN = "what an image costs in tokens only the service knows: input lengths are its own"


class Images:
    """A question about the images of ``--dataset-path``: a folder or a tar file of them, or a file
    whose rows have an image and a text.

    Raises:
        ConfigError: there is no ``--dataset-path``.
        WorkloadError: it has no images, or one cannot be read.
    """

    ignores = frozenset(
        {
            *("prefix_length", "prefixes", "prefix_choice", "input_lengths"),
            *("min_prompt_length", "max_prompt_length"),
        }
    )
    uses = frozenset({"images", "prompt_column"})
    named: ClassVar[Named | None] = None
    """Where the data set lies if no path is given."""
    column: ClassVar[str | None] = None
    """Column of the text."""

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        self._column = config.prompt_column or self.column
        self._pictures = list(self._found(config))
        if not self._pictures:
            raise WorkloadError(
                f"{config.dataset_path or self.named}: no images in it ({', '.join(_SUFFIXES)}, "
                "tar files of them, or rows with an image)"
            )
        self._count = config.images

    @property
    def distinct(self) -> int:
        """How many requests there are before they start over."""
        return -(-len(self._pictures) // self._count)

    @property
    def notes(self) -> list[str]:
        """What the user should know."""
        return [_UNKNOWN]

    def samples(self, point: Point) -> Iterator[Sample]:
        """Every image once, in an order drawn from the seed, as many in a request as asked for.

        Raises:
            WorkloadError: one cannot be read.
        """
        order = list(self._pictures)
        random.Random(f"{point.seed}/0/order").shuffle(order)
        start = point.first_prompt * self._count % len(order)
        turn = islice(cycle(order), start, start + self.distinct * self._count)
        while group := list(islice(turn, self._count)):
            name, text, _ = group[0]
            yield _asked(name, text, [self._read(name, read) for name, _, read in group])

    def _read(self, name: str, read: Callable[[], bytes]) -> bytes:
        data = read()
        try:
            media.kind_of(data)
        except ValueError as error:
            raise WorkloadError(f"{name}: {error}") from None
        return data

    def _found(self, config: PerfConfig) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
        """Name, text and contents of every image."""
        if config.dataset_path is None and self.named is not None:
            try:
                repository: Any = self.named.repo()
                yield from self._of_files(repository, self.named.split)
            except WorkloadError as error:
                raise WorkloadError(f"{error}; --dataset-path names a copy of its files") from None
            return
        path = required_path(config, "a folder of images, or a file of rows with them").expanduser()
        if path.is_dir():
            yield from self._of_files(LocalFiles(path), None)
        else:
            yield from self._of_files(_Single(path), None)

    def _of_files(
        self, files: Any, split: str | None
    ) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
        names = list(files.names())
        if split is not None:
            names = [name for name in names if split in name.replace("-", "/").split("/")]
        rows = [name for name in names if tables.form_of(name) is not None]
        if rows:
            for name in rows:
                yield from self._of_rows(files, name)
            return
        for name in names:
            if name.lower().endswith(_SUFFIXES):
                yield name, _ASK, lambda name=name: files.read(name)[1]  # type: ignore[misc]
            elif name.endswith(".tar"):
                for member, data in archived(*files.read(name)):
                    if member.lower().endswith(_SUFFIXES):
                        yield member, _ASK, lambda data=data: data  # type: ignore[misc]

    def _of_rows(self, files: Any, name: str) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
        folder = PurePosixPath(name).parent
        for place, row in tables.read(*files.read(name)):
            try:
                if not isinstance(row, dict):
                    raise ValueError("a row has its fields by name")
                image = _image_of(row)
                text = check_text(self._column, row.get(self._column)) if self._column else _ASK
            except ValueError as error:
                raise WorkloadError(f"{place}: {error}") from None
            if isinstance(image, bytes):
                yield place.short, text, lambda image=image: image  # type: ignore[misc]
            else:
                where = str(folder / image)
                yield place.short, text, lambda where=where: files.read(where)[1]  # type: ignore[misc]


class Flickr8k(Images):
    """Flickr8k: the photographs of its test split, each to be described."""

    named = Named("modelscope", "clip-benchmark/wds_flickr8k", split="test")


class KontextBench(Images):
    """KontextBench: an image and the instruction to it."""

    named = Named("modelscope", "black-forest-labs/kontext-bench", split="test")
    column = "instruction"


class _Single:
    """One file as a folder of it; files that its rows name lie beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def names(self) -> list[str]:
        return [self._path.name]

    def read(self, name: str) -> tuple[str, bytes]:
        return LocalFiles(self._path.parent).read(name)


def _image_of(row: dict[str, Any]) -> bytes | str:
    """The image of a row: its bytes, or the file it is in."""
    for column in ("image", "jpg", "png", "file_name", "image_path"):
        value = row.get(column)
        if isinstance(value, dict) and isinstance(value.get("bytes"), bytes):
            return bytes(value["bytes"])
        if isinstance(value, bytes):
            return value
        if isinstance(value, str) and value:
            if "base64," not in value[:64]:
                return value
            try:
                return base64.b64decode(value.partition("base64,")[2], validate=True)
            except binascii.Error:
                raise ValueError(f'"{column}" is no base64') from None
    raise ValueError('no image in it; a row has "image", "jpg", "png" or "file_name"')


def _asked(name: str, text: str, images: list[bytes]) -> Sample:
    return Sample(name, media.message(text, [media.image_part(image) for image in images]))
