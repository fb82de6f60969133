"""Writes docs/iam.md: `python -m infra.iam_document > docs/iam.md`.

The policies are read from the recording of Terraform's calls: neither Terraform nor AWS is needed.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from infra.iam_policies import Statement
from infra.local.recording import RECORDINGS, Call, load

_ENVIRONMENT: Final = "orderlake-{{environment}}-"

_DELIVERIES: Final = ("bronze-delivery", "quarantine-delivery")
_WRITING_JOBS: Final = ("gold-job", "silver-job")
_JOBS: Final = (*_WRITING_JOBS, "maintenance-job")
_ATHENA_CALLERS: Final = ("gold-job", "maintenance-job")
_ATHENA: Final = "Athena acts with the job's role, which is not noted"
_ABORTED: Final = "an upload in parts that fails is taken back; none failed"
_FIND: Final = "AWS's libraries may ask where a bucket is, or look for what is missing; here they need not"

# Permissions that no call of the end-to-end run uses (role, statement, action), and why they are granted.
UNUSED: Final[dict[tuple[str, str, str], str]] = {
    **{
        (role, sid, action): reason
        for role in _DELIVERIES
        for sid, action, reason in (
            ("FindBucket", "s3:GetBucketLocation", "Firehose checks its bucket; the embedded one does not"),
            ("FindBucket", "s3:ListBucket", "Firehose checks its bucket; the embedded one does not"),
            (
                "FindBucket",
                "s3:ListBucketMultipartUploads",
                "large objects in parts; the embedded one puts whole",
            ),
            (
                "ReportErrors",
                "logs:PutLogEvents",
                "Firehose logs failed deliveries; the embedded one does not",
            ),
            (
                "WriteObjects",
                "s3:AbortMultipartUpload",
                "large objects in parts; the embedded one puts whole",
            ),
            ("WriteObjects", "s3:GetObject", "AWS's policy for Firehose has it, for objects it finds again"),
        )
    },
    **{
        ("bronze-delivery", "ReadSchema", action): "AWS's policy for conversion names all three calls"
        for action in ("glue:GetTable", "glue:GetTableVersion")
    },
    **{
        (role, sid, action): reason
        for role in _JOBS
        for sid, action, reason in (
            ("FindCode", "s3:GetBucketLocation", "Glue's own start asks for it; the embedded one does not"),
            ("FindCode", "s3:ListBucket", "Glue's own start asks for it; the embedded one does not"),
            ("FindData", "s3:GetBucketLocation", _FIND),
            ("Log", "logs:CreateLogGroup", "Terraform makes both groups, unless they were there before"),
            ("ReadTables", "glue:GetDatabase", "Glue and Athena look at the database on the way to a table"),
            ("ReadTables", "glue:GetTables", "listing of tables by AWS's libraries; ours ask by name"),
        )
    },
    **{
        (role, sid, action): reason
        for role in _WRITING_JOBS
        for sid, action, reason in (
            ("KeepData", "s3:AbortMultipartUpload", _ABORTED),
            ("KeepData", "s3:DeleteObject", "files that no snapshot names any more; a first run has none"),
            ("KeepTables", "glue:DeleteTable", "a rebuild drops its table; a first run does not"),
        )
    },
    ("gold-job", "FindData", "s3:ListBucket"): _FIND,
    **{
        ("maintenance-job", sid, action): _ATHENA
        for sid, action in (
            ("KeepData", "s3:AbortMultipartUpload"),
            ("KeepData", "s3:DeleteObject"),
            ("KeepData", "s3:PutObject"),
            ("KeepTables", "glue:UpdateTable"),
        )
    },
    **{
        (role, sid, action): _ATHENA
        for role in _ATHENA_CALLERS
        for sid, actions in (
            ("FindResults", ("s3:GetBucketLocation", "s3:ListBucket")),
            ("KeepResults", ("s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject")),
        )
        for action in actions
    },
    **{
        ("silver-job", sid, action): "for people who were erased and are sent again; the run has none"
        for sid, action in (
            ("KeepErasedOut", "s3:DeleteObjectVersion"),
            ("KeepErasedOut", "s3:PutObject"),
            ("TellErased", "ssm:GetParameter"),
        )
    },
    ("order-ingest", "FindBucket", "s3:ListBucket"): "Lambda checks the destination of given-up batches",
    (
        "order-ingest",
        "ReadPseudonymKey",
        "ssm:GetParameter",
    ): "for events that name a person; the run's name none",
    (
        "order-transform",
        "ReadPseudonymKey",
        "ssm:GetParameter",
    ): "for events that name a person; the run's name none",
    ("file-ingest", "GoOn", "lambda:InvokeFunction"): "for files that take over a quarter of an hour",
    ("file-ingest", "KeepManifests", "s3:GetObject"): "for files that an earlier attempt did not end",
    ("file-ingest", "MoveAside", "s3:AbortMultipartUpload"): _ABORTED,
    ("file-ingest", "TellFailure", "sns:Publish"): "for a file with which the function fails three times",
    (
        "bronze-delivery",
        "Transform",
        "lambda:GetFunctionConfiguration",
    ): "Firehose checks the function's timeout; the embedded one does not",
    **{
        (
            "order-ingest",
            "ReadStream",
            action,
        ): "Lambda describes the stream; the embedded one lists its shards"
        for action in ("kinesis:DescribeStream", "kinesis:DescribeStreamSummary")
    },
}

_HEAD: Final = """\
# Who may do what

