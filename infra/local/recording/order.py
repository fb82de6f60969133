"""The order in which recorded calls are made; Terraform's own is another at each run."""

from collections.abc import Iterable
from typing import Final

from infra.local.recording.call import Call

# What is called later may name what was called before. Within one entry the order is that of the texts.
_ORDER: Final = (
    ("logs", "CreateLogGroup"),
    ("logs", "PutRetentionPolicy"),
    ("logs", "CreateLogStream"),
    ("s3", "PUT bucket"),
    ("s3", "PUT tagging"),
    ("s3", "PUT publicAccessBlock"),
    ("s3", "PUT encryption"),
    ("s3", "PUT versioning"),
    ("s3", "PUT policy"),
    ("s3", "PUT lifecycle"),
    ("s3", "PUT object"),
    ("iam", "CreateRole"),
    ("iam", "PutRolePolicy"),
    ("glue", "CreateDatabase"),
    ("glue", "CreateTable"),
    ("athena", "CreateWorkGroup"),
    ("athena", "CreateNamedQuery"),
    ("glue", "CreateJob"),
    ("glue", "CreateWorkflow"),
    ("glue", "CreateTrigger"),
    ("sns", "CreateTopic"),
    ("sns", "SetTopicAttributes"),
    ("events", "PutRule"),
    ("events", "PutTargets"),
    ("monitoring", "PutMetricAlarm"),
    ("monitoring", "PutDashboard"),
    ("firehose", "CreateDeliveryStream"),
    ("firehose", "StartDeliveryStreamEncryption"),
    ("kinesis", "CreateStream"),
    ("kinesis", "IncreaseStreamRetentionPeriod"),
    ("kinesis", "StartStreamEncryption"),
    ("ssm", "PutParameter"),
    ("lambda", "POST functions"),
    ("lambda", "PUT functions"),
    ("s3", "PUT notification"),
    ("apigateway", "POST apis"),
    ("apigateway", "POST authorizers"),
    ("apigateway", "POST integrations"),
    ("apigateway", "POST routes"),
    ("apigateway", "POST stages"),
    ("lambda", "POST event-source-mappings"),  # last: it begins to read at once
)


class UnplacedCall(Exception):
    """Terraform made a call of a kind that has no place in the order yet."""

    def __init__(self, call: Call) -> None:
        super().__init__(
            f"{call.action} of {call.service} has no place yet: add "
            f'("{call.service}", "{call.action}") to _ORDER in infra/local/recording/order.py'
        )


def in_order(calls: Iterable[Call]) -> list[Call]:
    """Each different call once, in an order that does not depend on the run.

    Raises:
        UnplacedCall: a kind of call is not in `_ORDER`.
    """
    distinct = {repr(call): call for call in calls}
    return sorted(distinct.values(), key=lambda call: (_place(call), repr(call)))


def _place(call: Call) -> int:
    try:
        return _ORDER.index((call.service, call.action))
    except ValueError:
        raise UnplacedCall(call) from None
