"""An extractor and scorers that do to the grading process what third parties' may do to it."""

from __future__ import annotations

import os
import sys
import time

from perfbench.types import Extraction, Sample, Score


def as_it_stands(text: str, sample: Sample) -> Extraction:
    """Every text is an answer."""
    return Extraction(text)


def obeys(answer: str, sample: Sample) -> Score:
    """Do what the answer says; 1 if that ends."""
    verb, _, object_ = answer.partition(" ")
    if verb == "loop":
        while True:
            pass
    elif verb == "swallow":
        while True:
            try:
                while True:
                    pass
            except BaseException:
                continue
    elif verb == "multiply":  # in one instruction, which no signal interrupts
        (1 << 300_000_000) // 3 ** (10**7)
    elif verb == "fill":
        bytearray(64 << 30)
    elif verb == "die":
        os._exit(int(object_))
    elif verb == "signal":
        os.kill(os.getpid(), int(object_))
    elif verb == "raise":
        raise ValueError(object_)
    elif verb == "sleep":
        time.sleep(float(object_))
    elif verb == "print":
        print(object_ * 10_000)
        sys.stderr.write(object_ * 10_000)
    elif verb == "return":
        return object_  # type: ignore[return-value]
    return Score(1.0, answer, scorer="obeys")
