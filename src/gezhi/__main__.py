"""``python -m gezhi`` is ``gezhi``."""

from gezhi.cli import main

if __name__ == "__main__":
    main()
