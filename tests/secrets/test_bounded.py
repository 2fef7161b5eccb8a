"""Texts that look like the beginnings of secrets all over: settings of whoever means harm. What
takes steps in proportion to the square of these sizes takes minutes."""

from __future__ import annotations

import pytest

from perfbench.config import PerfConfig, validated
from perfbench.config.secrets import masked

SIZE = 300_000
KEY = "aB3dE6gH9jK2mN5pQ8sT"
JWT = f"eyJ{KEY}.{KEY}.{KEY}"


@pytest.mark.parametrize("unit", ["sk-", "xoxb-a", "eyJ-", "eyJaaaaaaaaaa-", "bearer ", "AKIA"])
@pytest.mark.parametrize("end", ["", ".aaaaaa"])
def test_beginnings_of_secrets_that_do_not_go_on_are_soon_read(unit: str, end: str) -> None:
    text = unit * (SIZE // len(unit)) + end
    assert masked({"prompt": text}) == {"prompt": text}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"my sk-{KEY}.", "my ***."),
        (f"x-sk-proj-{'a-_' * 40}{KEY}", "x-***"),
        (f"token={JWT},", "token=***,"),
        (f"my-{JWT} ", "my-*** "),
        (f"eyJ{'aB' * 2000}.{KEY}.{KEY}", "***"),
        (f"x_sk-{KEY}", f"x_sk-{KEY}"),
        (f"task-{KEY}", f"task-{KEY}"),
        ("sk-of-words-that-are-no-key", "sk-of-words-that-are-no-key"),
    ],
)
def test_secrets_are_found_by_their_form(text: str, shown: str) -> None:
    assert masked({"prompt": text}) == {"prompt": shown}


def test_many_urls_are_soon_compared() -> None:
    urls = [f"http://h{n}/" for n in range(100_000)]
    assert len(validated(PerfConfig, {"url": urls, "model": "m"}).urls) == len(urls)
