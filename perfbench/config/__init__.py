"""The one settings tree: flags, YAML/TOML files, ``PERFBENCH_*`` variables, the Python API and the
reference documentation all come from the models here.

Owns names, types, defaults, help texts and the rules between settings. Knows no command line
library. Building a model takes time, so those that few commands need (``config.evaluation``) are
imported from their own module.
"""

from perfbench.config.base import Settings
from perfbench.config.given import command_of, given_settings
from perfbench.config.loading import (
    ENV_PREFIX,
    flag_of,
    in_our_names,
    load_config,
    load_settings,
    read_settings,
    refuse_ignored,
    unknown_variables,
    validated,
    variable_of,
)
from perfbench.config.perf import PerfConfig
from perfbench.config.run import RunConfig
from perfbench.config.secrets import Scrubber, public, scrubber
from perfbench.config.service import ServiceConfig
from perfbench.config.simulator import SimulatorConfig

__all__ = [
    "ENV_PREFIX",
    "PerfConfig",
    "RunConfig",
    "Scrubber",
    "ServiceConfig",
    "Settings",
    "SimulatorConfig",
    "command_of",
    "flag_of",
    "given_settings",
    "in_our_names",
    "load_config",
    "load_settings",
    "public",
    "read_settings",
    "refuse_ignored",
    "scrubber",
    "unknown_variables",
    "validated",
    "variable_of",
]
