"""Settings of conversations of several turns: how many, how long, how their users pause.

Durations are seconds, lengths tokens.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, field_validator, model_validator

from perfbench.config.base import Numbers, Settings
from perfbench.config.facts import setting
from perfbench.config.waits import Drawn, read_drawn

OF_CONVERSATIONS = (
    *("conversations", "min_turns", "max_turns", "later_prompt_length"),
    *("think_time", "tool_time", "replies"),
)
"""Settings that mean nothing to a workload of single requests."""


def _as_text(value: Any) -> Any:
    if isinstance(value, int):
        return str(int(value))
    return f"{value:g}" if isinstance(value, float) else value


Wait = Annotated[str | None, BeforeValidator(_as_text)]


class ConversationSettings(Settings):
    """How conversations go on."""

    conversations: Annotated[list[int] | None, Numbers] = setting(
        None,
        "Conversations to hold, in place of --number, which counts requests (turns): one count for "
        "every point of a sweep, or one each. --warmup counts conversations too then.",
        "Conversations",
    )
    min_turns: int | None = setting(
        None,
        "Fewest turns: generated so (default 1), or conversations of a file with fewer are left "
        "out.",
        "Conversations",
        ge=1,
    )
    max_turns: int | None = setting(
        None,
        "Most turns: generated so (default 5), or conversations of a file end there.",
        "Conversations",
        ge=1,
    )
    later_prompt_length: Annotated[list[int] | None, Numbers] = setting(
        None,
        "Length of what the user says in generated turns after the first; two values MIN MAX draw "
        "one for each turn. Default: as in the first.",
        "Conversations",
        "tokens",
    )
    think_time: Wait = setting(
        None,
        "Wait between an answer and the user's next turn: 2s, exponential:2s or "
        "lognormal:2s:SIGMA (mean, spread of the logarithm). Default: none, or the file's own.",
        "Conversations",
        metavar="WAIT",
    )
    tool_time: Wait = setting(
        None,
        "The same before a tool's result, where the file does not say: what the tool takes.",
        "Conversations",
        metavar="WAIT",
    )
    replies: Literal["real", "recorded"] = setting(
        "real",
        "What a conversation goes on from: the service's own answers (without reasoning), or those "
        "of the file.",
        "Conversations",
    )

    @property
    def thinking(self) -> Drawn | None:
        """What ``think_time`` says."""
        return None if self.think_time is None else read_drawn(self.think_time)

    @property
    def tool_working(self) -> Drawn | None:
        """What ``tool_time`` says."""
        return None if self.tool_time is None else read_drawn(self.tool_time)

    @field_validator("think_time", "tool_time")
    @classmethod
    def _readable_waits(cls, text: str | None) -> str | None:
        if text is not None:
            read_drawn(text)
        return text

    @field_validator("conversations", "later_prompt_length")
    @classmethod
    def _one_or_more(cls, values: list[int] | None) -> list[int] | None:
        if values is not None and (not values or min(values) < 1):
            raise ValueError("must be 1 or more")
        return values

    @model_validator(mode="after")
    def _turns(self) -> ConversationSettings:
        if self.min_turns and self.max_turns and self.min_turns > self.max_turns:
            raise ValueError("--min-turns is above --max-turns")
        lengths = self.later_prompt_length
        if lengths is not None and (len(lengths) > 2 or lengths[0] > lengths[-1]):
            raise ValueError("--later-prompt-length takes one length, or MIN MAX")
        return self
