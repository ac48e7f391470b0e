"""What the staff of the demo's provider enter before anybody books: customers, specialists, their times, cases."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from local_stack.hands import each
from local_stack.harbour_people import (
    AMELIA,
    CASE_MANAGERS,
    CHEN,
    CHEN_SURE,
    COMPANIES,
    PLACES,
    SERIES,
    SPECIALISTS,
    DemoCase,
    DemoCaseManager,
    DemoCompany,
    DemoPlace,
    DemoSeries,
    DemoSpecialist,
    demo_cases,
)
from local_stack.harbour_times import WEEKS, DemoTimes
from local_stack.person import Person

_MINUTES = 60


class Entry:
    """Enters all of it, each thing once however often it is asked for, and knows the ids from then on."""

    company_ids: dict[DemoCompany, str]
    unit_ids: dict[tuple[DemoCompany, str], str]
    place_ids: dict[DemoPlace, str]
    case_manager_ids: dict[DemoCaseManager, str]
    specialist_ids: dict[DemoSpecialist, str]
    availability_ids: dict[DemoSeries, str]
    cases: list[tuple[DemoCase, str]]
    """With their ids."""

    def __init__(self, staff: Person) -> None:
        self.staff = staff
        self._units: dict[tuple[DemoCompany, str], str] = {}

    @cached_property
    def times(self) -> DemoTimes:
        """Counted from when the first company was entered, so that a call that is repeated says the same."""
        first = self._company(COMPANIES[0])
        return DemoTimes(datetime.fromisoformat(first["createTime"]))

    def people(self) -> None:
        """Companies with their case managers, places, and specialists."""
        self.company_ids = dict(each(self._company_with_units, COMPANIES))
        self.place_ids = dict(each(self._place, PLACES))
        self.case_manager_ids = dict(each(self._case_manager, CASE_MANAGERS))
        self.specialist_ids = dict(each(self._specialist, SPECIALISTS))

    def matters(self) -> None:
        """Holidays, times, cases, and what somebody has to do."""
        holidays = [day.isoformat() for day in self.times.holidays]
        self.staff.patch("/v1/booking-settings", {"settings": {"holidays": holidays}})
        self.availability_ids = dict(each(self._series, SERIES))
        self._shorten(CHEN_SURE)
        self.cases = each(self._case, demo_cases())
        self._tasks()

    def _post(self, path: str, body: Mapping[str, object], name: str) -> dict[str, Any]:
        return self.staff.post_once(path, body, name=f"harbour/{name}")

    def _company(self, company: DemoCompany) -> dict[str, Any]:
        return self._post("/v1/companies", {"name": company.name}, company.name)

    def _company_with_units(self, company: DemoCompany) -> tuple[DemoCompany, str]:
        path = f"/v1/companies/{self._company(company)['id']}"
        for unit in company.units:
            made = self._post(f"{path}/business-units", {"name": unit}, f"{company.name}/{unit}")
            self._units[company, unit] = made["id"]
        if company.booking_email:
            self.staff.patch(path, {"company": {"bookingEmail": company.booking_email}})
        return company, path.rpartition("/")[2]

    def _place(self, place: DemoPlace) -> tuple[DemoPlace, str]:
        return place, self._post("/v1/places", {"place": place.as_json()}, place.name)["id"]

    def _case_manager(self, person: DemoCaseManager) -> tuple[DemoCaseManager, str]:
        unit_id = self._units[person.company, person.unit]
        body = {"companyId": self.company_ids[person.company]}
        written = {**body, "caseManager": {**person.as_json(), "businessUnitId": unit_id}}
        return person, self._post("/v1/case-managers", written, person.name)["id"]

    def _specialist(self, person: DemoSpecialist) -> tuple[DemoSpecialist, str]:
        place_ids = [self.place_ids[place] for place in person.places]
        body = {"specialist": {**person.as_json(), "placeIds": place_ids}}
        return person, self._post("/v1/specialists", body, person.name)["id"]

    def _series(self, series: DemoSeries) -> tuple[DemoSeries, str]:
        begin, end = series.hours
        block = {
            "kind": series.kind,
            "startMinute": begin * _MINUTES,
            "endMinute": end * _MINUTES,
            "startDate": self.times.monday.isoformat(),
            "endDate": (self.times.monday + timedelta(weeks=WEEKS, days=-1)).isoformat(),
            "weekdays": [series.weekday],
            "intervalWeeks": series.interval_weeks,
            "appointmentMinutes": series.minutes,
            "bufferMinutes": series.buffer_minutes,
        }
        where = (
            {"mode": "IN_PERSON", "placeId": self.place_ids[series.place]} if series.place else {"mode": "TELEHEALTH"}
        )
        body = {"specialistId": self.specialist_ids[series.specialist], **where, "block": block}
        name = f"{series.specialist.name}/{series.kind}/{series.weekday}"
        availability_id = self._post("/v1/availabilities", body, name)["id"]
        for day in set(self.times.dates(series)) & set(self.times.holidays):
            path = f"/v1/availabilities/{availability_id}/exceptions/{day.isoformat()}"
            self.staff.put(path, {"kind": "CANCELLED", "reason": "Public holiday"})
        return series, availability_id

    def _shorten(self, series: DemoSeries) -> None:
        """Another end on one of its dates."""
        begin, end = series.hours
        path = (
            f"/v1/availabilities/{self.availability_ids[series]}/exceptions/{self.times.odd_date(series).isoformat()}"
        )
        hours = {"startMinute": begin * _MINUTES, "endMinute": (end - 1) * _MINUTES}
        self.staff.put(path, {"kind": "CHANGED", **hours, "reason": "Teaches at the hospital"})

    def _case(self, case: DemoCase) -> tuple[DemoCase, str]:
        body = {"case": {**case.as_json(), "caseManagerId": self.case_manager_ids[case.case_manager]}}
        return case, self._post("/v1/cases", body, case.file_number)["id"]

    def _tasks(self) -> None:
        """By hand, one of them done; those of bookings follow by themselves."""
        amelia, chen = self.case_manager_ids[AMELIA], self.specialist_ids[CHEN]
        for title, days, whom in (
            ("Ask Banksia Legal for a second contact", 0, {"pool": True}),
            ("Send the consent form to Noah Tran", 0, {"assigneeId": amelia}),
            ("Confirm the hours after the holidays", 1, {"assigneeId": chen}),
            ("Renew the lease of the Terrace Rooms", 30, {}),
        ):
            due = (self.times.today + timedelta(days=days)).isoformat()
            self._post("/v1/tasks", {"task": {"title": title, "dueDate": due}, **whom}, title)
        done = {"title": "Order new signs for the clinic", "dueDate": self.times.today.isoformat()}
        task = self._post("/v1/tasks", {"task": done}, "signs")
        self._post(f"/v1/tasks/{task['id']}:complete", {}, "signs/done")
