"""The composition root: settings in, application out. Nothing is made before `create_app` is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from flask import Flask

from .domain.errors import ConfigurationError
from .domain.outbound import LISTED, PUBLIC
from .engine.admission import admit_all
from .engine.discovery import PRODUCT, Found, discover
from .engine.ledger import Ledger
from .engine.registry import Registry
from .engine.runner.children import ending_orphans
from .engine.runner.client import Runners
from .engine.runner.forked import ChildError, Waiting, run_forked_all
from .engine.runner.limits import Limits
from .engine.runner.seal import Seal
from .runner import Charge, declare_alone, utc_now
from .services.adoption import Adoption
from .services.audit import Log
from .services.decided import Decisions
from .services.house import Clock, House, no_process, prepare_host, prepare_plugin
from .services.keys import Keys, read_secret
from .services.limits import limits_from
from .services.notary import HeadNotary
from .services.scope import deliver_audit
from .settings import Settings
from .storage.database import Database
from .storage.stores import Stores
from .web.audit_page import audit_page
from .web.border import either
from .web.doors import hang_doors
from .web.errors import handle_errors
from .web.openid import openid
from .web.own_account import OWN_ACCOUNT
from .web.owners import make_assets, make_renderers
from .web.people_pages import PEOPLE
from .web.plugins_page import plugins_page
from .web.rest import mount_api
from .web.sign_in import sign_in
from .web.static import static
from .web.tabs import tabs
from .web.visitor import Household
from .web.ways import opening_in

if TYPE_CHECKING:
    from .services.openid_provider import Provider

AskAll = Callable[[Mapping[str, Charge], list[Found]], Mapping[str, bytes | ChildError]]
"""Asks third parties what they declare, each in a process of its own: (charges by plugin id, all plugins)."""


def build_house(
    settings: Settings,
    *,
    found: list[Found] | None = None,
    clock: Clock = utc_now,
    ask: AskAll | None = None,
    anew: bool = False,
    ledger: Ledger | None = None,
    runners: Runners | None = None,
) -> House:
    """Open the database, migrate it, and admit the plugins.

    Args:
        settings: The host's settings; with ``isolation`` third parties are never imported here.
        found: Plugins to load; None for those that are installed.
        clock: The time now; tests stop it.
        ask: How to ask those what they declare that never were; None to go by what is kept.
        anew: Whether to ask those too that have changed since, or were rejected: for a start of the host.
        ledger: Where calls are noted; None for a ledger of this process.
        runners: The way to runners, where there are any.

    Raises:
        ConfigurationError: The database's address is not usable.
    """
    house = _bare(settings, clock, ledger or Ledger(clock), runners)
    installed = discover(house.version) if found is None else found
    adopt = None
    if settings.isolation:
        builtins = [each for each in installed if each.builtin]
        asking = partial(_asked, settings, house, builtins, ask) if ask else None
        adopt = Adoption(house.stores.host, house.version, ask=asking, clock=clock, anew=anew)
    prepare = partial(prepare_plugin, house.stores)
    house.registry.fill(admit_all(installed, prepare, opening_in(house), adopt))
    for plugin in house.registry.admitted():
        if plugin.storage and not plugin.builtin:
            deliver_audit(house, plugin.id)  # what a crash left behind
    return house


def _bare(settings: Settings, clock: Clock, ledger: Ledger, runners: Runners | None) -> House:
    """A house without plugins: its database with the newest tables, and its keys."""
    database, keys, _ = _opened(settings, clock)
    return House(
        version=version(PRODUCT),
        stores=Stores(database, settings.data / "plugins"),
        registry=Registry([], ledger),
        clock=clock,
        environment=settings.environment,
        timezone=settings.timezone,
        decisions=Decisions(database),
        keys=keys,
        language=settings.language,
        second_factor=settings.second_factor,
        title=settings.title,
        audit_export=settings.audit_export,
        processes=runners.process if runners else no_process,
        provider=_provider(settings, clock),
        allowed=settings.outbound,
        api_rate=settings.api_rate,
    )


def open_log(settings: Settings, clock: Clock = utc_now) -> Log:
    """The audit log alone: the database with its newest tables, and who signs the log; no plugin is loaded.

    Raises:
        ConfigurationError: The database or the secret is not usable.
    """
    database, _, notary = _opened(settings, clock)
    return Log(database=database, notary=notary, clock=clock)


def _opened(settings: Settings, clock: Clock) -> tuple[Database, Keys, HeadNotary]:
    database = Database(settings.database_url)
    prepare_host(database)
    keys = Keys(read_secret(settings.secret_key, settings.secret_key_file, settings.data))
    database.notary = notary = HeadNotary(keys, settings.data, clock)
    return database, keys, notary


def _provider(settings: Settings, clock: Clock) -> Provider | None:
    if settings.openid is None:
        return None
    from .services.openid_provider import Provider  # noqa: PLC0415 - only who has one needs an HTTP client
    from .services.outbound import Outbound  # noqa: PLC0415 - that is it

    return Provider(settings.openid, Outbound(settings.outbound), clock)


def ask_in_children(
    charges: Mapping[str, Charge], found: list[Found], waiting: Waiting = lambda _: None
) -> Mapping[str, bytes | ChildError]:
    """What third parties declare, each asked in a forked child of this process; what they start ends with it.

    Args:
        charges: What each is handed, by plugin id.
        found: All plugins, the built-in ones among them.
        waiting: Is told the id of each that takes more than two seconds.
    """
    builtins = [each for each in found if each.builtin]
    by_id = {each.id: each for each in found if not each.builtin}
    works = {name: partial(declare_alone, by_id[name], builtins, charge) for name, charge in charges.items()}
    limits = {name: charge.limits for name, charge in charges.items()}
    with ending_orphans():
        return run_forked_all(works, limits, waiting=waiting)


def _asked(
    settings: Settings, house: House, builtins: list[Found], ask: AskAll, found: list[Found]
) -> Mapping[str, bytes | ChildError]:
    seal = Seal(b"nobody listens yet")
    charges: dict[str, Charge] = {}
    failed: dict[str, bytes | ChildError] = {}
    for each in found:
        try:
            charges[each.id] = charge_of(settings, house, each.id, seal)
        except ConfigurationError as error:  # its store cannot be made
            failed[each.id] = ChildError(str(error))
    house.stores.close()  # no connection may be shared with a child; they open again by themselves
    return {**ask(charges, [*builtins, *found]), **failed}


def charge_of(settings: Settings, house: House, plugin: str, seal: Seal) -> Charge:
    """What is handed to the runner of *plugin*.

    Raises:
        ConfigurationError: Its store cannot be prepared.
    """
    address = stores_of(house).store_address(plugin)
    return Charge(
        plugin=plugin,
        url=address.url,
        schema=address.schema,
        key=seal.key(plugin).secret.hex(),
        version=house.version,
        timezone=settings.timezone,
        language=settings.language,
        limits=limits_of(settings, house, plugin),
        upload=settings.max_upload,
        allow=settings.outbound.text,
        mode=LISTED if settings.outbound.listed_only else PUBLIC,
    )


def stores_of(house: House) -> Stores:
    """The host's stores: a house has no others."""
    if not isinstance(house.stores, Stores):
        raise TypeError("this is no house of the host")
    return house.stores


def limits_of(settings: Settings, house: House, plugin: str) -> Limits:
    """The bounds of the runner of *plugin*, as they are set now."""
    return limits_from(settings.limits, house.decisions.now().settings.get(plugin, {}))


def create_app(settings: Settings, house: House, runners: Runners | None = None) -> Flask:
    """The web application.

    Args:
        settings: The host's settings.
        house: From `build_house`.
        runners: The way to runners; None where every plugin lives in this process.
    """
    app = Flask("host", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_upload
    app.config["MAX_FORM_MEMORY_SIZE"] = None  # a field may be as large as what it is sent in
    plugins = list(house.registry.admitted())
    assets = make_assets(plugins)
    renderers = make_renderers(plugins, assets)
    app.extensions["tabhost_assets"] = assets
    app.extensions["tabhost"] = Household(
        house, renderers, either(house, renderers, runners), opening_in(house)
    )
    for blueprint in (tabs, plugins_page, *PEOPLE, sign_in, openid, static, *OWN_ACCOUNT, audit_page):
        app.register_blueprint(blueprint)
    mount_api(app, house.version)
    handle_errors(app)
    hang_doors(app)
    return app
