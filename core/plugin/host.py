"""Find the allowed verticals, ask each of its hooks once, check every answer and seal the catalog.

1. Entry points of `kehub.verticals` are read from the installed distributions; those not allowed are never imported.
   (pluggy's own loader silently skips the second of two plugins with one name.)
2. Each vertical is registered with a plugin manager of its own, so an answer's origin is certain and a hook that raises
   stops no other vertical.
3. Answers are checked: shape, then sense, then the extra checks the caller brings (tables, conditions).
4. Any fault refuses the boot, with one message that names them all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import metadata, resources
from types import MappingProxyType, ModuleType, SimpleNamespace
from typing import Any, get_args

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from core.plugin import dashboards, documents, importing, params, processes, specs, stories, types
from core.plugin.catalog import Catalog, LoadedVertical
from core.plugin.checks import problems_in
from core.plugin.faults import BootError, Fault
from core.plugin.problems import KEY
from core.plugin.shape import frozen, mismatches

HOOKS: Mapping[str, Any] = MappingProxyType(
    {
        "vertical": types.Vertical,
        "fields": types.Field,
        "record_types": processes.RecordType,
        "segments": types.Segment,
        "workflows": processes.Workflow,
        "rules": types.Rule,
        "kpis": types.Kpi,
        "importers": importing.Importer,
        "routes": types.Route,
        "panels": types.Panel | dashboards.Dashboard,
        "documents": documents.Script | documents.QaForm,
        "subscribers": types.Subscriber,
        "personal_data": types.PersonalData,
        "demo": stories.Demo,
    }
)
PLANNED = frozenset({"clauses", "exporters", "meters"})
"""Names the contract keeps for later versions."""

RESERVED = frozenset(
    {"core", "customer", "case", "contact", "record", "interaction", "tenant", "consent", "parameter", "own"}
)
"""First words of names in conditions; a vertical of such a name would shadow them."""

Check = Callable[[LoadedVertical], Iterable[str]]
"""An extra check of one vertical: sentences that each say what is wrong and what to change."""


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What was found: the verticals without a fault, in the order of the allow-list, and every fault."""

    verticals: Sequence[LoadedVertical]
    faults: Sequence[Fault]


def load(
    *, allowed: Sequence[str], checks: Sequence[Check] = (), found: Iterable[metadata.EntryPoint] | None = None
) -> Catalog:
    """The sealed catalog of the allowed verticals. Raises BootError, which names every fault."""
    inspection = inspect_verticals(allowed=allowed, checks=checks, found=found)
    if inspection.faults:
        raise BootError(inspection.faults)
    return Catalog(inspection.verticals)


def shipped(distribution: str = "kehub") -> list[str]:
    """Keys of the verticals that a distribution brings: the allow-list where none is configured."""
    points = metadata.entry_points(group=specs.ENTRY_POINT_GROUP)
    return sorted(point.name for point in points if point.dist and point.dist.name == distribution)


def inspect_verticals(
    *, allowed: Sequence[str], checks: Sequence[Check] = (), found: Iterable[metadata.EntryPoint] | None = None
) -> Inspection:
    """Like `load`, but never raises: for reports. `found` stands in for the installed entry points."""
    points = list(metadata.entry_points(group=specs.ENTRY_POINT_GROUP) if found is None else found)
    verticals: dict[str, LoadedVertical] = {}
    faults: list[Fault] = []
    for name in dict.fromkeys(allowed):
        loaded, wrong = _load_one(name, points=[point for point in points if point.name == name], taken=verticals)
        if loaded is not None:
            wrong += [Fault(vertical=name, where=at, problem=what, fix=fix) for at, what, fix in problems_in(loaded)]
            wrong += _extra_faults(loaded, checks=checks)
            verticals.setdefault(loaded.key, loaded)
        faults += wrong
    faulty = {fault.vertical for fault in faults}
    return Inspection(verticals=[each for each in verticals.values() if each.key not in faulty], faults=faults)


