"""The search for the largest load that meets the objectives: a course whose points are its trials.

From the smallest load it doubles until a load is too much, halves the interval between (by ratio),
and at last makes sure of the answer. While it climbs a glance is enough for a load to count as met,
while it closes in that it is more likely than not, for the answer the whole confidence; a load is
too much only with the whole confidence. So a slip on the way costs requests, and not the answer: a
load that cannot be made sure of becomes the upper end, and the search goes on below it.

Of the error that the confidence leaves, each of the decisions that a search needs has its part, and
those beyond ever smaller ones, so that all of them together are right with that confidence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec.structs import replace

from perfbench.config import PerfConfig
from perfbench.errors import ConfigError
from perfbench.metrics.objectives import aims_of
from perfbench.perf.course import Watch, failed_alike
from perfbench.perf.points import plan_points
from perfbench.perf.trials import Demand, Trial, criteria_of
from perfbench.types import Point, SearchPath, Summary
from perfbench.types import Trial as TrialFacts

_DIGITS = 4
"""Significant digits of a rate."""
_MOST: dict[Demand, int] = {"glance": 200, "lean": 2000, "certain": 2000}
"""Requests of a trial, unless ``--number`` says; more where so many are in flight at a time."""
_WARMUP = 10
"""Requests of an open loop that are sent first, at least."""


class Search:
    """The trials of one search."""

    def __init__(self, config: PerfConfig, before: SearchPath | None = None) -> None:
        """
        Args:
            before: how far the run had come that is continued, if one is.

        Raises:
            ConfigError: the objectives cannot be searched for.
        """
        assert config.search is not None
        self._variable = config.search
        self._tolerance = config.search_tolerance
        self._number = config.number[0] if config.number else None
        self._criteria = criteria_of(
            aims_of({"slo": config.slo, "goodput": config.goodput}), config.search_share
        )
        self._least, self._most = config.search_min, config.search_max
        self._template = _template(config)
        steps = math.log2(max(2.0, math.log(2) / math.log1p(self._tolerance)))
        self._decisions = math.ceil(steps) + 3
        self._error = 1 - config.search_confidence
        self._met: list[float] = []
        """Loads that count as met, ascending."""
        self._certain: dict[float, str] = {}
        """Loads that are met for sure, and the name of the trial."""
        self._upper: float | None = None
        """The smallest load that cannot be the answer."""
        self._missed: float | None = None
        """The smallest load that is too much for sure."""
        self._unclear: float | None = None
        """The load of the last trial, where that was too short to tell."""
        self._e2e_s: float | None = None
        self._before = before.trials if before is not None else []
        self._point: Point | None = None
        self._trial: Trial | None = None
        self._demand: Demand = "glance"
        self.stopped: str | None = None
        self.path = SearchPath(config.search, config.search_confidence, self._tolerance)

    @property
    def planned(self) -> Sequence[Point]:
        """The first trial: which come after it is not known."""
        return [self._at(self._least, "glance", 0)]

    @property
    def heaviest(self) -> Sequence[Point]:
        """The largest load there may be."""
        return [self._at(self._most, "glance", 0)]

    def next(self) -> Point | None:
        """The next trial."""
        if self.stopped is not None or (chosen := self._chosen()) is None:
            return None
        load, self._demand = chosen
        self._point = self._at(load, self._demand, len(self.path.trials))
        return self._point

    def watch(self) -> Watch | None:
        """The trial of the point that was given last."""
        assert self._point is not None
        bounded = self._number is not None
        self._trial = Trial(self._criteria, self._point, self._demand, self._alpha(), bounded)
        return self._trial

    def heard(self, summary: Summary) -> None:
        """Draw the conclusion from a trial."""
        trial, point = self._trial, self._point
        assert trial is not None
        assert point is not None
        trial.close()
        sent = (summary.ledger and summary.ledger.sent) or 0
        requests = sent + ((summary.ledger and summary.ledger.warmup_sent) or 0)
        self._take_in(
            TrialFacts(
                point=point.name,
                load=self._load(point),
                demand=self._demand,
                decision=trial.decision,
                requests=requests,
                judged=trial.judged,
                evidence=trial.evidence,
                why=trial.why,
            ),
            summary,
        )

    def recall(self, summary: Summary) -> bool:
        """What was concluded from the trial then, if it was: a conclusion goes by what was known at
        an instant, and is not drawn again."""
        assert self._point is not None
        place = len(self.path.trials)
        facts = self._before[place] if place < len(self._before) else None
        if facts is None or (facts.point, facts.demand) != (self._point.name, self._demand):
            return False
        if self._hopeless(facts, summary):
            return False
        self._take_in(facts, summary)
        return True

    def _take_in(self, trial: TrialFacts, summary: Summary) -> None:
        load = trial.load
        requests = self.path.requests + trial.requests
        hopeless = self._hopeless(trial, summary)
        self.path = replace(self.path, trials=[*self.path.trials, trial], requests=requests)
        self._unclear = None
        if trial.decision == "met":
            self._take(load, trial.point, summary)
        elif _unclear(trial):
            self._unclear = load
        else:
            self._leave(trial)
            self.stopped = hopeless
        self._conclude(summary)

    def _hopeless(self, trial: TrialFacts, summary: Summary) -> str | None:
        """Why no other load need be tried after this one, if so."""
        if trial.load != self._least or trial.decision == "met" or _unclear(trial):
            return None
        why = failed_alike(summary)
        return f"{why}: the search ends at its smallest load" if why else None

    def _take(self, load: float, name: str, summary: Summary) -> None:
        if load not in self._met:
            self._met.append(load)
        if self._demand == "certain":
            self._certain[load] = name
        mean_ms = summary.metrics.get("e2e_ms", {}).get("mean")
        self._e2e_s = mean_ms / 1000 if mean_ms is not None else self._e2e_s

    def _leave(self, trial: TrialFacts) -> None:
        self._upper = trial.load
        self._met = [each for each in self._met if each < trial.load]
        if trial.decision == "missed":
            self._missed = trial.load

    def _conclude(self, summary: Summary) -> None:
        """Write down what is known, and whether that is all."""
        answer = max(self._certain, default=None)
        ended = self.stopped or (self._ending() if self._chosen() is None else "")
        if ended and summary.client.verdict == "saturated":
            ended += "; the client was saturated in the last trial: this may be its limit"
        self.path = replace(
            self.path,
            answer=answer,
            point=None if answer is None else self._certain[answer],
            upper=self._missed,
            stopped=ended,
        )

    def _ending(self) -> str:
        name = f"{self._variable} "
        if not self._met:
            said = "is not met" if self._missed == self._least else "cannot be told to be met"
            return f"{name}{self._least:g}, the smallest load of the search, {said}"
        answer = self._met[-1]
        if self._upper is None:
            return f"{name}{answer:g} is met and is the largest load of the search"
        if self._upper == self._missed:
            return f"{name}{answer:g} is met and {self._upper:g} is not"
        return f"{name}{answer:g} is met, and {self._upper:g} is too close to tell"

    def _chosen(self) -> tuple[float, Demand] | None:
        """The next load, and how sure to be of it; ``None``: nothing is left to find out."""
        if self._unclear is not None:
            return self._unclear, "certain"
        if not self._met:
            return (self._least, "glance") if self._upper is None else None
        low = self._met[-1]
        if self._upper is None:
            if low < self._most:
                return min(self._most, self._rounded(2 * low)), "glance"
        elif self._upper / low > 1 + self._tolerance:
            middle = self._rounded(math.sqrt(low * self._upper))
            if low < middle < self._upper:
                last = self._upper / middle <= 1 + self._tolerance
                return middle, "certain" if last else "lean"
        return None if low in self._certain else (low, "certain")

    def _rounded(self, load: float) -> float:
        if self._variable == "parallel":
            return float(round(load))
        return float(f"{load:.{_DIGITS}g}")

    def _alpha(self) -> float:
        """What a wrong decision may have for its probability in the next trial."""
        taken = sum(each.decision != "met" or each.demand == "certain" for each in self.path.trials)
        part = self._error / 2 / self._decisions
        return part if taken < self._decisions else part / 2 ** (taken - self._decisions + 1)

    def _at(self, load: float, demand: Demand, index: int) -> Point:
        """The point of a load."""
        template = self._template
        parallel = int(load) if self._variable == "parallel" else template.parallel
        rate = load if self._variable == "rate" else None
        in_flight = parallel if rate is None else rate * (self._e2e_s or 0.0)
        least = math.ceil(in_flight or 0)
        warmup = max(template.warmup, least, 0 if rate is None else _WARMUP)
        most = self._number or max(_MOST[demand], 3 * least)
        return replace(
            template,
            index=index,
            name=f"trial_{index + 1}_{self._variable}_{load:g}",
            parallel=parallel,
            rate=rate,
            number=most,
            warmup=warmup,
        )

    def _load(self, point: Point) -> float:
        return float((point.parallel if self._variable == "parallel" else point.rate) or 0)


def _unclear(trial: TrialFacts) -> bool:
    """Whether it was too short to tell, and is repeated with the whole confidence."""
    short = trial.judged < _MOST["certain"]
    return trial.decision == "undecided" and trial.demand != "certain" and short


def _template(config: PerfConfig) -> Point:
    """What all trials have in common.

    Raises:
        ConfigError: the data set goes through several lengths of prompts.
    """
    load = {"parallel": [1]} if config.search == "parallel" else {"rate": [1.0]}
    found = plan_points(config.model_copy(update=load))
    if len(found) > 1:
        raise ConfigError(
            f"--search: --dataset {config.dataset} goes through several lengths of prompts: "
            "a search is for one"
        )
    return found[0]
