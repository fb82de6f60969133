from pathlib import Path

import pytest

from infra.terraform_runner import Terraform, TerraformMissing, change_of


def test_without_terraform_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TerraformMissing, match=r"1\.11"):
        Terraform(tmp_path)


def test_a_change_names_the_attributes_that_differ_or_are_not_known_yet() -> None:
    change = change_of(
        {
            "address": "aws_kinesis_stream.orders",
            "change": {
                "actions": ["update"],
                "before": {"name": "a", "tags": {}, "arn": "x"},
                "after": {"name": "a", "tags": {"k": "v"}},
                "after_unknown": {"arn": True, "name": False},
            },
        }
    )
    assert change.attributes == {"tags", "arn"}


def test_a_new_resource_has_all_its_attributes_changed() -> None:
    change = change_of(
        {"address": "a.b", "change": {"actions": ["create"], "before": None, "after": {"name": "n"}}}
    )
    assert change.actions == ("create",)
    assert change.attributes == {"name"}
