"""`python -m orderlake` is the console script."""

from orderlake.cli import main

main()
