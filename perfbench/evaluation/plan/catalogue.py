"""From the name of a data set to how it is asked: task, variant, prompt, data.

Owns the rule of AISBench names (``<task>_gen_<k>_shot[_cot][_str|_chat_prompt]``), which of them
ask what AISBench asks, and what ``--search`` shows. Knows no model and sends nothing.
"""

from __future__ import annotations

import difflib
import fnmatch
import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from perfbench import registry
from perfbench.errors import ConfigError, WorkloadError
from perfbench.evaluation.data import Found, Places, locate, one_file
from perfbench.evaluation.plan import published
from perfbench.evaluation.plan.published import Published
from perfbench.evaluation.prompts import PromptFunction
from perfbench.evaluation.task import Task, Variant
from perfbench.evaluation.tasks import custom
from perfbench.rows import Place, read_object

ALIASES: Mapping[str, tuple[str, tuple[str, ...], str]] = {
    "math_500": ("math500", (), "EvalScope"),
    "aime24": ("aime2024", (), "EvalScope"),
    "aime25": ("aime2025", (), "EvalScope"),
    "ai2_arc": ("arc", (), "EvalScope"),
    "ARC_e": ("arc", ("ARC-Easy",), "AISBench"),
    "ARC_c": ("arc", ("ARC-Challenge",), "AISBench"),
    "arc_easy": ("arc", ("ARC-Easy",), "lm-evaluation-harness"),
    "arc_challenge": ("arc", ("ARC-Challenge",), "lm-evaluation-harness"),
    "truthful_qa": ("truthfulqa", (), "EvalScope"),
    "commonsenseqa": ("commonsense_qa", (), "OpenCompass"),
    "openai_humaneval": ("humaneval", (), "OpenCompass"),
    "livecodebench": ("live_code_bench", (), "AISBench"),
    "big_code_bench": ("bigcodebench", (), "EvalScope"),
}
"""Names that other tools use: the task, its subsets where not all are meant, and whose it is."""

JUDGED = "_llmjudge"
"""Behind the name of a data set: its answers are judged by a model."""
_KINDS = ("cot_chat_prompt", "chat_prompt", "cot_str", "str")
_RULE = re.compile(r"_(?P<shots>\d+)_?shot(?P<kind>(_cot)?(_chat_prompt|_chat|_str)?)")
_NAMED_LIKE_AISBENCH = re.compile(r"_gen\b|_gen_|_\d+_?shot")
_DATA_SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gz")


@dataclass(frozen=True, slots=True)
class Resolved:
    """A data set as its name asks for it."""

    name: str
    """As the user gave it."""
    abbr: str
    """Short name for reports: the task's, or ``ARC_c`` for part of one, ``demo_`` kept."""
    task: Task
    prompt: PromptFunction
    few_shot_num: int
    subsets: tuple[str, ...]
    """Those to ask; empty = whatever the files are called."""
    kind: str
    """Prompt kind: ``cot_chat_prompt``, ``chat_prompt``, ``cot_str``, ``str`` or a whole name."""
    defined_in: Path
    """Where the task is defined: its source file, or the user's data file."""
    mode: str = "gen"
    shipped_only: bool = False
    path: Path | None = None
    """The user's data file, for data sets of their own."""
    limit: int | None = None
    """Rows wanted by the ``.meta.json`` of the file."""
    shuffle: bool = False
    published: Published | None = None
    """Whose prompt and examples these are, where they are another tool's."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What ``--search`` shows of one name."""

    task_type: str
    name: str
    defined_in: str
    settings: dict[str, str] = field(default_factory=dict)


def find(name: str, meta_path: Path | None = None) -> Resolved:
    """The data set a name or the path of a data file means.

    Args:
        meta_path: ``.meta.json`` of a data file, where it is not ``FILE.meta.json``.

    Raises:
        ConfigError: nothing is called that; says what is near.
        WorkloadError: the file cannot be read or is malformed.
    """
    if is_judged(name):
        return _judged(name)
    if name.endswith(_DATA_SUFFIXES):
        return _custom(name, Path(name).expanduser(), meta_path)
    shipped_only = name.startswith("demo_")
    bare = name.removeprefix("demo_").removesuffix(".py")
    theirs = published.find(bare)
    if theirs is not None:
        return _as_published(name, theirs, shipped_only)
    for base in sorted([*registry.names(registry.TASKS), *ALIASES], key=len, reverse=True):
        if bare == base or bare.startswith(f"{base}_"):
            variant = _variant(base, bare)
            if variant is not None:
                return _resolved(name, base, variant, shipped_only)
    return _by_whole_name(name, bare, shipped_only)


def is_judged(name: str) -> bool:
    """Whether a name says that its answers are judged by a model."""
    return name.removesuffix(".py").endswith(JUDGED)


