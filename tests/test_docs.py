"""The documentation is what the code does: generated pages are fresh, examples run."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import typing
from pathlib import Path

import forked
import msgspec
import pytest
import warm
import yaml

from perfbench import cli, registry, types
from perfbench.types import FAILURES, Generation

ROOT = Path(__file__).parent.parent
EXTENDING = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
METRICS = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
EVENTS = (ROOT / "docs" / "events.md").read_text(encoding="utf-8")
COMING_FROM = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
ACCURACY = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
SINKS = (ROOT / "docs" / "sinks.md").read_text(encoding="utf-8")
COMPARING = (ROOT / "docs" / "comparing.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    """Every perfbench command line in the shell blocks of a page, split into words."""
    lines = [
        part.strip()
        for block in blocks(text, "sh")
        for line in block.replace("\\\n", " ").splitlines()
        for part in line.split("&&")
    ]
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[1:] for line in words if line and Path(line[0]).name == "perfbench"]


(MODELS,) = blocks(ACCURACY, "yaml")


def test_cli_page_is_fresh() -> None:
    script = ROOT / "scripts" / "docs"
    program = f"import runpy; runpy.run_path({str(script)!r}, run_name='__main__')"
    done = warm.run([sys.executable, "-c", program, "--check"], text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme_shows_every_common_command() -> None:
    assert len(commands(README)) == 11
    first = {words[0] for words in commands(README)}
    assert first >= {"eval", "compare", "report", "export", "serve", "simulate"}


@pytest.mark.parametrize(
    "words",
    [*commands(README), *commands(ACCURACY), *commands(COMPARING), *commands(SINKS)],
    ids=" ".join,
)
def test_commands_of_the_pages_are_valid(words: list[str]) -> None:
    from perfbench.config import SimulatorConfig, load_config, load_settings
    from perfbench.config.evaluation import EvalConfig

    name, rest = (words[0], words[1:]) if words[0] in cli.COMMANDS else ("perf", words)
    flags = cli.COMMANDS[name].parser().flags(rest)
    if name == "perf":
        load_config(flags, environment={})
    elif name == "simulate":
        SimulatorConfig.model_validate(flags)
    elif name == "eval":
        flags.pop("search", None)
        models = {} if flags.pop("config", None) is None else yaml.safe_load(MODELS)
        load_settings(EvalConfig, {**models, **flags}, environment={})


@pytest.mark.parametrize("snippet", blocks(README, "python")[:2], ids=["load test", "accuracy"])
def test_snippets_of_the_readme_print_figures(snippet: str, tmp_path: Path) -> None:
    """With the simulator in the place of the reader's service."""
    script = re.sub(r"""(url=|"url": )"[^"]+", """, "", snippet)
    assert "url" in snippet  # Of the reader's, or what to do to have it asked.
    script = script.replace("200", "20")
    done = warm.run([sys.executable, "-c", script], cwd=tmp_path, text=True)
    assert done.returncode == 0, done.stderr
    figures = [float(word) for word in done.stdout.split() if re.fullmatch(r"\d+\.\d+", word)]
    assert any(0 < figure < 10_000 for figure in figures), done.stdout


@pytest.mark.parametrize("words", commands(COMING_FROM), ids=" ".join)
def test_pasted_commands_of_the_page_are_understood(words: list[str]) -> None:
    from perfbench.commands.command import TOOL, said
    from perfbench.config import load_config, load_settings
    from perfbench.config.evaluation import EvalConfig

    name, rest, tool = cli._command(words)
    found = said({**cli.COMMANDS[name].parser().flags(rest), TOOL: tool})
    if name == "eval":
        load_settings(EvalConfig, found.settings, None, {}, found.implied)
    else:
        load_config(found.settings, None, {}, found.implied)


def test_there_is_a_pasted_command_of_each_tool() -> None:
    from perfbench.config.alias import TOOLS

    assert len(commands(COMING_FROM)) == len(TOOLS)


@pytest.mark.parametrize(
    "words",
    [words for words in commands(ACCURACY) if {"--dry-run", "--search"} & set(words)],
    ids=" ".join,
)
def test_previews_of_the_accuracy_page_run(words: list[str]) -> None:
    done = perfbench(ROOT, *words)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_links_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_contributing_names_what_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = re.findall(r"`((?:perfbench|tests|scripts|datasets|docs)/[\w./-]*)`", text)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_metrics_page_defines_every_outcome() -> None:
    for outcome in ("ok", *FAILURES):
        assert f"`{outcome}`" in METRICS


