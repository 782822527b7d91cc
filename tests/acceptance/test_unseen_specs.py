"""Specs that nobody here wrote: odd names, the longest that is allowed, full objects, Japanese."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

import pytest

from orgwright import deliver, generate, plan, spec
from orgwright.localorg import control
from orgwright.org.metadata import DeployOptions
from tests.acceptance.conftest import Workplace

pytestmark = pytest.mark.xdist_group("unseen_specs")

_PUBLISH = """
publish:
  {event}:
    from: [{sources}]
    on: [insert, update, delete, undelete]
    set: {{{operation}: $operation, {after}: $new}}
"""

JAPANESE = """orgwright: 1
connector: nihon
label: 日本の基幹システム
description: 顧客を同期する「基幹」 & <連携>
objects:
  Account:
    Kokyaku_Bango__c: {type: Text(32), label: 顧客番号, help: "基幹システムの番号です。変更しないでください", external_id: true, unique: true}
    Kubun__c: {type: Picklist, label: 区分, values: {houjin: 法人, kojin: {label: 個人 & その他, default: true}, "直販 (東京)": 直販}}
  Keiyaku__c:
    label: 契約
    plural: 契約
    name_field: {label: 契約名}
    Kokyaku__c: {type: MasterDetail(Account), label: 顧客, relationship_label: 契約一覧}
    Biko__c: {type: LongTextArea(32768), label: 備考, description: "改行や\\"引用\\"も 🎌"}
events:
  Nihon_Henko__e:
    label: 変更イベント
    fields: {Sosa__c: {type: Text(16), label: 操作}, Ato__c: {type: LongTextArea(32768), label: 変更後}}
""" + _PUBLISH.format(event="Nihon_Henko__e", sources="Account, Keiyaku__c", operation="Sosa__c", after="Ato__c")

_LONG = "aVery" + "Long" * 8 + "Nam"
LONGEST = f"""orgwright: 1
connector: longest
prefix: Fifteen_Letters
label: {"L" * 40}
objects:
  {_LONG}__c:
    label: {"O" * 40}
    plural: {"P" * 40}
    description: {"d" * 1000}
    {_LONG}__c: {{type: Text(255), label: {"F" * 40}, help: {"h" * 510}, description: {"e" * 1000}, external_id: true, unique: true}}
    {_LONG[:-1]}1__c: LongTextArea(131072)
    {_LONG[:-1]}2__c: {{type: "Lookup({_LONG}__c)", relationship_name: {_LONG[:-1]}3}}
  {_LONG[:-1]}z__c:
    label: Another
    N__c: Number(18, 0)
    Digits__c: Number(1, 17)
events:
  {_LONG[:-3]}__e:
    label: {"E" * 40}
    fields: {{{_LONG}__c: Text(255), After__c: LongTextArea(131072)}}
access:
  custom_permissions: {{{"C" * 80}: {{label: {"c" * 80}}}}}
  permission_sets: {{{"S" * 80}: {{label: {"s" * 80}, objects: {{{_LONG}__c: edit}}, fields: edit, classes: all}}}}
""" + _PUBLISH.format(
    event=f"{_LONG[:-3]}__e", sources=f"{_LONG}__c, {_LONG[:-1]}z__c", operation=f"{_LONG}__c", after="After__c"
)

ODD = """orgwright: 1
connector: odd
prefix: x9
label: "# odd: 'label' & <more> {braces} {{ '{{' }}"
objects:
  x__c:
    label: "null"
    Id2__c: Text(1)
    Name__c: Text(1)
    Date__c: Date
    Order__c: Number(1, 0)
    Group__c: Checkbox
    a1B2c3__c: {type: Text(3), label: "1", help: "'; -- \\" \\\\ ${x} {!Account.Name} <b>&amp;</b>"}
    NO__c: {type: Picklist, values: ["on", "no", "1", "a'b", "c\\"d", "e & f", "g;h", "<i>"], restricted: true}
  System__c: {label: System, String__c: Text(5), List__c: Text(5), allow_reserved: true}
  Contact:
    Contact__c: {type: Lookup(Contact), relationship_name: Odd_Contacts}
    odd_x__c: Email
events:
  E__e: {label: e, fields: {O__c: Text(16), A__c: LongTextArea(2000)}}
""" + _PUBLISH.format(event="E__e", sources="x__c, System__c, Contact", operation="O__c", after="A__c")

PREFIXED = """orgwright: 1
connector: ns_acme
prefix: ns_acme
label: Looks like a namespace
objects:
  ns_acme_Thing__c:
    label: Thing
    ns_acme_Key__c: {type: Text(10), external_id: true, unique: true}
    ns_acme_Owner__c: {type: Lookup(Account), relationship_name: ns_acme_Things}
  Account: {ns_acme_Key__c: {type: Text(10), external_id: true, unique: true}}
events:
  ns_acme_Change__e: {fields: {ns_acme_Op__c: Text(16), ns_acme_After__c: LongTextArea(2000)}}
""" + _PUBLISH.format(
    event="ns_acme_Change__e",
    sources="ns_acme_Thing__c, Account",
    operation="ns_acme_Op__c",
    after="ns_acme_After__c",
)

_TYPES = (
    "Text(80)",
    "Number(12, 3)",
    "Checkbox",
    "Date",
    "DateTime",
    "Time",
    "Picklist(小, 中, 大)",
    "Email",
    "Url",
    "Phone",
)
FULL = "orgwright: 1\nconnector: full\nlabel: Full\nobjects:\n  Full__c:\n    label: Full\n" + "".join(
    f'    F{number}__c: "{kind}"\n' for number, kind in enumerate(islice(cycle(_TYPES), 500))
)

EVERY = (Path(__file__).parents[1] / "plan" / "every_type.yml").read_text(encoding="utf-8")

SPECS = {
    "japanese": JAPANESE, "longest": LONGEST, "odd": ODD, "prefixed": PREFIXED, "full": FULL, "every_type": EVERY,
}  # fmt: skip


@pytest.mark.parametrize("name", SPECS)
def test_an_unseen_spec_comes_up_and_validates(workplace: Workplace, tmp_path: Path, name: str) -> None:
    path = tmp_path / "connector.yml"
    path.write_text(SPECS[name], encoding="utf-8")
    connector = spec.load(path)
    stages = [stage.components for stage in generate.stages(connector)]
    every = [component for stage in stages for component in stage]
    alias = f"local-unseen-{name.replace('_', '-')}"
    control.create_org(alias, home=workplace.home)

    with workplace.client(alias) as org:
        assert plan.foresee(org, connector, components=every).in_the_way == ()
        deployed = deliver.deploy(org, stages, DeployOptions())
        found = plan.validate(org, connector, components=every)
        again = plan.foresee(org, connector, components=every)

        units = [c.name for c in every if c.type in ("ApexClass", "ApexTrigger")]
        tests = [c.name for c in every if c.type == "ApexClass" and b"@IsTest" in c.body]
        ran = deliver.run_tests(org, tests, [name for name in units if name not in tests])

    assert deployed.total >= len(every)
    assert [method.message for method in ran.methods if not method.passed] == []
    assert {unit.name: unit.uncovered for unit in ran.coverage if unit.percent < 100} == {}
    assert found.differences == ()
    assert found.checked > 0
    assert (again.create, again.change, again.in_the_way) == ((), (), ())
