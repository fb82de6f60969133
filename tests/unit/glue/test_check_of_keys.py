"""Keys that repeat are found in sorted keys as Athena would find them in groups."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from glue.dialect import check_to_duckdb, to_duckdb

CHECK = "SELECT a, b FROM published GROUP BY a, b HAVING COUNT(*) > 1"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["x", "y", "x,", ""]), st.none() | st.integers(0, 2)), max_size=12))
def test_as_many_keys_repeat_as_groups_have_more_than_one_row(rows: list[tuple[str, int | None]]) -> None:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE TABLE published (a VARCHAR, b BIGINT)")
        if rows:
            connection.executemany("INSERT INTO published VALUES (?, ?)", rows)
        assert len(connection.execute(check_to_duckdb(CHECK)).fetchall()) == len(
            connection.execute(to_duckdb(CHECK)).fetchall()
        )


def test_another_check_stays_as_it_is() -> None:
    other = "SELECT a FROM published WHERE b = 1 GROUP BY a HAVING COUNT(*) > 1"
    assert check_to_duckdb(other) == to_duckdb(other)
