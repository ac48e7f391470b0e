"""Every statement that may touch the rows of all organizations, and why."""

import json
import subprocess
import sys
from collections import Counter

# To add one here is to say in a review that it must be.
ALLOWED = Counter(
    {
        "A code that a person types names no organization; its 50 bits find the invitation.": 1,
        "A sender works for every organization.": 4,
        "A worker works for every organization, that which has waited longest first.": 1,
        "After a loss of NATS the events of all organizations are published again.": 1,
        "Families, whose realm has no country, belong to the organizations of all countries.": 1,
        "Nothing of a group so old waits, whoever's it is.": 1,
        "Nothing older can run again, whoever's it is.": 1,
        "Rows are removed by their age alone.": 6,
        "Rows of batches are forgotten by their age alone.": 1,
        "Staff of the platform look after the dead letters of all organizations.": 4,
        "Texts are dropped after 30 days, whoever's they are.": 1,
        "The relay publishes the events of all organizations.": 4,
        "The secret of a dead letter is dropped when it opens nothing any more, whoever's it is.": 1,
        "What is due is due in every organization.": 8,
        "What was searched for is forgotten in every organization.": 1,
        "The blob store has the files of all organizations.": 2,
        "A realm is named by its slug before anybody is signed in.": 1,
        "Strangers look for the organization of theirs among those that want to be found.": 1,
        "Who forgot the organization is known by an address alone, and is told by that address alone.": 1,
        "Finished minutes are written to the audit whosever they are.": 1,
        "Counts are removed by their age alone.": 1,
    }
)


# In a process of its own, because the tests of tenancy make such statements, too.
PROGRAM = """
import json, pkgutil
from importlib import import_module
from chassis.statements import cross_tenant_statements
for package in ("chassis", "identity", "applications", "notifications", "casemanager"):
    for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
        if not any(part in module.name for part in ("testing", "migrations", "__main__")):
            import_module(module.name)
print(json.dumps([statement.why for statement in cross_tenant_statements()]))
"""


def test_every_statement_across_tenants_is_known():
    """OP-11: the statements that no organization bounds are these, and no others."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert Counter(json.loads(done.stdout)) == ALLOWED
