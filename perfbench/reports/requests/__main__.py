"""``python -m perfbench.reports.requests FOLDER``: reads every column of a run and keeps them.

A process of its own, of the lowest priority: neither the threads of a server nor a load test that
is being measured wait for it. Ends when its standard input does.
"""

from __future__ import annotations

import os
import sys
import threading

from perfbench.errors import PerfbenchError
from perfbench.reports.requests.table import RequestTable


def _end_with_input() -> None:
    os.read(0, 1)
    os._exit(1)


def main() -> int:
    """Read and keep; the exit status."""
    os.nice(19)
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        with RequestTable(sys.argv[1], keep_from=1) as table:
            table.prepare()
    except PerfbenchError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
