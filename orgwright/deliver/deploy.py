"""Deploy components to an org in stages, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from orgwright.errors import OrgwrightError, Place
from orgwright.metadata import mdapi
from orgwright.metadata.component import Component
from orgwright.org import OrgClient
from orgwright.org.metadata import DeployMessage, DeployOptions, DeployProgress, DeployResult

_MANIFESTS = frozenset(
    {"package.xml", "destructiveChanges.xml", "destructiveChangesPre.xml", "destructiveChangesPost.xml"}
)


@dataclass(frozen=True)
class Deployment:
    """What deploys did to an org. The tuples hold ``Type:Name``; ``ids`` are the deploys' Ids."""

    created: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    ids: tuple[str, ...]
    deleted: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All components that were sent."""
        return len(self.created) + len(self.changed) + len(self.unchanged)

    def counts(self) -> dict[str, int]:
        """How many were created, changed, left as they were."""
        counts = {"created": len(self.created), "changed": len(self.changed), "unchanged": len(self.unchanged)}
        return counts | ({"deleted": len(self.deleted)} if self.deleted else {})


@dataclass(frozen=True)
class Deletions:
    """What the last stage of a deploy deletes, as types and names: before its components are deployed, and after."""

    before: tuple[tuple[str, str], ...] = ()
    after: tuple[tuple[str, str], ...] = ()


class DeployFailed(OrgwrightError):
    """The org refused a deploy; nothing of it was kept. ``problems`` has a line for each reason."""

    exit_code = 1

    def __init__(self, org: str, result: DeployResult) -> None:
        self.result = result
        self.problems = tuple(_problems(result))
        shown = "\n  ".join(self.problems)
        super().__init__(
            f"the org refused the deploy ({result.status}):\n  {shown}",
            where=Place(path=f"{org}: deploy {result.id}"),
            help="nothing of this deploy was kept; mend what is named and run the command again",
        )


def deploy(
    org: OrgClient,
    stages: Iterable[Sequence[Component]],
    options: DeployOptions,
    *,
    deletions: Deletions | None = None,
    progress: Callable[[DeployProgress], None] = lambda _: None,
) -> Deployment:
    """Deploy stage after stage; a stage that fails is rolled back by the org and stops the work.

    ``options`` and ``deletions`` count for the last stage. Earlier ones prepare the ground (settings) and hold no Apex, so they run
    no tests. Raises :class:`DeployFailed`.
    """
    filled = [tuple(stage) for stage in stages if stage]
    gone = deletions or Deletions()
    if not filled and (gone.before or gone.after):
        filled = [()]
    results = []
    for number, components in enumerate(filled, start=1):
        last = number == len(filled)
        package = mdapi.to_zip(
            components,
            api_version=org.connection.api_version,
            before=gone.before if last else (),
            destructive=gone.after if last else (),
        )
        stage_options = options if last else DeployOptions(check_only=options.check_only)
        result = org.metadata.deploy(package, stage_options, progress=progress)
        if not result.success:
            raise DeployFailed(org.connection.alias, result)
        results.append(result)
    return _deployment(results)


def _deployment(results: Sequence[DeployResult]) -> Deployment:
    told = [m for result in results for m in result.components if m.type and m.name not in _MANIFESTS]
    sent = [m for m in told if not m.deleted]
    return Deployment(
        created=tuple(_name(m) for m in sent if m.created),
        changed=tuple(_name(m) for m in sent if m.changed and not m.created),
        unchanged=tuple(_name(m) for m in sent if not m.changed and not m.created),
        ids=tuple(result.id for result in results),
        deleted=tuple(_name(m) for m in told if m.deleted),
    )


def _name(message: DeployMessage) -> str:
    return f"{message.type}:{message.name}"


def _problems(result: DeployResult) -> Iterable[str]:
    for failure in result.failures:
        position = f" ({failure.line}:{failure.column})" if failure.line is not None else ""
        yield f"{failure.type or 'package'} {failure.name}{position}: {failure.problem}"
    for test in result.test_failures:
        yield f"test {test.class_name}.{test.method}: {test.message}"
    yield from result.warnings
    if result.error:
        yield result.error
