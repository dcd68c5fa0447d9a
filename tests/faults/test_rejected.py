"""A plugin that is not what it should be is rejected with a reason that names it; the others serve."""

from __future__ import annotations

import dataclasses
import types

import pytest
from builders.plugins import (
    create,
    neighbour,
    notes_table,
    permissions,
    raising,
    tab,
    the_neighbour_serves,
    vendor,
    write_migrations,
)
from sqlalchemy import inspect

from host.api import HookSpecs, Job, Permission, Plain, Storage, hookimpl
from host.engine.discovery import Found
from host.testing.kit import installed, plugin

ACME = {"host_permissions": permissions("acme")}

JOB = Job(id="daily", title=Plain("Sweep"), every=86_400)


def run_nothing(job_id):
    """An implementation of `host_run_job`."""


class MeansNoGoodError(Exception):
    """Fails even when it is asked for its text."""

    def __str__(self) -> str:
        raise ZeroDivisionError


def failing_at_import(error: BaseException) -> Found:
    return Found(id="acme", distribution="acme", version="1.0", builtin=False, load=raising(error))


class TestImporting:
    @pytest.mark.parametrize(
        "error",
        [Exception("kaput"), SystemExit("kaput"), KeyboardInterrupt("kaput"), SyntaxError("kaput")],
        ids=lambda error: type(error).__name__,
    )
    def test_whatever_is_raised_at_import_becomes_the_reason(self, rejects, error):
        """`BaseException` too: a plugin that ends the process must not end the host."""
        reason = rejects(failing_at_import(error))
        assert "mporting it failed" in reason
        assert f"{type(error).__name__}: kaput" in reason

    def test_an_error_that_cannot_say_what_it_is_does_not_stop_the_host(self, rejects):
        """The text of an exception is the plugin's code as well."""
        assert "MeansNoGoodError" in rejects(failing_at_import(MeansNoGoodError()))

    def test_a_package_that_is_not_there_is_named(self, rejects):
        """The commonest way for an import to fail."""
        reason = rejects(failing_at_import(ModuleNotFoundError("No module named 'acme_core'")))
        assert "acme_core" in reason


