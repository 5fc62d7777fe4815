"""The command line: parse, one call, print, exit code; a file for each command.

Exit codes: 0 answered; 1 something typed or read is wrong, or results could not be written; 3 a fit
cannot be trusted. Commands are imported when they run, so that ``--help`` is immediate.
"""

from metaprop.cli.group import main

__all__ = ["main"]
