"""What a judge is asked: the prompts that ship with perfbench, and those of users.

A prompt is a Jinja file of placeholders alone, with its contract, its values and its source in
front (YAML between two lines ``---``). The texts that are judged are data: they are filled in,
never read as a template, and a nonce in the marks around them, which none of them contains, keeps
them from closing those marks. Knows no store and no service.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import yaml
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from perfbench.errors import ConfigError
from perfbench.evaluation.extraction.reasoning import split_reasoning
from perfbench.evaluation.judging.contracts import Contract, Form
from perfbench.types import Sample

DEFAULT = "aisbench"
PLACEHOLDERS = ("question", "answer", "answer_a", "answer_b", "reference", "nonce")
SUFFIX = ".j2"


class Head(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What stands in front of a prompt."""

    contract: Form
    labels: list[str] = []
    words: dict[str, str] = {}
    range: tuple[float, float] | None = None
    values: dict[str, float] = {}
    """What each label is worth, 0 to 1; a number is worth its place in the range."""
    shares: dict[str, list[str]] = {}
    """Further figures: the share of the verdicts that have one of these labels."""
    metric: str = "accuracy"
    system: str = ""
    reasoning: bool = False
    """Show the judge what a model thought, too."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """What is judged. Of a pair ``answer`` is the candidate's and ``other`` the one beside it."""

    question: str
    answer: str
    other: str | None = None
    reference: str | None = None
    swapped: bool = False
    """The candidate's answer is shown second."""


@dataclass(frozen=True, slots=True)
class Rubric:
    """One prompt for judges, with how its verdicts are read and what they are worth."""

    name: str
    head: Head
    body: str
    contract: Contract
    uses: frozenset[str]
    """The placeholders in it."""
    digest: str = field(default="", compare=False)
    """Hash of all of it: what judges are asked, and what their verdicts are worth."""

    @property
    def is_pairwise(self) -> bool:
        """Whether two answers are compared."""
        return "answer_a" in self.uses

    @property
    def needs_reference(self) -> bool:
        """Whether a right answer is shown."""
        return "reference" in self.uses

    def sample(self, name: str, texts: Texts, meta: Mapping[str, Any] = {}) -> Sample:
        """The question to a judge about ``texts``.

        Args:
            name: id of the question.
            meta: what else is to be kept with it.
        """
        asked = self.filled(texts)
        system = [{"role": "system", "content": self.head.system}] if self.head.system else []
        kept = {
            "contract": msgspec.to_builtins(self.contract),
            "values": self.values(texts.swapped),
            "shares": dict(self.head.shares),
            **meta,
        }
        if self.is_pairwise:
            kept["swapped"] = texts.swapped
        return Sample(name, [*system, {"role": "user", "content": asked}], meta=kept)

    def filled(self, texts: Texts) -> str:
        """The prompt with the texts in it.

        Raises:
            ConfigError: it shows a text that there is none of.
        """
        first, second = texts.answer, texts.other
        if texts.swapped:
            first, second = second or "", texts.answer
        given = {
            "question": texts.question,
            "answer": texts.answer,
            "answer_a": first,
            "answer_b": second,
            "reference": texts.reference,
        }
        shown = {key: value for key, value in given.items() if key in self.uses}
        if lacking := [key for key, value in shown.items() if value is None]:
            raise ConfigError(f"the judge's prompt {self.name} shows a {lacking[0]}: there is none")
        shown["nonce"] = nonce([str(value) for value in shown.values()])
        return _template(self.body).render(shown)

    def values(self, swapped: bool = False) -> dict[str, float]:
        """What each label says of the candidate."""
        values = self.head.values
        return {key: 1 - value for key, value in values.items()} if swapped else dict(values)


def nonce(texts: list[str]) -> str:
    """Eight letters that none of the texts contains; the same for the same texts."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(f"{len(text)}\0{text}".encode("utf-8", "surrogateescape"))
    while True:
        found = digest.hexdigest()[:8]
        if not any(found in text for text in texts):
            return found
        digest.update(b"\0")


def shown(text: str, rubric: Rubric) -> str:
    """A model's answer as a judge sees it: without its reasoning, unless that is asked for."""
    return text if rubric.head.reasoning else split_reasoning(text)[0]


