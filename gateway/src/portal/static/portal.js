// Makes pages quicker; every job works without it.

const QUIET = 200; // milliseconds without a key, then search

// The device's time zone, for the dates of the next page.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.split("; ").includes(`zone=${zone}`)) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax${secure}`;
}

// A menu closes when something else gets the focus or is clicked, and by Escape; arrow keys walk through it.
const entries = (menu) => [...menu.querySelectorAll("ul a, ul button")];
const closeOthers = (kept) => {
  for (const menu of document.querySelectorAll(".menu[open]")) if (menu !== kept) menu.open = false;
};
document.addEventListener("click", (event) => closeOthers(event.target.closest(".menu")));
document.addEventListener("focusin", (event) => closeOthers(event.target.closest(".menu")));
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.(".menu");
  if (!menu) return;
  if (event.key === "Escape" && menu.open) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    menu.open = true;
    const all = entries(menu);
    const step = event.key === "ArrowDown" ? 1 : -1;
    const next = all.indexOf(document.activeElement) + step;
    all.at(next < 0 ? -1 : next % all.length).focus();
  }
});

// In a table arrows lead from row to row in the same place, and from stop to stop in a row.
const stops = (row) => [...row.querySelectorAll("a, summary, input, td > form button")].filter((one) => one.checkVisibility());
document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("tbody tr");
  const [down, right] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key] ?? [0, 0];
  if (!row || !(down || right) || event.target.closest(".menu ul") || (down && event.target.closest(".menu"))) return;
  const place = stops(row).indexOf(event.target);
  const other = down > 0 ? row.nextElementSibling : down < 0 ? row.previousElementSibling : row;
  const there = other ? stops(other) : [];
  const next = down ? (there[place] ?? there.at(-1)) : there[place + right];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// The keys `/` and `?`, unless they are switched off in their list.
const keys = document.getElementById("keys");
if (keys) {
  const areUsed = keys.querySelector("input");
  areUsed.checked = localStorage.getItem("keys") !== "off";
  areUsed.addEventListener("change", () => localStorage.setItem("keys", areUsed.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const isTyped = event.target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, dialog");
    if (!areUsed.checked || isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("input[type=search]");
    if (event.key === "?") keys.showModal();
    else if (event.key === "/" && search) search.focus();
    else return;
    event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) keys.showModal();
  });
}

// How many rows are chosen; all of the page by the box in the head, those between two by a click with Shift.
const boxesOf = (table) => [...table.querySelectorAll("td input[type=checkbox]:enabled")];
const sayChosen = (chosen) => {
  const boxes = boxesOf(chosen);
  const said = chosen.querySelector("output");
  if (said) said.textContent = boxes.filter((box) => box.checked).length;
};
let lastBox;
document.addEventListener("click", (event) => {
  const chosen = event.target.closest(".selectable");
  if (!chosen) return;
  const boxes = boxesOf(chosen);
  const all = event.target.closest("[data-all]");
  if (all && boxes.length) {
    event.preventDefault();
    const isChosen = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = isChosen;
  } else if (boxes.includes(event.target)) {
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(event.target)].sort((a, b) => a - b);
    if (event.shiftKey && from >= 0) for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
    lastBox = event.target;
  }
  sayChosen(chosen);
});
const sayAllChosen = () => document.querySelectorAll(".selectable").forEach(sayChosen);
window.addEventListener("pageshow", sayAllChosen); // browsers keep what was checked

// How long something still holds: said beside it, once in a while.
const spans = new Intl.RelativeTimeFormat(document.documentElement.lang);
const countDown = () => {
  for (const one of document.querySelectorAll("[data-countdown]")) {
    const minutes = Math.ceil((new Date(one.querySelector("time").dateTime) - Date.now()) / 60_000);
    const [size, unit] = minutes >= 2880 ? [1440, "day"] : minutes >= 120 ? [60, "hour"] : [1, "minute"];
    const said = one.querySelector("small") ?? one.appendChild(document.createElement("small"));
    said.textContent = minutes > 0 ? ` ${spans.format(Math.floor(minutes / size), unit)}` : "";
  }
};
countDown();
setInterval(countDown, 15_000);

// A form is sent once, however often its button is pressed.
const sent = new Set();
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("method") !== "post") return; // a field may be called `method`
  if (sent.has(event.target)) event.preventDefault();
  sent.add(event.target);
});
window.addEventListener("pageshow", () => sent.clear());

// A button below each password shows what is typed.
for (const field of document.querySelectorAll("input[data-show]")) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "quiet", textContent: field.dataset.show });
  button.setAttribute("aria-controls", field.id);
  const show = (isShown) => {
    field.type = isShown ? "text" : "password";
    button.setAttribute("aria-pressed", String(isShown));
  };
  show(false);
  button.addEventListener("click", () => show(field.type === "password"));
  field.form.addEventListener("submit", () => show(false)); // browsers keep what was typed into other fields
  field.after(button);
}

