"""What is taken for a secret, how it is masked, and how it is cut out of other texts."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tattling_llm import spellings

from perfbench import PerfConfig
from perfbench.config import load_config, public, scrubber
from perfbench.config.secrets import MASK, Scrubber, masked, shown_url, spoken
from perfbench.errors import ConfigError

KEY = "Zq7/x+Y&vVw3"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h/v1", "http://h/v1"),
        ("http://h/v1?api-version=2024-10-21&api-key=abc", "http://h/v1?api-version=2024-10-21&api-key=***"),
        ("http://ann:pw@h:80/v1#x", "http://***@h:80/v1#***"),
        ("http://h?key", "http://h?***"),
        ("http://ann:x/y@h/v1", "http://***@h/v1"),
        ("http://ann:secret", "http://ann:***"),
        ("ann:x@h", "***@h"),
        ("http://[::1]:80/v1/@team", "http://[::1]:80/v1/@team"),
    ],
)  # fmt: skip
def test_urls_are_shown_without_keys(url: str, shown: str) -> None:
    assert shown_url(url) == shown


@pytest.mark.parametrize(
    "name",
    ["api_key", "apiKey", "X-Jwt", "x-amz-signature", "accesstoken", "HF_TOKEN", "db-password"],
)
def test_names_that_say_so_hold_secrets(name: str) -> None:
    assert masked({name: KEY, "n": {name: [KEY, {"a": 17}]}}) == {
        name: MASK,
        "n": {name: [MASK, {"a": MASK}]},
    }


@pytest.mark.parametrize(
    "name", ["max_tokens", "eos_token", "monkey", "stop_token_ids", "author", "keyword", "seed"]
)
def test_other_names_hold_none(name: str) -> None:
    assert masked({name: KEY}) == {name: KEY}


def test_headers_are_masked_but_the_harmless() -> None:
    headers = {"Accept": "text/plain", "X-Team": "research", "X-A": KEY}
    config = PerfConfig.model_validate({"headers": headers})
    assert public(config)["headers"] == {"Accept": "text/plain", "X-Team": MASK, "X-A": MASK}
    scrub = scrubber(config, {})
    assert scrub.text(f"research for {KEY}") == f"research for {MASK}"


def test_neither_settings_nor_their_errors_show_a_secret() -> None:
    config = PerfConfig.model_validate({"url": f"http://a:{quote(KEY, safe='')}@h", "api_key": KEY})
    assert KEY not in repr(config) + str(config)
    with pytest.raises(ValueError, match="url") as caught:
        PerfConfig.model_validate({"url": f"ftp://a:{KEY}@h", "headers": [KEY]})
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [
        {"url": f"ftp://ann:{KEY}@h/?sig={KEY}"},
        {"url": f"://a:{KEY}@"},
        {"extra_args": f'{{"api_key": "{KEY}"'},
        {"extra_args": [f"api_key={KEY}", "x"]},
        {"headers": [f"Bearer-{KEY}"]},
        {"api_key": [KEY]},
        {"sink_args": f"[{KEY}]"},
        {"api_key": KEY, "parallel": [KEY]},
        {"headers": [f"X-A: {KEY}"], "api": KEY},
        {"simulator": {"api_key": {"x": KEY}}},
        {"simulator": {"api_key": KEY, "port": KEY}},
    ],
)
def test_wrong_settings_are_told_without_secrets(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(settings, None, {})
    assert not any(form in str(caught.value) for form in spellings(KEY))


@given(
    st.text(min_size=6, max_size=40).filter(lambda key: key.strip() == key and MASK not in key),
    st.text(max_size=20),
)
def test_no_spelling_of_a_secret_is_left(secret: str, around: str) -> None:
    scrub = scrubber({"api_key": secret}, {})
    if scrub.text(secret) != MASK:
        return  # a placeholder
    for form in spellings(secret):
        assert form not in scrub.text(around + form + around).replace(MASK, "\0")


def test_data_is_scrubbed_in_every_place() -> None:
    scrub = Scrubber([KEY])
    found = scrub({KEY: [KEY, 1, None, {"a": (f"x{KEY}", 2.5)}]})
    assert found == {MASK: [MASK, 1, None, {"a": [f"x{MASK}", 2.5]}]}


def test_a_text_that_was_cut_within_a_secret() -> None:
    scrub = Scrubber([KEY])
    assert scrub.text(f"key {KEY[:10]}") == f"key {MASK}"
    assert scrub.text(f"key {KEY[:5]}") == f"key {KEY[:5]}"


def test_short_secrets_and_placeholders_are_not_looked_for() -> None:
    scrub = scrubber({"api_key": "EMPTY", "headers": {"X-Auth": "a b c", "X-Flag": "true"}}, {})
    assert scrub.text("a b c EMPTY true") == "a b c EMPTY true"


def test_a_longer_secret_goes_before_one_that_it_holds() -> None:
    assert Scrubber(["abcdef", "abcdefgh"]).text("abcdefgh abcdef") == f"{MASK} {MASK}"


def test_keys_of_the_environment_are_known() -> None:
    variables = {
        "HF_TOKEN": f"hf_{KEY}",
        "https_proxy": "me:pa55word@proxy:3128",
        "SSH_AUTH_SOCK": "/tmp",
        "LANG_TOKEN": "english",
        "PATH": "/usr/bin:/usr/local/bin",
    }
    text = f"hf_{KEY} pa55word /tmp english /usr/bin:/usr/local/bin"
    assert scrubber({}, variables).text(text) == "*** *** /tmp english /usr/bin:/usr/local/bin"


def test_a_command_line_tells_its_secrets_before_it_is_read() -> None:
    words = [
        "eval",
        "--api-key",
        KEY,
        "--headers",
        "A: x",
        f"X-B: {KEY}2",
        f"--url=http://a:{KEY}3@h",
    ]
    text = scrubber(spoken(words), {}).text(f"{KEY} {KEY}2 {KEY}3")
    assert text == "*** *** ***"


def test_json_in_a_text_is_masked_within() -> None:
    inner = json.dumps({"client_secret": KEY, "a": 1})
    assert masked({"text": inner}) == {"text": json.dumps({"client_secret": MASK, "a": 1})}
    assert masked({"prompt": "{x} key: y"}) == {"prompt": "{x} key: y"}
