"""The hook specification: everything the host asks of a plugin."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .markers import hookspec
from .page_hooks import PageSpec
from .settings import Setting
from .values import HookSpecs, Job, Permission, Storage, Tab

if TYPE_CHECKING:
    from click import Group
    from flask import Blueprint


class HostSpec(PageSpec):
    """What a plugin may implement. Each hook is called for one plugin at a time.

    Built-in plugins live in the host's own processes. A third party is *loaded* in a child of the host
    that has it declare what it is and ends; that is kept until ``tabhost serve`` starts with another version
    or other files of it. It *lives* in its runner, which is started when somebody visits it and ends when
    nobody does; there only what serves is asked for again. With ``TABHOST_ISOLATION=none`` it lives where the
    built-in ones do.
    """

    @hookspec
    def host_tabs(self) -> list[Tab]:
        """Announce the plugin's tabs.

        Called when the host loads the plugin, and again after `current_host.tabs_changed()`: then in
        the process that served the request, once that has succeeded; other workers ask their own copy of
        a built-in plugin. ``current_host`` is there for reading: ``session``, whose migrations have run,
        ``actor``, who is nobody in particular, ``clock`` and ``locale``. Settings, hooks and published
        functions are not there yet. The answer is checked and kept as JSON.

        Returns:
            The tabs; ids are unique in the plugin.

        If it raises:
            The plugin is rejected with the reason; the host and the others start. When it is asked
            again, the tabs stay as they were, and the fault is noted in the ledger.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_permissions(self) -> list[Permission]:
        """Announce what a person may do in the plugin.

        Called once when the host loads the plugin, outside any request. The answer is checked and kept
        as JSON.

        Returns:
            The permissions that the plugin's tabs and routes name. An id that another plugin
            already announced is refused.

        If it raises:
            The plugin is rejected with the reason.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_settings(self) -> list[Setting]:
        """Announce what an operator can set.

        Called once when the host loads the plugin, outside any request. The values are in
        ``current_host.settings``; what an operator changes is there from the next request on.

        Returns:
            The settings; ids are unique in the plugin, environment names in the installation.

        If it raises:
            The plugin is rejected with the reason.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_hookspecs(self) -> HookSpecs:
        """Publish hooks and functions for other plugins. Built-in plugins only.

        Called once in each process of the host, after all plugins are imported and before any is
        checked, outside any request; in a runner, when its plugin first asks a hook.

        Returns:
            The specification, with a schema for what each hook returns, and the functions of the
            plugin's ``api.py`` that are marked with `published`.

        If it raises:
            The plugin is rejected with the reason, and its hooks do not exist.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_pages(self) -> Blueprint:
        """Hand over the plugin's pages.

        Called when the host loads the plugin, and at each start of its runner, outside any request. The
        blueprint is registered under the plugin's id at ``/tabs/<plugin>``; the first
        path segment is the id of a tab. Every route carries `requires`.

        Returns:
            A Flask blueprint. Its views return fragments; the host draws the page around them.

        If it raises:
            The plugin is rejected with the reason. An error while a page is drawn costs that page
            only: the person sees a card in the tab's place.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_api(self) -> Blueprint:
        """Hand over the plugin's JSON API.

        Called when the host loads the plugin, and at each start of its runner, outside any request. The
        blueprint stands at ``/api/v1/<plugin>``; every route carries `requires`. Errors
        are answered as JSON with ``code``, ``status`` and ``message``, and ``errors`` where a schema
        refused what was sent. A call that changes something brings the header ``X-CSRF-Token``.

        Returns:
            A flask-smorest blueprint. What it says of its own addresses is shown in
            ``/api/v1/openapi.json``, where its schemas stand under the plugin's id:
            ``acme_requests.Request``. Toasts are not shown there.

        If it raises:
            The plugin is rejected with the reason. An error while a call is answered costs that call
            only: 502 as JSON, with an error id.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_storage(self) -> Storage:
        """Hand over the plugin's tables and migrations.

        Called when the host loads the plugin, and at each start of its runner, outside any request.
        Migrations run on ``tabhost db upgrade`` and when the host starts, before the plugin serves. A
        third party's store is its own: a file, or on PostgreSQL a schema and a role.

        Returns:
            The tables and the folder of migrations.

        If it raises:
            The plugin is rejected with the reason; so it is when a migration fails, which leaves
            the store as it was.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_cli(self) -> list[Group]:
        """Hand over groups of commands.

        Called when the command line starts; for a third party when the host loads it, to learn names and
        help, and again in the child that runs the command. Each group's name must be free: the host's own
        names are reserved. Commands run with ``current_host`` and in one transaction; an
        `host.api.InputError` ends them with exit status 2 and changes nothing. A third party's commands
        have its runner's limits, but no deadline.

        Returns:
            Click groups.

        If it raises:
            The plugin's commands are missing, and the command line warns of it.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_jobs(self) -> list[Job]:
        """Announce what the plugin wants done by the clock. Built-in plugins only.

        Called once when the host loads the plugin, outside any request. The answer is checked and kept
        as JSON.

        Returns:
            The jobs; ids are unique in the plugin. Whoever announces jobs implements `host_run_job`.

        If it raises:
            The plugin is rejected with the reason.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_run_job(self, job_id: str) -> datetime | None:
        """Do one job. Built-in plugins only.

        Called for each job when ``tabhost serve`` starts, unless another is running on the same database;
        then as often as the job says, and by ``tabhost jobs run``. Each run has a process of its own, and
        there is one of a job at a time in the whole installation.
        ``current_host`` is there as in a command, with an ``actor`` who is ``system`` and may do
        everything. The run is one transaction; badges and changed tabs count once it is kept.

        On SQLite there is one writer at a time, and a job is one from its first statement on. So a job that
        asks the network does so before that, or gives up its turn first: it reads, ends the transaction with
        ``current_host.session.rollback()``, asks, and then writes.

        Args:
            job_id: A job that `host_jobs` announced.

        Returns:
            When to run next, aware, at least a minute from now; None for as often as the job says.

        If it raises:
            Nothing of the run is kept; so it is when the run is not over in time, which ends its process.
            Another one follows after a minute, then two, four, up to an hour. The fault is logged, noted
            in the ledger, and shown by ``tabhost jobs list``. An `host.api.TabhostError` is no fault of
            the plugin: only the list shows its sentence.

        .. versionadded:: 0.1
        """

    @hookspec
    def host_demo(self, folder: str) -> list[list[str]]:
        """Say how to fill an empty installation with the demo company.

        Called once by ``tabhost serve --demo`` on an empty database, with ``current_host``; a third party
        in a child with its runner's limits. Built-in plugins come first, those whose tabs stand further
        right before the others.

        Args:
            folder: Path of a folder that the plugin may write files to.

        Returns:
            Commands in order, each as a list of arguments of ``tabhost``, such as
            ``["status", "load-installation", "/…/installation.json"]``: the demo comes in by the
            same doors as anything else.

        If it raises:
            The demo goes on without this plugin's part and says so.

        .. versionadded:: 0.1
        """
