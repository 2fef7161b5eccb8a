"""What is asked: samples, the requests made of them, and the parts that make both.

Knows nothing of answers but how an endpoint reads one. Lengths are tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import msgspec

from perfbench.types.fact import Delta, Phase
from perfbench.types.load import Point

Message = dict[str, Any]

Input = str | list[Message] | list[int] | dict[str, Any]
"""What is asked: text, chat messages, token ids, or a whole request body."""

PromptForm = Literal["messages", "text", "token_ids", "rendered"]
"""How a prompt may be given to an endpoint, and what its service then makes of it.

``messages``: chat messages (a text is one); the service puts its chat template around them.
``text``: plain text; the service adds special tokens (BOS) and no template.
``token_ids``: the tokens themselves; the service adds nothing.
``rendered``: text out of a chat template, special tokens spelled out; the service adds none.
"""


class Patience(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """After how much of an answer its user closes the connection; one of the two."""

    wait_ns: int | None = None
    """Time from the send."""
    events: int | None = None
    """Token-bearing events."""


class Turn(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A turn of a conversation after the first: said once the answer before it is there."""

    messages: list[Message]
    """What is added to the conversation: the user's words, or a tool's results."""
    wait_s: float = 0.0
    """From the end of the answer before: what the user thinks, or a tool works."""
    max_tokens: int | None = None
    recorded: Message | None = None
    """The answer before it as the data has it."""
    stands_in: bool = False
    """Whether that answer stands in the history in place of the service's."""
    patience: Patience | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing to ask, as a workload yields it."""

    id: str
    input: Input
    target: str | list[str] | None = None
    choices: tuple[str, ...] = ()
    max_tokens: int | None = None
    """Output length wanted for this sample; ``None`` leaves it to the settings."""
    input_tokens: int | None = None
    """Prompt tokens the server is expected to count (chat template and BOS included where the
    tokenizer knows them); ``None`` if unknown."""
    offset_s: float | None = None
    """Arrival time from the start of the point (traces only)."""
    group: str | None = None
    """Conversation that it is a turn of."""
    turn: int = 0
    """Its place in the conversation, from 0."""
    model: str | None = None
    """Model or adapter to ask, where the run asks several; ``None``: that of the settings."""
    patience: Patience | None = None
    """When its answer is abandoned; ``None``: it is read to the end."""
    later: tuple[Turn, ...] = ()
    """What is said next in the conversation that it opens, each once the answer before is there."""
    meta: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """A sample as it is asked, and the hash by which its answer is known again."""

    seq: int
    """Position in its plan, and of its requests."""
    sample: Sample
    """With the final prompt as its input."""
    hash: str
    """Of all that is sent: where it is equal, the same would be asked."""
    subset: str = "default"
    category: str | None = None
    """Category of the subset."""


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """How every answer of a run is to be generated: what requests have in common but the question.

    Made once from the settings; endpoints are built from it, in whatever process.
    """

    model: str
    stream: bool = True
    sampling: Mapping[str, Any] = {}
    """Body fields by name (``temperature``, ``min_tokens``, ``ignore_eos``, ``n``), if set."""
    extra: Mapping[str, Any] = {}
    """Body fields that win over all others; a ``None`` removes the field."""
    max_tokens: tuple[int, int] | None = None
    """Least and greatest output limit, where the settings give one; ``None`` leaves it to the
    sample, else to the server. A request has its own in ``Sample.max_tokens``."""
    rendered: bool = False
    """Text prompts went through a chat template, which wrote the special tokens already."""
    template: Mapping[str, Any] | None = None
    """How the API is spoken, where the settings describe it (see ``endpoints.template``)."""


class Sequel(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What follows a request in its conversation."""

    opening: list[Message]
    """All that the request asks: the history up to it."""
    turns: tuple[Turn, ...]
    """At least one."""

    @property
    def size(self) -> int:
        """About how long it is as a message, in characters."""
        said = [*self.opening, *(message for turn in self.turns for message in turn.messages)]
        return sum(len(str(message)) for message in said)


