from datetime import UTC, datetime

import pytest

from infra.local.firehose import prefixes

AT = datetime(2026, 3, 9, 4, 5, 6, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd-HH", "2026-03-09-04"),
        ("yy/M/d/H", "26/3/9/4"),
        ("uuuu'-W'DDD", "2026-W068"),
        ("MMM MMMM EEE EEEE", "Mar March Mon Monday"),
        ("hh:mm:ss.SSS a", "04:05:06.123 AM"),
        ("yyyy''MM", "2026'03"),
        ("'year='yyyy", "year=2026"),
    ],
)
def test_times_are_formatted_as_java_does(pattern: str, text: str) -> None:
    assert prefixes.format_time(pattern, AT) == text


def test_a_prefix_without_expressions_gets_the_hour() -> None:
    assert prefixes.delivered("orders/", AT) == "orders/2026/03/09/04/"
    assert prefixes.delivered("", AT) == "2026/03/09/04/"


def test_a_prefix_with_expressions_is_evaluated_and_nothing_is_added() -> None:
    prefix = "bronze/arrival_hour=!{timestamp:yyyy-MM-dd-HH}/"
    assert prefixes.delivered(prefix, AT) == "bronze/arrival_hour=2026-03-09-04/"


def test_times_are_in_the_streams_zone() -> None:
    assert prefixes.delivered("!{timestamp:HH}", AT, "Asia/Tokyo") == "13"


def test_random_strings_differ() -> None:
    first, second = (prefixes.delivered("!{firehose:random-string}/", AT) for _ in range(2))
    assert first != second
    assert len(first) == len("0123456789a/")


def test_an_error_prefix_names_the_kind_of_error() -> None:
    prefix = "failed/!{firehose:error-output-type}/!{timestamp:yyyy-MM-dd-HH}/"
    assert prefixes.failed(prefix, "format-conversion-failed", AT) == (
        "failed/format-conversion-failed/2026-03-09-04/"
    )
    assert prefixes.failed("", "format-conversion-failed", AT) == "format-conversion-failed/2026/03/09/04/"


@pytest.mark.parametrize(
    ("prefix", "error_prefix"),
    [
        ("a=!{timestamp:yyyy}/", ""),
        ("a=!{timestamp:yyyy}/", "failed/!{timestamp:yyyy}/"),
        ("!{firehose:error-output-type}/", "failed/!{firehose:error-output-type}/"),
        ("!{timestamp:QQ}/", "failed/!{firehose:error-output-type}/"),
        ("!{partitionKeyFromQuery:id}/", "failed/!{firehose:error-output-type}/"),
        ("!{nothing:known}/", "failed/!{firehose:error-output-type}/"),
    ],
)
def test_a_prefix_that_firehose_refuses_is_refused(prefix: str, error_prefix: str) -> None:
    with pytest.raises(prefixes.PrefixError):
        prefixes.check(prefix, error_prefix)
