"""What somebody has to do: each role's own list, new ones by hand, and what is done about one."""

from collections.abc import Iterator, Mapping

from chassis.call import Role
from portal.areas.tasks import task, tasks
from portal.areas.tasks.bases import BASES, CASE_MANAGERS_BASE, SPECIALISTS_BASE, STAFF_BASE
from portal.core.flash import Flash
from portal.core.i18n import N_
from portal.core.pages import Page
from portal.core.site import NavLink

STAFF = frozenset({Role.STAFF_ADMIN, Role.STAFF})
CASE_MANAGERS, SPECIALISTS = frozenset({Role.CASE_MANAGER}), frozenset({Role.SPECIALIST})


def _pages(base: str, roles: frozenset[Role]) -> Iterator[Page]:
    """The same pages for each role; what can be done about a task says the task."""
    one = base + "/{task_id}"
    yield Page(path=base, get=tasks.show, roles=roles)
    yield Page(path=base + "/new", get=task.ask_new, post=task.create, roles=roles)
    yield Page(path=one, get=task.show, post=task.change, roles=roles)
    yield Page(path=one + "/done", post=tasks.complete, roles=roles)
    yield Page(path=one + "/take", post=tasks.take_over, roles=roles)
    yield Page(path=one + "/reopen", post=tasks.reopen, roles=roles)


PAGES: tuple[Page, ...] = (
    *_pages(STAFF_BASE, STAFF),
    Page(path=STAFF_BASE + "/{task_id}/assign", post=task.assign, roles=STAFF),
    *_pages(CASE_MANAGERS_BASE, CASE_MANAGERS),
    *_pages(SPECIALISTS_BASE, SPECIALISTS),
)
NAV: tuple[NavLink, ...] = (
    NavLink(CASE_MANAGERS_BASE, N_("Tasks"), CASE_MANAGERS, icon="done", order=40),
    NavLink(SPECIALISTS_BASE, N_("Tasks"), SPECIALISTS, icon="done", order=40),
)
FLASHES: Mapping[str, Flash] = {
    **{tasks.done_flash(base): Flash(N_("The task is done."), undo=base + "/{}/reopen") for base in BASES},
    "task-created": Flash(N_("The task is written down.")),
    "task-saved": Flash(N_("The changes are saved.")),
    "task-taken": Flash(N_("The task is yours now.")),
    "task-assigned": Flash(N_("The task is theirs now.")),
    "task-reopened": Flash(N_("The task is open again.")),
}
