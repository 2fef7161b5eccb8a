"""Prompts of a wanted length, made of random words.

Owns the choice of words and the exactness of lengths. With a tokenizer, prompts are built of words
that are single tokens, encoded again in batches, and mended until their length is exact; without
one, lengths are words. Prompts depend on the seed, the point and their place in it, and on nothing
else: no two points of a run share one, so that a prefix cache filled by one point does not flatter
the next, and no two runs do whose seeds differ.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from perfbench.config import PerfConfig
from perfbench.config.laws import ChoiceLaw
from perfbench.errors import ConfigError, WorkloadError
from perfbench.types import Input, Point, Sample
from perfbench.workloads.lengths import Lengths, batches
from perfbench.workloads.tokenizer import Tokenizer

_CANDIDATES = 8192
"""Words of a vocabulary that are tried, commonest first: variety enough, in under 0.1 s."""
_CANDIDATE = re.compile("[Ġ▁]*([a-z]{2,12})")
"""A token that is a word, with or without a space before it."""
_CHARACTERS_PER_WORD = 6
_REPAIRS = 32
"""Times a prompt is encoded again before its length is taken as it is."""

_ENGLISH = """
able about above across act add after again age ago air all almost along also always among
animal answer any appear apple area arm around ask away baby back ball bank base bear beat
beautiful because become bed before began begin behind best better between big bird black blue
board boat body bone book both bottom box boy bread break bright bring brother brought build
burn busy buy call came camp car care carry cat catch cause cell center chair change check child
choose circle city class clean clear climb close clothe cloud coast coat cold color come common
cook cool copy corn corner cost count country course cover cross crowd cry current cut dance
dark day dead deal dear decide deep describe desert design dictionary differ direct doctor dog
door double down draw dream dress drink drive drop dry during each ear early earth ease east eat
edge effect egg eight either electric element else end energy engine enough enter equal even
evening event ever every exact example except exercise expect experience eye face fact fair fall
family famous far farm fast fat father favor fear feed feel feet fell felt few field fight
figure fill final find fine finger finish fire first fish fit five flat floor flow flower fly
follow food foot force forest form forward found four free fresh friend from front fruit full
fun game garden gas gather general gentle girl give glad glass go gold gone good govern grand
grass gray great green ground group grow guess guide gun hair half hand happen happy hard hat
"""
_WORDS = tuple(_ENGLISH.split())
"""For prompts without a tokenizer; most tokenizers read each word as one token."""


class Wanted(msgspec.Struct, frozen=True):
    """A prompt to be made."""

    tokens: int
    """Its length in the sense of ``--length-of``; words without a tokenizer."""
    start: Sequence[str] = ()
    """Words that it begins with, as far as there is room for them; the rest is its own."""


class _Draft(msgspec.Struct):
    """A prompt being built."""

    place: int
    tokens: int
    """Wanted for the whole prompt as it is counted (see ``_Meter``), or words."""
    words: list[str]
    chance: random.Random

    @property
    def text(self) -> str:
        return " ".join(self.words)


class PromptGenerator:
    """Random prompts of given lengths: with a tokenizer token ids for endpoints that take them,
    else text.

    Raises:
        ConfigError: the tokenizer has no words that are single tokens.
    """

    def __init__(self, name: str, config: PerfConfig, tokenizer: Tokenizer | None) -> None:
        self._name = name
        self.words: Sequence[str] = single_token_words(tokenizer) if tokenizer else _WORDS
        """What prompts are made of; each is one token, alone and in a row."""
        self._meter = _Meter(config, tokenizer, self.words[0]) if tokenizer else None
        self._prefix_length = config.prefix_length
        self._prefixes = config.prefixes
        self._prefix_choice = ChoiceLaw.of(config.prefix_choice)
        self._inexact = 0

    @property
    def least(self) -> int:
        """The shortest prompt that can be made where lengths include a chat template; else 1."""
        return 1 + (self._meter.template if self._meter else 0)

    @property
    def notes(self) -> list[str]:
        """What the user should know; complete once the samples have been drawn."""
        if self._meter is None:
            return ["without --tokenizer-path lengths of generated prompts are words, not tokens"]
        if self._inexact:
            return [
                f"{self._inexact} generated prompts could not be made of the length asked for; "
                "the records hold their true lengths"
            ]
        return []

    def text(self, chance: random.Random, length: int) -> str:
        """A text of ``length`` words: with a tokenizer each is one token."""
        return " ".join(chance.choices(self.words, k=length))

    def samples(self, point: Point, lengths: Iterable[int]) -> Iterator[Sample]:
        """A prompt for each length, which is at least 1, after one of the shared prefixes; those
        come on top."""
        prefixes = [self._prefix(point, number) for number in range(self._prefixes)]
        chance = random.Random(f"{point.seed}/{point.index}/prefix")
        chosen = self._prefix_choice.places(chance, len(prefixes))
        return self.made(
            point,
            (
                Wanted(length + self._prefix_length, prefixes[place])
                for length, place in zip(lengths, chosen, strict=False)
            ),
        )

    def made(self, point: Point, wanted: Iterable[Wanted]) -> Iterator[Sample]:
        """A prompt for each that is wanted, in their order."""
        drafts = (self._draft(point, place, each) for place, each in enumerate(wanted))
        for batch in batches(drafts, lambda draft: draft.tokens * _CHARACTERS_PER_WORD):
            for draft, (content, tokens) in zip(batch, self._finished(batch), strict=True):
                name = f"{self._name}-{point.index}-{draft.place}"
                yield Sample(name, content, input_tokens=tokens)

    def _prefix(self, point: Point, number: int) -> list[str]:
        """A shared prefix: the same one in all points of a run."""
        chance = random.Random(f"{point.seed}/prefix/{number}")
        return chance.choices(self.words, k=self._prefix_length)

    def _draft(self, point: Point, place: int, wanted: Wanted) -> _Draft:
        chance = random.Random(f"{point.seed}/{point.index}/{place}")
        inside, outside = (self._meter.inside, self._meter.outside) if self._meter else (0, 0)
        room = max(1, wanted.tokens - inside)
        words = [*wanted.start[:room]]
        words += chance.choices(self.words, k=room - len(words))
        return _Draft(place, wanted.tokens + outside, words, chance)

    def _finished(self, batch: Sequence[_Draft]) -> Iterator[tuple[Input, int | None]]:
        """The input of each draft, and its tokens as the server counts them where that is known."""
        meter = self._meter
        if meter is None:
            yield from ((draft.text, None) for draft in batch)
            return
        measured = meter.measure([draft.text for draft in batch])
        for draft, (content, tokens) in zip(batch, measured, strict=True):
            if tokens != draft.tokens:
                content, tokens = self._mended(draft, tokens, meter)
            yield content, tokens if meter.counts_all else None

    def _mended(self, draft: _Draft, tokens: int, meter: _Meter) -> tuple[Input, int]:
        """Add or drop words until the prompt has the wanted length."""
        content: Input = draft.text
        for _ in range(_REPAIRS):
            missing = draft.tokens - tokens
            if missing > 0:
                draft.words += draft.chance.choices(self.words, k=missing)
            else:
                del draft.words[max(1, len(draft.words) + missing) :]
            content, tokens = meter.measure([draft.text])[0]
            if tokens == draft.tokens:
                return content, tokens
        self._inexact += 1
        return content, tokens


class _Meter:
    """Encodes generated texts the way their endpoint's server will.

    One encoding of the prompt with all that surrounds its content proves the length: what a chat
    template or a BOS adds is learnt from a prompt of one word, and is the same for all others.
    """

    def __init__(self, config: PerfConfig, tokenizer: Tokenizer, word: str) -> None:
        self._tokenizer = tokenizer
        self._lengths = Lengths(config, tokenizer)
        takes = self._lengths.takes
        self._as_ids = "token_ids" in takes and not self._lengths.renders
        around = self._around(word)
        self.counts_all = self._as_ids or around is not None
        """Whether lengths are of whole prompts; else of the content, which a template follows."""
        spent = 0 if self._as_ids or around is None else around - 1
        plain = "text" in takes and not self._lengths.renders
        self.inside = spent if plain or self._lengths.of_request else 0
        """Tokens around the content that are part of the length asked for: BOS of a plain prompt, a
        chat template with ``--length-of request``."""
        self.outside = spent - self.inside
        """Tokens around it that come on top."""
        self.template = 0 if plain else self.inside

    def _around(self, word: str) -> int | None:
        try:
            return self._lengths.prompt([self._lengths.as_sent(word)])[0]
        except WorkloadError:
            return None

    def measure(self, texts: Sequence[str]) -> list[tuple[Input, int]]:
        """What to send for each text, and its length."""
        if self._as_ids:
            return [(ids, len(ids)) for ids in self._tokenizer.encode_batch(texts)]
        if not self.counts_all:
            return list(zip(texts, self._tokenizer.count(texts), strict=True))
        measured: list[tuple[Input, int]] = []
        sent = [self._lengths.as_sent(text) for text in texts]
        for text, tokens in zip(texts, self._lengths.prompt(sent), strict=True):
            assert tokens is not None, "the template took one generated text and refuses another"
            measured.append((text, tokens))
        return measured


@functools.lru_cache(maxsize=1)
def single_token_words(tokenizer: Tokenizer) -> tuple[str, ...]:
    """Common lower-case words that are one token each, alone and in a row; kept for the next run
    with the same tokenizer.

    Raises:
        ConfigError: the tokenizer has none.
    """
    ranks: dict[str, int] = {}
    for token, rank in tokenizer.vocabulary().items():
        if found := _CANDIDATE.fullmatch(token):
            word = found[1]
            ranks[word] = min(rank, ranks.get(word, rank))
    common = sorted(ranks, key=lambda word: (ranks[word], word))[:_CANDIDATES]
    alone = tokenizer.count(common)
    twice = tokenizer.count([f"{word} {word}" for word in common])
    counted = zip(common, alone, twice, strict=True)
    words = tuple(word for word, a, b in counted if (a, b) == (1, 2))
    if not words:
        raise ConfigError(
            f"the tokenizer {tokenizer.name} has no words of one token, so prompts of an exact "
            "length cannot be made with it; use --dataset openqa, or no --tokenizer-path"
        )
    return words
