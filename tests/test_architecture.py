"""House rules that hold by reading the code: who may import whom, and what importing costs."""

from __future__ import annotations

import ast
import functools
import graphlib
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import warm

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "perfbench"

LAYERS = [
    {
        "types",
        "errors",
        "foreign",
        "chance",
        "children",
        "config",
        "registry",
        "interrupts",
        "outlets",
        "targets",
        "userclass",
        "parts",
    },
    {"rows"},
    {"workloads", "endpoints", "client", "metrics", "simulator", "local", "sandbox"},
    {"driver", "store"},
    {"scrape"},
    {"perf", "evaluation"},
    {"reports"},
    {"api"},
    {"stored"},
    {"server"},
    {"cli", "commands", "options", "__main__"},
]
"""Bottom first. A part imports only parts of lower layers, and those of its own first layer."""

TOGETHER = [LAYERS[0], {"cli", "commands", "options", "__main__"}]
"""Parts of one layer that may know each other."""

ONLY = {
    "perfbench.client.wire": {"perfbench.driver"},
    "perfbench.client.aiohttp": {"perfbench.driver"},
    "sqlite3": {"perfbench.store", "perfbench.server"},
    "matplotlib": {"perfbench.reports"},
    "jinja2": {
        "perfbench.reports",
        "perfbench.server.pages",
        "perfbench.workloads.tokenizer",
        "perfbench.evaluation.judging.rubrics",
    },
    "transformers": {"perfbench.workloads.tokenizer"},
    "wandb": {"perfbench.reports.sinks"},
    "swanlab": {"perfbench.reports.sinks"},
    "mlflow": {"perfbench.reports.sinks"},
    "clearml": {"perfbench.reports.sinks"},
    "tensorboardX": {"perfbench.reports.sinks"},
    "opentelemetry": {"perfbench.reports.sinks"},
    "prometheus_client": {"perfbench.reports.sinks"},
    "aiohttp": {"perfbench.client.aiohttp", "perfbench.server"},
    "argparse": {"perfbench.options"},
    "perfbench.driver": {
        "perfbench.perf",
        "perfbench.evaluation.asking",
        "perfbench.commands.agent",
        "perfbench.scrape",
    },
    "perfbench.scrape": {"perfbench.perf"},
    "pynvml": {"perfbench.scrape.nvml"},
    "ray": {"perfbench.driver.machines.cluster"},
    "math_verify": {"perfbench.evaluation.scorers"},
    "sympy": {"perfbench.evaluation.scorers"},
    "csv": {"perfbench.rows", "perfbench.reports"},
    "gzip": {"perfbench.rows"},
    "huggingface_hub": {"perfbench.rows.hub"},
    "pyarrow": {"perfbench.rows.tables", "perfbench.reports.parquet"},
    "tarfile": {"perfbench.rows"},
    "zipfile": {"perfbench.rows"},
}
"""What only these may import, beside itself."""

EVALUATION: dict[str, set[str]] = {
    "task": set(),
    "fields": set(),
    "figures": {"chance"},
    "extraction": set(),
    "scorers": {"extraction", "cpu_limit"},
    "prompts": {"task", "fields"},
    "tasks": {"rows", "task", "fields", "prompts"},
    "data": {"rows", "task"},
    "verdict": {"task", "extraction", "scorers"},
    "revision": {"registry", "extraction", "verdict"},
    "plan": {
        *("config", "registry", "rows"),
        *("task", "fields", "prompts", "tasks", "revision", "data"),
    },
    "cpu_limit": set(),
    "voting": {"task"},
    "judging": {
        *("config", "registry", "store", "extraction", "plan", "revision", "figures"),
        *("grading", "running", "asking", "turns", "outcome"),
    },
    "grader_child": {"registry", "task", "cpu_limit", "verdict", "voting"},
    "grader": {"registry", "grader_child", "verdict", "voting"},
    "programs": {"sandbox", "tasks", "extraction"},
    "running": {"config", "foreign", "registry", "sandbox", "targets"},
    "grading": {"store", "figures", "grader", "revision", "running", "voting"},
    "telling": {"figures", "asking", "grading"},
    "outcome": {"store", "grading"},
    "turns": {"asking", "telling", "outcome"},
    "scoring": {"store", "asking", "grading", "running", "telling", "outcome", "judging"},
    "judge_check": {
        *("config", "registry", "store", "data", "plan", "revision", "figures", "grading"),
        *("asking", "telling", "reuse", "outcome", "judging", "scoring"),
    },
    "opposed": {"store", "figures", "judging"},
    "retries": set(),
    "demonstration": {"plan"},
    "asking": {
        *("config", "registry", "store", "driver", "simulator", "endpoints"),
        *("plan", "retries", "demonstration"),
    },
    "reuse": {"config", "registry", "store", "plan"},
    "arena": {
        *("config", "registry", "store", "figures", "extraction", "judging", "plan", "revision"),
        *("grader", "asking", "telling", "turns", "outcome", "demonstration"),
    },
    "evaluate": {
        "config",
        "store",
        "plan",
        "asking",
        "running",
        "telling",
        "reuse",
        "demonstration",
        "outcome",
        "turns",
        "scoring",
        "judging",
    },
}
"""What each room of ``evaluation`` may import, beside types and errors: of its own kind, and of the
rooms below. Only ``asking`` knows whom to ask; what comes after it stands on the store alone."""

