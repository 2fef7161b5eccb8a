"""The one settings tree: flags, YAML/TOML files, ``PERFBENCH_*`` variables, the Python API and the
reference documentation all come from the models here.

Owns names, types, defaults, help texts and the rules between settings. Knows no command line
library. Building a model takes time, so those that few commands need (``config.evaluation``) are
imported from their own module.
"""

from perfbench.config.base import Settings, public
from perfbench.config.loading import (
    ENV_PREFIX,
    explain,
    flag_of,
    load_config,
    load_settings,
    read_settings,
    variable_of,
)
from perfbench.config.perf import PerfConfig
from perfbench.config.run import RunConfig
from perfbench.config.service import ServiceConfig
from perfbench.config.simulator import SimulatorConfig

__all__ = [
    "ENV_PREFIX",
    "PerfConfig",
    "RunConfig",
    "ServiceConfig",
    "Settings",
    "SimulatorConfig",
    "explain",
    "flag_of",
    "load_config",
    "load_settings",
    "public",
    "read_settings",
    "variable_of",
]
