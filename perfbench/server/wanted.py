"""What people want of a list, as it stands in an address. Knows no list in particular."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec


class Wants(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what is wanted of a list: each field has a default, which is the usual."""

    def query(self, **changes: Any) -> str:
        """The same as the query of an address, with changes; what is usual is left out."""
        changed, usual = msgspec.structs.replace(self, **changes), type(self)()
        plain = ((name, getattr(changed, name)) for name in self.__struct_fields__)
        return urlencode([(name, each) for name, each in plain if each != getattr(usual, name)])
