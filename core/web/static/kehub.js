// Kehub: what HTML cannot yet do by itself. No inline handlers, no eval, no dependency.
// Everything is delegated to the document, so that it holds for fragments that arrive later.
const root = document.documentElement;
const remember = (name, value) => {
  document.cookie = `${name}=${value};path=/;samesite=lax;max-age=31536000`;
};

document.addEventListener("click", (event) => {
  const { target } = event;

  // Theme: the server writes data-theme from the cookie; the button only flips it.
  if (target.closest("[data-theme-toggle]")) {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remember("theme", root.dataset.theme);
  }

  // Dialogs: <button command="show-modal" commandfor="id"> is native; this is for browsers that lack it.
  const commander = "command" in HTMLButtonElement.prototype ? null : target.closest("[commandfor]");
  const dialog = commander && document.getElementById(commander.getAttribute("commandfor"));
  if (dialog) commander.getAttribute("command") === "close" ? dialog.close() : dialog.showModal();

  // A button that is not allowed now stays focusable and does nothing.
  if (target.closest("[aria-disabled=true]")) event.preventDefault();

  target.closest("[data-close]")?.parentElement.remove();

  // One open menu at a time, and none after a click elsewhere or on what opens a dialog.
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(target) || target.closest("[commandfor]")) menu.open = false;
});

// Keys: "/" search, j and k move, Enter opens (native), Escape closes a menu, [data-key] elements answer to theirs.
// Single keys rest while someone types, or for good when the person says so (WCAG 2.1.4: data-keys="off" on html).
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  const search = event.target.closest?.(".search");
  if (search && event.key === "Escape") {
    search.dataset.closed = "";
    event.target.blur();
  } else if (search) delete search.dataset.closed;
  if (search && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    const stops = [search.querySelector("input"), ...search.querySelectorAll(".suggested a")];
    const at = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    stops[Math.max(0, Math.min(at, stops.length - 1))].focus();
    return;
  }
  const key = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + event.key;
  const typing = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  if (event.altKey || document.querySelector("dialog[open]") || (key.length === 1 && (typing || root.dataset.keys === "off"))) return;
  const names = [...document.querySelectorAll("[data-keys=rows] .name")];
  const step = { j: 1, k: -1 }[key];
  const next = names.indexOf(document.activeElement) + step;
  const target = key === "/" ? document.querySelector(".search input") : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (key === "x") document.activeElement.closest("[data-keys=rows] tr")?.querySelector("input[type=checkbox]")?.click();
  else if (step && names.length) names[Math.max(0, Math.min(next, names.length - 1))].focus();
  else if (target) {
    event.preventDefault();
    key === "/" ? target.focus() : target.click();
  }
});

// Rows that are chosen: x in a row, the box in the head for all of the page, Shift and click for all between two.
let lastBox = null;
document.addEventListener("click", (event) => {
  const box = event.target.closest?.("[data-keys=rows] input[type=checkbox]");
  if (!box) return;
  const boxes = [...box.closest("table").querySelectorAll("tbody input[type=checkbox]")];
  if (box.matches("[data-all]")) boxes.forEach((each) => (each.checked = box.checked));
  else {
    const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((one, other) => one - other);
    if (event.shiftKey && from >= 0) boxes.slice(from, to + 1).forEach((each) => (each.checked = box.checked));
    lastBox = box;
  }
  const told = box.closest("form")?.querySelector("[data-chosen]");
  if (told) told.textContent = told.dataset.chosen.replace("#", boxes.filter((each) => each.checked).length);
});

// Required script lines: the button that [data-needs] them waits, and says how many are left.
const count = (button) => {
  const left = document.querySelectorAll(`#${button.dataset.needs} input[required]:not(:checked)`).length;
  const note = document.getElementById(button.getAttribute("aria-describedby"));
  button.setAttribute("aria-disabled", left > 0);
  if (note) note.textContent = left ? note.dataset.left.replace("#", left) : note.dataset.done;
};

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-keys-toggle]")) {
    root.dataset.keys = target.checked ? "on" : "off";
    remember("keys", root.dataset.keys);
  }
  if (target.matches("[data-submits]")) target.form.requestSubmit();
  const list = target.closest("[id]:has(input[required])");
  if (list) document.querySelectorAll(`[data-needs="${list.id}"]`).forEach(count);
});

