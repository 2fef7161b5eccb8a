"""What every HTML report shares: its frame, what is said of the run, and how data gets in safely.

The frame (``assets/frame.html.j2``) has title, facts, settings and footer; reports fill its blocks.
Pages are self-contained: a content security policy keeps them off the network and runs only the
scripts whose hashes it names. Everything a server or a user said is escaped.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from perfbench import __version__
from perfbench.foreign import short_name
from perfbench.reports import wording
from perfbench.store import Run


@dataclass(frozen=True, slots=True)
class About:
    """What the page says of the run beside its figures. Values are plain text."""

    title: str
    simulated: bool
    facts: Mapping[str, str]
    settings: Sequence[tuple[str, str]]
    environment: Sequence[tuple[str, str]]
    config: Mapping[str, Any] = field(default_factory=dict)
    """All settings, as they may be shown."""
    given: Mapping[str, Any] | None = None
    """Those that were given; ``None`` if that was not kept."""
    command: str | None = None
    probe: Mapping[str, Any] | None = None
    rest: Sequence[str] = ()
    """Loads that were planned and are not run."""
    resumed: Sequence[str] = ()
    """Each time that the run was continued, in a line."""


_SAID_APART = ("given", "command", "probe", "rest", "resumed")


def describe(run: Run) -> About:
    """What a report says of the run beside its figures."""
    about = run.about
    simulated = bool(about.simulator)
    started = datetime.fromtimestamp(run.started_s).astimezone()
    facts = {
        "model": about.model,
        "service": "built-in simulator" if simulated else about.url,
        "started": f"{started:%Y-%m-%d %H:%M:%S %Z}",
        "perfbench": run.version,
    }
    title = folder = wording.one_line(run.path.resolve().name)
    if about.kind == "load test":
        name = wording.one_line(str(run.config.get("name") or short_name(about.model or folder)))
        title = f"{name}: {wording.load_span(run.points())}"
        facts["folder"] = folder
    elif about.kind == "evaluation":
        name = wording.one_line(str(run.config.get("name") or short_name(about.model or folder)))
        asked = ", ".join(map(str, run.config.get("datasets") or ()))
        title = f"{name}: {wording.one_line(asked, 80)}" if asked else name
        facts["folder"] = folder
    return About(
        title=title,
        simulated=simulated,
        facts={name: plain(value) for name, value in facts.items() if value is not None},
        settings=flat(run.config),
        environment=flat(
            {name: value for name, value in about.facts().items() if name not in _SAID_APART}
        ),
        config=run.config,
        given=about.given,
        command=about.command,
        probe=about.extra.get("probe"),
        rest=[wording.one_line(name) for name in about.rest],
        resumed=[wording.one_line(f"{each.time}: {each.words}", 2000) for each in about.resumed],
    )


def fill(
    template: str, about: About, styles: Sequence[str], scripts: Sequence[str], values: Any
) -> str:
    """A whole page.

    Args:
        template: name of the report's template in ``assets``.
        styles: names of style sheets in ``assets``, in order.
        scripts: names of scripts in ``assets``, in order.
        values: what the template needs, by name.
    """
    sources = [asset(name) for name in scripts]
    page = _templates().get_template(template)
    return page.render(
        about=about,
        version=__version__,
        styles=[Markup(asset(name)) for name in styles],
        scripts=[Markup(source) for source in sources],
        script_hashes=Markup(" ".join(map(_script_hash, sources))),
        **values,
    )


@functools.cache
def _templates() -> jinja2.Environment:
    """Kept, for what it has compiled: who writes many reports does so once."""
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(asset),
    )
    environment.filters |= {
        "number": wording.number,
        "share": wording.share,
        "span": wording.span,
    }
    return environment


def asset(name: str) -> str:
    """A text file that ships with the reports."""
    return (files("perfbench.reports") / "assets" / name).read_text("utf-8")


def packed(data: Any) -> str:
    """JSON as gzip in base64, for the ``script.chunk`` of a page that ``browse.js`` unpacks."""
    packer = zlib.compressobj(4, zlib.DEFLATED, 31)  # 31: with the header of gzip
    return base64.b64encode(packer.compress(msgspec.json.encode(data)) + packer.flush()).decode()


def embeddable(data: Any) -> str:
    """JSON that may stand inside a ``<script>`` element whatever text it holds."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def plain(value: Any) -> str:
    """A setting or fact as one line of text."""
    if value is None or value == [] or value == {}:
        return wording.UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return wording.one_line(" ".join(map(str, value)), 2000)
    return wording.one_line(str(value), 2000)


def flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings or facts as rows of dotted name and text."""
    rows: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            rows += flat(value, f"{prefix}{key}.")
        else:
            rows.append((f"{prefix}{key}", plain(value)))
    return rows


def _script_hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
