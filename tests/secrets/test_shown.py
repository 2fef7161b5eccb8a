"""Errors and previews of the real command line: no key in them, nothing that acts on a terminal."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import forked
import pytest
from tattling_llm import tattling

from perfbench import cli
from perfbench.commands.command import BAD_INPUT

KEY = "k99.Zq7x_Y104651"
HOSTILE = "\x1b[31m$x$ = \x9b2J\u202e</script><b>|"
ACTING = [mark.encode() for mark in ("\x1b", "\x07", "\r", "\x9b", "\u202e")]


@pytest.mark.parametrize(
    "words",
    [
        ["--url", f"ftp://ann:{KEY}@h"],
        ["--url", f"http://ann:{KEY}@h:bad?x={KEY}"],
        ["--url", f"http://ann:{KEY}"],
        ["--url", f"ann:{KEY}@{'a' * 64}.example"],
        ["--url", f"http://h..x?api-key={KEY}"],
        ["--url", f"http://h/v1/completions?sig={KEY}"],
        ["--url", f"http://127.0.0.1:9?sig={KEY}"],
        ["--url", "http://h", "--headers", f"bad name: {KEY}"],
        ["--url", "http://h", "--api-key", f"{KEY}\n"],
        ["--url", "http://h", "--api-key", f"{KEY}…"],
        ["--api-key", KEY, "--parallel", KEY],
        ["--api-key", KEY, KEY],
        ["--api-key", KEY, "--dataset", f"x{KEY}"],
        ["--extra-args", f'{{"api_key": "{KEY}"'],
        ["--api-key", KEY, "--config", f"/{KEY}.yaml"],
        ["simulate", "--api-key", KEY, "--port", KEY],
        ["simulate", "--api-key", KEY, "--port", "0", "--host", f"{'a' * 64}.{KEY}"],
        ["eval", "--api-key", KEY, "--datasets", f"x{KEY}"],
        ["eval", "--datasets", "gsm8k", "--generation-config", f'{{"api_key": "{KEY}", "n": "x"}}'],
        ["\x1b[31mx"],
        ["--\x1b[31mx\r\n"],
        ["--dataset", "\x1b[31m\u202e"],
        ["eval", "--datasets", "\x1b[31m.jsonl"],
        ["report", "\x1b[31m\n"],
        ["list", "\x1b[31m"],
    ],
)
def test_errors_are_a_line_without_keys_and_controls(
    words: list[str], capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status = cli.main([*words, *(["--outputs-dir", str(tmp_path)] if words[0][:2] == "--" else [])])
    out, err = capfd.readouterr()
    assert (status, out) == (BAD_INPUT, "")
    assert err.count("\n") == 1
    assert KEY not in err
    assert err.rstrip("\n").isprintable()


@pytest.mark.parametrize("proxy", ["http://me:{}@h:bad", "http://me:{}@h..x:1", "socks5://me:{}@h"])
def test_a_wrong_proxy_is_told_without_its_password(
    proxy: str, capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", proxy.format(KEY))
    monkeypatch.delenv("no_proxy", raising=False)
    words = ["--url", "http://h.invalid", "--model", "m", "--transport", "aiohttp"]
    assert cli.main([*words, "--outputs-dir", str(tmp_path)]) == BAD_INPUT
    err = capfd.readouterr().err
    assert "proxy" in err
    assert KEY not in err
    assert err.count("\n") == 1


def test_previews_show_no_key(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    body = {"deep": {"secret": KEY}}
    model = {"url": f"http://u:{KEY}@h?a={KEY}", "model": KEY, "api_key": KEY, "extra_args": body}
    file.write_text(json.dumps({"model_configs": {"a": model}}))
    words = ["eval", "--config", str(file), "--models", "a", "--datasets", "gsm8k"]
    for more in (["--search"], ["--dry-run", "--limit", "1", "--system-prompt", f"{KEY}\x9b2J"]):
        assert cli.main([*words, *more]) == 0
        out, err = capfd.readouterr()
        assert KEY not in out + err
        assert "***" in out
        assert "\x9b" not in out


def run(folder: Path, *words: str) -> tuple[subprocess.CompletedProcess[bytes], Path]:
    done = forked.perfbench([*words, "--outputs-dir", folder / "results"], folder, text=False)
    assert done.returncode == 0, done
    (path,) = (folder / "results").iterdir()
    return done, path


def test_a_hostile_service_acts_nowhere_in_a_load_test(tmp_path: Path) -> None:
    with tattling([HOSTILE]) as host:
        done, path = run(tmp_path, "--url", host, "--model", HOSTILE, "--number", "6")
    exported = tmp_path / "x.csv"
    assert cli.main(["export", str(path), "--out", str(exported)]) == 0
    for text in (done.stdout, done.stderr, (path / "run.log").read_bytes()
                 if (path / "run.log").exists() else b"", exported.read_bytes()):  # fmt: skip
        assert not [mark for mark in ACTING if mark in text]
    with exported.open(newline="") as file:
        assert len(list(csv.reader(file))) == 7
    assert path.name.isprintable()
    assert list((path / "plots").glob("*.png"))
    assert b"</script><b>" not in (path / "report.html").read_bytes()


def test_a_hostile_service_acts_nowhere_in_an_evaluation(tmp_path: Path) -> None:
    data = tmp_path / "=\x1b[31m|.jsonl"
    row = json.dumps({"question": f"{HOSTILE}?", "answer": HOSTILE})
    data.write_text(f"{row}\n" * 4)
    with tattling([HOSTILE]) as host:
        words = ["eval", "--url", host, "--model", HOSTILE, "--datasets", str(data), "--debug"]
        done, path = run(tmp_path, *words)
    texts = {"out": done.stdout, "err": done.stderr}
    for file in path.rglob("*"):
        assert file.name.isprintable()
        if file.suffix in (".out", ".log", ".csv", ".md", ".txt"):
            texts[file.name] = file.read_bytes()
    assert len(texts) > 5
    for name, text in texts.items():
        assert not [mark for mark in ACTING if mark in text], name
    table = next(text for name, text in texts.items() if name.endswith(".csv")).decode()
    assert not [line for line in table.splitlines() if line.startswith("=")]
    assert b"</script><b>" not in (path / "report.html").read_bytes()


def test_a_continued_evaluation_cuts_the_key_of_today(tmp_path: Path) -> None:
    """Also out of what is made of answers that were stored before the key was known."""
    folder = tmp_path / "data/gsm8k"
    folder.mkdir(parents=True)
    rows = [json.dumps({"question": f"What is {n}?", "answer": f"#### {n}"}) for n in range(6)]
    (folder / "test.jsonl").write_text("\n".join(rows))
    own = ["--dataset-dir", str(tmp_path / "data"), "--model", "m", "--limit"]
    with tattling([KEY]) as host:
        base = ["eval", "--url", host, "--datasets", "gsm8k", *own]
        _, path = run(tmp_path, *base, "3", "--api-key", "another-key-1")
        (predictions,) = path.glob("predictions/*/*.jsonl")
        assert KEY.encode() in predictions.read_bytes()
        stored = (path / "run.db").read_bytes().count(KEY.encode())
        _, again = run(tmp_path, *base, "6", "--api-key", KEY, "--reuse", str(path))
    assert again == path
    made = [*path.glob("*/m/gsm8k.json*"), path / "report.html", path / "config.yaml"]
    assert len(made) == 4
    assert [file for file in made if KEY.encode() in file.read_bytes()] == []
    assert (path / "run.db").read_bytes().count(KEY.encode()) == stored
