"""Child processes that live as long as a pipe to them: how they end. Knows none of them."""

from __future__ import annotations

import contextlib
import subprocess


def end(child: subprocess.Popen[bytes], patience_s: float) -> None:
    """Close the child's standard input, at which it ends by itself, and wait; kill it if it takes
    longer than ``patience_s``. Its standard output is closed."""
    assert child.stdin is not None
    assert child.stdout is not None
    with contextlib.suppress(OSError):
        child.stdin.close()
    try:
        child.wait(patience_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    child.stdout.close()
