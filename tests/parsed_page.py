"""A page as a browser would take it apart, for tests of what it shows and asks for."""

from __future__ import annotations

import base64
import gzip
import json
from html.parser import HTMLParser
from typing import Any


class Page(HTMLParser):
    """What a browser would make of a page: elements, scripts, addresses, visible text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.words = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs).get("type"), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            kind, text = self.scripts[-1]
            self.scripts[-1] = (kind, text + data)
        elif self._inside != "style":
            self.words += data

    def data(self) -> Any:
        return json.loads(next(text for kind, text in self.scripts if kind))

    @property
    def catalogue(self) -> Any:
        return json.loads(next(t for kind, t in self.scripts if kind == "application/json"))

    @property
    def blobs(self) -> list[Any]:
        packed = [text for kind, text in self.scripts if kind == "application/gzip"]
        return [json.loads(gzip.decompress(base64.b64decode(text))) for text in packed]
