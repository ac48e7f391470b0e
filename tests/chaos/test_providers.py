"""The mail server and the SMS provider refuse, stumble and cut connections while invitations go out.

Anomalies looked for: a message given up for an answer that says "later"; one tried again for an answer that says
"never"; one sent twice under another Message-ID; a sender that hangs; a family that is never told why.
"""

from random import Random

from chassis.testing.eventually import eventually
from services.notifications.tests.servers import CUT, SmsReply
from tests.chaos.seeds import seeds
from tests.chaos.workload import SUBMIT, Workload

LATER = ("421 Try again later", "450 Mailbox busy", "451 Local error", "452 Full for now", CUT)
NEVER = ("550 5.1.1 No such user", "550 5.2.1 Mailbox disabled", "553 5.1.3 Not a mailbox")
SENT, PERMANENT_FAILURE = 3, 6
"""States of messages: the contract's numbers."""


@seeds
async def test_a_mail_server_that_stumbles(scene, judge, seed):
    """NT-05: whatever says "later", at whatever word of SMTP, and however often: every email arrives in the end."""
    chance = Random(seed)
    workload = Workload(scene, seed, by_sms=0, only=SUBMIT, families=8)
    for family in workload.history.families:
        stage = chance.choice([scene.smtp.on_rcpt, scene.smtp.on_data])
        stage[family.contact].extend(chance.choices(LATER, k=chance.randint(1, 3)))
    history = await workload.run()
    await judge(history, meanwhile=scene.let_retries_be_due)


@seeds
async def test_a_mail_server_that_refuses(scene, seed):
    """NT-05: whatever says "never" is tried once, and the application says why; the others' emails arrive."""
    chance = Random(seed)
    workload = Workload(scene, seed, by_sms=0, only=SUBMIT)
    words = {}
    for family in chance.sample(workload.history.families, 3):
        words[family.contact] = chance.choice(NEVER)
        scene.smtp.on_rcpt[family.contact].append(words[family.contact])
    history = await workload.run()
    contacts = [family.contact for family in history.families]
    query = "SELECT address, state, attempt_count, failure_reason FROM messages WHERE address = ANY(%s)"

    def ended():
        found = scene.rows("notifications", query, contacts)
        return (
            found
            if {state for _, state, *_ in found} <= {SENT, PERMANENT_FAILURE} and len(found) == len(contacts)
            else []
        )

    for address, state, attempts, reason in await eventually(ended):
        refused = words.get(address, "")
        assert (PERMANENT_FAILURE if refused else SENT, 1) == (state, attempts)
        assert refused in reason
        assert ([] if refused else [address]) == [to for to, _ in scene.smtp.received if to == address]
    told = "SELECT email FROM guardians WHERE failure_reason <> '' AND email = ANY(%s)"
    await eventually(lambda: {email for (email,) in scene.rows("applications", told, contacts)} == set(words))


@seeds
async def test_an_sms_provider_in_a_storm(scene, judge, seed):
    """NT-06: 429 with Retry-After and rows of 500: the provider is left alone, and every SMS arrives once."""
    chance = Random(seed)
    workload = Workload(scene, seed, by_sms=1, only=SUBMIT)
    busy = SmsReply(status=429, headers={"retry-after": "1"}, body={"code": 20429, "message": "Too many"})
    broken = SmsReply(status=500, body={})
    scene.sms.replies.extend(chance.choices([busy, broken], k=chance.randint(3, 20)))
    history = await workload.run()
    await judge(history, meanwhile=scene.let_retries_be_due)
    assert not scene.sms.replies