HEAVY = [
    *(
        "aiohttp",
        "clearml",
        "jinja2",
        "matplotlib",
        "mlflow",
        "numpy",
        "opentelemetry",
        "prometheus_client",
        "ray",
        "swanlab",
        "tensorboardX",
        "transformers",
        "uvloop",
        "wandb",
    ),
    *("langdetect", "math_verify", "pynvml", "pyarrow", "rouge_score", "sacrebleu", "sympy"),
]


NOT_TESTED = {f"perfbench.reports.sinks.{name}": name for name in ("clearml", "mlflow")}
"""Modules of which the extra ``test`` does not install what they import at once."""


@functools.cache
def modules() -> list[str]:
    names = []
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


@functools.cache
def tree(module: str) -> ast.Module:
    return ast.parse(source(module).read_text(encoding="utf-8"))


@functools.cache
def nodes(module: str) -> list[ast.Import | ast.ImportFrom | ast.Call]:
    """All imports and calls of a module."""
    kinds = ast.Import | ast.ImportFrom | ast.Call
    return [node for node in ast.walk(tree(module)) if isinstance(node, kinds)]


@functools.cache
def source(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


@functools.cache
def imports(module: str) -> list[str]:
    """Every module a module names, wherever in the file and for whatever use.

    ``from perfbench.client import wire`` yields both ``perfbench.client`` and
    ``perfbench.client.wire``.
    """
    return [*_named(module)]


def _named(module: str) -> Iterator[str]:
    for node in nodes(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            yield base
            for alias in node.names:
                if source(f"{base}.{alias.name}").exists():
                    yield f"{base}.{alias.name}"
        elif called(node) == "import_module":
            yield from (part.value for part in node.args if isinstance(part, ast.Constant))


def called(node: ast.Call) -> str:
    """The last name of what is called: ``open`` of ``path.open()`` and of ``open(path)``."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func
    return name.id if isinstance(name, ast.Name) else str(name)


def part(module: str) -> str:
    """The top-level part of perfbench that a module belongs to; empty for the package itself."""
    return ".".join(module.split(".")[1:2])


def layer(name: str) -> int:
    return next(level for level, parts in enumerate(LAYERS) if name in parts)


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_every_part_has_a_layer() -> None:
    known = set().union(*LAYERS)
    assert {part(module) for module in modules()} - {""} <= known


def test_imports_point_down() -> None:
    wrong = []
    for module in modules():
        own = part(module)
        for name in imports(module) if own else ():
            if not within(name, "perfbench") or part(name) in ("", own):
                continue
            other = part(name)
            beside = any({own, other} <= group for group in TOGETHER)
            if not beside and layer(other) >= layer(own):
                wrong.append((module, name))
    assert not wrong


def test_rooms_of_evaluation_know_their_place() -> None:
    wrong = []
    for module in modules():
        if not within(module, "perfbench.evaluation") or module == "perfbench.evaluation":
            continue
        room = module.split(".")[2]
        allowed = {"", "types", "errors", room, *EVALUATION[room]}
        for name in imports(module):
            if not within(name, "perfbench") or name == "perfbench.evaluation":
                continue
            inside = within(name, "perfbench.evaluation")
            if (name.split(".")[2] if inside else part(name)) not in allowed:
                wrong.append((module, name))
    assert not wrong


def test_workers_need_no_settings() -> None:
    """A worker process starts without pydantic: what it must know is plain data."""
    child = (
        "import sys, perfbench.driver.worker, perfbench.endpoints.vllm, perfbench.client.wire\n"
        "sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", child], timeout=60).returncode == 0


def test_the_root_package_gives_its_version_only() -> None:
    """Its other names are for users: they lead to the top layers."""
    for module in modules():
        for node in nodes(module):
            if isinstance(node, ast.Import):
                assert "perfbench" not in {alias.name for alias in node.names}, module
            elif isinstance(node, ast.ImportFrom) and node.module == "perfbench":
                names = {alias.name for alias in node.names}
                taken = {name for name in names if not source(f"perfbench.{name}").exists()}
                assert taken <= {"__version__"}, module


def test_no_import_is_relative() -> None:
    for module in modules():
        found = nodes(module)
        assert not any(isinstance(node, ast.ImportFrom) and node.level for node in found)


def test_simulator_knows_only_its_settings() -> None:
    allowed = {"", "simulator", "config", "types", "errors", "children"}
    for module in modules():
        if part(module) == "simulator":
            found = {part(name) for name in imports(module) if within(name, "perfbench")}
            assert found <= allowed, module


@pytest.mark.parametrize("target", ONLY)
def test_only_its_owner_imports(target: str) -> None:
    users = {
        module
        for module in modules()
        if any(within(name, target) for name in imports(module)) and not within(module, target)
    }
    strangers = {user for user in users if not any(within(user, owner) for owner in ONLY[target])}
    assert not strangers


def test_only_rows_opens_data_files() -> None:
    sources_are_hashed = "perfbench.evaluation.revision"
    for module in modules():
        if part(module) in ("workloads", "evaluation") and module != sources_are_hashed:
            calls = {called(node) for node in nodes(module) if isinstance(node, ast.Call)}
            assert not {"open", "read_bytes", "read_file", "fdopen"} & calls, module


def test_pure_layers_open_no_sockets() -> None:
    for module in modules():
        if part(module) in ("endpoints", "metrics", "workloads"):
            assert not {"socket", "asyncio", "http.client"} & set(imports(module)), module


def needed_by(module: str) -> Iterator[str]:
    """Modules of ours that begin to run when ``module`` is imported, after its own packages."""
    body: list[ast.stmt] = [*tree(module).body]
    for node in body:
        if isinstance(node, ast.If | ast.Try) and "TYPE_CHECKING" not in ast.dump(node):
            body += [*node.body, *node.orelse]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                deeper = f"{node.module}.{alias.name}"
                yield deeper if source(deeper).exists() else node.module


def test_every_module_can_be_the_first_that_is_imported() -> None:
    """None is reached again while it still runs, whichever begins: there is no circle, where an
    import leads to the module and to its packages, but not to those the importing one is in, as
    they run already."""
    ours, graph = set(modules()), {}
    for module in ours:
        graph[module] = needed = {name for name in needed_by(module) if name in ours}
        for name in [*needed]:
            steps = name.split(".")
            packages = (".".join(steps[:depth]) for depth in range(1, len(steps)))
            needed |= {each for each in packages if not f"{module}.".startswith(f"{each}.")}
    graphlib.TopologicalSorter(graph).prepare()


def test_every_module_imports() -> None:
    """In the order of their names, and backwards: each time none of them is loaded before."""
    names = sorted(name for name in modules() if not name.endswith("__main__"))
    names = [name for name in names if name not in NOT_TESTED or find_spec(NOT_TESTED[name])]
    child = (
        "import json, sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "names = json.loads(sys.argv[1])\n"
        "for order in (names, names[::-1]):\n"
        "    for name in [name for name in sys.modules if name.split('.')[0] == 'perfbench']:\n"
        "        del sys.modules[name]\n"
        "    for name in order: __import__(name)\n"
    )
    done = warm.run([sys.executable, "-c", child, json.dumps(names)], text=True)
    assert done.returncode == 0, done.stderr


def test_help_imports_nothing_heavy() -> None:
    lines = ["--help", "simulate --help", "eval --help", "compare --help", "--version"]
    child = (
        "import json, sys\n"
        "import perfbench.cli\n"
        "for line in json.loads(sys.argv[1]):\n"
        "    status = perfbench.cli.main(line.split())\n"
        "    print('\\n' + json.dumps([line, status, sorted(sys.modules)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", child, json.dumps(lines)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = [json.loads(each) for each in done.stdout.splitlines() if each.startswith('["')]
    assert [line for line, _, _ in told] == lines
    for line, status, loaded in told:
        assert (status, set(HEAVY) & set(loaded)) == (0, set()), line
