"""The rule table as the JavaScript module that the browser extension reads.

`python -m gezhi.papers.javascript FILE` writes it; a test fails when the committed file is old.

>>> module().splitlines()[1].startswith("export const TABLE = {")
True
"""

import json
import sys
from pathlib import Path

from gezhi.papers.rules import table

__all__ = ["main", "module"]


def module() -> str:
    """Write the table as an ES module, in ASCII only.

    >>> module().isascii()
    True
    """
    head = "// Generated from src/gezhi/papers/rules.json by python -m gezhi.papers.javascript"
    return f"{head}\nexport const TABLE = {json.dumps(table(), indent=1)};\n"


def main() -> None:
    """Write the module to the file that the command line names, or to standard output.

    >>> import contextlib, io
    >>> with contextlib.redirect_stdout(io.StringIO()) as out:
    ...     sys.argv = ["javascript"]; main()
    >>> out.getvalue() == module()
    True
    """
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(module(), encoding="utf-8")
    else:
        sys.stdout.write(module())


if __name__ == "__main__":
    main()