class TestHooks:
    def test_a_misspelt_hook_is_named(self, rejects):
        """pluggy alone would silently never call it."""
        assert "host_tab" in rejects(vendor("acme", host_tab=[]))

    def test_an_argument_that_the_hook_does_not_have_is_named(self, rejects):
        """Both the hook and the argument."""
        reason = rejects(vendor("acme", host_tabs=lambda request: []))
        assert "host_tabs" in reason
        assert "'request'" in reason

    def test_an_old_style_hook_wrapper_is_refused(self, rejects):
        """There is nothing to wrap: a plugin that wraps its own hook would silently have no tab."""
        module = types.ModuleType("acme")

        def host_tabs():
            yield

        module.host_tabs = hookimpl(host_tabs, hookwrapper=True)
        assert "host_tabs" in rejects(plugin("acme", module))

    def test_a_new_style_hook_wrapper_is_refused(self, rejects):
        """Likewise, though what it returns would be used."""
        module = types.ModuleType("acme")

        def host_tabs():
            yield
            return []

        module.host_tabs = hookimpl(host_tabs, wrapper=True)
        assert "host_tabs" in rejects(plugin("acme", module))

    @pytest.mark.parametrize(
        "hook",
        ["host_tabs", "host_permissions", "host_settings", "host_pages", "host_storage"],
    )
    @pytest.mark.parametrize(
        "error", [RuntimeError("kaput"), SystemExit("kaput")], ids=["Exception", "SystemExit"]
    )
    def test_a_hook_that_raises_is_told_with_its_error(self, rejects, hook, error):
        """Each hook that is asked at load."""
        assert f"{type(error).__name__}: kaput" in rejects(vendor("acme", **{hook: raising(error)}))

    def test_a_third_party_may_not_publish_hooks(self, rejects):
        """Only built-in plugins do in 1.x."""
        specs = HookSpecs(specs=types.ModuleType("specs"), schemas={})
        assert "host_hookspecs" in rejects(vendor("acme", host_hookspecs=lambda: specs))

    def test_a_hook_of_built_in_plugins_is_closed_to_others(self, host_with):
        """A vendor cannot say what licence is in force: the Status tab would show it."""
        imposter = vendor("acme", status_licence_summary=None)
        kit = host_with(*installed("status_tab"), imposter)
        assert kit.reason("status_tab") == ""
        assert kit.reason("acme") == "status_licence_summary() is for built-in plugins only."

    @pytest.mark.parametrize("hook", ["host_jobs", "host_run_job"])
    def test_a_third_party_has_no_jobs_yet(self, rejects, hook):
        """It is told so, by the hook's name, instead of waiting for what never comes."""
        implementation = run_nothing if hook == "host_run_job" else [JOB]
        assert rejects(vendor("acme", **{hook: implementation})) == f"{hook}() is for built-in plugins only."

    def test_jobs_that_nobody_does_are_refused(self, rejects):
        """Each run would fail."""
        assert "host_run_job" in rejects(vendor("acme", builtin=True, host_jobs=[JOB]))

    @pytest.mark.parametrize(
        ("jobs", "told"),
        [([JOB, JOB], "'daily' twice"), ([dataclasses.replace(JOB, every=1)], "'every'"), ("daily", "str")],
        ids=["twice", "each second", "no list"],
    )
    def test_jobs_that_are_none_are_told(self, rejects, jobs, told):
        """The hook is named."""
        reason = rejects(vendor("acme", builtin=True, host_jobs=lambda: jobs, host_run_job=run_nothing))
        assert "host_jobs()" in reason
        assert told in reason

    def test_a_built_in_plugin_with_a_broken_specification_costs_itself_only(self, rejects):
        """Its hooks do not exist; the others are not checked against them."""
        specs = HookSpecs(specs=types.ModuleType("specs"), schemas={})
        assert "specs" in rejects(vendor("acme", builtin=True, host_hookspecs=lambda: specs))


class TestWrongTypes:
    @pytest.mark.parametrize(
        ("hook", "answer", "told"),
        [
            ("host_tabs", "main", "str"),
            ("host_tabs", (), "tuple"),
            ("host_tabs", {}, "dict"),
            ("host_tabs", [1], "int"),
            ("host_tabs", [None], "NoneType"),
            ("host_tabs", permissions("acme"), "Permission"),
            ("host_permissions", [tab("acme")], "Tab"),
            ("host_permissions", "acme.view", "str"),
            ("host_settings", {"a": 1}, "dict"),
            ("host_pages", "pages", "str"),
            ("host_storage", "tables", "str"),
        ],
    )
    def test_the_reason_names_the_hook_and_what_it_returned(self, rejects, hook, answer, told):
        """So that the vendor need not guess."""
        reason = rejects(vendor("acme", **{hook: lambda: answer}))
        assert hook in reason
        assert told in reason

    def test_a_hook_that_forgets_to_return_is_told(self, rejects):
        """None is no list: a plugin without tabs, and without a word about it, helps nobody."""
        assert "host_tabs" in rejects(vendor("acme", host_tabs=lambda: None))

    @pytest.mark.parametrize(
        "tab_id", ["Main", "a/b", "", "a" * 41, "a b", "ä", "main\n"], ids=lambda text: repr(text[:6])
    )
    def test_a_tab_id_that_does_not_fit_an_address_is_refused(self, rejects, tab_id):
        """The reason names the hook, the field and what was expected."""
        reason = rejects(vendor("acme", host_tabs=[tab("acme", tab_id)], **ACME))
        assert "host_tabs" in reason
        assert "'id'" in reason
        assert "[a-z0-9-]{1,40}" in reason

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", "bare text"),
            ("title", None),
            ("view", ""),
            ("view", "no dot"),
            ("order", -1),
            ("order", "first"),
            ("icon", "i" * 41),
            ("scripts", "perhaps"),
        ],
    )
    def test_a_field_of_the_wrong_kind_is_refused(self, rejects, field, value):
        """Whatever the field."""
        reason = rejects(vendor("acme", host_tabs=[tab("acme", **{field: value})], **ACME))
        assert "host_tabs" in reason

    def test_a_permission_or_role_that_is_no_name_is_refused(self, rejects):
        """Names are compared and stored; blanks and capital letters would never match."""
        bad = Permission(id="acme.view", title=Plain("x"), default_roles=("Everybody Here",))
        assert "host_permissions" in rejects(vendor("acme", host_permissions=[bad]))


