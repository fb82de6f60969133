"""Buckets are closed to the public and to whoever comes without TLS; the secret is in no state."""

import re
from collections.abc import Iterator
from typing import Any

import hcl2
import pytest

from infra.terraform_runner import DIRECTORY

_OPTIONS = hcl2.SerializationOptions(with_comments=False, strip_string_quotes=True)


def blocks(kind: str, type_: str) -> Iterator[dict[str, Any]]:
    """The blocks of a type (`resource "aws_s3_bucket"`) in all modules, without their names."""
    for file in DIRECTORY.rglob("*.tf"):
        if f'"{type_}"' in (text := file.read_text()):
            for block in hcl2.loads(text, serialization_options=_OPTIONS).get(kind, []):
                yield from block.get(type_, {}).values()


def test_there_is_one_definition_of_buckets() -> None:
    """What the tests below say of it is said of every bucket."""
    (buckets,) = blocks("resource", "aws_s3_bucket")
    assert buckets["for_each"] == "${local.buckets}"


@pytest.mark.parametrize(
    "setting", ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
)
def test_every_bucket_blocks_the_public(setting: str) -> None:
    (block,) = blocks("resource", "aws_s3_bucket_public_access_block")
    assert (block["for_each"], block["bucket"]) == ("${aws_s3_bucket.this}", "${each.value.id}")
    assert block[setting] is True


def test_every_bucket_denies_everything_to_everybody_without_tls() -> None:
    (policy,) = blocks("resource", "aws_s3_bucket_policy")
    assert (policy["for_each"], policy["bucket"]) == ("${aws_s3_bucket.this}", "${each.value.id}")
    assert policy["policy"] == "${data.aws_iam_policy_document.access[each.key].json}"
    (document,) = (
        document
        for document in blocks("data", "aws_iam_policy_document")
        if document.get("for_each") == "${aws_s3_bucket.this}"
    )
    (statement,) = (each for each in document["statement"] if each["sid"] == "DenyWithoutTls")
    (whom,), (condition,) = statement["principals"], statement["condition"]
    assert (statement["effect"], statement["actions"]) == ("Deny", ["s3:*"])
    assert statement["resources"] == ["${each.value.arn}", "${each.value.arn}/*"]
    assert (whom["type"], whom["identifiers"]) == ("*", ["*"])
    assert condition["test"] == "Bool"
    assert (condition["variable"], condition["values"]) == ("aws:SecureTransport", ["false"])


def test_the_pseudonyms_key_is_in_no_state_and_no_plan() -> None:
    """Terraform forgets what is written only (`value_wo`) and ephemeral; a `value` it would keep."""
    (parameter,) = (
        block for block in blocks("resource", "aws_ssm_parameter") if block["type"] == "SecureString"
    )
    assert not {"value", "insecure_value"} & parameter.keys()
    assert "ephemeral.aws_secretsmanager_random_password.pseudonymisation_key" in parameter["value_wo"]


def test_a_module_is_told_the_keys_name_and_never_the_key() -> None:
    texts = [file.read_text() for file in DIRECTORY.rglob("*.tf")]
    told = {use for text in texts for use in re.findall(r"var\.pseudonym_key\.(\w+)", text)}
    read = {
        use for text in texts for use in re.findall(r"aws_ssm_parameter\.pseudonymisation_key\.(\w+)", text)
    }
    assert told | read == {"arn", "name"}


def test_the_access_log_of_the_http_api_says_nothing_of_who_called() -> None:
    text = (DIRECTORY / "modules" / "http_api" / "main.tf").read_text()
    said = set(re.findall(r"\$context\.([\w.]+)", text))
    assert "status" in said
    assert [name for name in said if name.startswith(("identity", "authorizer"))] == []
