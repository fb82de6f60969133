"""Digests and ranges of identities."""

from hypothesis import given
from hypothesis import strategies as st

from glue.ledger.identities import Digest, digest_of, numbers, ranges, size, without

sets = st.sets(st.integers(1, 60))


def digest(identities: list[str]) -> Digest:
    found = Digest()
    for identity in identities:
        found.add(identity)
    return found


@given(st.lists(st.text(max_size=4)), st.randoms())
def test_a_digest_does_not_depend_on_order(identities: list[str], randoms: object) -> None:
    shuffled = sorted(identities, key=lambda _: randoms.random())  # type: ignore[attr-defined]
    assert digest(shuffled) == digest(identities)


@given(st.lists(st.text(max_size=4), min_size=1), st.data())
def test_a_digest_tells_what_is_absent_what_is_twice_and_what_is_another(
    identities: list[str], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(identities) - 1))
    whole = digest(identities)
    assert digest(identities[:place] + identities[place + 1 :]) != whole
    assert digest([*identities, identities[place]]) != whole
    assert digest([*identities[:place], identities[place] + "x", *identities[place + 1 :]]) != whole


@given(sets, sets)
def test_ranges_are_sets(these: set[int], those: set[int]) -> None:
    assert set(numbers(ranges(these))) == these
    assert set(numbers(ranges(these, ranges(those)))) == these | those
    assert set(numbers(without(ranges(these), ranges(those)))) == these - those
    assert size(ranges(these)) == len(these)


@given(sets, sets)
def test_equal_sets_have_equal_digests_and_others_have_not(these: set[int], those: set[int]) -> None:
    assert (digest_of(ranges(these)) == digest_of(ranges(those))) == (these == those)
