"""``perfbench`` and ``python -m perfbench``: quiet under Ctrl-C from the first moment on."""

from __future__ import annotations

import signal


def main() -> int:
    """Load the command line and run it; returns its exit status."""
    usual = signal.getsignal(signal.SIGINT)
    if usual is signal.default_int_handler:
        # While modules are loaded there is nothing to clean up: the process just ends.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from perfbench.cli import main as run

    signal.signal(signal.SIGINT, usual)
    return run()


if __name__ == "__main__":
    raise SystemExit(main())
