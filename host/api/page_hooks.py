"""The hooks that are asked while somebody's page is drawn, or somebody signs in."""

from __future__ import annotations

from .banners import Banner
from .markers import hookspec
from .values import Actor


class PageSpec:
    """Hooks of built-in plugins that concern every page. A third party pushes instead: ``set_badge``."""

    @hookspec
    def host_banners(self, actor: Actor) -> list[Banner]:
        """Say what must stand above every page of this person. Built-in plugins only.

        Called in the web worker when a page is drawn, at most once in five seconds for each person and
        worker, with ``current_host`` for reading. What is shown may therefore be five seconds old.

        Args:
            actor: Whose page it is; on the sign-in page somebody without a user id.

        Returns:
            The banners, most important first.

        If it raises:
            The plugin has no banners, and is blamed in the ledger.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_login_allowed(self, actor: Actor) -> Banner | None:
        """Say whether this person may be here now. Built-in plugins only.

        Called in the web worker when somebody signs in, once the password is known to be right; and with
        `host_banners` for those who are signed in already: who may not be here finds one card in the place
        of every page, and is let in again when this returns None.

        Args:
            actor: Who wants to be here.

        Returns:
            None if they may; otherwise why not, and until when.

        If it raises:
            They may, and the plugin is blamed in the ledger: a fault must lock nobody out.

        .. versionadded:: 0.1
        """