def _load_one(
    name: str, *, points: Sequence[metadata.EntryPoint], taken: Mapping[str, LoadedVertical]
) -> tuple[LoadedVertical | None, list[Fault]]:
    def fault(where: str, problem: str, fix: str) -> Fault:
        return Fault(vertical=name, where=where, problem=problem, fix=fix)

    if not points:
        fix = f"install the package that brings it, or take {name!r} out of KEHUB_VERTICALS"
        return None, [fault("KEHUB_VERTICALS", "no installed package brings this vertical", fix)]
    if len(points) > 1:
        owners = " and ".join(sorted(f"{_distribution(point)} ({point.value})" for point in points))
        return None, [
            fault("entry point", f"{owners} both bring {name!r}", "uninstall one of them, or rename its entry point")
        ]
    (point,) = points
    try:
        module = point.load()
    except (Exception, SystemExit) as error:
        problem = f"importing {point.value} failed with {_named(error)}"
        return None, [
            fault(f"entry point of {_distribution(point)}", problem, "correct the import, or install what it needs")
        ]
    if not isinstance(module, ModuleType):
        fix = f'write `{name} = "package.plugin"`, without a colon'
        return None, [fault("entry point", f"{point.value} is a {type(module).__name__}, not a module", fix)]
    answers, wrong = _ask(module, fault=fault)
    declared = answers.pop("vertical", ())
    if not declared:
        return None, wrong
    wrong += _identity_faults(declared[0], name=name, taken=taken, fault=fault)
    parameters, troubles = _parameters(module)
    wrong += [fault(where, problem, "correct the table in params.toml") for where, problem in troubles]
    loaded = LoadedVertical(
        vertical=declared[0],
        distribution=_distribution(point),
        module=module.__name__,
        package=module.__package__ or "",
        parameters=parameters,
        **_by_kind(answers),
    )
    # What does not fit the contract or the name would only add noise about things that are not its own.
    return (None if any(each.where == "vertical" for each in wrong) else loaded), wrong


def _by_kind(answers: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """What two hooks return is of two kinds each, which are kept apart."""
    found: dict[str, Sequence[Any]] = dict(answers)
    shown, written = found.pop("panels", ()), found.pop("documents", ())
    for name, items, kind in (
        ("panels", shown, types.Panel),
        ("dashboards", shown, dashboards.Dashboard),
        ("scripts", written, documents.Script),
        ("qa_forms", written, documents.QaForm),
    ):
        found[name] = tuple(each for each in items if isinstance(each, kind))
    return found


def named(declared: Any) -> str:
    """The declarations that a hook returns, by name."""
    kinds = get_args(declared) or (declared,)
    return " or ".join(each.__name__ for each in kinds)


FaultMaker = Callable[[str, str, str], Fault]


def _ask(module: ModuleType, *, fault: FaultMaker) -> tuple[dict[str, Any], list[Fault]]:
    """The answer of every hook the module implements, frozen, and what is wrong with hooks and answers."""
    manager = pluggy.PluginManager(specs.PROJECT)
    manager.add_hookspecs(specs)
    usable: dict[str, Callable[[], Any]] = {}
    faults: list[Fault] = []
    for hook, function, options in _implementations(module, manager=manager):
        wrong = _signature_faults(hook, function, options=options, fault=fault)
        faults += wrong
        if not wrong:
            usable[hook] = function
    faults += [
        fault(name, "it is named like a hook but is not marked as one", "put @hookimpl above it, or rename it")
        for name in _unmarked(module, manager=manager)
    ]
    manager.register(SimpleNamespace(**usable), name=module.__name__)
    manager.check_pending()
    answers: dict[str, Any] = {}
    for hook in usable:
        answers[hook], wrong = _answer(hook, manager=manager, fault=fault)
        faults += wrong
    if "vertical" not in usable and not any(each.where == "vertical" for each in faults):
        faults.append(
            fault("vertical", "it has no `vertical` hook", "say who the vertical is: return Vertical(key=...)")
        )
    return answers, faults


def _implementations(
    module: ModuleType, *, manager: pluggy.PluginManager
) -> Iterator[tuple[str, Callable[[], Any], Mapping[str, Any]]]:
    for name in dir(module):
        options = manager.parse_hookimpl_opts(module, name)
        if options is not None:
            yield options.get("specname") or name, getattr(module, name), options


def _unmarked(module: ModuleType, *, manager: pluggy.PluginManager) -> list[str]:
    own = (
        name
        for name in HOOKS
        if inspect.isfunction(function := getattr(module, name, None)) and function.__module__ == module.__name__
    )
    return [name for name in own if manager.parse_hookimpl_opts(module, name) is None]


def _signature_faults(
    hook: str, function: Callable[..., Any], *, options: Mapping[str, Any], fault: FaultMaker
) -> list[Fault]:
    if hook in PLANNED:
        problem = f"the hook {hook!r} is not in this version of the contract ({types.API_VERSION})"
        return [fault(hook, problem, "leave it out until a version that has it")]
    if hook not in HOOKS:
        near = get_close_matches(hook, HOOKS, n=1, cutoff=0.5)
        fix = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(HOOKS)}"
        return [fault(hook, f"there is no hook {hook!r}", fix.rstrip("."))]
    if options.get("wrapper") or options.get("hookwrapper"):
        return [
            fault(hook, "it is a wrapper, and each vertical is asked alone", "return declarations, without wrapper")
        ]
    if inspect.iscoroutinefunction(function):
        return [fault(hook, "it is a coroutine", "write `def`, without async")]
    arguments = ", ".join(inspect.signature(function).parameters)
    if arguments:
        return [fault(hook, f"it takes arguments ({arguments}), hooks take none", f"write `def {hook}():`")]
    return []


