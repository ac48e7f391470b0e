"""Applications as people enter them: most parts are ordinary, the rest are what other people's systems fell over."""

from random import Random

from google.type.date_pb2 import Date
from portico.applications.v1 import resources_pb2 as res
from portico.applications.v1.intake_pb2 import CreateApplicationRequest, NewGuardian

ODD_SHARE = 0.3
ODD_NAMES = [
    *("\u200b", "\u00ad", "\ufeff", "\ue000", "-", "  "),  # A2
    *("A" * 100, "𠀀" * 60, "😀" * 99, "👩‍👧‍👦" * 14),  # A3
    *("St. Mary’s Children’s", "Niñez Educación", "call 900-555-0199"),  # M2, M3, M14
    *("\u202egnp.exe", "علی\u200cرضا", "Kaʻahumanu", "García-López"),  # A9, A30
]
ODD_EMAILS = [
    *("josé.pérez@example.org", "用户@example.org", "ｆｕｌｌ@example.org", "mаria@example.org"),  # A1
    *("ana@bücher.example", "ana@", "@example.org", "ana@example.org\r\nBcc: all@example.org", "ana@@example.org"),
]
ODD_PHONES = [
    *("555-0123", "000-000-0000", "111-111-1111", "123-456-7890", "(911) 555-0123", "+2025550123"),  # A6
    *("202-555-0199 ext. 5", "+44 7400 123456", "07400 123456", "+52 1 55 1234 5678"),  # A7, A8, M17
    *("+1 900 555 0123", "+53 5 1234567", "+1 809 555 0123", "２０２５５５０１９９"),  # S8, B
]
ODD_BIRTH_DATES = [Date(year=2099, month=1, day=1), Date(year=1, month=1, day=1), Date(year=2020)]  # M10
ODD_BIRTH_DATES += [Date(year=2023, month=2, day=29), Date(month=5, day=5)]


def random_application(chance: Random, number: int) -> CreateApplicationRequest:
    """One application; `number` makes its ordinary contacts nobody else's."""

    def part(ordinary: str, odd: list[str]) -> str:
        return chance.choice(odd) if chance.random() < ODD_SHARE else ordinary

    email = part(f"family-{number}@example.org", ODD_EMAILS)
    phone = part(f"+1213{2_000_000 + number}", ODD_PHONES)
    has_email, has_phone = chance.choice([(True, False), (False, True), (True, True), (True, True), (False, False)])
    guardian = NewGuardian(
        given_name=part("Ana", ODD_NAMES),
        family_name=part("Morales", ODD_NAMES),
        email=email if has_email else "",
        phone=phone if has_phone else "",
        preferred_method=chance.choice([res.EMAIL, res.SMS]),
        language=chance.choice(["en", "es"]),
    )
    is_odd = chance.random() < ODD_SHARE
    birth_date = chance.choice(ODD_BIRTH_DATES) if is_odd else Date(year=2021, month=3, day=14)
    child = res.Child(given_name=part("Leo", ODD_NAMES), birth_date=birth_date)
    return CreateApplicationRequest(guardians=[guardian], children=[child])
