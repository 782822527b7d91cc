"""Flows in few words: elements as XML, deployed to an org."""

from __future__ import annotations

from xml.etree import ElementTree

from orgwright.localorg.org import Org
from tests.localorg.deploying import NAMESPACE, deploy, failures

PLACE = "<locationX>0</locationX><locationY>0</locationY>"


def element(tag: str, name: str, body: str, next: str = "", fault: str = "") -> str:
    to = f"<connector><targetReference>{next}</targetReference></connector>" if next else ""
    away = f"<faultConnector><targetReference>{fault}</targetReference></faultConnector>" if fault else ""
    return f"<{tag}><name>{name}</name><label>{name}</label>{PLACE}{to}{away}{body}</{tag}>"


def value(given: object) -> str:
    """``"text"``, a number, a truth, or ``=name`` for a reference."""
    if isinstance(given, str) and given.startswith("="):
        return f"<value><elementReference>{given[1:]}</elementReference></value>"
    if isinstance(given, bool):
        return f"<value><booleanValue>{str(given).lower()}</booleanValue></value>"
    if isinstance(given, int | float):
        return f"<value><numberValue>{given}</numberValue></value>"
    return f"<value><stringValue>{given}</stringValue></value>"


def assign(name: str, *items: tuple[str, str, object], next: str = "") -> str:
    body = "".join(
        f"<assignmentItems><assignToReference>{target}</assignToReference><operator>{how}</operator>{value(given)}</assignmentItems>"
        for target, how, given in items
    )
    return element("assignments", name, body, next)


def decide(name: str, rule: str, left: str, operator: str, right: object, then: str, otherwise: str = "") -> str:
    condition = value(right).replace("value>", "rightValue>", 1).replace("</value>", "</rightValue>")
    default = (
        f"<defaultConnector><targetReference>{otherwise}</targetReference></defaultConnector>" if otherwise else ""
    )
    return element(
        "decisions",
        name,
        f"{default}<rules><name>{rule}</name><conditionLogic>and</conditionLogic><conditions><leftValueReference>{left}"
        f"</leftValueReference><operator>{operator}</operator>{condition}</conditions>"
        f"<connector><targetReference>{then}</targetReference></connector><label>{rule}</label></rules>",
    )


def variable(
    name: str, type: str = "String", use: str = "", many: bool = False, object: str = "", start: object = None
) -> str:
    of = f"<objectType>{object}</objectType>" if object else ""
    begin = value(start) if start is not None else ""
    flags = f"<isInput>{str('in' in use).lower()}</isInput><isOutput>{str('out' in use).lower()}</isOutput>"
    many_ = f"<isCollection>{str(many).lower()}</isCollection>"
    return f"<variables><name>{name}</name><dataType>{type}</dataType>{many_}{flags}{of}{begin}</variables>"


def start(next: str, body: str = "") -> str:
    return f"<start>{PLACE}<connector><targetReference>{next}</targetReference></connector>{body}</start>"


def on(next: str, object: str, moment: str, when: str, body: str = "") -> str:
    """The start of a flow that records of ``object`` start."""
    return start(
        next,
        f"{body}<object>{object}</object><recordTriggerType>{when}</recordTriggerType><triggerType>{moment}</triggerType>",
    )


def document(body: str, label: str = "Flow", kind: str = "AutoLaunchedFlow", status: str = "Active") -> bytes:
    """The file of a flow: elements of one kind have to stand together."""
    head = f"<label>{label}</label><processType>{kind}</processType><status>{status}</status>"
    root = ElementTree.fromstring(f"<Flow {NAMESPACE}>{head}{body}</Flow>")
    root[:] = sorted(root, key=lambda child: child.tag)
    return ElementTree.tostring(root)


def bring(org: Org, **flows: bytes) -> None:
    """Deploy flows by name."""
    files = {f"flows/{name}.flow": body for name, body in flows.items()}
    problems = failures(deploy(org, files, {"Flow": list(flows)}))
    assert problems == [], problems
