"""Standard tasks of CumulusCI against one org: ``python cumulusci_tasks.py FACTS.json``, in a copy of the project ``shop``.

Prints ``ANSWER`` and, as JSON, what each task gave or what the org had afterwards.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from cumulusci.cli.runtime import CliRuntime
from cumulusci.core.config import OrgConfig

LAYOUT = "Shop__c-Shop Layout"


class Bench:
    """The project, and an org that its keychain knows."""

    def __init__(self, facts: dict[str, str]) -> None:
        self.runtime = CliRuntime(load_keychain=True)
        url = facts["https_url"]
        known = {
            "access_token": facts["access_token"],
            "refresh_token": facts["refresh_token"],
            "instance_url": url,
            "id": f"{url}/id/{facts['org_id']}/{facts['user_id']}",
            "username": facts["username"],
            "connected_app": "built-in",
            "expires": "Persistent",
        }
        OrgConfig(known, "local", self.runtime.keychain).save()
        self.org = self.runtime.keychain.get_org("local")
        self.org.refresh_oauth_token(self.runtime.keychain)
        self.sf = self.org.salesforce_client

    def run(self, task_name: str, /, **options: Any) -> Any:
        """Run a task as ``cci task run`` does; what it returns to a flow."""
        config = self.runtime.project_config.get_task(task_name)
        config.config.setdefault("options", {}).update(options)
        task = config.get_class()(self.runtime.project_config, config, org_config=self.org, name=task_name)
        task()
        return task.return_values

    def refused(self, task_name: str, /, **options: Any) -> str:
        """The error of a task that must fail."""
        try:
            self.run(task_name, **options)
        except Exception as error:
            return str(error)
        return "no error"

    def rows(self, soql: str) -> list[list[Any]]:
        """The values of a query, row by row; a parent is a list of its values."""
        return [_values(row) for row in self.sf.query(soql)["records"]]

    def count(self, sobject: str) -> int:
        return int(self.sf.query(f"SELECT COUNT() FROM {sobject}")["totalSize"])


def _values(row: dict[str, Any]) -> list[Any]:
    shown = (value for name, value in row.items() if name != "attributes")
    return [_values(value) if isinstance(value, dict) else value for value in shown]


def metadata(bench: Bench) -> dict[str, Any]:
    """Deploy, retrieve, tests, Apex, rights."""
    run = bench.run
    run("deploy", path="src")
    run("retrieve_unpackaged", path="retrieved", package_xml="src/package.xml")
    run("update_admin_profile", record_types=[{"record_type": "Shop__c.Street", "default": True}])
    run("run_tests", junit_output="tests.xml", required_org_code_coverage_percent=75)
    run(
        "execute_anon",
        apex="System.schedule('nightly', '0 0 3 * * ?', new Shops()); Database.executeBatch(new Shops());",
    )
    run("batch_apex_wait", class_name="Shops", poll_interval=1)
    scheduled = bench.count("CronTrigger")
    run("unschedule_apex")
    run("assign_permission_sets", api_names="Shop_Keeper")
    run("create_permission_set", api_name="Extra", label="Extra", user_permissions=["PermissionsBulkApiHardDelete"])
    run("deactivate_flow", developer_names="Greet")
    flow = bench.sf.restful("tooling/query", {"q": "SELECT Status, Definition.ActiveVersionId FROM Flow"})["records"]
    return {
        "flow": [flow[0]["Status"], flow[0]["Definition"]["ActiveVersionId"]],
        "profile": run("create_blank_profile", name="Blank")["profile_id"][:3],
        "types": len(run("describe_metadatatypes")),
        "anonymous": bench.refused("execute_anon", apex="Integer i = 1 / 0;"),
        "scheduled": [scheduled, bench.count("CronTrigger")],
        "sets": sorted(run("get_assigned_permission_sets")),
        "record_types": {name: sorted(found) for name, found in run("get_existing_record_types").items()},
        "chatter": run("check_chatter_enabled"),
        "install_managed": bench.refused("install_managed", namespace="npsp", version="3.1"),
        "push_all": bench.refused("push_all", version="1.0", namespace="npsp"),
        "push_list": bench.refused("push_list", version="1.0", namespace="npsp", orgs="src/package.xml"),
        "push_failure_report": bench.refused("push_failure_report", request_id="0DV000000000001"),
    }


def settings(bench: Bench) -> list[list[Any]]:
    """Custom settings, after the datasets: a dataset that is captured has them, too, and cannot tell whose they are."""
    bench.run("load_custom_settings", settings_path="settings.yml")
    bench.run("custom_settings_value_wait", object="Shop_Settings__c", field="Mode__c", value="fast", poll_interval=1)
    return bench.rows("SELECT Name, Color__c FROM Shop_List__c ORDER BY Name")


def transformations(bench: Bench) -> dict[str, Any]:
    """Metadata ETL: each task retrieves, changes and deploys."""
    run = bench.run
    field = {"api_name": "Code__c", "position": [{"relative": "after", "field": "Name"}]}
    perms = {"field": "Shop__c.Visits__c", "readable": True, "editable": True}
    kiosk = {"fullName": "Kiosk", "label": "Kiosk", "default": True}
    defaults = [{"api_name": "Shop__c", "internal_sharing_model": "Private"}]
    helps = [
        {"api_name": "Shop__c.Code__c", "help_text": "On the door"},
        {"api_name": "Account.Site", "help_text": "Where"},
    ]
    run("add_page_layout_fields", api_names=LAYOUT, fields=[field])
    run("add_record_action_list_item", api_names=LAYOUT, action_type="QuickAction", action_name="Shop__c.Make")
    run("add_permission_set_perms", api_names="Shop_Keeper", field_permissions=[perms])
    run("add_picklist_entries", picklists="Shop__c.Kind__c", entries=[kiosk], record_types="*")
    run("add_standard_value_set_entries", api_names="AccountType", entries=[{"fullName": "Baker", "label": "Baker"}])
    run("add_remote_site_settings", records=[{"full_name": "Bakery", "is_active": True, "url": "https://bake.example"}])
    run("add_fields_to_field_set", field_set="Shop__c.Main", fields="Code__c")
    run("assign_compact_layout", api_names="Shop__c", value="Short")
    run("set_field_help_text", fields=helps)
    run("set_organization_wide_defaults", org_wide_defaults=defaults)
    run("set_duplicate_rule_status", api_names="Account.Standard_Twins", active=False)
    run("retrieve_unpackaged", path="changed", package_xml="src/package.xml")
    fields = {field["name"]: field for field in bench.sf.Shop__c.describe()["fields"]}
    types = next(field for field in bench.sf.Account.describe()["fields"] if field["name"] == "Type")
    return {
        "kinds": [entry["value"] for entry in fields["Kind__c"]["picklistValues"] if entry["active"]],
        "default_kind": [entry["value"] for entry in fields["Kind__c"]["picklistValues"] if entry["defaultValue"]],
        "help": fields["Code__c"]["inlineHelpText"],
        "types": "Baker" in [entry["value"] for entry in types["picklistValues"]],
        "sharing": run("check_org_wide_defaults", org_wide_defaults=defaults),
        "rights": bench.rows(
            "SELECT PermissionsEdit FROM FieldPermissions WHERE Field = 'Shop__c.Visits__c' AND Parent.Name = 'Shop_Keeper'"
        ),
    }


def data(bench: Bench) -> dict[str, Any]:
    """Datasets: made, taken out, deleted, put back, changed."""
    run = bench.run
    run("snowfakery", recipe="recipes/shops.yml", run_until_recipe_repeated=4)
    made = [bench.count("Account"), bench.count("Shop__c")]
    shown = "SELECT Code__c, Account__r.Name, Parent__r.Name, Kind__c, RecordType.DeveloperName, Opened__c FROM Shop__c ORDER BY Code__c"
    before = bench.rows(shown)
    run("extract_dataset", mapping="datasets/mapping.yml", sql_path="taken.sql")
    run("delete_data", objects="Shop__c,Account")
    gone = [bench.count("Account"), bench.count("Shop__c")]
    run("load_dataset", mapping="datasets/mapping.yml", sql_path="taken.sql")
    same = bench.rows(shown) == before
    for _ in range(2):  # the second run finds the rows of the first
        run("load_dataset", mapping="datasets/upsert.yml", sql_path="datasets/changes.sql")
    run("update_data", object="Account", recipe="recipes/update.yml", fields="Name")
    run("query", object="Shop__c", query="SELECT Name FROM Shop__c WHERE Code__c LIKE 'U%'", result_file="rows.csv")
    upserted = bench.rows("SELECT Name, Visits__c FROM Shop__c WHERE Code__c LIKE 'U%' ORDER BY Code__c")
    run("capture_sample_data", dataset="default")
    captured = bench.count("Shop__c")
    run("delete_data", objects="Shop__c", hardDelete=True)
    run("load_sample_data", dataset="default")
    Path("Files").mkdir()
    Path("Files/hours.txt").write_text("9 to 5")
    run("upload_files", path="Files")
    run("retrieve_files", path="Files/back")
    return {
        "made": made,
        "gone": gone,
        "same": same,
        "upserted": upserted,
        "updated": bench.rows("SELECT Name, Site FROM Account ORDER BY Name LIMIT 1"),
        "queried": Path("rows.csv").read_text().splitlines(),
        "files": [path.read_text() for path in Path("Files/back").iterdir()],
        "sampled": [captured, bench.count("Shop__c")],
    }


def looks(bench: Bench) -> dict[str, Any]:
    """What tasks find out about an org, and small changes of its set-up."""
    run = bench.run
    run("activate_flow", developer_names=["Greet"])
    run("add_page_layout_related_lists", api_names=LAYOUT, related_list="Shop__c.Parent__c", fields=["NAME"])
    run("add_profile_ip_ranges", api_names="Admin", ranges=[{"start_address": "10.0.0.1", "end_address": "10.0.0.9"}])
    run("ensure_record_types", sobject="Account", record_type_developer_name="Plain", record_type_label="Plain")
    run("create_bulk_data_permission_set")
    run("org_settings", settings={"chatterSettings": {"enableChatter": True}})
    run("generate_dataset_mapping", path="generated.yml")
    run("list_metadata_types", package_xml="src/package.xml")
    flow = bench.sf.restful("tooling/query", {"q": "SELECT Status FROM Flow WHERE Status = 'Active'"})["records"]
    objects = "Account,Shop__c"
    return {
        "active": len(flow),
        "accounts": bench.rows("SELECT DeveloperName FROM RecordType WHERE SobjectType = 'Account'"),
        "mapping": sorted(
            line.strip() for line in Path("generated.yml").read_text().splitlines() if line.startswith("Insert")
        ),
        "components": run("check_components", paths="src")["existing_components"]["DuplicateRule"],
        "sobjects": {"Account", "Shop__c"} <= set(run("check_sobjects_available")),
        "may": [
            run("check_sobject_permissions", permissions={one: {"createable": True}}) for one in objects.split(",")
        ],
        "setting": run(
            "check_org_settings_value", settings_type="ChatterSettings", settings_field="IsChatterEnabled", value=True
        ),
        "off": [
            run(name)
            for name in ("check_my_domain_active", "check_advanced_currency_management", "check_enhanced_notes_enabled")
        ],
        "licenses": run("get_available_licenses"),
        "assignable": "Shop_Keeper" in run("get_assignable_permission_sets")
        and "Shop_Keeper" in run("get_available_permission_sets"),
        "packages": run("get_installed_packages") or {},
        "files": [one["FileName"] for one in run("list_files")],
    }


def leaves(bench: Bench) -> dict[str, Any]:
    """The project's components go again."""
    bench.run(
        "generate_and_load_from_yaml",
        generator_yaml="recipes/shops.yml",
        num_records=3,
        num_records_tablename="Account",
    )
    loaded = bench.count("Shop__c")
    Path("gone/objects").mkdir(parents=True)
    shutil.copy("src/objects/Shop_List__c.object", "gone/objects")
    bench.run("uninstall_src", path="gone")
    names = [one["name"] for one in bench.sf.describe()["sobjects"]]
    left = sorted(name for name in names if name.startswith("Shop_") and name.endswith("__c"))
    return {"loaded": loaded > 0, "left": left}


if __name__ == "__main__":
    own = Bench(json.loads(Path(sys.argv[1]).read_text()))
    found = {part.__name__: part(own) for part in (metadata, data, settings, transformations, looks, leaves)}
    print("ANSWER" + json.dumps(found))
