"""What people read when a service refuses: words for each reason of the contract, and for each broken rule of a field.

A test walks the contract: a reason that an RPC of ours can answer with has its words here.
"""

from collections.abc import Mapping

from chassis.errors import FieldViolation, ServiceError
from portal.core.i18n import N_, I18n, Language

ERROR_MESSAGES: Mapping[str, str] = {
    # Of any service, or of what stands before it.
    "CREDENTIALS_MISSING": N_("Please sign in first."),
    "TOKEN_INVALID": N_("You have been signed out. Please sign in again."),
    "TOKEN_EXPIRED": N_("You have been signed out. Please sign in again."),
    "SESSION_REVOKED": N_("You have been signed out. Please sign in again."),
    "ROLE_NOT_ALLOWED": N_("Your account may not do this. Ask an administrator of your organization if you need it."),
    "INVALID_REQUEST": N_("Something in the form is missing or wrong. Please check it."),
    "REQUEST_ID_REUSED": N_("This form was sent before, with other content. Please open the page again."),
    "CONCURRENT_CHANGE": N_("Somebody else changed this at the same moment. Please look at it and try again."),
    "OVERLOADED": N_("Too many people are here at this moment. Please try again in a few seconds."),
    "PAGE_TOKEN_INVALID": N_("This page of the list no longer exists. Please start at the first one."),
    "DEPENDENCY_UNAVAILABLE": N_("A part of the system does not answer right now. Please try again in a moment."),
    "INTERNAL_ERROR": N_("Something went wrong on our side. Please try again; if it stays, tell us the number below."),
    "DEADLINE_PASSED": N_("This took too long. Please try again."),
    "STREAM_ENDED": N_("This was interrupted. Please try again."),
    "STREAM_TOO_LARGE": N_("The file is too large."),
    "EXPORT_TOO_LARGE": N_("A PDF has at most 5,000 rows. Please take Excel or CSV, or look for fewer."),
    # Of identity.
    "LOGIN_FAILED": N_("The username or the password is not right."),
    "USERNAME_TAKEN": N_("An account for this contact exists already. Please sign in with its password."),
    "USERNAME_INVALID": N_("This is neither an email address nor a phone number."),
    "PASSWORD_WEAK": N_("Please choose another password."),
    "PASSWORD_WRONG": N_("The current password is not right."),
    "TOO_MANY_TRIES": N_("Too many wrong passwords were typed here. Please try again in 15 minutes."),
    "REFRESH_TOKEN_INVALID": N_("You have been signed out. Please sign in again."),
    "RESET_TOKEN_INVALID": N_("This link or code does not work. It was used, or a newer one has taken its place."),
    "RESET_TOKEN_EXPIRED": N_("This link or code is too old."),
    "FAMILY_PROOF_NEEDED": N_("Your code is right. Please tell us one more thing below, and type the password again."),
    "FAMILY_PROOF_WRONG": N_("This does not fit. Please check it, and type the password again."),
    "FAMILY_PROOF_BLOCKED": N_(
        "This cannot be done here any more. Please call the agency that you applied to: it can help you."
    ),
    "CONTACT_TICKET_INVALID": N_("That took a little long. Please open the link in your message again."),
    "SESSION_NOT_FOUND": N_("This device is signed out already."),
    "ACCOUNT_NOT_FOUND": N_("This account does not exist any more."),
    "ACCOUNT_NOT_ACTIVE": N_("This account cannot be used, so no message was sent."),
    "RESET_LIMIT_REACHED": N_("Three messages were sent within the last hour. Please try again later."),
    "LAST_ADMINISTRATOR": N_(
        "This is the only active administrator of your organization. Please make another one first."
    ),
    # Of applications.
    "ORGANIZATION_NOT_FOUND": N_(
        "There is no organization at this address. Please check the link that you were given."
    ),
    "APPLICATION_NOT_FOUND": N_("There is no such application, or you have no access to it."),
    "GUARDIAN_NOT_FOUND": N_("This person is no longer part of the application."),
    "CONTACT_INVALID": N_("The email address or the phone number is not right. Please check it."),
    "ANSWERS_TOO_LARGE": N_("The answers are too long."),
    "ACTION_NOT_ALLOWED": N_("This no longer fits: something has changed meanwhile."),
    "METHOD_MISSING": N_("There is no contact for this way of sending. Please add it first, or choose the other way."),
    "INVITATION_UNKNOWN": N_("We do not know this invitation. Please check what you typed, or open the link again."),
    "INVITATION_EXPIRED": N_("This invitation has expired."),
    "INVITATION_USED": N_("This invitation was used already."),
    "INVITATION_REVOKED": N_("This invitation was withdrawn."),
    "INVITATION_REPLACED": N_("A newer invitation was sent. Please use the link or the code of the newest message."),
    "NUMBER_MISMATCH": N_("The code and the application number do not belong together. Please check both."),
    "CODE_BLOCKED": N_("This code was tried too often and no longer works. Use the link in the message instead."),
    "TOO_MANY_CODES": N_(
        "This code and number did not open anything. Please check both, use the link, or try again in an hour."
    ),
    "UNDO_EXPIRED": N_("It is too late to undo this. You can invite the family again."),
    "INVITED_JUST_NOW": N_(
        "A text message was sent to this phone less than a minute ago. Please wait a minute before you send another."
    ),
    "BATCH_NOT_FOUND": N_("There is no such batch."),
    "BATCH_EXPIRED": N_("This preview is more than 24 hours old. Please preview it once more."),
    "SELECTION_EMPTY": N_("There is nobody for this. Please choose other applications."),
    "SELECTION_TOO_LARGE": N_("These are more families than one batch can have. Please narrow the search."),
    "START_TIME_INVALID": N_("Please choose a time from now on, at most 7 days ahead."),
    "RATE_TOO_HIGH": N_("This is more messages per minute than your organization may send."),
    # Of casemanager.
    "COMPANY_NOT_FOUND": N_("There is no such company."),
    "COMPANY_NAME_TAKEN": N_("There is a company with this name already."),
    "COMPANY_INACTIVE": N_("This company is inactive: it takes no new case managers. Please activate it first."),
    "COMPANY_FIXED": N_(
        "This person has cases or bookings in their company, or a part in a case. Please deactivate this profile, and"
        " add the person to the other company."
    ),
    "STAFF_NOT_FOUND": N_("This colleague is not of the staff any more. Please choose another one."),
    "UNIT_NOT_FOUND": N_("There is no such business unit any more."),
    "UNIT_NAME_TAKEN": N_("The company has a business unit with this name already."),
    "UNIT_NOT_EMPTY": N_("Case managers belong to this business unit. Please give them another one first."),
    "CASE_MANAGER_NOT_FOUND": N_("There is no such case manager."),
    "CASE_MANAGER_INACTIVE": N_("This case manager is inactive. Please activate them first."),
    "SPECIALIST_INACTIVE": N_("This specialist is inactive. Please activate them first."),
    "CASE_NOT_FOUND": N_("There is no such case, or you have no access to it."),
    "CASE_CLOSED": N_("This case is closed. Please open it again first."),
    "PARTY_INVALID": N_("One of the other parties is not right. Please check them."),
    "CASE_HAS_OPEN_BOOKINGS": N_("Something is still booked or asked for. Please finish or cancel it first."),
    "SETTING_OUT_OF_BOUNDS": N_("A number is too small or too large. Please check them."),
    "VALUE_NOT_LISTED": N_("Something that was chosen is not in the list any more. Please choose again."),
    "EMAIL_TAKEN": N_("Somebody else here has this email address already."),
    "EMAIL_MISSING": N_("A login needs an email address. Please enter one first."),
    "LOGIN_EXISTS": N_("This person has a login by now, so none was offered."),
    "OFFER_TOO_SOON": N_(
        "This person said no, and that was less than 30 days ago. Please say why you ask again, or wait."
    ),
    "OFFER_UNKNOWN": N_("We do not know this link. Please open it again from your message."),
    "OFFER_EXPIRED": N_("This offer has expired."),
    "OFFER_REPLACED": N_("A newer offer was sent. Please use the link of the newest message."),
    "OFFER_ANSWERED": N_("Your login is there already, so this answer comes too late."),
    "TIME_ZONE_INVALID": N_("There is no such time zone. Please choose another one."),
    "PLACE_NOT_FOUND": N_("There is no such place any more."),
    "PLACE_NAME_TAKEN": N_("There is a place with this name already."),
    "TIME_ZONE_IN_USE": N_("There are times at this place already, so its time zone cannot be changed."),
    "SPECIALIST_NOT_FOUND": N_("There is no such specialist."),
    "BOOKINGS_IN_THE_WAY": N_("Nothing was changed, because these bookings are in the way."),
    "AVAILABILITY_NOT_FOUND": N_("These times are no longer there."),
    "AVAILABILITY_TOO_LONG": N_("A series lasts at most two years."),
    "TIME_OFF_NOT_FOUND": N_("This time off is no longer there."),
    "PLACE_INACTIVE": N_("This place is inactive: no new times can be entered there."),
    "WINDOW_TOO_LONG": N_("At most 92 days can be searched at once."),
    "TASK_NOT_FOUND": N_("There is no such task any more."),
    "TASK_CLOSED": N_("This task was closed meanwhile."),
    "TASK_DERIVED": N_("This task ends by itself, with what it asks for."),
    "TASK_OF_COLLEAGUE": N_("This task is a colleague’s. Take it over first."),
    "ASSIGNEE_INVALID": N_("This task cannot be given to them."),
    "ASSIGNEE_NOT_FOUND": N_("There is no such person any more."),
    "BOOKING_NOT_FOUND": N_("There is no such booking, or you have no access to it."),
    "SLOT_UNKNOWN": N_("There is no such time any more. Please choose another one."),
    "SLOT_TAKEN": N_("Somebody else has just taken this time. Please choose another one."),
    "TOO_LATE": N_("It is too late for this: the time is too near, or over."),
    "TOO_EARLY": N_("The appointment has not begun yet."),
    "TOO_EARLY_TO_BOOK": N_("This time is too far ahead to be booked. Please choose an earlier one."),
    "OUTSIDE_REASON_NEEDED": N_("The specialist entered no times then. Please say why it is booked all the same."),
    "TOO_MANY_REQUESTS": N_("You have 20 requests that nobody has answered yet. Please wait for an answer first."),
    "TOO_MANY_HOLDS": N_("20 times of this specialist are held for this company already. Please wait for an answer."),
    "OPTIONS_OVERLAP": N_("Two of the times overlap. Please take one of them away."),
    "OPTION_NOT_OPEN": N_("This time is no longer offered. Please look at what is offered now."),
    "OPTION_NOT_FOUND": N_("This time is no longer offered. Please look at what is offered now."),
    "REASON_NEEDED": N_("Please say why."),
    "REPORT_FILED": N_("A report is there already, so this cannot be changed."),
    "PAPERWORK_NOT_FOUND": N_("There is no such file any more."),
    "PAPERWORK_SENT": N_("The specialist has this file already, so it stays."),
    "PAPERWORK_NOT_READY": N_("Nothing was sent: no file is ready, or one is still being checked."),
    "REPORT_NOT_FOUND": N_("There is no such report, or you have no access to it."),
    "REPORT_WITHDRAWN": N_("This version of the report was withdrawn."),
    "PARTY_NOT_FOUND": N_("One of those who would get it is no longer a party of the case. Please look again."),
    "FILE_EMPTY": N_("This file is empty."),
    "FILE_TOO_LARGE": N_("This file is larger than 100 MB. Please split it, or make it smaller."),
    "FILE_TYPE_REFUSED": N_("This kind of file is not taken. Please send it as a PDF, or as an image."),
    "FILE_CUT": N_("Only a part of this file arrived. Please send it again."),
    "CHECKSUM_MISMATCH": N_("This file was damaged on its way. Please send it again."),
    "TOO_MANY_FILES": N_("A booking can have 50 files, and 1 GB together. Please delete one that is not needed."),
    "FILE_NOT_CLEAN": N_("This file cannot be downloaded before it is checked, or it was held back."),
    "RANGE_INVALID": N_("There is no such part of this file."),
    # Of notifications, when a message is shown before it is sent.
    "TEMPLATE_NOT_FOUND": N_("There is no text for this message. Please tell us."),
    "TEMPLATE_VALUES_INVALID": N_("The text of this message cannot be filled in. Please tell us."),
    "SMS_TOO_LONG": N_("This text message would be too long."),
    # Of the portal itself.
    "FOREIGN_ORIGIN": N_("This form did not come from our own pages, so nothing was done. Please start here again."),
    "PAGE_NOT_FOUND": N_("There is no page at this address."),
    "FORM_TOO_LARGE": N_("What was sent is too large."),
}

