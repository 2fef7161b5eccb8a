"""What evaluations show and leave: the board, logs, tables, files, the report, comparisons."""

from __future__ import annotations

from perfbench.reports.evaluation.comparison import print_comparison
from perfbench.reports.evaluation.console import print_evaluation
from perfbench.reports.evaluation.display import eval_display
from perfbench.reports.evaluation.files import json_of, write_outputs

__all__ = [
    "eval_display",
    "json_of",
    "print_comparison",
    "print_evaluation",
    "write_outputs",
]
