"""What an evaluation leaves, while it comes about and when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

from perfbench.errors import PerfbenchError
from perfbench.evaluation.grading import SubtaskScores
from perfbench.store import Run
from perfbench.types import Subtask, Summary


@dataclass(slots=True)
class EvalRun:
    """What an evaluation leaves. ``run`` is open: the caller closes it."""

    run: Run
    subtasks: list[Subtask]
    scores: list[SubtaskScores] = field(default_factory=list)
    performance: dict[str, list[Summary]] = field(default_factory=dict)
    """By subtask: the load figures of each time it asked."""
    failures: dict[str, PerfbenchError] = field(default_factory=dict)
    """By subtask: why it could not ask all, or has no scores."""
    absent: set[str] = field(default_factory=set)
    """Names of the subtasks that failed for want of data: nothing is known of them but the name."""
    interrupted: bool = False

    @property
    def missing(self) -> list[Subtask]:
        """The subtasks whose data set is not there, in order."""
        return [each for each in self.subtasks if each.name in self.absent]

    def shown(self, error: PerfbenchError) -> PerfbenchError:
        """The error without secrets, as displays and files may have it."""
        error.args = tuple(self.run.scrub(arg) for arg in error.args)
        return error

    def put(self, subtask: Subtask) -> None:
        """What is now known of a subtask, in its place; or a new one."""
        names = [each.name for each in self.subtasks]
        if subtask.name in names:
            self.subtasks[names.index(subtask.name)] = subtask
        else:
            self.subtasks.append(subtask)
