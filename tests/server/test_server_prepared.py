"""Types are known before there are threads: finding out in two at once crashes the interpreter."""

from __future__ import annotations

import sys

import warm

PROGRAM = """
import sys
import threading
import types

import msgspec

from perfbench.server.prepared import look_at_types

SOURCE = '''
class Part(msgspec.Struct, frozen=True):
    number: "slow.integer"


class Whole(msgspec.Struct, frozen=True):
    part: "Part"
'''


class Slow:
    @property
    def integer(self):
        if threading.current_thread() is not threading.main_thread():
            is_found_out.set()
            is_read.wait(30)
        return int


is_found_out, is_read = threading.Event(), threading.Event()
module = types.ModuleType("perfbench.made")
module.msgspec, module.slow = msgspec, Slow()
sys.modules[module.__name__] = module
exec(SOURCE, vars(module))
look_at_types()


def read():
    return msgspec.json.decode(b'{"part": {"number": 1}}', type=module.Whole).part.number


def read_first():
    read()
    is_found_out.set()


first = threading.Thread(target=read_first)
first.start()
assert is_found_out.wait(30)
print(read())
is_read.set()
first.join()
"""
"""Two threads decode a type: what a part of it is made of takes the first until the second is done,
if it is to be found out then."""


def test_types_that_were_looked_at_are_read_by_many_threads() -> None:
    done = warm.run([sys.executable, "-c", PROGRAM], text=True)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