def names() -> list[str]:
    """The prompts that ship with perfbench."""
    return sorted(
        each.name.removesuffix(SUFFIX) for each in _folder().iterdir() if each.name.endswith(SUFFIX)
    )


@lru_cache(maxsize=32)
def find(name: str) -> Rubric:
    """The prompt of that name, or in that file (``FILE.j2``).

    Raises:
        ConfigError: there is none, or it is malformed; one line that names the file.
    """
    path = _folder() / f"{name}{SUFFIX}"
    if name.endswith(SUFFIX):
        path = Path(name).expanduser()
    elif name not in names():
        raise ConfigError(
            f"no prompt for judges is called {name!r}; there are: {', '.join(names())}, and files "
            f"named *{SUFFIX}"
        )
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read {name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name} is not UTF-8") from None
    return parse(Path(name).stem if name.endswith(SUFFIX) else name, text)


def parse(name: str, text: str) -> Rubric:
    """The prompt that a file holds.

    Raises:
        ConfigError: it is malformed.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    ends = [place for place, line in enumerate(lines) if line.rstrip() == "---"]
    if not ends or ends[0] != 0 or len(ends) < 2:
        raise ConfigError(
            f"{name}: a judge's prompt begins with its contract between two lines ---"
        )
    try:
        given = yaml.safe_load("\n".join(lines[1 : ends[1]]))
        head = msgspec.convert(given, Head)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigError(f"{name}: {' '.join(str(error).split())}") from None
    body = "\n".join(lines[ends[1] + 1 :]).strip("\n")
    low, high = head.range or (None, None)
    try:
        contract = Contract(head.contract, tuple(head.labels), head.words, low, high)
        uses = _placeholders(body)
        _check(head, contract, uses)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from None
    told = msgspec.json.encode([msgspec.structs.replace(head, source=""), body])
    return Rubric(name, head, body, contract, uses, hashlib.sha256(told).hexdigest()[:16])


def _check(head: Head, contract: Contract, uses: frozenset[str]) -> None:
    pair = {"answer_a", "answer_b"}
    if uses & pair and not pair <= uses:
        raise ConfigError("a comparison shows answer_a and answer_b")
    if not uses & {"answer", *pair}:
        raise ConfigError("shows no {{ answer }}, nor {{ answer_a }} and {{ answer_b }}")
    if "answer" in uses and uses & pair:
        raise ConfigError("shows {{ answer }} or {{ answer_a }} and {{ answer_b }}, not both")
    if contract.labels and set(head.values) != set(contract.labels):
        raise ConfigError("values has what each label is worth, and nothing else")
    if any(not 0 <= value <= 1 for value in head.values.values()):
        raise ConfigError("values lie in 0 to 1")
    if uses & pair and contract.is_scale:
        raise ConfigError("a comparison is stated by labels, not on a scale")
    if any(not set(of) <= set(contract.labels) for of in head.shares.values()):
        raise ConfigError("shares are of labels")


def _placeholders(body: str) -> frozenset[str]:
    """The names that a prompt shows.

    Raises:
        ConfigError: it is more than text and placeholders, or shows what there is not.
    """
    try:
        tree = _ENVIRONMENT.parse(body)
    except jinja2.TemplateSyntaxError as error:
        raise ConfigError(f"line {error.lineno}: {error.message}") from None
    found = set()
    for part in tree.body:
        if not isinstance(part, nodes.Output):
            raise ConfigError(f"line {part.lineno}: placeholders only, such as {{{{ question }}}}")
        for each in part.nodes:
            if isinstance(each, nodes.Name):
                found.add(each.name)
            elif not isinstance(each, nodes.TemplateData):
                raise ConfigError(
                    f"line {each.lineno}: placeholders only, such as {{{{ question }}}}"
                )
    if unknown := sorted(found - set(PLACEHOLDERS)):
        raise ConfigError(
            f"there is no {{{{ {unknown[0]} }}}}; there are {', '.join(PLACEHOLDERS)}"
        )
    return frozenset(found)


_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)


@lru_cache(maxsize=32)
def _template(body: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(body)


def _folder() -> Any:
    return files("perfbench.evaluation.judging") / "prompts"