def _judged(name: str) -> Resolved:
    """The data set whose answers are judged. Where AISBench has a prompt for it that goes without
    saying more, it is meant."""
    bare = name.removesuffix(".py").removesuffix(JUDGED)
    chat = f"{bare}_chat_prompt"
    found = find(chat if published.find(chat.removeprefix("demo_")) is not None else bare)
    notes = tuple(note.replace(found.name, name, 1) for note in found.notes)
    return replace(found, name=name, notes=notes)


def find_data(resolved: Resolved, places: Places) -> Found:
    """Where a data set's rows are.

    Raises:
        WorkloadError, ConfigError: see ``data.locate``.
    """
    if resolved.path is not None:
        return one_file(resolved.path)
    return locate(resolved.task, replace(places, shipped_only=resolved.shipped_only))


def subsets(resolved: Resolved, found: Found, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """The subsets to ask, in the task's order: all that there are files for, or those wanted.

    Raises:
        ConfigError: a wanted subset is none of the task's.
        WorkloadError: there is no file for a wanted subset, or for any.
    """
    folder, task = found.folder, resolved.task
    known = resolved.subsets or folder.subsets(task.split)
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}"
            raise ConfigError(f"{task.name} has no subset {name!r}{hint}")
    if wanted:
        absent = [name for name in wanted if not folder.has(task.split, name)]
        if absent:
            raise WorkloadError(f"{found.where} has no rows for {', '.join(absent)}")
        return tuple(name for name in known if name in wanted)
    asked = known if resolved.subsets != task.subsets else task.asked or known
    present = tuple(name for name in asked if folder.has(task.split, name))
    if not present:
        raise WorkloadError(f"{found.where} has no rows for any of {', '.join(known)}")
    return present


def search(names: Sequence[str], places: Places) -> list[Listing]:
    """Where data sets are defined and how they are asked; ``*`` in a name stands for anything.

    Args:
        names: of data sets; all of them if there are none.

    Raises:
        ConfigError: nothing is called that.
    """
    listed: list[Listing] = []
    for name in names or registry.names(registry.TASKS):
        matching = fnmatch.filter(registry.names(registry.TASKS), name) if "*" in name else [name]
        if not matching:
            raise ConfigError(f"no data set is called {name!r}")
        listed += [_listing(find(found), places) for found in matching]
    return listed


def _listing(resolved: Resolved, places: Places) -> Listing:
    task = resolved.task
    try:
        found = find_data(resolved, places)
        where = f"{found.where} ({found.origin})"
        asked = subsets(resolved, found)
    except WorkloadError as error:
        where, asked = f"not found: {error}", resolved.subsets
    settings = {
        "title": task.title,
        "data": where,
        "split": task.split,
        "subsets": f"{len(asked)}: {', '.join(asked)}" if asked else "–",
        "few-shot": f"{resolved.few_shot_num} ({_shots_from(resolved)})",
        "prompt": prompt_shown(resolved),
        "extractor": task.extractor,
        "scorer": task.scorer,
        "metric": task.metric,
        "hub": task.hub or "–",
        "variants": ", ".join(task.variants) or "–",
        "AISBench's": ", ".join(published.names(_all_names(task))) or "–",
    }
    return Listing("--datasets", resolved.name, str(resolved.defined_in), settings)


def _all_names(task: Task) -> set[str]:
    return {task.name, *(alias for alias, meant in ALIASES.items() if meant[0] == task.name)}


def prompt_shown(resolved: Resolved) -> str:
    """Kind of the prompt, and whose it is where it is another tool's."""
    tool = f" of {resolved.published.tool}" if resolved.published else ""
    return f"{resolved.kind}{tool}"


def _shots_from(resolved: Resolved) -> str:
    task, theirs = resolved.task, resolved.published
    if theirs is not None and theirs.shots and not theirs.shots_at:
        return "written in the prompt"
    if task.examples is not None:
        return "written with the task"
    split = (theirs and theirs.shots_in) or task.few_shot_split
    return f"split {split}" if split else "no examples"


def _as_published(name: str, theirs: Published, shipped_only: bool) -> Resolved:
    variant = Variant(theirs.shots, theirs.prompt)
    resolved = _resolved(name, theirs.task, (theirs.kind, variant), shipped_only)
    examples = " and examples" if theirs.shots else ""
    left_out = f"; questions without {theirs.options} options are left out, as there"
    note = (
        f"{name}: asked with the prompt{examples} of {theirs.tool}; answers are read and scored by "
        f"perfbench{left_out if theirs.options else ''}"
    )
    return replace(resolved, published=theirs, notes=(note,))


