/* The shell: what htmx leaves to the page around it. Listens on the document only, so that a page brought back
   by the browser's Back button needs nothing set up again.
   data-needs-js   hidden until this file runs
   data-offline    hidden until a request gets no answer
   Only HTML is put into the page: the host has read it, and a plugin's text or picture it has not.
   .th-menu        closes on Escape, on a click elsewhere, and when the focus leaves it */
(() => {
  "use strict";
  const main = () => document.getElementById("main");
  const currentTab = () => document.querySelector("#tabs [aria-current='page']");
  const offline = (is) => document.querySelectorAll("[data-offline]").forEach((sign) => { sign.hidden = !is; });
  const reveal = () => document.querySelectorAll("[data-needs-js][hidden]").forEach((part) => { part.hidden = false; });

  let tabBefore = currentTab()?.id;
  let focusBefore = null;

  /* The row scrolls sideways on narrow screens; the page itself must not move. */
  const showCurrentTab = () => {
    const tab = currentTab();
    const row = tab?.closest(".th-tabs__row");
    if (!row) return;
    const [inner, outer] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
    if (inner.left < outer.left) row.scrollLeft += inner.left - outer.left - 16;
    if (inner.right > outer.right) row.scrollLeft += inner.right - outer.right + 16;
  };

  reveal();
  showCurrentTab();

  document.addEventListener("htmx:before:swap", () => { focusBefore = document.activeElement; });

  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx.target;
    reveal();
    if (!main() || !target?.contains?.(main())) return;
    const lost = focusBefore && focusBefore !== document.body && !focusBefore.isConnected;
    if (lost && (document.activeElement ?? document.body) === document.body) main().focus({ preventScroll: true });
    if (currentTab()?.id !== tabBefore && target === main()) scrollTo({ top: 0, behavior: "instant" });
    tabBefore = currentTab()?.id;
    showCurrentTab();
  });

  document.addEventListener("htmx:error", (event) => { if (!event.detail.ctx?.response) offline(true); });
  document.addEventListener("htmx:after:request", (event) => {
    offline(false);
    const { status, headers } = event.detail.ctx.response;
    const type = (headers.get("Content-Type") ?? "").split(";")[0].trim().toLowerCase();
    if (status !== 204 && type !== "text/html") event.preventDefault();
  });

  const closeMenu = (menu, refocus) => {
    menu.open = false;
    if (refocus) menu.querySelector("summary").focus();
  };
  const openMenus = () => document.querySelectorAll("details.th-menu[open]");

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") openMenus().forEach((menu) => closeMenu(menu, true));
  });
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) {
      if (menu.contains(event.target)) continue;
      /* Back to the summary, unless the click has put the focus on something else. */
      const focus = document.activeElement;
      closeMenu(menu, !focus || focus === document.body || menu.contains(focus));
    }
  });
  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest?.("details.th-menu[open]");
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) closeMenu(menu, false);
  });
})();
