"""What all tests share."""

import warnings

# pyiceberg 0.10, the last for Python 3.9, is imported here once, because it uses words that newer
# pydantic deprecates and warnings are errors in tests.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pyiceberg.catalog.glue
    import pyiceberg.io.pyarrow  # noqa: F401
