"""The price of a verb is counted as `docs/life-of-a-change.md` says."""

from pathlib import PurePath

from tests.contract.price import price

NUMSTAT = """\
12\t3\tservices/applications/src/applications/links/domain.py
4\t0\tservices/notifications/src/notifications/templates/FAMILY_UPDATE/en.txt
5\t0\tservices/notifications/src/notifications/templates/FAMILY_UPDATE/es.mjml
90\t0\tservices/applications/tests/test_links.py
7\t0\tservices/applications/src/applications/migrations/versions/0002_status.py
40\t2\tgateway/src/portal/locales/es.po
80\t9\tgateway/openapi.json
3\t1\tREADME.md
-\t-\tprotos/released.binpb.gz
"""


def test_only_what_is_written_by_hand_counts():
    """OP-02: tests, migrations, locales, documents and generated files are free, a message template is one file."""
    assert {
        PurePath("services/applications/src/applications/links/domain.py"): 12,
        PurePath("services/notifications/src/notifications/templates/FAMILY_UPDATE"): 9,
    } == price(NUMSTAT)
