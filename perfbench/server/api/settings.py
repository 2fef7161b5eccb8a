"""Routes of settings: what there are, whether some are right, one request with them."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from perfbench.config.server import ServerConfig
from perfbench.server.checked import Checked, check
from perfbench.server.fields import Field, fields_of
from perfbench.server.queue import Command
from perfbench.server.routes import Call, Reply, Route
from perfbench.server.tries import Plan, Tried
from perfbench.server.vetting import command_named, refused


class Asking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a run that is not asked for yet."""

    command: Command
    settings: dict[str, Any] = {}
    """By name, as in a settings file."""


class Offer(msgspec.Struct, frozen=True):
    """A value that a setting may have."""

    value: str
    text: str


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a setting. What there is not is ``None``."""

    name: str
    """Those of the simulator begin with ``simulator.``."""
    type: str
    """How a form has it written."""
    group: str
    help: str
    flag: str | None
    unit: str | None
    default: str | None
    """As shown; ``None`` also where the help says what it is."""
    limits: str | None
    choices: list[Offer]
    open: bool
    """Whether it may have other values than its choices."""
    secret: bool
    required: bool
    refused: str | None
    """Why it cannot be given to this server."""


class Tree(msgspec.Struct, frozen=True):
    """All settings of a command, in the order of forms."""

    command: Command
    settings: list[Setting]


async def _tree(call: Call) -> Reply:
    command = command_named(call.path["command"])
    fields = await asyncio.to_thread(fields_of, command)
    return Tree(command, [_shown(command, each, call.server.config) for each in fields])


def _shown(command: Command, field: Field, config: ServerConfig) -> Setting:
    default = ("on" if field.on else "off") if field.kind == "switch" else field.default or None
    return Setting(
        name=field.name,
        type=field.kind,
        group=field.group,
        help=field.help,
        flag=field.flag,
        unit=field.unit,
        default=default,
        limits=field.limits or None,
        choices=[Offer(each.value, each.text) for each in field.choices],
        open=field.is_open,
        secret=field.is_secret,
        required=field.is_required,
        refused=refused(command, field.name, config),
    )


async def _check(call: Call) -> Reply:
    asking: Asking = call.body
    return await asyncio.to_thread(check, asking.command, asking.settings, call.server.config)


async def _try(call: Call) -> Reply:
    asking: Asking = call.body
    return await call.server.tries.request(asking.command, asking.settings)


async def _plan(call: Call) -> Reply:
    asking: Asking = call.body
    return await call.server.tries.plan(asking.command, asking.settings)


ROUTES = (
    Route(
        "GET",
        "/api/v1/settings/{command}",
        _tree,
        "Every setting of perf, eval or arena.",
        "Settings",
        answers=Tree,
        refuses=(404,),
    ),
    Route(
        "POST",
        "/api/v1/check",
        _check,
        "Say whether settings are right, and how else they are written.",
        "Settings",
        body=Asking,
        answers=Checked,
        refuses=(422,),
    ),
    Route(
        "POST",
        "/api/v1/try",
        _try,
        "Send one small request with these settings.",
        "Settings",
        body=Asking,
        answers=Tried,
        refuses=(422, 429, 507),
    ),
    Route(
        "POST",
        "/api/v1/plan",
        _plan,
        "Say what an evaluation or an arena would ask; nothing is sent.",
        "Settings",
        body=Asking,
        answers=Plan,
        refuses=(422, 429, 507),
    ),
)
