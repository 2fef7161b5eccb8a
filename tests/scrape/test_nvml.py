"""The cards of the machine, by a library that is scripted: the machine may have none."""

from __future__ import annotations

import sys
import types

import pytest

from perfbench.scrape.nvml import Cards


class Error(Exception):
    pass


def library(cards: int, broken: tuple[str, ...] = ()) -> types.ModuleType:
    """A module with the functions of ``pynvml`` that are used, for so many cards."""
    module = types.ModuleType("pynvml")
    closed: list[bool] = []

    def script(name, answer):
        def call(*arguments):
            if name in broken:
                raise Error(f"{name} is not supported")
            return answer(*arguments)

        setattr(module, name, call)

    module.NVMLError = Error
    module.closed = closed
    script("nvmlInit", lambda: None)
    script("nvmlShutdown", lambda: closed.append(True))
    script("nvmlDeviceGetCount", lambda: cards)
    script("nvmlDeviceGetHandleByIndex", lambda index: index)
    script(
        "nvmlDeviceGetUtilizationRates",
        lambda card: types.SimpleNamespace(gpu=(50, 100)[card], memory=10),
    )
    script("nvmlDeviceGetPowerUsage", lambda card: 200_000 + card)
    script("nvmlDeviceGetTotalEnergyConsumption", lambda card: 5_000_000)
    return module


def test_all_cards_are_one_source(monkeypatch):
    module = library(2)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    cards = Cards()
    found = cards.scrape()
    assert found.values == {
        "gpu_utilization": 0.75,
        "power_w": pytest.approx(400.001),
        "energy_j": 10_000,
    }
    assert (found.source, found.kind, found.problem) == ("nvml", "nvml", None)
    assert found.half_ns >= 0
    cards.close()
    assert module.closed


def test_what_a_card_cannot_tell_is_not_told(monkeypatch):
    broken = ("nvmlDeviceGetTotalEnergyConsumption",)
    monkeypatch.setitem(sys.modules, "pynvml", library(1, broken))
    assert set(Cards().scrape().values) == {"gpu_utilization", "power_w"}


def test_cards_that_fall_silent_are_a_look_that_failed(monkeypatch):
    broken = ("DeviceGetUtilizationRates", "DeviceGetPowerUsage", "DeviceGetTotalEnergyConsumption")
    module = library(1, tuple(f"nvml{name}" for name in broken))
    monkeypatch.setitem(sys.modules, "pynvml", module)
    assert Cards().scrape().failed


@pytest.mark.parametrize(
    "module", [None, library(0), library(1, ("nvmlInit",)), library(1, ("nvmlDeviceGetCount",))]
)
def test_where_there_is_none_there_is_no_source(monkeypatch, module):
    monkeypatch.setitem(sys.modules, "pynvml", module)
    with pytest.raises(LookupError):
        Cards()
