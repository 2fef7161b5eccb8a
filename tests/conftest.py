"""Makes the helpers in this folder importable from every folder of tests."""
