/* Panels beside a list: the focus goes to the heading of what opens, and back to its row when it closes.
   href="…#id"                 a link that opens the panel of that id, which htmx fetches with hx-get
   .th-rowlink[aria-current]   the row that is open
   data-closes-panel           the link that closes the panel; Escape presses it */
(() => {
  "use strict";
  const part = (href) => href?.split("#")[1] ?? "";
  const heading = (id) => (id ? document.querySelector(`aside.th-panel#${CSS.escape(id)} h2[tabindex]`) : null);
  const row = (href) => (href ? document.querySelector(`.th-rowlink[href="${CSS.escape(href)}"]`) : null);
  let next = null;

  document.addEventListener("htmx:before:request", (event) => {
    const link = event.detail.ctx.sourceElement;
    const href = link?.getAttribute?.("href");
    const open = document.querySelector(".th-rowlink[aria-current]")?.getAttribute("href");
    next = link?.matches?.("[data-closes-panel]") ? () => row(open) : () => heading(part(href));
  });

  document.addEventListener("htmx:after:swap", () => {
    next?.()?.focus();
    next = null;
  });

  /* Before the shell closes its menus: what is open above the panel closes first. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (document.querySelector("dialog[open], details.th-menu[open]")) return;
    if (event.target.matches?.("input[type='search']") && event.target.value) return;
    document.querySelector(".th-panel [data-closes-panel]")?.click();
  }, { capture: true });
})();
