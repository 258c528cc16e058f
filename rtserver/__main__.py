"""`python -m rtserver`: the same as the command `rtserver`."""

from rtserver.cli import main

main()
