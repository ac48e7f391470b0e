"""What a guardian is found by: AP-02."""

from applications.application.domain.application import Application, Guardian
from chassis.name_search import SearchEntry, search_entry


def entry_of(application: Application, guardian: Guardian) -> SearchEntry:
    """The entry of a guardian; that of the first has the children's names, too."""
    is_first = guardian.id == application.guardians[0].id
    others = [guardian.given_name] if guardian.family_name else []
    if is_first:
        others += [name for child in application.children for name in (child.given_name, child.family_name)]
    contacts = guardian.contacts
    return search_entry(guardian.sort_name, *others, is_first=is_first, email=contacts.email, phones=(contacts.phone,))