<!-- Generated by `python -m infra.iam_document`. Do not edit. -->

One role per function, job and Firehose stream; the policies stand beside their users in
`infra/terraform/modules/*/iam.tf`.

`tests/integration/test_terraform_apply.py` applies them to the embedded AWS, sends the real orders through
the whole pipeline, once for each profile (`order-ingest` reads the stream of `stream`, `order-transform` is
Firehose's processor in `direct`), and notes every call by its role: requests by their access key, and what
Firehose, Lambda and Glue do themselves with a role that they were given. No call may be outside the policies,
and what no call used must be explained here. IAM itself does not judge on the embedded AWS; what Athena reads
with its caller's permissions is not noted.
"""


def statements(calls: Iterable[Call]) -> Iterator[Statement]:
    """What the recorded policies say; roles without the environment's name."""
    for call in calls:
        if call.action == "PutRolePolicy":
            form = call.body["form"]
            role = form["RoleName"].removeprefix(_ENVIRONMENT)
            yield from Statement.read(role, json.loads(form["PolicyDocument"]))


def document() -> str:
    """The page, as Markdown."""
    by_role: dict[str, list[Statement]] = {}
    for statement in dict.fromkeys(chain(*(statements(load(profile)) for profile in RECORDINGS))):
        by_role.setdefault(statement.role, []).append(statement)
    parts = [_HEAD]
    for role, granted in sorted(by_role.items()):
        parts.append(f"## {role}\n")
        parts.append("| statement | action | on | used by |\n|---|---|---|---|")
        parts += [line for one in granted for line in _rows(one)]
        parts.append("")
    return "\n".join(parts)


def _rows(statement: Statement) -> Iterator[str]:
    resources = ", ".join(f"`{_short(one)}`" for one in statement.resources)
    for action in sorted(statement.actions):
        reason = UNUSED.get((statement.role, statement.sid, action))
        use = f"not by the run: {reason}" if reason else "the run"
        yield f"| {statement.sid} | `{action}` | {resources} | {use} |"


def _short(resource: str) -> str:
    """An ARN without account and region, placeholders as `<environment>`."""
    text = resource.replace(":{{region}}:{{account_id}}:", ":::").replace("{{account_id}}", "<account>")
    text = text.replace("{{environment}}", "<environment>")
    return text.replace("{{", "<").replace("}}", ">")


if __name__ == "__main__":
    sys.stdout.write(document())
