"""``python -m perfbench.simulator``: the child process of ``spawn.Simulator``.

Reads one line of JSON (``Options``) from standard input, writes one line of JSON (``url`` or
``error``) to standard output, and serves until standard input ends: however the parent dies, its
end of the pipe is closed with it.
"""

from __future__ import annotations

import json
import signal
import sys

from perfbench.errors import TargetError
from perfbench.simulator.options import Options
from perfbench.simulator.serve import run


def main() -> int:
    """Serve as told on standard input; the exit status is 0, or 1 if it could not listen."""
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    try:
        run(Options(**json.loads(line)), lambda url: _say(url=url), sys.stdin.fileno())
    except TargetError as error:
        _say(error=str(error))
        return 1
    return 0


def _say(**what: str) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise SystemExit(main())
