"""What people read for the values of the contract's enums."""

from collections.abc import Mapping

from portal.core.i18n import N_

STATES: Mapping[str, str] = {
    "REQUESTED": N_("Requested"),
    "OFFERED": N_("Times offered"),
    "CONFIRMED": N_("Confirmed"),
    "ATTENDED": N_("Took place"),
    "NOT_ATTENDED": N_("Nobody came"),
    "REPORTED": N_("Report is there"),
    "DECLINED": N_("Declined"),
    "CANCELLED": N_("Booking cancelled"),
    "EXPIRED": N_("Expired"),
}
COLORS: Mapping[str, str] = {
    "REQUESTED": "PENDING",
    "OFFERED": "PENDING",
    "CONFIRMED": "ACTIVE",
    "ATTENDED": "ACTIVE",
    "REPORTED": "ACTIVE",
    "NOT_ATTENDED": "FAILED",
    "DECLINED": "CLOSED",
    "CANCELLED": "CLOSED",
    "EXPIRED": "CLOSED",
}
"""The states whose colours their badges have."""
STAGES: Mapping[str, str] = {
    "REQUESTED": N_("Requested"),
    "OFFERED": N_("Times offered"),
    "CONFIRMED": N_("Confirmed"),
    "ATTENDED": N_("Took place"),
    "REPORTED": N_("Report"),
}
"""The line of steps of one that goes well."""
SENTENCES: Mapping[str, str] = {
    "REQUESTED": N_("We look for a time, and write as soon as there is one."),
    "OFFERED": N_("Please choose one of the times. They are held for a while."),
    "CONFIRMED": N_("The appointment is booked."),
    "ATTENDED": N_("The appointment took place. The report comes next."),
    "NOT_ATTENDED": N_("Nobody came to the appointment."),
    "REPORTED": N_("The report is there."),
    "DECLINED": N_("We could not arrange this appointment."),
    "CANCELLED": N_("This booking was cancelled."),
    "EXPIRED": N_("Nobody answered in time, so this ended by itself."),
}
"""What a case manager reads of where it stands."""
MOMENTS: Mapping[str, str] = {
    "NOTHING_LEFT": N_("None of the offered times is free any more. Please ask for other ones."),
    "OVER": N_("The appointment is over. We ask the specialist who came."),
}
"""The same where time has passed: no offered time is free any more; it is over, and nobody has said yet who came."""
STAFF_SENTENCES: Mapping[str, str] = {
    **SENTENCES,
    "REQUESTED": N_("The case manager waits for an answer."),
    "OFFERED": N_("The case manager is to choose one of the times. They are held for a while."),
    "DECLINED": N_("A colleague said no to this request."),
}
STAFF_MOMENTS: Mapping[str, str] = {
    "NOTHING_LEFT": N_("None of the offered times is free any more. Please offer other ones."),
    "OVER": N_("The appointment is over. Somebody has to say who came."),
}
SPECIALIST_MOMENTS: Mapping[str, str] = {"OVER": N_("The appointment is over. Please say who came.")}
SPECIALIST_SENTENCES: Mapping[str, str] = {
    **SENTENCES,
    "ATTENDED": N_("The appointment took place. Your report comes next."),
}
OPTION_STATES: Mapping[str, str] = {
    "OPEN": N_("Offered"),
    "CHOSEN": N_("Chosen"),
    "REFUSED": N_("Refused"),
    "WITHDRAWN": N_("Taken back"),
    "GONE": N_("No longer free"),
}
REASONS: Mapping[str, str] = {
    "CLIENT_REQUEST": N_("The company asked for it"),
    "SUBJECT_UNAVAILABLE": N_("The person to be seen cannot come"),
    "SPECIALIST_UNAVAILABLE": N_("The specialist is not available"),
    "PAPERWORK_MISSING": N_("Paperwork is missing"),
    "OTHER": N_("Another reason"),
}
KINDS: Mapping[str, str] = {
    "NO_FEE": N_("No fee"),
    "CHARGEABLE": N_("With a fee"),
    "NO_FEE_PAY_SPECIALIST": N_("No fee for the company, the specialist is paid"),
}
"""What a cancellation costs."""
OUTCOMES: Mapping[str, str] = {"ATTENDED": N_("The person came"), "NOT_ATTENDED": N_("The person did not come")}
ACTORS: Mapping[str, str] = {
    "STAFF_MEMBER": N_("Staff"),
    "OWN_CASE_MANAGER": N_("Case manager"),
    "UNIT_CASE_MANAGER": N_("A colleague of the unit"),
    "BOOKED_SPECIALIST": N_("Specialist"),
    "CLOCK": N_("by itself"),
    "NAMED_RECIPIENT": N_("a named recipient"),
}
HAPPENED: Mapping[str, str] = {
    "REQUESTED": N_("Requested"),
    "ACCEPTED": N_("Accepted, and confirmed"),
    "OFFERED": N_("Times were offered"),
    "CONFIRMED": N_("A time was chosen, and confirmed"),
    "REFUSED": N_("Times were refused"),
    "DECLINED": N_("Declined"),
    "EXPIRED": N_("Ended by itself: nobody answered in time"),
    "CANCELLED": N_("Booking cancelled"),
    "RESCHEDULED": N_("Moved to another time"),
    "MOVE_REQUESTED": N_("Another time was asked for"),
    "MOVE_DECLINED": N_("The wish for another time was declined"),
    "OUTCOME_RECORDED": N_("It was said who came"),
    "ASSIGNED": N_("Given to another case manager"),
    "TAKEN_OVER": N_("Taken over"),
    "CANCELLATION_KIND_SET": N_("The kind of the cancellation was changed"),
    "UPDATED": N_("Changed"),
    "NOTE_ADDED": N_("Note of staff"),
    "PAPERWORK_SENT": N_("Paperwork was sent to the specialist"),
    "REPORT_FILED": N_("A report was filed"),
    "REPORTED": N_("The report is ready"),
    "REPORT_WITHDRAWN": N_("A report was withdrawn"),
    "REPORT_QUARANTINED": N_("A report did not pass the virus check"),
}
"""What the history says of what happened."""
CAME_TO: Mapping[tuple[str, str], str] = {
    ("REQUESTED", "CONFIRMED"): N_("Booked at once"),
    ("OUTCOME_RECORDED", "ATTENDED"): N_("The person came"),
    ("OUTCOME_RECORDED", "NOT_ATTENDED"): N_("The person did not come"),
}
"""The same where the state to which it led says more."""
NEXT_STEPS: Mapping[str, str] = {
    "ACCEPT": N_("Answer the request"),
    "OFFER": N_("Offer times"),
    "CONFIRM": N_("Choose a time"),
    "REFUSE": N_("Ask for other times"),
    "DECLINE_MOVE": N_("Answer the wish"),
    "RECORD_OUTCOME": N_("Record outcome"),
    "TAKE_OVER": N_("Take over"),
}
"""What a row of a list leads to, by the first thing that can be done."""
WHENS: Mapping[str, str] = {"past": N_("Past"), "coming": N_("Still to come")}
NEEDS: Mapping[str, str] = {
    "paperwork_missing": N_("No paperwork sent yet"),
    "outcome_due": N_("Outcome not recorded"),
    "report_due": N_("Report still to come"),
    "report_overdue": N_("Report is late"),
}
"""What is still to be done, by the contract's filters."""
