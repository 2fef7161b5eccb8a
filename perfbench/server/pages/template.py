"""From a template and values to a page: the environment that all templates share."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import jinja2

from perfbench import __version__
from perfbench.foreign import visible
from perfbench.reports import wording
from perfbench.reports.evaluation.figures import percent


def rendered(template: str, values: Mapping[str, Any]) -> str:
    """A page, or the part of one, as HTML.

    Args:
        template: name of a file in ``templates``.
        values: what it needs, by name; ``call`` is the request, ``session`` whether it has one.
    """
    return (
        _templates()
        .get_template(template)
        .render(version=__version__, **{"session": False, **values})
    )


@functools.cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(_source),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": wording.number,
        "share": wording.share,
        "span": wording.span,
        "moment": _moment,
        "whole": lambda value: wording.UNKNOWN if value is None else f"{value:,.0f}",
        "percent": percent,
        "urlpart": lambda text: quote(text, safe=""),
        "visible": visible,
    }
    return environment


def _source(name: str) -> str:
    return (files("perfbench.server.pages") / "templates" / name).read_text("utf-8")


def _moment(unix_s: float | None) -> str:
    """A time as people read it, in the server's zone."""
    if unix_s is None:
        return wording.UNKNOWN
    return f"{datetime.fromtimestamp(unix_s).astimezone():%Y-%m-%d %H:%M:%S}"
