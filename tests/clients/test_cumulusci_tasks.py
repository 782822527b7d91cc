"""More of CumulusCI's standard tasks, unmodified: metadata, metadata transformations, datasets of a project in metadata format."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orgwright.localorg import control, service
from orgwright.localorg.control import OrgAccess

covers = pytest.mark.covers
pytestmark = pytest.mark.xdist_group("cumulusci_tasks")  # one org and one run of the tasks for all tests
FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def org(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrgAccess]:
    home = tmp_path_factory.mktemp("home") / "state"
    yield control.create_org("local", home=home)
    service.stop(home)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tasks") / "shop"
    shutil.copytree(FOLDER / "shop", folder)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    return folder


@pytest.fixture(scope="module")
def answer(org: OrgAccess, project: Path) -> dict[str, Any]:
    """What ``cumulusci_tasks.py`` tells, which runs the tasks one after the other in one process."""
    home = project.parent / "home"
    (home / ".cumulusci").mkdir(parents=True)
    (home / ".cumulusci" / "cumulus_timestamp").write_text("99999999999")
    facts = project.parent / "facts.json"
    facts.write_text(json.dumps({**org.public(token=True), "refresh_token": org.refresh_token, "user_id": org.user_id}))
    env = {"HOME": str(home), "CUMULUSCI_KEY": "0123456789abcdef", "REQUESTS_CA_BUNDLE": str(org.ca_bundle)}
    done = subprocess.run(
        [sys.executable, str(FOLDER / "cumulusci_tasks.py"), str(facts)],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, **env},
    )
    assert "ANSWER" in done.stdout, done.stdout[-3000:] + done.stderr[-6000:]
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.rpartition("ANSWER")[2])
    return found


@covers("CumulusCI", "deploy", "retrieve_unpackaged", "describe_metadatatypes", "get_existing_record_types",
        "check_chatter_enabled")  # fmt: skip
def test_metadata_goes_in_and_comes_out(answer: dict[str, Any], project: Path) -> None:
    found = answer["metadata"]
    assert (project / "retrieved" / "classes" / "Shops.cls").read_text() == (
        project / "src" / "classes" / "Shops.cls"
    ).read_text()
    assert "<fullName>Code__c</fullName>" in (project / "retrieved" / "objects" / "Shop__c.object").read_text()
    assert found["types"] > 500
    assert found["record_types"] == {"Shop__c": ["Online", "Street"]}
    assert found["chatter"] is True


@covers("CumulusCI", "run_tests", "execute_anon", "batch_apex_wait", "unschedule_apex")
def test_apex_runs(answer: dict[str, Any], project: Path) -> None:
    assert 'name="everyShopIsVisitedOnce"' in (project / "tests.xml").read_text()
    assert "failure" not in (project / "tests.xml").read_text()
    assert "System.MathException: Divide by 0" in answer["metadata"]["anonymous"]
    assert answer["metadata"]["scheduled"] == [1, 0]


@covers("CumulusCI", "assign_permission_sets", "create_permission_set", "get_assigned_permission_sets",
        "create_blank_profile", "update_admin_profile")  # fmt: skip
def test_rights_are_given(answer: dict[str, Any]) -> None:
    assert answer["metadata"]["sets"] == ["Extra", "Shop_Keeper"]
    assert answer["metadata"]["profile"] == "00e"


@covers("CumulusCI", "load_custom_settings", "custom_settings_value_wait", "deactivate_flow")
def test_settings_are_loaded(answer: dict[str, Any]) -> None:
    assert answer["metadata"]["flow"] == ["Obsolete", None]
    assert answer["settings"] == [["Blue", "#00f"], ["Red", "#f00"]]


@covers("CumulusCI", "install_managed")
def test_what_needs_salesforce_itself_is_refused(answer: dict[str, Any]) -> None:
    assert "NOT_SUPPORTED_BY_EMBEDDED_ORG: the managed package npsp" in answer["metadata"]["install_managed"]


@covers("CumulusCI", "push_all", "push_list", "push_failure_report")
def test_nothing_is_pushed_by_who_has_no_package(answer: dict[str, Any]) -> None:
    found = answer["metadata"]
    for name in ("push_all", "push_list"):
        assert "No package was found using the following query: NamespacePrefix = 'npsp'" in found[name]
    assert found["push_failure_report"] == "no error"


@covers("CumulusCI", "add_page_layout_fields", "add_record_action_list_item", "add_permission_set_perms",
        "add_picklist_entries", "add_standard_value_set_entries", "add_remote_site_settings", "add_fields_to_field_set",
        "assign_compact_layout", "set_field_help_text", "set_organization_wide_defaults", "check_org_wide_defaults",
        "set_duplicate_rule_status")  # fmt: skip
def test_metadata_is_transformed(answer: dict[str, Any], project: Path) -> None:
    found = answer["transformations"]
    assert (found["kinds"], found["default_kind"]) == (["Corner", "Mall", "Kiosk"], ["Kiosk"])
    assert (found["help"], found["types"], found["sharing"], found["rights"]) == ("On the door", True, True, [[True]])
    changed = project / "changed"
    shop = (changed / "objects" / "Shop__c.object").read_text()
    assert "<compactLayoutAssignment>Short</compactLayoutAssignment>" in shop
    assert shop.count("<displayedFields>") == 2
    layout = (changed / "layouts" / "Shop__c-Shop Layout.layout").read_text()
    assert layout.index("<field>Name</field>") < layout.index("<field>Code__c</field>")
    assert "<actionName>Shop__c.Make</actionName>" in layout
    rule = (changed / "duplicateRules" / "Account.Standard_Twins.duplicateRule").read_text()
    assert "<isActive>false</isActive>" in rule and '<duplicateRuleFilter xsi:nil="true"/>' in rule


@covers("CumulusCI", "snowfakery", "extract_dataset", "delete_data", "load_dataset", "update_data", "query")
def test_datasets_come_and_go(answer: dict[str, Any]) -> None:
    found = answer["data"]
    assert (found["made"], found["gone"], found["same"]) == ([12, 20], [0, 0], True)
    assert found["upserted"] == [["up 1", 5.0], ["up 2", 6.0]]
    assert found["queried"] == ['"Name"', '"up 1"', '"up 2"']
    ((name, site),) = found["updated"]
    assert site == f"Seat of {name}"


@covers("CumulusCI", "capture_sample_data", "load_sample_data", "upload_files", "retrieve_files")
def test_samples_and_files_come_back(answer: dict[str, Any]) -> None:
    assert answer["data"]["sampled"] == [22, 22]
    assert answer["data"]["files"] == ["9 to 5"]


@covers("CumulusCI", "activate_flow", "add_page_layout_related_lists", "add_profile_ip_ranges", "ensure_record_types",
        "create_bulk_data_permission_set", "org_settings", "generate_dataset_mapping", "list_metadata_types", "check_components",
        "check_sobjects_available", "check_sobject_permissions", "check_org_settings_value", "check_my_domain_active",
        "check_advanced_currency_management", "check_enhanced_notes_enabled", "get_available_licenses",
        "get_assignable_permission_sets", "get_available_permission_sets", "get_installed_packages", "list_files")  # fmt: skip
def test_an_org_is_looked_at_and_set_up(answer: dict[str, Any]) -> None:
    found = answer["looks"]
    assert (found["active"], found["accounts"]) == (1, [["Plain"]])
    assert "Insert Shop__c:" in found["mapping"] and "Insert Account:" in found["mapping"]
    assert found["components"] == ["Account.Standard_Twins"]
    assert (found["sobjects"], found["may"], found["setting"], found["off"]) == (True, [True, True], True, [False] * 3)
    assert "SFDC" in found["licenses"] and found["assignable"]
    assert (found["packages"], "hours" in found["files"]) == ({}, True)


@covers("CumulusCI", "generate_and_load_from_yaml", "uninstall_src")
def test_components_go_again(answer: dict[str, Any]) -> None:
    assert answer["leaves"] == {"loaded": True, "left": ["Shop_Settings__c", "Shop__c"]}
