"""``python -m metaprop`` is the command ``metaprop``."""

from metaprop.cli import main

if __name__ == "__main__":
    main()
