"""The page of permissions is what the recorded policies say."""

from infra.iam_document import UNUSED, document, statements
from infra.local.recording import load
from infra.terraform_runner import DIRECTORY

PAGE = DIRECTORY.parents[1] / "docs" / "iam.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == document(), "run `python -m infra.iam_document > docs/iam.md`"


def test_only_permissions_that_are_granted_are_explained() -> None:
    granted = {(one.role, one.sid, action) for one in statements(load()) for action in one.actions}
    assert set(UNUSED) - granted == set()


def test_no_role_may_do_everything() -> None:
    for statement in statements(load()):
        assert "*" not in statement.resources, statement
        assert not any("*" in action for action in statement.actions), statement