def test_metrics_page_defines_every_metric() -> None:
    from perfbench.metrics.definitions import METRICS as defined

    for name in defined:
        assert METRICS.count(f"| `{name}` |") == 1


def test_events_page_is_what_events_are() -> None:
    """Every event with its fields in order, and the fields of what events hold."""
    sections = re.split(r"^## ", EVENTS, flags=re.MULTILINE)[1:]
    found = {
        section.partition("\n")[0]: re.findall(r"^\| `(\w+)` \|(.*)\|$", section, re.MULTILINE)
        for section in sections
    }
    kinds = {kind.__struct_config__.tag: kind for kind in typing.get_args(types.Event)}
    assert {name: [field for field, _ in rows] for name, rows in found.items()} == {
        name: list(kind.__struct_fields__) for name, kind in kinds.items()
    }
    inner = {
        ("run_started", "subtasks"): types.SubtaskFacts.__struct_fields__,
        ("point_started", "point"): list(types.Point.__struct_fields__),
        ("scored", "figures"): types.Average.__struct_fields__,
        ("scored", "parts"): types.Part.__struct_fields__,
        ("scored", "examples"): types.UnscoredAnswer.__struct_fields__,
    }
    for (event, field), names in inner.items():
        assert re.findall(r"`(\w+)`", dict(found[event])[field]) == list(names)
    (example,) = re.findall(r"^\{.*\}$", EVENTS, re.MULTILINE)
    assert msgspec.json.decode(example, type=types.Event) == types.Asked("qwen/gsm8k")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip has put the package that docs/extending.md tells how to write."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("installed")
    _write_examples(source)
    (project,) = blocks(EXTENDING, "toml")
    (source / "pyproject.toml").write_text(project, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--target", str(target)]
    done = subprocess.run(
        [*pip, *offline, str(source)], capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def parts(tmp_path: Path, installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the package installed."""
    _write_examples(tmp_path)
    for module in ("my_parts.py", "my_task.py"):
        (tmp_path / module).unlink()
    monkeypatch.setenv("PYTHONPATH", str(installed))
    return tmp_path


def _write_examples(folder: Path) -> None:
    modules: dict[str, str] = {}
    for block in blocks(EXTENDING, "python"):
        name = block.partition("\n")[0].removeprefix("# ")
        modules[name] = modules.get(name, "") + block
    for name, text in modules.items():
        (folder / name).write_text(text, encoding="utf-8")


def perfbench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.perfbench(arguments, folder, timeout=60)


def test_examples_are_listed(parts: Path) -> None:
    assert "Completions of one prompt" in perfbench(parts, "list", "endpoints").stdout
    assert "Appends one line" in perfbench(parts, "list", "sinks").stdout


def test_examples_run(parts: Path) -> None:
    arguments = "--api plain --dataset custom --dataset-path countries.py --number 6 --parallel 2"
    sink = ["--sinks", "lines", "--sink-args", '{"file": "points.txt"}']
    done = perfbench(parts, *arguments.split(), *sink, "--no-report", "--json")
    assert done.returncode == 0, done.stderr
    (point,) = json.loads(done.stdout)["points"]
    assert (point["completed"], point["failed"]) == (6, 0)
    assert (parts / "points.txt").read_text(encoding="utf-8") == f"{point['name']} 6 0\n"


def test_example_metric_and_a_sink_in_a_file_run(parts: Path, installed: Path) -> None:
    sink = ["--sinks", f"{installed / 'my_parts.py'}:Lines"]
    sink += ["--sink-args", '{"file": "points.txt"}', "--metrics", "patience.py"]
    done = perfbench(parts, "--number", "4", "--no-report", "--json", *sink)
    assert done.returncode == 0, done.stderr
    (point,) = json.loads(done.stdout)["points"]
    assert point["metrics"]["longest_gap_ms"]["max"] == point["metrics"]["itl_ms"]["max"]
    assert (parts / "points.txt").read_text(encoding="utf-8") == f"{point['name']} 4 0\n"


def test_example_workload_and_transport_run(parts: Path) -> None:
    arguments = "--api plain --dataset counting --transport counted --number 3 --parallel 2"
    done = perfbench(parts, *arguments.split(), "--workers", "1", "--no-report", "--json")
    assert done.returncode == 0, done.stderr
    points = json.loads(done.stdout)["points"]
    assert [point["name"][-9:] for point in points] == ["_input_10", "input_100"]
    assert [(point["completed"], point["failed"]) for point in points] == [(3, 0), (3, 0)]
    sent = (parts / "sent.txt").read_text(encoding="utf-8").split()
    assert [int(count) for count in sent] == [1, 3, 3]  # The probe goes the same way.
    listed = perfbench(parts, "list", "transports").stdout
    assert "counted             The built-in client; writes how many" in listed
    for option in ("--transport", "--dataset", "--api", "--sinks"):
        wrong = perfbench(parts, option, "conted")
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert f"{option}: no " in wrong.stderr


def test_example_extractor_and_scorer_judge_a_built_in_task(parts: Path) -> None:
    own = {"demo_gsm8k": {"extractor": "last_line", "scorer": "loosely"}}
    words = ["eval", "--datasets", "demo_gsm8k", "--dataset-args", json.dumps(own)]
    shown = perfbench(parts, *words, "--dry-run").stdout
    assert "extractor  last_line" in shown
    assert "scorer     loosely" in shown
    done = perfbench(parts, *words, "--no-report", "--json")
    assert done.returncode == 0, done.stderr
    own["demo_gsm8k"]["scorer"] = "losely"
    wrong = perfbench(parts, *words[:-1], json.dumps(own))
    assert wrong.returncode == 2
    assert "losely" in wrong.stderr
    assert "did you mean loosely?" in wrong.stderr


def test_example_task_runs(parts: Path) -> None:
    folder = parts / "capitals"
    folder.mkdir()
    countries = {"Peru": "Lima", "Kenya": "Nairobi", "Japan": "Tokyo"}
    rows = [json.dumps({"country": name, "capital": city}) for name, city in countries.items()]
    (folder / "test.jsonl").write_text("\n".join(rows[:2]), encoding="utf-8")
    (folder / "train.jsonl").write_text(rows[2], encoding="utf-8")
    words = "eval --datasets capitals --dataset-dir . --few-shot-num 1"
    shown = perfbench(parts, *words.split(), "--dry-run")
    assert "What is the capital of Japan?" in shown.stdout
    sink = ["--sinks", "lines", "--sink-args", '{"file": "scores.txt"}']
    done = perfbench(parts, *words.split(), *sink, "--no-report", "--json")
    assert done.returncode == 0, done.stderr
    assert (parts / "scores.txt").read_text(encoding="utf-8").startswith("simulated/capitals ")
    (task,) = json.loads(done.stdout)["tasks"]
    counts = task["result"]["overall"]["counts"]
    assert (counts["asked"], counts["request_failed"]) == (2, 0)
    listed = perfbench(parts, "list").stdout
    assert all(name in listed.split() for name in ("capitals", "last_line", "loosely"))


def test_example_extractor_and_scorer(parts: Path) -> None:
    script = (
        "from my_task import last_line, loosely\n"
        "from perfbench.types import Sample\n"
        "peru = Sample(id='1', input='?', target='Lima')\n"
        "assert last_line('It is on the coast.\\n**lima.**', peru).answer == 'lima'\n"
        "assert last_line('', peru).answer is None\n"
        "assert loosely('lima', peru).value == 1\n"
        "assert loosely('Cusco', peru).value == 0\n"
    )
    done = warm.run([sys.executable, "-c", script], cwd=parts, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_api_has_its_row_and_the_template_is_one() -> None:
    page = (ROOT / "docs" / "apis.md").read_text(encoding="utf-8")
    (described,) = map(yaml.safe_load, blocks(page, "yaml"))
    table = page.split("## What is sent")[0].splitlines()
    for where in dict.fromkeys(registry.ENDPOINTS.values()):
        made = registry.load(where, where)(Generation(model="MODEL", template=described))
        (row,) = (row for row in table if row.startswith(f"| `{made.name}` |"))
        assert made.name == "template" or f"`{made.path()}`" in row
