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
  const key = (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + event.key;
  const typing = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  if (event.altKey || document.querySelector("dialog[open]") || (key.length === 1 && (typing || root.dataset.keys === "off"))) return;
  const names = [...document.querySelectorAll("[data-keys=rows] .name")];
  const step = { j: 1, k: -1 }[key];
  const next = names.indexOf(document.activeElement) + step;
  const target = key === "/" ? document.querySelector(".search input") : document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (step && names.length) names[Math.max(0, Math.min(next, names.length - 1))].focus();
  else if (target) {
    event.preventDefault();
    key === "/" ? target.focus() : target.click();
  }
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

// What asks again now and then does so while somebody looks: a tab in the background asks nothing.
setInterval(() => {
  if (!document.hidden) document.querySelectorAll("[data-tick]").forEach((part) => part.dispatchEvent(new Event("tick")));
}, 60000);

// A page or fragment that came back with errors puts the focus on their list.
const arrive = (part) => {
  part.querySelectorAll("[data-needs]").forEach(count);
  part.querySelector(".form-errors")?.focus();
};
arrive(document);
document.addEventListener("htmx:after:swap", () => arrive(document));
