"""What a built package says of the project: its URLs, README's links, what an sdist holds."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = "https://git.example.org/load/perfbench"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files that a package is built from, as small as they can be, and a git of their own."""
    folder = tmp_path / "project"
    (folder / "perfbench").mkdir(parents=True)
    (folder / "datasets").mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / "perfbench" / "__init__.py").write_text('__version__ = "1.0"\n')
    (folder / "datasets" / "a.txt").write_text("a")
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def _built(project: Path, kind: str, **variables: str) -> Path:
    """The package of a kind, ``wheel`` or ``sdist``, made as pip makes it."""
    environment = {k: v for k, v in os.environ.items() if k != "PERFBENCH_PROJECT_URL"} | variables
    code = f"import hatchling.build as b; print(b.build_{kind}('dist'))"
    made = subprocess.run(
        [sys.executable, "-c", code], cwd=project, env=environment, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    return project / "dist" / made.stdout.split()[-1]


def _metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def _relative_links(message: Message) -> list[str]:
    return re.findall(r"\]\((?!https?://|#)([^)]+)\)", str(message.get_payload()))


@pytest.mark.parametrize(
    "origin",
    [
        "https://git.example.org/load/perfbench.git",
        "https://someone:sekret@git.example.org/load/perfbench.git",
        "git@git.example.org:load/perfbench.git",
        "ssh://git@git.example.org:2222/load/perfbench",
    ],
)
def test_origin_gives_urls_and_absolute_links(project: Path, origin: str) -> None:
    subprocess.run(["git", "-C", project, "remote", "add", "origin", origin], check=True)
    found = _metadata(_built(project, "wheel"))
    urls = dict(each.split(", ") for each in found.get_all("Project-URL") or [])
    assert urls["Source"] == ADDRESS
    assert {"Homepage", "Documentation", "Changelog", "Issues"} <= {*urls}
    assert f"]({ADDRESS}/blob/HEAD/docs/cli.md)" in str(found.get_payload())
    assert not _relative_links(found)
    assert "sekret" not in str(found)


@pytest.mark.parametrize("origin", ["/srv/git/perfbench", "file:///srv/git/perfbench.git", ""])
def test_no_address_is_invented(project: Path, origin: str) -> None:
    if origin:
        subprocess.run(["git", "-C", project, "remote", "add", "origin", origin], check=True)
    found = _metadata(_built(project, "wheel"))
    assert found.get_all("Project-URL") is None
    assert "docs/cli.md" in _relative_links(found)


def test_source_distribution_keeps_the_address(project: Path, tmp_path: Path) -> None:
    made = _built(project, "sdist", PERFBENCH_PROJECT_URL=ADDRESS)
    with tarfile.open(made) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path, filter="data")
    assert not [each for each in names if "/.ci" in each or "/results" in each]
    found = _metadata(_built(tmp_path / made.name.removesuffix(".tar.gz"), "wheel"))
    assert f"Source, {ADDRESS}" in (found.get_all("Project-URL") or [])
    assert not _relative_links(found)
