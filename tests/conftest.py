"""Makes the helper modules of this folder importable from the tests below it, and lets hypothesis
take its time: a busy machine is no failure."""

from hypothesis import settings

settings.register_profile("perfbench", deadline=None)
settings.load_profile("perfbench")
