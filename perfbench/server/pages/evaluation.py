"""The overview of an evaluation: scores with their intervals, what was not scored and why, judges.

Scores are shown as per cent; unknown is an en dash.
"""

from __future__ import annotations

from typing import Any

from perfbench.evaluation.outcome import EvalRun
from perfbench.reports import wording
from perfbench.reports.evaluation import judges
from perfbench.reports.evaluation.figures import programs
from perfbench.reports.evaluation.page import (
    by_data_set,
    overview_row,
    service_rows,
    task_parts,
)


def overview(found: EvalRun) -> dict[str, Any]:
    """What the template needs."""
    return {
        "rows": [
            {**overview_row(scores), "task": scores.subtask.name, "programs": programs(scores)}
            for scores in by_data_set(found.scores)
        ],
        "tasks": [
            {
                **task_parts(scores),
                "judges": judges.rows(found, scores),
                "judges_said": [] if scores.panel is None else list(judges.lines(scores.panel)),
            }
            for scores in found.scores
        ],
        "judge_columns": judges.COLUMNS,
        "judge_note": judges.NOTE,
        "failures": {name: str(error) for name, error in found.failures.items()},
        "services": list(service_rows(found.performance)),
        "note_unsupported": f"{wording.UNSUPPORTED} {wording.UNSUPPORTED_NOTE}",
    }
