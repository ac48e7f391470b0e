"""How a page comes into a state: what is opened, done there, and then seen (in English)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from tests.e2e.browser import Window
from tests.e2e.cases import Case, entered, expire
from tests.e2e.people import ADMIN_PASSWORD
from tests.e2e.world import World

Step = Callable[[Window, World], Awaitable[None]]
DEAD_TOKEN = "AaIbyrnud1"


@dataclass(frozen=True, slots=True)
class State:
    """A page, and what was done on it."""

    path: Callable[[World], str]
    steps: tuple[Step, ...]
    seen: str
    told: str
    values: Mapping[str, str]

    async def reach(self, window: Window, world: World) -> None:
        """Open the page, do what is to be done, and see that it came to that."""
        if self.told:
            await window.page.context.add_cookies([{"name": "notice", "value": self.told, "url": window.gateway}])
        await window.open(self.path(world))
        for step in self.steps:
            await step(window, world)
        await window.sees(self.seen, **self.values)


def at(path: str | Callable[[World], str], *steps: Step, seen: str, told: str = "", **values: str) -> State:
    """`told` is the word about what was done before (`portal.core.flash`), `values` what stands in the words seen."""
    return State((lambda _: path) if isinstance(path, str) else path, steps, seen, told, values)


def write(label: str, text: str | Callable[[World], str]) -> Step:
    return lambda window, world: window.write(label, text if isinstance(text, str) else text(world))


def press(name: str) -> Step:
    return lambda window, _: window.press(name)


def tick(label: str) -> Step:
    """A box, or one of several."""
    return lambda window, _: window.choose(label)


def unfold(words: str) -> Step:
    """A summary that is no menu of actions."""
    return lambda window, _: window.hand.press(window.page.locator("summary", has_text=window.say(words)))


async def open_menu(window: Window, _: World) -> None:
    """The actions of the first row or guardian."""
    await window.hand.press(window.menu(window.page.locator("main")).last)


async def open_account(window: Window, _: World) -> None:
    await window.hand.press(window.account)


async def end_session(window: Window, _: World) -> None:
    await window.page.context.clear_cookies(name="portico")


async def forget_who_looks(window: Window, _: World) -> None:
    """The forms of the page were drawn for nobody, as before a sign-in in another tab."""
    await window.page.evaluate("document.querySelectorAll('[name=as]').forEach(field => { field.value = ''; })")


async def hold_another_version(window: Window, _: World) -> None:
    """The form was drawn of a version that is not the one that is there."""
    await window.page.evaluate("document.querySelector('[name=etag]').value = '0'")


async def sign_in_as_staff(window: Window, world: World) -> None:
    await window.sign_in("", world.agency.username, ADMIN_PASSWORD)


LOST_FORM = (write("Given name", "Ana"), write("Family name", "Gómez"), end_session, press("Enter and invite"))


def row(case: Callable[[World], Case]) -> Callable[[World], str]:
    """The list with one application alone."""
    return lambda world: f"/staff/applications?query={case(world).number}"


def guardian(case: Callable[[World], Case], page: str = "") -> Callable[[World], str]:
    return lambda world: f"{case(world).page}/guardians/{case(world).guardian['id']}{page}"


def newly_expired(world: World) -> str:
    """An invitation that nobody has asked for anew."""
    stack = world.invited.mailbox.stack
    case = entered(stack, world.agency)
    link = case.link()
    expire(stack, case)
    return link


def withdrawn(world: World) -> Case:
    """An application whose invitation was withdrawn."""
    case = entered(world.invited.mailbox.stack, world.agency)
    case.do("revokeInvitation")
    return case


def batch_of(*cases: Callable[[World], Case], **options: object) -> Callable[[World], str]:
    """A new batch of these applications, whose page shows by itself when its preview is there."""

    def path(world: World) -> str:
        made = world.agency.admin.post(
            "/v1/batches",
            displayName="Fall waitlist",
            applications={"ids": [case(world).id for case in cases]},
            **(options or {"invite": {}}),
        )
        return f"/staff/batches/{made['id']}"

    return path


async def await_preview(window: Window, _: World) -> None:
    """The open page says that the batch can be started, without being loaded anew."""
    await window.sees("Nothing has been sent yet. Start it when all below is as you want it.")


async def start_batch(window: Window, world: World) -> None:
    """The one button that stands out, whose words have a number."""
    await await_preview(window, world)
    await window.hand.press(window.page.locator("form[action$='/start'] button"))
