"""A whole stack is restored from its backup: people go on where they were, and nobody hears of it."""

import pytest

from local_stack.backup import back_up, restore
from local_stack.stack import Stack
from tests.e2e.agencies import founded
from tests.e2e.families import PASSWORD, Mailbox, Submission, by_code, by_token, fresh_email, join, submit
from tests.e2e.people import ADMIN_PASSWORD, Person

pytestmark = pytest.mark.long(seconds=50)


@pytest.fixture
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("backup")


def test_a_restored_stack_goes_on(folder):
    """OP-09: accounts, links and open invitations are as they were at the backup, and no message is sent twice."""
    with Stack(folder / "before") as stack:
        agency = founded(stack)
        joined, invited = Mailbox(stack, fresh_email()), Mailbox(stack, fresh_email())
        for mailbox in (joined, invited):
            submitted = submit(agency, Submission(email=mailbox.contact))
        join(Person(stack.gateway), by_token(joined.link("i")))
        code, number = invited.code(), submitted["number"]
        back_up(stack.data, folder / "backup.tar.gz")
        submit(agency, Submission(email=fresh_email()))  # which only the lost stack knows
    restore(folder / "backup.tar.gz", folder / "after")
    with Stack(folder / "after") as stack:
        anybody = Person(stack.gateway)
        staff = anybody.sign_in(agency.slug, agency.username, ADMIN_PASSWORD)
        assert 2 == len(staff.get("/v1/applications")["applications"])
        family = anybody.sign_in("family", joined.contact, PASSWORD)
        assert 1 == len(family.get("/v1/me/applications")["applications"])
        assert 1 == len(join(anybody, by_code(code, number)).get("/v1/me/applications")["applications"])
        # Both invitations are published again, before this one: had they been sent again, they would be here by now.
        newcomer = Mailbox(stack, fresh_email())
        staff.post("/v1/applications", **Submission(email=newcomer.contact).body())
        newcomer.link("i")
        assert [[], []] == [stack.inbox.messages(mailbox.contact) for mailbox in (joined, invited)]