// Conditional fields: a part with [data-shown-when] is there while its condition over the form's other controls is met. What
// is hidden is not sent, so that what is stored stays; the server asks the same condition when the form comes.
const heldBy = (form, name) =>
  [...form.querySelectorAll(`[name="${CSS.escape(name)}"]`)]
    .filter((each) => !["checkbox", "radio"].includes(each.type) || each.checked)
    .map((each) => each.value.trim())
    .filter((value) => value !== "");
const comparisons = {
  eq: (a, b) => a === b, ne: (a, b) => a !== b, lt: (a, b) => a < b, le: (a, b) => a <= b, gt: (a, b) => a > b,
  ge: (a, b) => a >= b, in: (a, b) => b.includes(a), between: (a, b) => b[0] <= a && a <= b[1],
};
const meets = (form, test) => {
  if (typeof test === "boolean") return test;
  if (test.op === "and") return test.of.every((each) => meets(form, each));
  if (test.op === "or") return test.of.some((each) => meets(form, each));
  if (test.op === "not") return !meets(form, test.of);
  const held = heldBy(form, test.field);
  if (test.op === "is_set") return held.length > 0;
  if (test.op === "is_unset") return held.length === 0;
  if (test.op === "contains") return held.includes(test.value);
  const value = test.number ? Number((held[0] ?? "").normalize("NFKC").replace(/[,\s]/g, "")) : held[0];
  return held.length > 0 && !Number.isNaN(value) && comparisons[test.op](value, test.value);
};
const reveal = (form) => {
  for (const part of form.querySelectorAll("[data-shown-when]")) {
    const hidden = !meets(form, JSON.parse(part.dataset.shownWhen));
    part.hidden = hidden;
    for (const input of part.querySelectorAll("input, select, textarea")) {
      if (hidden && !input.disabled) [input.disabled, input.dataset.unseen] = [true, ""];
      else if (!hidden && "unseen" in input.dataset) {
        input.disabled = false;
        delete input.dataset.unseen;
      }
    }
  }
};
for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    if (target.form?.querySelector("[data-shown-when]")) reveal(target.form);
  });
}

// A revealed value stands until its time is over, and never in a page that the browser keeps: it goes when the page is left.
const cover = (part) => {
  part.querySelector("output")?.remove();
  part.querySelector(".watermark")?.remove();
  part.querySelector("[data-left]")?.remove();
  const over = part.querySelector("[data-over]");
  if (over) over.hidden = false;
};
setInterval(() => {
  for (const part of document.querySelectorAll("[data-until]:has(output)")) {
    const left = Math.ceil(Number(part.dataset.seconds) - (performance.now() - (part.shownAt ??= performance.now())) / 1000);
    const bar = part.querySelector("[data-left]");
    if (left <= 0) cover(part);
    else if (bar) bar.value = left;
  }
}, 250);
addEventListener("pagehide", () => document.querySelectorAll("[data-until]").forEach(cover));

// What asks again now and then does so while somebody looks: a tab in the background asks nothing.
setInterval(() => {
  if (!document.hidden) document.querySelectorAll("[data-tick]").forEach((part) => part.dispatchEvent(new Event("tick")));
}, 60000);

// A page or fragment that came back with errors puts the focus on their list.
const arrive = (part) => {
  part.querySelectorAll("[data-needs]").forEach(count);
  part.querySelectorAll("form:has([data-shown-when])").forEach(reveal);
  for (const { x, width, parentNode } of part.querySelectorAll(".flow .now rect")) {
    const seen = parentNode.closest(".scroll"); // a long workflow shows where the case stands
    seen.scrollLeft = x.baseVal.value + width.baseVal.value / 2 - seen.clientWidth / 2;
  }
  part.querySelector(".form-errors")?.focus();
};
arrive(document);
document.addEventListener("htmx:after:swap", () => arrive(document));
