"""Images and sound in chats, and the workloads of embeddings and reranking."""

from __future__ import annotations

import base64
import io
import json
import random
import struct
import tarfile
import wave
import zlib
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from workload_points import point

from perfbench.config import PerfConfig, load_config
from perfbench.endpoints.openai_chat import OpenAIChat
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Generation, Sample
from perfbench.workloads import Tokenizer, load_workload, media


def asked(dataset: str, tokenizer: Tokenizer | None = None, n: int = 4, **f: Any) -> list[Sample]:
    workload = load_workload(PerfConfig(dataset=dataset, **f), tokenizer)
    return list(islice(workload.samples(point()), n))


def parts(sample: Sample) -> list[dict[str, Any]]:
    body = json.loads(OpenAIChat(Generation(model="m")).build(sample))
    (message,) = body["messages"]
    found: list[dict[str, Any]] = message["content"]
    return found


def image(part: dict[str, Any]) -> bytes:
    kind, _, data = part["image_url"]["url"].partition(";base64,")
    assert kind.startswith("data:image/")
    return base64.b64decode(data)


def unpacked(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and pixels, read by the PNG specification; checksums are checked."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, chunks = 8, {}
    while at < len(png):
        (size,) = struct.unpack_from(">I", png, at)
        kind, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size)[0] == zlib.crc32(kind + data)
        chunks[kind] = data
        at += 12 + size
    width, height, depth, colour, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, colour, rest) == (8, 2, [0, 0, 0])
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    return width, height, zlib.decompress(chunks[b"IDAT"])


def test_generated_images_are_png_of_their_size() -> None:
    samples = asked("random_vl", images=2, image_size="65x33", input_lengths="7")
    seen = set()
    for sample in samples:
        text, *images = parts(sample)
        assert len(text["text"].split()) == 7
        assert len(images) == 2
        for part in images:
            width, height, pixels = unpacked(image(part))
            assert (width, height) == (65, 33)
            assert len(pixels) == 33 * (1 + 3 * 65)
            seen.add(pixels)
        assert sample.input_tokens is None
    assert len(seen) == 8
    assert asked("random_vl", images=2, image_size="65x33", input_lengths="7") == samples


def test_a_tokenizer_does_not_pretend_to_know_images(bos: Tokenizer) -> None:
    (sample,) = asked("random_vl", bos, 1, image_size="9x9", input_lengths="30")
    assert sample.input_tokens is None
    assert bos.count([parts(sample)[0]["text"]]) == [30]


@pytest.mark.parametrize("size", ["9", "0x5", "axb", "99999x1"])
def test_a_wrong_size_is_one_clear_line(size: str) -> None:
    with pytest.raises(ConfigError, match="--image-size: an image is WIDTHxHEIGHT"):
        load_config({"image_size": size}, environment={})


def test_generated_sound_is_wav_of_its_length() -> None:
    first, second = asked("random_audio", n=2, audio_s=1.5)
    sounds = [base64.b64decode(parts(each)[1]["input_audio"]["data"]) for each in (first, second)]
    assert sounds[0] != sounds[1]
    with wave.open(io.BytesIO(sounds[0])) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        assert file.getnframes() / file.getframerate() == 1.5
        assert any(file.readframes(1000))


@pytest.fixture
def pngs() -> list[bytes]:
    return [media.png(random.Random(n), 8, 8) for n in range(3)]


def test_images_of_a_folder_a_tar_and_rows(tmp_path: Path, pngs: list[bytes]) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    archive = tmp_path / "photos.tar"
    with tarfile.open(archive, "w") as tar:
        for n, data in enumerate(pngs):
            (folder / f"{n}.png").write_bytes(data)
            tar.add(folder / f"{n}.png", f"{n}.png")
    (folder / "note.txt").write_text("no image")
    for dataset, path in (("images", folder), ("flickr8k", archive)):
        samples = asked(dataset, n=3, dataset_path=path)
        assert {image(parts(sample)[1]) for sample in samples} == set(pngs)
        assert parts(samples[0])[0]["text"] == "Describe the image"
    rows = folder / "metadata.jsonl"
    rows.write_text(json.dumps({"file_name": "1.png", "instruction": "Make it blue"}))
    (sample,) = asked("kontext_bench", n=9, dataset_path=rows)
    text, part = parts(sample)
    assert (text["text"], image(part)) == ("Make it blue", pngs[1])
    (pair, last) = asked("images", n=9, dataset_path=archive, images=2)
    assert (len(parts(pair)), len(parts(last))) == (3, 3)


def test_what_is_no_image_is_told(tmp_path: Path) -> None:
    with pytest.raises(WorkloadError, match="no images in it"):
        asked("images", dataset_path=tmp_path)
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(WorkloadError, match=r"a\.png: not an image"):
        asked("images", dataset_path=tmp_path)
    (tmp_path / "rows.jsonl").write_text('{"text": "x"}\n')
    with pytest.raises(WorkloadError, match=r"rows\.jsonl:1: no image in it"):
        asked("images", dataset_path=tmp_path / "rows.jsonl")
    with pytest.raises(ConfigError, match="--images means nothing to --dataset random"):
        asked("random", images=2)


def test_texts_to_embed(tmp_path: Path, bos: Tokenizer) -> None:
    lines = tmp_path / "texts.txt"
    lines.write_text("one\ntwo\nthree\n")
    assert [s.input for s in asked("embedding", dataset_path=lines)] == ["one", "two", "three"]
    rows = tmp_path / "texts.jsonl"
    rows.write_text('{"sentence": "one"}\n{"text": "two"}\n"three"\n')
    batches = asked("embedding_batch", dataset_path=rows, batch_size=2)
    assert [s.input for s in batches] == [{"input": ["one", "two"]}, {"input": ["three"]}]
    rows.write_text('{"title": "one"}\n')
    with pytest.raises(WorkloadError, match=r'texts\.jsonl:1: no text in it; .*"sentence"'):
        asked("embedding", dataset_path=rows)
    fields: dict[str, Any] = {"api": "completions", "input_lengths": "12", "batch_size": 3}
    (batch,) = asked("random_embedding_batch", bos, 1, **fields)
    assert isinstance(batch.input, dict)
    assert bos.count(batch.input["input"]) == [11, 11, 11]  # The server adds BOS to each.
    assert batch.input_tokens == 36


def test_queries_to_rerank(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"query": "q", "passages": ["a", "b"]}\n')
    assert [s.input for s in asked("rerank", dataset_path=rows)] == [
        {"query": "q", "documents": ["a", "b"]}
    ]
    rows.write_text('{"query": "q", "documents": "a"}\n')
    with pytest.raises(WorkloadError, match=r'rows\.jsonl:1: "documents" is a list of texts'):
        asked("rerank", dataset_path=rows)
    for fields, length in (({}, 20), ({"document_lengths": "uniform:min=9,max=9"}, 9)):
        for sample in asked("random_rerank", documents=3, input_lengths="4", **fields):
            assert isinstance(sample.input, dict)
            assert len(sample.input["query"].split()) == 4
            assert [len(text.split()) for text in sample.input["documents"]] == [length] * 3
            assert sample.input_tokens is None
