from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import ValidationError

from perfbench.config import SimulatorConfig
from perfbench.simulator.api import Reject
from perfbench.simulator.faults import Fault, FaultPlan, parse_header
from perfbench.simulator.options import Options, options_of

PLAIN = options_of(SimulatorConfig())
RATES = ("error_rate", "in_band_error_rate", "cut_rate", "stall_rate", "empty_rate")


def deal(requests, **rates):
    plan = FaultPlan(replace(PLAIN, **rates))
    return [plan.deal() for _ in range(requests)]


@given(st.lists(st.integers(0, 200), min_size=5, max_size=5), st.integers(1, 4))
def test_shares_are_exact_whenever_they_are_whole_numbers(hundredths, rounds):
    wanted = [part * 100 // max(sum(hundredths), 100) for part in hundredths]
    rates = {name: part / 100 for name, part in zip(RATES, wanted, strict=True)}
    dealt = Counter(fault.kind for fault in deal(100 * rounds, **rates) if fault)
    kinds = ("error", "in_band", "cut", "stall", "empty")
    assert [dealt[kind] for kind in kinds] == [part * rounds for part in wanted]


def test_faults_are_spread_evenly():
    dealt = deal(1000, error_rate=0.1, cut_rate=0.1)
    for start in range(0, 1000, 20):
        window = Counter(fault.kind for fault in dealt[start : start + 20] if fault)
        assert window == {"error": 2, "cut": 2}


def test_no_rates_no_faults():
    assert deal(50) == [None] * 50


def test_rates_above_one_together_are_refused():
    with pytest.raises(ValidationError, match="more than 1"):
        SimulatorConfig(error_rate=0.6, cut_rate=0.6)


@pytest.mark.parametrize(
    ("text", "fault", "changes"),
    [
        ("", None, {}),
        ("cut", Fault("cut"), {}),
        ("error=503", Fault("error", 503.0), {}),
        (
            "stall=0.2; framing=odd;usage=late",
            Fault("stall", 0.2),
            {"framing": "odd", "usage": "late"},
        ),
        ("done=false; role-early", None, {"done": False, "role_early": True}),
        ("tokens_per_event=4", None, {"tokens_per_event": 4}),
    ],
)
def test_the_header_asks_for_faults_and_options(text, fault, changes):
    assert parse_header(text, PLAIN) == (fault, replace(PLAIN, **changes))


@pytest.mark.parametrize(
    "text", ["oops", "stall=x", "error=-1", "error=200", "framing=xml", "done=maybe", "port=1"]
)
def test_a_wrong_header_is_a_400(text):
    with pytest.raises(Reject) as caught:
        parse_header(text, PLAIN)
    assert caught.value.status == 400


def test_options_are_the_settings_one_for_one():
    assert set(Options.__struct_fields__) == set(SimulatorConfig.model_fields)


def test_options_carry_the_key_in_clear_and_the_log_as_text(tmp_path):
    options = options_of(SimulatorConfig(api_key="s3cret", log=tmp_path / "truth.tsv"))
    assert options.api_key == "s3cret"
    assert options.log == str(tmp_path / "truth.tsv")
