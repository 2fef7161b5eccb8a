"""Makes the helper modules of this folder importable from the tests below it, lets hypothesis take
its time (a busy machine is no failure), and lets Ctrl-C reach what tests start."""

import signal

from hypothesis import settings

settings.register_profile("perfbench", deadline=None)
settings.load_profile("perfbench")

# A shell starts what it puts into the background with SIGINT ignored, and children inherit that;
# the programs under test are those of a person who can press Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
