"""`python -m loadtests.compare`: the same as `python -m loadtests compare`."""

import argparse
import sys

from loadtests.compare.command import add_arguments, main

parser = argparse.ArgumentParser(prog="python -m loadtests.compare", description=main.__doc__)
add_arguments(parser)
sys.exit(main(parser.parse_args()))
