/* Lists whose rows are worked with the keyboard, and lists that ask for themselves every few seconds.
   data-rows      around a table: arrows open the row before or after, F2 or a double-click edits it, Delete ends it
   data-edits, data-ends   in there: the links that do so for the row that is open
   data-edit="…"  on a .th-rowlink: the address at which that row is edited, where that can be done
   data-live      asks by hx-trigger="every …": only while somebody sees it, and with the ETag of what it was told
                  last, so that nothing is drawn again where nothing has changed */
(() => {
  "use strict";
  const openRow = ".th-rowlink[aria-current]";
  const isField = (element) => element.matches("input:not([type='radio'], [type='checkbox']), select, textarea");

  document.addEventListener("keydown", (event) => {
    const list = event.target.closest?.("[data-rows]");
    if (!list || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (isField(event.target) || document.querySelector("dialog:modal")) return;
    const pressed = { F2: "[data-edits]", Delete: "[data-ends]" }[event.key];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (pressed) {
      list.querySelector(pressed)?.click();
    } else if (step && event.target.closest("table, .th-pane")) {
      const rows = [...list.querySelectorAll(".th-rowlink")];
      const focused = rows.includes(event.target) ? event.target : list.querySelector(openRow);
      const next = rows[rows.indexOf(focused) + step];
      next?.focus();
      next?.click();
    } else return;
    event.preventDefault();
  });

  document.addEventListener("dblclick", (event) => {
    const row = event.target.closest?.("[data-rows] tbody tr")?.querySelector(".th-rowlink[data-edit]");
    if (!row) return;
    const edits = row.matches(openRow) && row.closest("[data-rows]").querySelector("[data-edits]");
    if (edits) edits.click();
    else location.assign(row.dataset.edit);
  });

  let known = { address: "", tag: "" };
  const live = (event) => event.detail.ctx?.sourceElement?.matches?.("[data-live]");

  document.addEventListener("htmx:before:request", (event) => {
    if (!live(event)) return;
    const { request } = event.detail.ctx;
    if (document.hidden) event.preventDefault();
    else if (known.tag && known.address === request.action) request.headers["If-None-Match"] = known.tag;
  });
  document.addEventListener("htmx:after:request", (event) => {
    if (!live(event)) return;
    const { request, response } = event.detail.ctx;
    if (response.status === 200) known = { address: request.action, tag: response.headers.get("ETag") ?? "" };
  });
  let left = null;
  document.addEventListener("htmx:before:swap", (event) => {
    left = document.querySelector("dialog:modal");
    /* What was said once stays until the next thing that somebody does. */
    const { tasks } = event.detail;
    if (!live(event)) known = { address: "", tag: "" };
    else tasks.splice(0, tasks.length, ...tasks.filter((each) => (each.target?.id ?? each.target) !== "toasts"));
  });
  document.addEventListener("htmx:after:swap", () => {
    /* A dialog that is gone gives the keys back to the row that it was about. */
    if (left && !left.isConnected && !document.querySelector("dialog:modal")) {
      document.querySelector(`[data-rows] ${openRow}`)?.focus({ preventScroll: true });
    }
    left = null;
  });
})();