def not_comparable(tool: str) -> str:
    """What is to be said where another tool's name does not ask its question."""
    return f"scores are not comparable with those of {tool}"


def _resolved(name: str, base: str, variant: tuple[str, Variant], shipped_only: bool) -> Resolved:
    task_name, restricted, tool = ALIASES.get(base, (base, (), ""))
    task: Task = registry.resolve(registry.TASKS, task_name)
    kind, chosen = variant
    if _NAMED_LIKE_AISBENCH.search(name):
        tool = "AISBench"
    shots = task.few_shot_num if chosen.few_shot_num is None else chosen.few_shot_num
    where = registry.TASKS.get(task_name)
    module = where.partition(":")[0] if where else task.to_sample.__module__
    source = importlib.import_module(module).__file__
    return Resolved(
        name=name,
        abbr=f"{'demo_' if shipped_only else ''}{base if restricted else task_name}",
        task=task,
        prompt=chosen.prompt or task.prompt,
        few_shot_num=shots,
        subsets=restricted or task.subsets,
        kind=kind,
        defined_in=Path(source or module),
        mode=chosen.mode,
        shipped_only=shipped_only,
        notes=(f"{name}: asked with a prompt of perfbench; {not_comparable(tool)}",)
        if tool
        else (),
    )


def _variant(base: str, bare: str) -> tuple[str, Variant] | None:
    """What the rest of a name asks for; ``None`` if it is no variant of this task."""
    task: Task = registry.resolve(registry.TASKS, ALIASES[base][0] if base in ALIASES else base)
    if bare in task.variants and bare not in _KINDS:
        return bare, task.variants[bare]
    rest = bare.removeprefix(base)
    own = next((kind for kind, v in task.variants.items() if v.prompt is task.prompt), "own")
    if rest in ("", "_gen"):
        return own, Variant()
    match = _RULE.fullmatch(rest.removeprefix("_gen"))
    if match is None:
        return None
    kind = own
    if match["kind"]:
        kind = match["kind"].removeprefix("_")
        kind = {"cot": "cot_chat_prompt", "cot_chat": "cot_chat_prompt", "chat": "chat_prompt"}.get(
            kind, kind
        )
        # A task that has one way to ask has it with and without "cot".
        kind = kind if kind in task.variants else kind.removeprefix("cot_")
        if kind not in task.variants:
            return None
        return kind, replace(task.variants[kind], few_shot_num=int(match["shots"]))
    return kind, Variant(int(match["shots"]))


def _by_whole_name(name: str, bare: str, shipped_only: bool) -> Resolved:
    """A name that follows no rule, such as ``math_prm800k_500_0shot_cot_gen``."""
    for task_name in registry.names(registry.TASKS):
        task: Task = registry.resolve(registry.TASKS, task_name)
        if bare in task.variants and bare not in _KINDS:
            return _resolved(name, task_name, (bare, task.variants[bare]), shipped_only)
    known = [*registry.names(registry.TASKS), *ALIASES]
    base = max((each for each in known if bare.startswith(f"{each}_")), key=len, default=None)
    if base is not None:
        raise ConfigError(
            f"{base} has no variant {name!r}; its names are {base} and "
            f"{base}_gen_<k>_shot[_cot][_str|_chat_prompt]"
        )
    near = difflib.get_close_matches(bare, known, n=1) or difflib.get_close_matches(
        bare.partition("_gen")[0], known, n=1
    )
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}"
    raise ConfigError(f"no data set is called {name!r}; {hint} (a file is named by its path)")


def _custom(name: str, path: Path, meta_path: Path | None) -> Resolved:
    beside = path.with_name(f"{path.name}.meta.json")
    file = meta_path or (beside if beside.exists() else None)
    values: dict[str, Any] = {}
    if file is not None:
        values = read_object(file)
    place: Place | Path | None = file
    try:
        meta = custom.parse_meta(values)
        rows = []
        for where, row in one_file(path).folder.placed("test", "default"):
            place = where
            rows.append(custom.standard(row, meta))
        label = meta.abbr or path.name.partition(".")[0]
        task = custom.task(label, rows, meta)
    except ValueError as error:
        raise WorkloadError(f"{place}: {error}") from None
    unused = [key for key in custom.UNUSED if key in values]
    said = (f"{file}: {', '.join(unused)} is for load tests and not used here",) if unused else ()
    return Resolved(
        name=name,
        abbr=label,
        task=task,
        prompt=task.prompt,
        few_shot_num=0,
        subsets=task.subsets,
        kind=next((kind for kind, v in task.variants.items() if v.prompt is task.prompt), "own"),
        defined_in=path.resolve(),
        path=path,
        limit=meta.request_count,
        shuffle=meta.sampling_mode in ("shuffle", "random"),
        notes=said,
    )