def _answer(hook: str, *, manager: pluggy.PluginManager, fault: FaultMaker) -> tuple[tuple[Any, ...], list[Fault]]:
    declared = HOOKS[hook]
    try:
        results = getattr(manager.hook, hook)()
        value = results[0] if results else None
        items = [value] if hook == "vertical" else _listed(value)
    except Exception as error:
        return (), [fault(hook, f"calling it raised {_named(error)}", "let it return declarations and nothing else")]
    if items is None:
        wanted = f"return a list of {named(declared)}"
        return (), [fault(hook, f"it returned {type(value).__name__}, not a list of {named(declared)}", wanted)]
    faults, good = [], []
    for number, item in enumerate(items, start=1):
        where = hook if hook == "vertical" else f"{hook}, item {number}{_key_of(item)}"
        wrong = list(mismatches(item, hint=declared))
        faults += [
            fault(
                hook if hook == "vertical" else where,
                f"{path + ': ' if path else ''}{problem}",
                _shape_fix(declared, path),
            )
            for path, problem in wrong
        ]
        if not wrong:
            good.append(frozen(item))
    return tuple(good), faults


def _listed(value: Any) -> list[Any] | None:
    """The items of what a hook returned; None when it is no collection of declarations."""
    if value is None or isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return None
    return list(value)


def _key_of(item: Any) -> str:
    key = getattr(item, "key", None)
    return f" ({key!r})" if isinstance(key, str) else ""


def _shape_fix(declared: Any, path: str) -> str:
    return f"see {named(declared)}.{path} in core.plugin" if path else f"return {named(declared)}(...)"


def _identity_faults(
    declared: types.Vertical, *, name: str, taken: Mapping[str, LoadedVertical], fault: FaultMaker
) -> list[Fault]:
    faults = []
    if declared.key in taken:
        other = taken[declared.key]
        problem = f"the key {declared.key!r} is taken by {other.module} of {other.distribution}"
        faults.append(fault("vertical", problem, "choose another key, and name the entry point like it"))
    elif declared.key != name:
        problem = f"its key is {declared.key!r}, its entry point is {name!r}"
        faults.append(fault("vertical", problem, "make both the same"))
    if declared.key in RESERVED or not KEY.fullmatch(declared.key):
        faults.append(fault("vertical", f"the key {declared.key!r} cannot be used", "choose another key"))
    try:
        admits = Version(types.API_VERSION) in SpecifierSet(declared.requires)
        Version(declared.version)
    except (InvalidSpecifier, InvalidVersion) as error:
        return [*faults, fault("vertical", str(error), "write `requires` and `version` as PEP 440 has them")]
    if not admits:
        problem = f"it requires API {declared.requires}, this Kehub has API {types.API_VERSION}"
        faults.append(fault("vertical", problem, "install a release of it made for this API, or widen `requires`"))
    return faults


def _parameters(module: ModuleType) -> tuple[params.ParameterSet, list[tuple[str, str]]]:
    if not module.__package__:
        return params.ParameterSet(), []
    file = resources.files(module.__package__).joinpath("params.toml")
    if not file.is_file():
        return params.ParameterSet(), []
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return params.ParameterSet(), [("params.toml", f"it cannot be read: {error}")]
    return params.read(text)


def _extra_faults(loaded: LoadedVertical, *, checks: Sequence[Check]) -> list[Fault]:
    faults = []
    for check in checks:
        where = getattr(check, "__name__", "check").replace("_", " ")
        try:
            sentences = list(check(loaded))
        except Exception as error:
            sentences = [f"it could not be checked: {_named(error)}"]
        faults += [Fault(vertical=loaded.key, where=where, problem=each.rstrip(".")) for each in sentences]
    return faults


def _distribution(point: metadata.EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "an unknown package"


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
