"""The scheduled jobs that build silver and gold from bronze. Runs on Python 3.9 too."""

import os

# Read once, when Arrow is loaded: its own pools keep what a run needed at its widest moment.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
