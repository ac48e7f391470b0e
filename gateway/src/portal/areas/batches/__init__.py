"""Inviting and unlinking many families at once: options, preview, progress, result, and the list of batches."""

from collections.abc import Mapping

from chassis.call import Role
from portal.areas.batches import batch, contacts, download, index, options, starting
from portal.areas.batches.actions import ACTIONS, pages
from portal.core.downloads import FILES
from portal.core.flash import Flash
from portal.core.forms import MAX_FILE_BYTES
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
BATCH = "/staff/batches/{batch_id}"
PAGES: tuple[Page, ...] = (
    Page(path="/staff/batches", get=index.show, roles=STAFF),
    Page(path="/staff/batches/new", get=options.ask, post=options.proceed, roles=STAFF),
    Page(path=BATCH, get=batch.show, roles=STAFF),
    *(Page(path=f"{BATCH}/rows.{ending}", get=download.send, roles=STAFF, is_stream=True) for ending in FILES),
    Page(path=BATCH + "/sample", post=starting.send_sample, roles=STAFF),
    Page(path=BATCH + "/start-later", get=starting.ask_when, post=starting.start_later, roles=STAFF),
    Page(path=BATCH + "/preview", post=starting.preview_anew, roles=STAFF),
    Page(path=BATCH + "/contacts", get=contacts.ask, post=contacts.save, roles=STAFF, max_bytes=MAX_FILE_BYTES),
    *pages(BATCH, STAFF),
)
NAV: tuple[NavLink, ...] = (NavLink("/staff/batches", N_("Batches"), STAFF, icon="messages", order=20),)
FLASHES: Mapping[str, Flash] = {
    "batch-scheduled": Flash(N_("It begins by itself at the time below.")),
    "batch-sample-sent": Flash(N_("The message is on its way to your own email address.")),
    "batch-contacts-saved": Flash(N_("The new contacts are saved.")),
    **{action.flash: Flash(action.done) for action in ACTIONS},
}
