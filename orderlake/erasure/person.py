"""One person: what is theirs, and whether bytes name them."""

from functools import cached_property

from glue.erasure import CUSTOMER_ID, EMAIL
from orderlake.erasure.word_search import Search, Words


class Person:
    """A customer of the shop, and the pseudonyms of the e-mail addresses that their orders gave.

    `doubts` counts the times that something could not be searched to its end, and nothing was found before.
    """

    def __init__(self, customer_id: str, emails: frozenset[str] = frozenset()) -> None:
        self.customer_id = customer_id
        self.emails = emails
        self.doubts = 0

    def covers(self, kind: str, value: str) -> bool:
        """Whether a value is theirs."""
        return (kind == CUSTOMER_ID and value == self.customer_id) or (kind == EMAIL and value in self.emails)

    def is_named_in(self, data: bytes) -> bool:
        """Whether the id stands in the bytes as a word, or a pseudonym, also packed or encoded.

        It may be another thing's number by chance; who asks must be ready for that.
        """
        search = Search(self._words, len(data))
        found = search.finds_in(data)
        self.doubts += not found and not search.is_whole
        return found

    @cached_property
    def _words(self) -> Words:
        return Words(self.customer_id, self.emails)
