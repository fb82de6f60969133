"""Glue's argument convention."""

import pytest

from infra.local.glue.arguments import argv, merged, s3_list, split_s3


def test_a_runs_argument_beats_the_default_and_loses_to_the_fixed_one() -> None:
    arguments = merged({"--a": "1", "--b": "1"}, {"--a": "2", "--b": "2"}, {"--b": "3"})
    assert arguments == {"--a": "2", "--b": "3"}


def test_keys_without_a_value_are_flags() -> None:
    assert argv({"--flag": "", "key": "v"}, script_location="s3://b/k") == [
        "--flag",
        "--key",
        "v",
        "--scriptLocation",
        "s3://b/k",
    ]


def test_lists_of_files_may_have_blanks() -> None:
    assert s3_list(" s3://b/a.whl, s3://b/b.zip ,") == ["s3://b/a.whl", "s3://b/b.zip"]


@pytest.mark.parametrize("url", ["/tmp/x", "https://b/k", "s3://"])  # noqa: S108  # only a text
def test_what_is_not_in_s3_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="write s3://bucket/key"):
        split_s3(url)
