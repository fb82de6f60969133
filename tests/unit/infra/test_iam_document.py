"""The page of permissions is what the recorded policies say."""

from infra.iam_document import UNUSED, document, statements
from infra.iam_policies import Statement
from infra.local.recording import RECORDINGS, load
from infra.terraform_runner import DIRECTORY

PAGE = DIRECTORY.parents[1] / "docs" / "iam.md"


def granted() -> list[Statement]:
    """What the roles of both profiles may do."""
    return [statement for profile in RECORDINGS for statement in statements(load(profile))]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == document(), "run `python -m infra.iam_document > docs/iam.md`"


def test_only_permissions_that_are_granted_are_explained() -> None:
    known = {(one.role, one.sid, action) for one in granted() for action in one.actions}
    assert set(UNUSED) - known == set()


def test_no_role_may_do_everything() -> None:
    for statement in granted():
        assert "*" not in statement.resources, statement
        assert not any("*" in action for action in statement.actions), statement
