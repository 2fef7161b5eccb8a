"""What ``perfbench eval --search`` and ``--dry-run`` print: what there is, what would be asked.

Lines are never cut or wrapped, so that paths can be copied and prompts read as they are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from perfbench import registry
from perfbench.config import public
from perfbench.config.evaluation import EvalConfig
from perfbench.config.secrets import masked
from perfbench.evaluation.plan import catalogue
from perfbench.evaluation.plan.catalogue import Listing
from perfbench.evaluation.plan.models import UNKNOWN
from perfbench.evaluation.plan.overrides import places_of
from perfbench.evaluation.plan.questions import Questions
from perfbench.foreign import Screen

_HEAD = ("Task Type", "Task Name", "Defined in")


def print_search(config: EvalConfig, names: Sequence[str], file: Path | None, out: Screen) -> None:
    """Print where data sets and named models are defined, then the settings of each.

    Args:
        names: what to look for, beside the data sets and models of ``config``; all if none.
        file: the settings file, where models are defined.

    Raises:
        ConfigError: nothing is called that.
    """
    wanted = [name for name in names if name not in config.model_configs]
    models = [*config.models, *(name for name in names if name in config.model_configs)]
    everything = not (names or config.datasets or config.models)
    listings = [
        _model_listing(name, config, file)
        for name in (config.model_configs if everything else dict.fromkeys(models))
    ]
    if everything or wanted or config.datasets:
        places = places_of(config)
        listings += catalogue.search(list(dict.fromkeys([*config.datasets, *wanted])), places)
    _print_table([_HEAD, *((each.task_type, each.name, each.defined_in) for each in listings)], out)
    for each in listings:
        print(f"\n{each.name}", file=out)
        for name, value in each.settings.items():
            print(f"  {name:<12} {value}", file=out)


def _model_listing(name: str, config: EvalConfig, file: Path | None) -> Listing:
    model = config.model_configs[name]
    shown = public(model)
    settings = {key: str(shown[key]) for key in shown if key in model.model_fields_set}
    return Listing("--models", name, str(file.resolve()) if file else "–", settings)


def _print_table(rows: Sequence[Sequence[str]], out: Screen) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    bars = ["─" * (width + 2) for width in widths]
    lines = [
        "│".join(["", *(f" {cell:<{width}} " for cell, width in zip(row, widths, strict=True)), ""])
        for row in rows
    ]
    print(f"┌{'┬'.join(bars)}┐", file=out)
    print(lines[0], file=out)
    print(f"├{'┼'.join(bars)}┤", file=out)
    for line in lines[1:]:
        print(line, file=out)
    print(f"└{'┴'.join(bars)}┘", file=out)


def print_plan(planned: Sequence[Questions], out: Screen) -> None:
    """Print what each subtask would ask: how much, how, and its first request as it would be sent.

    The model shows as unknown where the settings do not name it.
    """
    subtasks = [each.subtask for each in planned]
    for note in dict.fromkeys(note for subtask in subtasks for note in subtask.notes):
        print(note, file=out)
    requests = 0
    for each in planned:
        requests += len(each.asked) * each.subtask.repeats
        _print_questions(each, out)
    print(
        f"\n{len(subtasks)} subtask{'s' * (len(subtasks) != 1)}, "
        f"{requests} request{'s' * (requests != 1)}: a dry run, nothing was sent",
        file=out,
    )


def _print_questions(questions: Questions, out: Screen) -> None:
    subtask, asked = questions.subtask, questions.asked
    if questions.absent is not None:
        print(f"\n{subtask.name}\n  cannot be asked: {questions.absent}", file=out)
        return
    facts = {
        "version": subtask.version,
        "service": "built-in simulator" if subtask.simulated else subtask.url or UNKNOWN,
        "model": subtask.served_model,
        "samples": str(subtask.samples),
        "requests": f"{len(asked) * subtask.repeats} ({subtask.repeats} of each sample), "
        f"{subtask.parallel} at a time",
        "prompt": subtask.prompt,
        "extractor": subtask.extractor,
        "scorer": f"{subtask.scorer} ({subtask.metric})",
        "sent with": subtask.sent(),
    }
    print(f"\n{subtask.name}", file=out)
    for name, value in facts.items():
        print(f"  {name:<10} {value}", file=out)
    for subset, count in Counter(question.subset for question in asked).items():
        print(f"  subset     {subset}: {count}", file=out)
    if asked:
        endpoint = registry.resolve(registry.ENDPOINTS, subtask.api)(subtask.generation)
        body = masked(json.loads(endpoint.build(asked[0].sample)))
        print("  first request:", file=out)
        print(json.dumps(body, ensure_ascii=False, indent=2), file=out)
