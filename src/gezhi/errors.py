"""Every error that gezhi raises on purpose.

::

    GezhiError                    catch this one to catch them all
    ├── InputError                what the user gave cannot be read: a file, a row, an encoding
    │   └── ArrayError            an array of items cannot be used as it is (also a ValueError)
    ├── ParameterError            an argument is out of its range (also a ValueError)
    ├── BundleError               a model bundle is missing, damaged or of another kind
    ├── DataError                 a data set is missing, or is not the file it should be
    ├── MissingExtra              an optional dependency is not installed
    ├── NotFittedError            an estimator was asked before it was fitted
    └── Interrupted               stopped by the user; what was finished is kept

A message is one sentence that names the file, row or parameter and says what would be right.
The command line prints that sentence and nothing else.
"""

__all__ = [
    "ArrayError",
    "BundleError",
    "DataError",
    "GezhiError",
    "InputError",
    "Interrupted",
    "MissingExtra",
    "NotFittedError",
    "ParameterError",
]


class GezhiError(Exception):
    """The root of all errors that gezhi raises on purpose."""


class InputError(GezhiError):
    """What the user gave cannot be read: names the file, row or column and what would be right."""


class ArrayError(InputError, ValueError):
    """An array of items cannot be used: names the row, column or shape and what would be right."""


class ParameterError(GezhiError, ValueError):
    """An argument is out of its range: names the parameter, the range and the value given."""


class BundleError(GezhiError):
    """A model bundle is missing, damaged, of another format number or of another kind."""


class DataError(GezhiError):
    """A data set is not here, or its sha256 is not the one the registry knows."""


class MissingExtra(GezhiError):
    """An optional dependency is not installed: the message holds the exact pip command."""


class NotFittedError(GezhiError, ValueError, AttributeError):
    """An estimator was asked to predict before it was fitted."""


class Interrupted(GezhiError):
    """The user stopped a run; the message says what was kept and how to go on."""
