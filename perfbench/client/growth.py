"""What each event of a stream adds, where its text may be all there is so far.

Some services send the whole text again with every event, others of the same API and in the same
shape only what is new, as their settings have it. The stream itself tells: a text that is not the
beginning of the next one is a piece. Knows ``Delta``, no transport and no API. Stamps are monotonic
ns.
"""

from __future__ import annotations

from perfbench.types import Delta

_SURE = 2
"""How often a text must have grown before the next may differ from it: then the service has
rewritten its end (a stop string is cut off, half a character completed)."""


class Growth:
    """The deltas of one stream, kept in order until it is known what each of them adds.

    A text is kept once, however often it comes.
    """

    __slots__ = ("_deltas", "_places", "_stamps", "_texts")

    def __init__(self) -> None:
        self._deltas: list[Delta] = []
        self._stamps: list[int] = []
        self._texts: dict[tuple[int, str], _Text] = {}
        self._places: list[tuple[Delta, str, _Text]] = []
        """Where a text was taken from, in order."""

    def __len__(self) -> int:
        return len(self._deltas)

    def add(self, delta: Delta, stamp: int) -> None:
        """Keep a delta and take its texts out of it."""
        self._deltas.append(delta)
        self._stamps.append(stamp)
        for each in (delta, *(delta.more or ())):
            if each.so_far:
                self._take(each, "text", each.text)
                self._take(each, "reasoning", each.reasoning)
                each.so_far = False

    def settle(self) -> tuple[list[Delta], list[int]]:
        """All deltas, each with the text that it adds, and their stamps."""
        pieces = {id(text): iter(text.pieces()) for text in self._texts.values()}
        for delta, field, text in self._places:
            setattr(delta, field, next(pieces[id(text)]))
        return self._deltas, self._stamps

    def _take(self, delta: Delta, field: str, said: str) -> None:
        if not said:
            return
        key = (delta.choice, field)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = _Text()
        text.add(said)
        self._places.append((delta, field, text))
        setattr(delta, field, "")


class _Text:
    """One text as events tell it: whole each time, until an event shows that they are pieces."""

    __slots__ = ("_grown", "_lengths", "_pieces", "_whole")

    def __init__(self) -> None:
        self._whole = ""
        self._lengths: list[int] = []
        self._grown = 0
        self._pieces: list[str] | None = None

    def add(self, said: str) -> None:
        """Take what the next event says; it is not empty."""
        if self._pieces is not None:
            self._pieces.append(said)
            return
        # A character whose bytes have come in part is a mark until the rest is there.
        follows = said.startswith(self._whole.rstrip("\ufffd"))
        if not follows and self._grown < _SURE:
            self._pieces = [*self._said(), said]
            return
        if follows and self._lengths and len(said) > len(self._whole):
            self._grown += 1
        self._whole = said
        self._lengths.append(len(said))

    def pieces(self) -> list[str]:
        """What each of the events adds."""
        if self._pieces is not None:
            return self._pieces
        if not self._grown and len(self._lengths) > 2:
            # The same thing thrice: no answer takes so long to say nothing more.
            return self._said()
        added, end, last = [], 0, len(self._whole)
        for length in self._lengths:
            reached = min(max(length, end), last)
            added.append(self._whole[end:reached])
            end = reached
        return added

    def _said(self) -> list[str]:
        """What the events have said, if each has said the beginning of the latest."""
        return [self._whole[:length] for length in self._lengths]
