"""The list of people who were erased: who is on it, and how somebody gets there."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson

from glue import erasure
from glue.erasure import CUSTOMER_ID, EMAIL, Erased, ErasureKey
from glue.settings import Settings
from orderlake.aws import Aws
from orderlake.erasure.person import Person

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def load(aws: Aws) -> Erased:
    """Everybody who was erased in this stack.

    Raises:
        ErasedUnknown: a key is gone with which somebody was listed.
    """
    settings = Settings.from_stack(aws.stack.model_dump_json())
    return erasure.load(aws.session.client("s3"), lambda: aws.session.client("ssm"), settings)


class Listing:
    """Puts people on the list, under the present key."""

    def __init__(self, aws: Aws) -> None:
        self._s3: S3Client = aws.session.client("s3")
        self._bucket = aws.stack.lake_bucket
        self._folder = erasure.folder(aws.stack.audit_prefix)
        answer = aws.session.client("ssm").get_parameter(
            Name=erasure.key_parameter(aws.stack.environment), WithDecryption=True
        )
        self._key = ErasureKey(str(answer["Parameter"]["Version"]), answer["Parameter"]["Value"])

    def token(self, person: Person) -> str:
        """What stands for the person in the list, and in receipts."""
        return self._key.token(CUSTOMER_ID, person.customer_id)

    def add(self, person: Person, at: str) -> None:
        """List the person's number and addresses; safe to repeat."""
        for token in self._tokens(person):
            self._s3.put_object(
                Bucket=self._bucket,
                Key=f"{self._folder}{self._key.key_id}/{token}.json",
                Body=orjson.dumps({"listed_at": at}),
                ContentType="application/json",
            )

    def _tokens(self, person: Person) -> Iterable[str]:
        yield self.token(person)
        yield from (self._key.token(EMAIL, email) for email in person.emails)
