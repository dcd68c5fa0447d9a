"""The hooks of the Status tab."""

from __future__ import annotations

from datetime import date

from host.api import hookspec

from .schemas.additions import EventType, MeteredService
from .schemas.facts import Fact
from .schemas.summary import LicenceSummary


class StatusSpec:
    """Hooks of the Status tab."""

    @hookspec
    def status_licence_summary(self, users_since: date | None) -> LicenceSummary | None:
        """Tell the Status tab what licence is in force.

        Called while the Status page is drawn, in the web worker; built-in plugins only. Reads
        through ``current_host.session``.

        Args:
            users_since: From which day on the daily count of users is wanted; None for not at all.

        Returns:
            The summary, or None while no licence has been loaded.

        If it raises:
            The rows that come from it are missing, and the plugin is blamed in the ledger.

        .. versionadded:: 0.1
        """

    @hookspec
    def status_facts(self) -> list[Fact]:
        """Add rows to the box *Database* of the Status page.

        Called while the Status page is drawn, in the web worker, and for its JSON and its command; built-in
        plugins only: a third party pushes its rows with `status_tab.api.set_facts`. Reads through
        ``current_host.session``.

        Returns:
            The rows; they stand below those that are always there.

        If it raises:
            Its rows are missing, and the plugin is blamed in the ledger.

        .. versionadded:: 0.1
        """

    @hookspec
    def status_metered_services(self) -> list[MeteredService]:
        """Declare services that the plugin meters, beside the five of the subscription.

        Called once when the host loads the plugin, outside any request. The answer is checked and kept as
        JSON. From then on usage events of these services are taken in, and they stand everywhere where the
        five do: dashboard, months, files, alerts, invoice, tariff files, JSON and commands.

        Returns:
            The services; their ids begin with the plugin's.

        If it raises:
            The plugin is rejected with the reason; so it is when an answer is not valid. What was used stays
            in all lists and bills, marked, when the plugin is off or gone.

        .. versionadded:: 0.1
        """

    @hookspec
    def status_event_types(self) -> list[EventType]:
        """Declare types of system events that the plugin starts (`start_event`, `running_event`).

        Called once when the host loads the plugin, outside any request. The answer is checked and kept as
        JSON. Only the plugin itself starts them, and administrators where ``by_hand`` says so.

        Returns:
            The types; their keys begin with the plugin's id.

        If it raises:
            The plugin is rejected with the reason; so it is when an answer is not valid. Events that run or
            ran keep their titles when the plugin is off or gone.

        .. versionadded:: 0.1
        """
