"""What arenas show and leave: leaderboards, figures as files, a page with every battle."""

from __future__ import annotations

from perfbench.reports.arena.console import print_arena
from perfbench.reports.arena.files import json_of, write_outputs

__all__ = ["json_of", "print_arena", "write_outputs"]
