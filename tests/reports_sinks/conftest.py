"""A finished load test on disk, and a place for what sinks report."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from sample_load_test import Evaluation, LoadTest, point


@pytest.fixture
def load_test(tmp_path: Path) -> LoadTest:
    folder = tmp_path / "20250102_030405_a model"
    (folder / "plots").mkdir(parents=True)
    (folder / "report.html").write_text("<html><body>the report</body></html>")
    (folder / "summary.json").write_text("{}")
    Image.new("RGB", (8, 8), "white").save(folder / "plots" / "latency.png")
    return LoadTest(folder, (point(0, 1), point(1, 10)))


@pytest.fixture
def evaluation(tmp_path: Path) -> Evaluation:
    folder = tmp_path / "20250102_030405_qwen"
    (folder / "summary").mkdir(parents=True)
    (folder / "report.html").write_text("<html><body>the scores</body></html>")
    (folder / "summary" / "summary_1.csv").write_text("dataset,version\n")
    return Evaluation(folder)


@pytest.fixture
def reported() -> list[str]:
    """What sinks told the user: pass its ``append`` as the report."""
    return []
