"""Types are known before there are threads: finding out in two at once crashes the interpreter."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import threading
import types
from collections.abc import Mapping

import msgspec

from perfbench.server.prepared import look_at_types

SOURCE = '''
class Part(msgspec.Struct, frozen=True, kw_only=True):
    x: "int | None" = None
    y: "dict[str, float | None]" = {}
    z: "tuple[str, ...]" = ()


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    part: "Part"
    by_name: "Mapping[str, Part]" = {}
    listed: "list[Part] | None" = None
    more: "tuple[Part, ...]" = ()
'''
sys.setswitchinterval(1e-6)
for number in range(150):
    module = types.ModuleType(f"perfbench.made_{number}")
    module.msgspec, module.Mapping = msgspec, Mapping
    sys.modules[module.__name__] = module
    exec(SOURCE, vars(module))
    look_at_types()
    start = threading.Barrier(3)

    def read():
        start.wait()
        msgspec.convert([{"part": {}, "by_name": {}}] * 3, list[module.Whole])

    threads = [threading.Thread(target=read) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
print("alive")
"""


def test_types_that_were_looked_at_are_read_by_many_threads() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
