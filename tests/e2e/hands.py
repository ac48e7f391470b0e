"""How a person reaches what stands on a page: by pointer, or by keyboard alone."""

from typing import Protocol

from playwright.async_api import Locator, expect

WHERE = """
one => one === document.activeElement ? "here"
  : one.type === "radio" && one.name === document.activeElement.name ? "beside"
  : "away"
"""
"""Where the focus is, seen from an element; beside a radio button are the others of its group."""


class Hand(Protocol):
    """What a person does with a hand."""

    async def press(self, target: Locator) -> None:
        """A link, a button, something to choose."""

    async def pick(self, menu: Locator, entry: Locator) -> None:
        """An entry of a menu that is closed."""

    async def write(self, field: Locator, text: str) -> None:
        """Something in place of what stands in a field."""


class Pointer:
    """A mouse or a finger; it pastes what it writes."""

    async def press(self, target: Locator) -> None:
        await target.click()

    async def pick(self, menu: Locator, entry: Locator) -> None:
        await menu.click()
        await entry.click()

    async def write(self, field: Locator, text: str) -> None:
        await field.fill(text)


class Keyboard:
    """Tab, arrows, Enter and Space; it writes key by key."""

    MAX_STEPS = 100

    async def press(self, target: Locator) -> None:
        await self.focus(target)
        kind = await target.get_attribute("type")
        if kind != "radio":  # to come there is to choose it
            await target.page.keyboard.press("Space" if kind == "checkbox" else "Enter")

    async def pick(self, menu: Locator, entry: Locator) -> None:
        for _ in range(3):  # once the menu stayed closed on a busy machine, why is not known; a person presses again
            await self.focus(menu)
            await menu.page.keyboard.press("ArrowDown")  # opens it
            if await entry.is_visible():
                break
        await self._walk(entry, "ArrowDown")
        await self.press(entry)

    async def write(self, field: Locator, text: str) -> None:
        await self.focus(field)
        await field.page.keyboard.press("ControlOrMeta+A")
        await field.page.keyboard.type(text)

    async def focus(self, target: Locator) -> None:
        """Tab leads to it."""
        await expect(target).to_be_visible()
        await self._walk(target, "Tab")

    async def _walk(self, target: Locator, key: str) -> None:
        for _ in range(self.MAX_STEPS):
            where = await target.evaluate(WHERE)
            if where == "here":
                return
            await target.page.keyboard.press("ArrowDown" if where == "beside" else key)
        raise AssertionError(f"{key} does not lead to {target}.")
