"""pyiceberg 0.10 uses names that newer pydantic and pyparsing releases deprecate, at import."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import pyiceberg.catalog.glue
    import pyiceberg.io.pyarrow  # noqa: F401
