"""The one settings tree: flags, YAML/TOML files, ``PERFBENCH_*`` variables, the Python API and the
reference documentation all come from the models here.

Owns names, types, defaults, help texts and the rules between settings. Knows no command line
library.
"""

from perfbench.config.base import Settings, public
from perfbench.config.loading import ENV_PREFIX, explain, flag_of, load_config, read_settings
from perfbench.config.perf import PerfConfig
from perfbench.config.simulator import SimulatorConfig

__all__ = [
    "ENV_PREFIX",
    "PerfConfig",
    "Settings",
    "SimulatorConfig",
    "explain",
    "flag_of",
    "load_config",
    "public",
    "read_settings",
]