class TestStores:
    def test_a_table_outside_the_plugins_names_is_refused(self, rejects, tmp_path):
        """A vendor cannot lay hands on a table of the host."""
        storage = Storage(
            metadata=notes_table("host").metadata,
            migrations=write_migrations(tmp_path / "m", create("host_note")),
        )
        assert "'host_note'" in rejects(vendor("acme", host_storage=storage))

    def test_a_folder_without_migrations_is_refused(self, rejects, tmp_path):
        """The tables would never be made."""
        storage = Storage(metadata=notes_table("acme").metadata, migrations=tmp_path)
        assert "versions/" in rejects(vendor("acme", host_storage=storage))

    @pytest.mark.parametrize("builtin", [True, False], ids=["built-in", "third party"])
    def test_a_migration_that_fails_leaves_the_store_as_it_was(self, host_on, tmp_path, builtin):
        """All steps or none, on both databases; the reason says where it happened."""
        steps = create("acme_note"), ('raise RuntimeError("half way")', "pass")
        folder = write_migrations(tmp_path / "m", *steps)
        storage = Storage(metadata=notes_table("acme").metadata, migrations=folder)
        kit = host_on(vendor("acme", builtin=builtin, host_storage=storage), neighbour())
        assert "RuntimeError: half way" in kit.reason("acme")
        assert "0002_step.py" in kit.reason("acme")
        store = kit.house.stores.host if builtin else kit.house.stores.own("acme")
        with store.connecting() as connection:
            tables = inspect(connection).get_table_names()
        assert not [each for each in tables if each.startswith("acme")]
        the_neighbour_serves(kit)


class TestStrangeObjects:
    def test_a_plugin_object_without_a_hash_is_admitted(self, beside_a_neighbour):
        """A dataclass is a natural thing to write; pluggy alone may stumble over it."""

        @dataclasses.dataclass
        class Acme:
            notes: list[str] = dataclasses.field(default_factory=list)

            @hookimpl
            def host_permissions(self) -> list[Permission]:
                return permissions("acme")

            @hookimpl
            def host_tabs(self):
                return [tab("acme")]

        kit = beside_a_neighbour(plugin("acme", Acme()), plugin("other", Acme()))
        assert kit.reason("acme") == ""
        assert "'acme.view'" in kit.reason("other"), "two equal objects are still two plugins"
        the_neighbour_serves(kit)

    def test_a_module_that_refuses_every_question_does_not_stop_the_host(self, rejects):
        """A lazy module raises what it likes when it is asked for a name."""

        class Lazy(types.ModuleType):
            def __getattr__(self, name: str):
                raise RuntimeError(f"no {name} today")

        assert "today" in rejects(plugin("acme", Lazy("acme")))

    def test_an_object_that_raises_whatever_it_is_asked_does_not_stop_the_host(self, rejects):
        """Not even its class can be read."""

        class Hostile:
            def __getattribute__(self, name: str):
                raise RuntimeError(f"no {name} today")

        assert "today" in rejects(plugin("acme", Hostile()))

    def test_an_object_whose_missing_names_raise_costs_nobody_anything(self, beside_a_neighbour):
        """Admitted or not: the host is up, and the neighbour serves."""

        class Raising:
            def __getattr__(self, name: str):
                raise RuntimeError(f"no {name} today")

        the_neighbour_serves(beside_a_neighbour(plugin("acme", Raising())))
