"""The facts of a setting beside its type, default and limits; each stands on its field.

Read by whoever needs one (options, loading, documentation), so that none of them knows a setting by
its name. Knows no particular setting and no command line library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import asdict
from pydantic import Field
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from typing_extensions import TypedDict, Unpack

    class More(TypedDict, total=False):
        """What :func:`setting` takes beside: fields of :class:`Facts`, and limits of the value."""

        metavar: str
        table: str
        alone: str
        flag: str
        variable: bool
        figures: bool
        fallback: str
        fallbacks: dict[str, str]
        ge: float
        gt: float
        le: float


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one setting."""

    group: str
    """Heading it is listed under."""
    unit: str | None = None
    metavar: str | None = None
    """What stands for the value in the help, where type and unit do not say it."""
    table: str | None = None
    """Table of ``registry.TABLES`` that its value (or each of its values) is a name in."""
    alone: str | None = None
    """What the flag means that stands without a value; ``None`` if it needs one."""
    flag: str | None = None
    """Its flag, where that is not its name with dashes."""
    variable: bool = True
    """Whether there is an environment variable for it, in models that have them."""
    figures: bool = True
    """Whether it can change a figure: then a run is continued, and done again, with the same."""
    fallback: str | None = None
    """Another program's variable that is read where nothing else sets it."""
    fallbacks: dict[str, str] | None = None
    """The same by the value of ``api``: a key is meant for one company's service."""

    def variable_for(self, api: object) -> str | None:
        """The variable of another program to read, where requests go to services of ``api``."""
        return (self.fallbacks or {}).get(str(api), self.fallback)


def setting(
    default: Any, text: str, group: str, unit: str | None = None, **more: Unpack[More]
) -> Any:
    """A pydantic field with its help text and its facts.

    Args:
        more: other fields of :class:`Facts`; what is none of them is a limit of the value, as
            pydantic's ``Field`` takes it.
    """
    given: dict[str, Any] = dict(more)
    known = {name: given.pop(name) for name in [*given] if name in Facts.__struct_fields__}
    given |= {
        "description": text,
        # As JSON, for a schema of the settings shows it.
        "json_schema_extra": asdict(Facts(group=group, unit=unit, **known)),
    }
    if isinstance(default, (list, dict)):
        return Field(default_factory=lambda: type(default)(default), **given)
    return Field(default, **given)


def facts_of(field: FieldInfo) -> Facts | None:
    """The facts of a setting; ``None`` for a part of a model that is no setting of its own."""
    extra: Any = field.json_schema_extra
    return Facts(**extra) if isinstance(extra, dict) else None