class Request(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One HTTP request, ready to send."""

    seq: int
    """Position in the point's plan, from 0."""
    sample_id: str
    phase: Phase
    body: bytes
    path: str
    """Request target: path and query."""
    stream: bool = True
    offset_ns: int | None = None
    """Planned arrival, in ns after the start of the point; ``None`` in a closed loop."""
    repeat: int = 0
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = ()
    """Headers beyond the target's own."""
    input_tokens: int | None = None
    """Prompt length the workload's tokenizer counted."""
    conversation: str | None = None
    """Conversation that it is a turn of."""
    turn: int = 0
    model: str | None = None
    """Model or adapter that it asks, where the run asks several."""
    url: int | None = None
    """Which of the run's URLs it goes to, where there are several."""
    turns: int = 0
    """Turns planned in its conversation; 0 where it stands alone."""
    sequel: Sequel | None = None
    """What follows in its conversation; ``None`` with the last turn."""
    patience: Patience | None = None
    """When it is abandoned; ``None``: its answer is read to the end."""

    @property
    def planned(self) -> int:
        """Requests that it stands for in a plan: itself, and the turns that follow from it."""
        return 1 if self.sequel is None else 1 + len(self.sequel.turns)


class Workload(Protocol):
    """Yields the samples of a point, in order, the same ones for the same seed.

    A workload may end early (its data set is exhausted); the caller then repeats it and says so.
    It may say more of itself, where what is here by default does not hold:

    - ``notes``: sentences for the user, complete once the samples have been drawn; none;
    - ``input_lengths``, on the class: the prompt lengths it sweeps, in tokens; each load has a
      point for each of them, with ``Point.input_length`` set to it; prompts are of no set length;
    - ``arrivals(config)``, on the class: seconds at which its requests arrive, ascending, where it
      has times of its own (a trace); its samples then have them as ``offset_s``, over
      ``Point.trace_speed``. Without it a load's shape says when;
    - ``uses``, on the class: names of settings that only few workloads know (``trace_speed``); they
      are refused where they are given to another;
    - ``ignores``, on the class: names of settings that mean nothing to it (``dataset_path``,
      ``prefix_length``), which are refused where they are given; none;
    - ``distinct``: how many prompts it has, known once it has started over; unknown;
    - ``conversations``, on the class: whether each sample opens a conversation; no.

    One that has a data set begins where ``Point.first_prompt`` says, so that a point meets no
    prompt of the one before.
    """

    def samples(self, point: Point) -> Iterator[Sample]: ...


class Endpoint(Protocol):
    """How one API is spoken. Pure: bytes in, bytes out, no sockets.

    It may say more of itself, where what is here by default does not hold:

    - ``headers``: pairs that every request carries, unless the user gives others; none;
    - ``ignores``, on the class or on what it builds: names of settings that it does not send
      (``ignore_eos``), which are refused where they are given; none;
    - ``key_header``: name and form of the header that carries a key, ``{}`` being the key;
      ``("Authorization", "Bearer {}")``;
    - ``models_path``: where the service lists its models (``/api/tags``); beside the API's path;
    - ``framing``: how the events of a stream are told apart, ``"sse"`` or ``"ndjson"`` (a JSON
      object on each line); ``"sse"``;
    - ``says_end``: whether a stream says when an answer is over (a finish, ``[DONE]``); where not,
      it is over with the response; true;
    - ``generates``: whether answers are text of a model. Where not (vectors, scores) they are asked
      for in one piece, have no tokens, and no evaluation can be asked so; true;
    - ``asks(body: bytes) -> int``: how many such results (``Delta.results``) a body asks for, 0 if
      that cannot be told; an answer with fewer is no whole one;
    - ``carries_messages``, on the class: the messages of a sample stand in the body as they are.
      Later turns of conversations then hand it each message as JSON (``msgspec.Raw``), and a long
      history is not encoded again with every turn; false.

    Two methods make long streams cheaper to read, and change nothing of what is read:

    - ``parse_many(events: Sequence[bytes]) -> list[Delta]``: ``[parse(e) for e in events]``; raises
      ``ValueError`` if any of them is nonsense, and the caller then parses one by one;
    - ``plain_texts(array: bytes) -> list[str] | None``: the texts of events, given as one JSON
      array, if each carries text of choice 0 and nothing else that :meth:`parse` would tell; else
      ``None``.
    """

    name: str
    takes: frozenset[PromptForm]
    """What every service of this API understands; on the class, as prompts are made by it before
    there is an endpoint. Generated prompts are sent in the most exact of these forms."""

    def path(self) -> str:
        """Request target, joined to the base URL's own path."""
        ...

    def build(self, sample: Sample) -> bytes:
        """The JSON body of one request."""
        ...

    def parse(self, data: bytes) -> Delta:
        """One event's data, or a whole non-streamed body. Raises ``ValueError`` on nonsense."""
        ...
