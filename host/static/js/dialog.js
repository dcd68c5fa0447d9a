/* Native dialogs: data-modal opens at load and after a swap, data-opens="id" opens another in its place,
   data-close closes, data-leave is the link by which Escape leaves. What was replaced comes back when the other
   closes, with the focus on what led there. */
(() => {
  "use strict";
  const open = (dialog, from, opener) => {
    if (from) {
      from.close();
      dialog.addEventListener("close", () => { from.showModal(); opener?.focus(); }, { once: true });
    }
    dialog.removeAttribute("open");
    dialog.removeAttribute("data-modal");
    dialog.showModal();
  };
  const openFirst = () => {
    const first = document.querySelector("dialog[data-modal]");
    /* One that was drawn anew while it is open stays as it is, with the focus where it was. */
    if (first?.matches(":modal")) first.removeAttribute("data-modal");
    else if (first) open(first);
    return first;
  };
  const first = openFirst();
  const named = document.getElementById(location.hash.slice(1));
  if (named && named !== first && named.matches("dialog")) {
    open(named, first, first?.querySelector(`[data-opens="${CSS.escape(named.id)}"]`));
  }
  /* What led there has the focus again afterwards: it is gone by then, to the heading that came with the swap. */
  let led;
  document.addEventListener("htmx:before:swap", () => { led = document.activeElement?.id; });
  document.addEventListener("htmx:after:swap", () => {
    const id = led;
    if (openFirst() && id) {
      document.querySelector("dialog:modal")
        ?.addEventListener("close", () => document.getElementById(id)?.focus(), { once: true });
    }
  });
  document.addEventListener("cancel", (event) => {
    const link = event.target.querySelector?.("[data-leave]");
    if (!link) return;
    event.preventDefault();
    link.click();
  }, true);
  addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    const closer = event.target.closest("dialog[open] [data-close]");
    const dialog = opener && document.getElementById(opener.dataset.opens);
    if (dialog) {
      event.preventDefault();
      open(dialog, opener.closest("dialog"), opener);
    } else if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
  });
})();
