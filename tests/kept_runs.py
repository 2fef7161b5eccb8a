"""Runs that earlier versions of perfbench left, kept as they were.

``version_<n>_load_test.tar.gz``: ``perfbench --parallel 1 3 --number 12 --warmup 2 --max-tokens 8``
against ``perfbench simulate --ttft-ms 5 --itl-ms 1 --error-rate 0.2 --in-band-error-rate 0.1``.
``version_<n>_evaluation.tar.gz``: ``perfbench eval --datasets gsm8k general_qa --limit 6 --repeats
2`` against the same with an error rate of 0.15. With each, the summary.json it printed.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

KEPT = Path(__file__).parent / "store" / "kept"


def unpack(kind: str, folder: Path, version: int = 1) -> Path:
    """A fresh copy of a kept run (``load test`` or ``evaluation``) in ``folder``; its folder."""
    with tarfile.open(KEPT / f"version_{version}_{kind.replace(' ', '_')}.tar.gz") as archive:
        for member in archive.getmembers():
            target = folder / member.name
            if member.isdir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            assert content is not None
            target.write_bytes(content.read())
        return folder / archive.getnames()[0].partition("/")[0]
