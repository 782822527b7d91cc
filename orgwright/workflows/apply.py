"""A plan that is kept, and its apply: exactly that plan, or nothing when the org or the spec has moved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orgwright import plan
from orgwright.deliver import Deletions, Deployment
from orgwright.deliver.access import AccessGiven, give_access
from orgwright.errors import OrgwrightError, Place
from orgwright.metadata import Component
from orgwright.org import OrgClient
from orgwright.plan.removal import order
from orgwright.spec.model import Connector
from orgwright.workflows.generate import generated_stages
from orgwright.workflows.steps import deploy_stages, test_classes

FORMAT = 1


class InTheWay(OrgwrightError):
    """The org has something that a deploy cannot change; nothing was changed. ``foreseen`` has all of it."""

    exit_code = 1

    def __init__(self, org: str, foreseen: plan.Foreseen) -> None:
        self.foreseen = foreseen
        first, *more = foreseen.in_the_way
        others = f" (and {len(more)} more)" if more else ""
        super().__init__(
            f"{first.component} is in the way: {first.reason}{others}",
            where=Place(path=org),
            help="nothing was changed; mend the org or the spec, then run the command again",
        )


class PlanMoved(OrgwrightError):
    """The org, the spec or the templates are not what the plan was made from; nothing was changed."""

    exit_code = 1


class DestroyNotAllowed(OrgwrightError):
    """The plan deletes components, and nobody allowed that."""

    exit_code = 1


@dataclass(frozen=True)
class PlanFile:
    """What a plan file says. It holds no secrets: names, digests, and the parameters that were set."""

    connector: str
    parameters: Mapping[str, str]
    org: str
    org_id: str
    spec: str
    seen: Mapping[str, str]
    changes: Mapping[str, Sequence[Mapping[str, Any]]]
    adopt: bool = False

    def write(self, path: Path) -> None:
        """Write the file."""
        data = {"orgwright": FORMAT, **self.__dict__}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> PlanFile:
        """Read a file. Raises :class:`OrgwrightError` when it is no plan."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data.pop("orgwright") != FORMAT:
                raise ValueError("it is of another format")
            return cls(**data)
        except OSError as fault:
            raise OrgwrightError(f"cannot be read: {fault.strerror}", where=Place(file=str(path))) from None
        except (ValueError, KeyError, TypeError, AttributeError) as fault:
            raise OrgwrightError(
                f"is no plan: {fault}",
                where=Place(file=str(path)),
                help="'orgwright plan CONNECTOR --org ORG --out FILE' writes one",
            ) from fault


@dataclass(frozen=True)
class Applied:
    """What an apply did; ``deployment`` is None when there was nothing to do."""

    foreseen: plan.Foreseen
    deployment: Deployment | None = None
    access: AccessGiven | None = None


def digest_of(components: Sequence[Component]) -> str:
    """What tells one generation from another."""
    found = hashlib.sha256()
    for component in sorted(components):
        for part in (component.type.encode(), component.name.encode(), component.body, component.meta or b""):
            found.update(len(part).to_bytes(8, "big") + part)
        for path, content in component.files:
            found.update(path.encode() + b"\0" + content)
    return found.hexdigest()


def make_plan(
    org: OrgClient,
    connector: Connector,
    *,
    name: str,
    parameters: Mapping[str, str],
    templates: Path | None = None,
    adopt: bool = False,
) -> tuple[plan.Foreseen, PlanFile]:
    """Foresee, and what a file needs so that an apply does the same. ``name`` is how the spec was named."""
    every = [component for stage in generated_stages(connector, templates) for component in stage]
    foreseen = plan.foresee(org, connector, components=every, adopt=adopt)
    connection = org.connection
    file = PlanFile(
        name,
        dict(parameters),
        connection.alias,
        connection.org_id,
        digest_of(every),
        dict(foreseen.seen),
        as_dict(foreseen),
        adopt,
    )
    return foreseen, file


def as_dict(foreseen: plan.Foreseen) -> dict[str, Any]:
    """The changes as ``--json`` and plan files hold them."""
    return {
        "create": [change.as_dict() for change in foreseen.create],
        "change": [change.as_dict() for change in foreseen.change],
        "destroy": [change.as_dict() for change in foreseen.destroy],
        "in_the_way": [change.as_dict() for change in foreseen.in_the_way],
        "same": len(foreseen.same),
        "notes": list(foreseen.notes),
    }


def apply(
    org: OrgClient,
    connector: Connector,
    planned: PlanFile,
    *,
    templates: Path | None = None,
    allow_destroy: bool = False,
) -> Applied:
    """Do what a plan says: create and change its components, delete what it deletes, see to the service user.

    Raises:
        PlanMoved: the org shows other facts than the plan saw, or the spec generates something else.
        InTheWay: the plan had something in the way.
        DestroyNotAllowed: the plan deletes, and ``allow_destroy`` is not set.
        DeployFailed: the org refused; nothing of that deploy was kept.
    """
    stages = generated_stages(connector, templates)
    every = [component for stage in stages for component in stage]
    alias = org.connection.alias
    if org.connection.org_id != planned.org_id:
        raise PlanMoved(
            f"the plan is for the org {planned.org_id}, this is {org.connection.org_id}", where=Place(path=alias)
        )
    if digest_of(every) != planned.spec:
        raise _moved("the spec, its parameters or the templates have changed since the plan was made", alias)
    foreseen = plan.foresee(org, connector, components=every, adopt=planned.adopt)
    _hold_together(planned, foreseen, alias)
    if foreseen.in_the_way:
        raise InTheWay(alias, foreseen)
    if foreseen.destroy and not allow_destroy:
        names = ", ".join(change.component for change in foreseen.destroy[:5])
        raise DestroyNotAllowed(
            f"the plan deletes {len(foreseen.destroy)} components: {names}",
            where=Place(path=alias),
            help="deleting a field deletes its data; --allow-destroy says that you mean it",
        )
    deployment = _deploy(org, stages, foreseen)
    return Applied(foreseen, deployment, give_access(org, connector))


def _deploy(org: OrgClient, stages: Sequence[Sequence[Component]], foreseen: plan.Foreseen) -> Deployment | None:
    moving = {(change.type, change.component) for change in (*foreseen.create, *foreseen.change)}
    parts = [[component for component in stage if component.key in moving] for stage in stages]
    gone = [(change.type, change.component) for change in foreseen.destroy]
    if not (any(parts) or gone or foreseen.record_changed) or foreseen.record is None:
        return None
    every = [component for stage in stages for component in stage]
    record = foreseen.record.without((type, name.lower()) for type, name in gone)
    # What goes is deleted after the rest: nothing that is deployed refers to it any more.
    return deploy_stages(
        org,
        parts,
        tests=test_classes(every),
        record=record.component(),
        deletions=Deletions(after=order(gone)) if gone else None,
    )


def _hold_together(planned: PlanFile, foreseen: plan.Foreseen, alias: str) -> None:
    names = {**planned.seen, **foreseen.seen}
    moved = [name for name in names if planned.seen.get(name) != foreseen.seen.get(name)]
    if moved:
        others = f" and {len(moved) - 5} more" if len(moved) > 5 else ""
        raise _moved(f"the org has moved since the plan was made: {', '.join(moved[:5])}{others}", alias)
    before, after = (json.dumps(changes, sort_keys=True) for changes in (planned.changes, as_dict(foreseen)))
    if before != after:
        raise _moved("the data of the org has changed since the plan was made, and the plan with it", alias)


def _moved(what: str, alias: str) -> PlanMoved:
    return PlanMoved(what, where=Place(path=alias), help="nothing was changed; make the plan again and look at it")
