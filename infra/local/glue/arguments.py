"""Glue's argument convention: which arguments a run has, and how the script sees them."""

from collections.abc import Mapping

SCRIPT_LOCATION = "--scriptLocation"
EXTRA_PY_FILES = "--extra-py-files"


def merged(
    defaults: Mapping[str, str], run: Mapping[str, str], non_overridable: Mapping[str, str]
) -> dict[str, str]:
    """The arguments of one run: the job's defaults, overlaid by the run's, then those nobody overrides."""
    return {**defaults, **run, **non_overridable}


def argv(arguments: Mapping[str, str], *, script_location: str) -> list[str]:
    """What follows the script's name in its `sys.argv`.

    Glue passes its own arguments on to the script beside the script's, so a script that knows only its own
    needs `argparse.parse_known_args` or `awsglue.utils.getResolvedOptions`. A key without a value is a flag.
    """
    words: list[str] = []
    for key, value in arguments.items():
        words.append(key if key.startswith("--") else f"--{key}")
        if value != "":
            words.append(value)
    if SCRIPT_LOCATION not in arguments:
        words += [SCRIPT_LOCATION, script_location]
    return words


def s3_list(value: str | None) -> list[str]:
    """A comma separated list of S3 URLs, blanks left out."""
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def split_s3(url: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`; `ValueError` for anything else."""
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme not in {"s3", "s3a", "s3n"} or not bucket:
        raise ValueError(f"{url!r} is not an S3 location; write s3://bucket/key")
    return bucket, key
