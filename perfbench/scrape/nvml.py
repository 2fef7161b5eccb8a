"""The cards of this machine, by NVIDIA's management library (package ``nvidia-ml-py``).

Where there is no card, no driver or no package there is nothing to tell, and nothing is said.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

from perfbench.client.clock import now_ns
from perfbench.types import Scrape

NAME = "nvml"


class Cards:
    """All cards of the machine as one source.

    Raises:
        LookupError: on creation: there are none that can be asked.
    """

    name = NAME

    def __init__(self) -> None:
        try:
            with warnings.catch_warnings():
                # The package that was called pynvml does the same, and says that it is old.
                warnings.simplefilter("ignore", FutureWarning)
                import pynvml
        except ImportError:
            raise LookupError("nvidia-ml-py is not installed") from None
        self._nvml: Any = pynvml
        try:
            pynvml.nvmlInit()
            count = pynvml.nvmlDeviceGetCount()
            self._cards = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
        except pynvml.NVMLError as error:
            raise LookupError(str(error)) from None
        if not self._cards:
            raise LookupError("there is no card")

    def scrape(self) -> Scrape:
        """Ask every card once."""
        asked_ns = now_ns()
        found = {
            "gpu_utilization": self._all(self._utilization),
            "power_w": self._all(self._power_w),
            "energy_j": self._all(self._energy_j),
        }
        values = {name: sum(each) for name, each in found.items() if each is not None}
        if "gpu_utilization" in values:
            values["gpu_utilization"] /= len(self._cards)
        half_ns = (now_ns() - asked_ns) // 2
        problem = None if values else "the cards tell nothing"
        return Scrape(NAME, NAME, asked_ns + half_ns, half_ns, values, problem=problem)

    def close(self) -> None:
        """Let the library go."""
        with suppress(self._nvml.NVMLError):
            self._nvml.nvmlShutdown()

    def _all(self, ask: Any) -> list[float] | None:
        """What each card answers; ``None`` if one cannot: a sum without it would be too small."""
        try:
            return [ask(card) for card in self._cards]
        except self._nvml.NVMLError:
            return None

    def _utilization(self, card: Any) -> float:
        return float(self._nvml.nvmlDeviceGetUtilizationRates(card).gpu) / 100

    def _power_w(self, card: Any) -> float:
        return float(self._nvml.nvmlDeviceGetPowerUsage(card)) / 1000

    def _energy_j(self, card: Any) -> float:
        return float(self._nvml.nvmlDeviceGetTotalEnergyConsumption(card)) / 1000