VIOLATION_MESSAGES: Mapping[str, str] = {
    "EMAIL_INVALID": N_("This is not an email address."),
    "PHONE_INVALID": N_("This is not a phone number."),
    "USERNAME_INVALID": N_("This is neither an email address nor a phone number."),
    "COUNTRY_CODE_MISSING": N_("Please type the phone number with + and its country code: +1 202 555 0123."),
    "QUERY_TOO_SHORT": N_("Please type at least three letters or digits."),
    "HOURS_INVALID": N_("Please write one line of at most 120 characters."),
    "WEB_PAGE_INVALID": N_("Please type an address that begins with https://."),
    "COLOR_INVALID": N_("Please choose a color."),
    "NAME_MISSING": N_("A name is needed here."),
    "NAME_INVALID": N_("This name has nothing that can be seen, or hidden characters."),
    "DATE_INVALID": N_("There is no such day in the calendar."),
    "DATE_OUT_OF_RANGE": N_("This date lies in the future, or too far back."),
    "NUMBER_OUT_OF_RANGE": N_("Please type a whole number in this range."),
    "TIME_INVALID": N_("Please choose a day and a time."),
    "CLOCK_INVALID": N_("Please type a time of day: 09:00."),
    "REASON_NEEDED": N_("Please say why."),
    "WISH_INVALID": N_("The end must come after the beginning, and must not be over."),
    "PLACE_MISSING": N_("Please choose where."),
    "VALUE_MISSING": N_("Please choose one."),
    "STRING_UUID_EMPTY": N_("Please choose one."),
    "ENUM_NOT_IN": N_("Please choose one."),
    "MESSAGE_MISSING": N_("Please say what is missing."),
    "STRING_MIN_LEN": N_("This is needed."),
    "STRING_MAX_LEN": N_("This is too long."),
    "STRING_PATTERN": N_("Please check how this is written."),
    "STRING_MAX_BYTES": N_("This is too long."),
}


def error_message(error: ServiceError, i18n: I18n) -> str:
    """What a person reads of a refusal."""
    return i18n(ERROR_MESSAGES.get(error.reason, ERROR_MESSAGES["INTERNAL_ERROR"]))


def violation_message(violation: FieldViolation, i18n: I18n) -> str:
    """What a person reads beside the field: the service's own words in their language, or ours."""
    if violation.reason in VIOLATION_MESSAGES:
        return i18n(VIOLATION_MESSAGES[violation.reason])
    if i18n.language in violation.localized:
        return violation.localized[i18n.language]
    # The description is English (`chassis.errors`); identity says why a password is weak nowhere else in English.
    return violation.description if i18n.language is Language.ENGLISH else i18n(N_("Please check this."))