// A button below each address copies it, and says so.
for (const field of document.querySelectorAll("input[data-copy]")) {
  if (!navigator.clipboard) break; // only over HTTPS
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "quiet", textContent: field.dataset.copy });
  button.setAttribute("aria-describedby", field.id);
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.textContent = field.dataset.copied;
  });
  field.after(button);
}

// The page behind a link, as a dialog over this one.
const pageAt = async (address) => {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
  event.preventDefault();
  closeOthers();
  try {
    const content = (await pageAt(link.href)).querySelector("main > section");
    const title = content.querySelector("h1");
    title.id = "dialog-title";
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.append(content);
    document.body.append(dialog);
    dialog.addEventListener("click", (inside) => {
      if (inside.target === dialog || inside.target.closest("[data-close]")) {
        inside.preventDefault();
        dialog.close();
      }
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      (link.closest(".menu")?.querySelector("summary") ?? link).focus();
    });
    dialog.showModal();
  } catch {
    location.assign(link.href);
  }
});

// Search as you type: the newest answer takes the place of the results, the address follows.
for (const form of document.querySelectorAll("form[data-search]")) {
  const results = document.getElementById(form.dataset.search);
  const said = document.getElementById("found");
  let waiting;
  let newest = 0;
  const search = async () => {
    const mine = ++newest;
    const address = `${location.pathname}?${new URLSearchParams(new FormData(form))}`;
    results.setAttribute("aria-busy", "true");
    try {
      const page = await pageAt(address);
      if (mine !== newest) return;
      results.replaceChildren(...page.getElementById(results.id).childNodes);
      const counts = page.querySelectorAll("form[data-search] .count");
      form.querySelectorAll(".count").forEach((count, place) => (count.textContent = counts[place]?.textContent));
      document.querySelector("footer").replaceWith(page.querySelector("footer")); // its languages lead back to here
      said.textContent = page.getElementById(said.id).textContent;
      history.replaceState(null, "", address);
    } catch {
      if (mine === newest) location.assign(address);
    } finally {
      if (mine === newest) results.removeAttribute("aria-busy");
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, QUIET);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    search();
  });
}

// What changes by itself changes on the open page. While something may (`data-follow`) the page is fetched again, ever more
// seldom and only in a tab that is seen; the parts with another version take the place of the old ones.

const SHORT_PAUSE = 1000, FIRST_PAUSE = 2000, MAX_PAUSE = 60000, GROWTH = 1.5; // milliseconds
const CONTROLS = "a, button, summary, input, [tabindex]";

const nameOf = (control) => `${control.tagName} ${control.getAttribute("aria-label") ?? ""} ${control.textContent.trim()}`;
const namesake = (part, name) => [...part.querySelectorAll(CONTROLS)].find((one) => nameOf(one) === name);

// What is open stays open, and the focus where it was; where its control is gone, on the part's heading.
const replace = (old, fresh) => {
  const opened = [...old.querySelectorAll("details[open] > summary")].map(nameOf);
  const focused = old.contains(document.activeElement) && nameOf(document.activeElement);
  old.replaceWith(fresh);
  for (const name of opened) namesake(fresh, name)?.closest("details").setAttribute("open", "");
  if (focused) (namesake(fresh, focused) ?? fresh.querySelector("[tabindex]"))?.focus();
};

// Answers what of the fresh page goes on changing, null when nothing does. Of a part with a name for what it shows the server
// answers when it has another one, or after some seconds.
const look = async () => {
  const address = new URL(location.href);
  const known = document.querySelector("[data-follow]")?.dataset.follow;
  if (known) address.searchParams.set("known", known);
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return null;
  return take(new DOMParser().parseFromString(await answer.text(), "text/html"));
};

// Puts what is new of a fresh page in the place of the old.
const take = (page) => {
  const goesOn = page.querySelector("[data-follow]");
  if (document.querySelector("dialog[open]")) return goesOn; // what it came from stays; the next look brings it
  const said = [];
  for (const old of document.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(old.id);
    if (!fresh || fresh.dataset.part === old.dataset.part) continue;
    const words = (part) => part.querySelector("[data-said]")?.dataset.said;
    if (words(fresh) !== words(old)) said.push(words(fresh));
    replace(old, fresh);
  }
  if (said.length) document.getElementById("changed").textContent = said.join(". ");
  return goesOn;
};

let pause = FIRST_PAUSE;
let isFollowed = false;
const follow = async () => {
  let goesOn = document.body;
  if (!document.hidden) goesOn = await look().catch(() => goesOn); // offline for a moment
  isFollowed = Boolean(goesOn);
  if (!goesOn) return;
  pause = goesOn.dataset.follow ? SHORT_PAUSE : Math.min(pause * GROWTH, MAX_PAUSE);
  if (document.hidden) document.addEventListener("visibilitychange", () => setTimeout(follow, 0), { once: true });
  else setTimeout(follow, pause);
};
const begin = () => {
  pause = FIRST_PAUSE;
  if (isFollowed || !document.querySelector("[data-follow]")) return;
  isFollowed = true;
  setTimeout(follow, pause);
};
begin();

// Another script has fetched the page, after it has changed something.
document.addEventListener("fresh", (event) => {
  take(event.detail);
  begin();
});
