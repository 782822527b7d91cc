"""Tasks that work on one connector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cumulusci.core.exceptions import CumulusCIException, CumulusCIFailure
from cumulusci.core.tasks import BaseTask
from cumulusci.tasks.salesforce import BaseSalesforceTask
from cumulusci.utils.options import CCIOptions, Field, ListOfStringsOption, MappingOption

from orgwright.cli.data import data_for
from orgwright.cli.options import history_of, load_connector, templates_of
from orgwright.cli.orgs import connection_of
from orgwright.deliver.access import give_access
from orgwright.errors import OrgwrightError
from orgwright.org import OrgClient
from orgwright.plan import validate
from orgwright.spec.model import Connector
from orgwright.sync import seed
from orgwright.workflows.generate import generate_connector


class _OnConnector(BaseTask):  # type: ignore[misc]
    """A task on one connector of the project."""

    class Options(CCIOptions):  # type: ignore[misc]
        """Which connector, and with which parameters."""

        connector: str = Field(..., description="Name of the connector")
        parameters: MappingOption = Field(
            {}, description="Other values for parameters of the spec: name:value,name:value"
        )

    def _connector(self) -> Connector:
        settings = tuple(f"{name}={value}" for name, value in self.parsed_options.parameters.items())
        return load_connector(self.parsed_options.connector, settings, self._project())

    def _project(self) -> Path:
        return Path(self.project_config.repo_root)

    def _run_task(self) -> None:
        try:
            self.return_values = self._work()
        except OrgwrightError as fault:
            kind = CumulusCIFailure if fault.exit_code == 1 else CumulusCIException
            raise kind(f"{fault}\n{fault.help or ''}".strip()) from fault

    def _work(self) -> dict[str, Any]:
        raise NotImplementedError


class _OnOrg(_OnConnector, BaseSalesforceTask):  # type: ignore[misc]
    """A task on one connector and an org."""

    salesforce_task = True

    def _org(self) -> OrgClient:
        return OrgClient(connection_of(self.org_config))


class Generate(_OnConnector):
    """Write a connector's metadata and Apex: source format into force-app/, metadata format into build/."""

    def _work(self) -> dict[str, Any]:
        project = self._project()
        done = generate_connector(self._connector(), project, templates_of(project))
        self.logger.info(f"{done.components} components, {done.files} files written")
        return {"components": done.components, "packages": [str(path) for path in done.packages]}


class GiveAccess(_OnOrg):
    """Make the connector's service user and assign his permission sets."""

    def _work(self) -> dict[str, Any]:
        with self._org() as org:
            given = give_access(org, self._connector())
        self.logger.info(f"{given.username or 'no service user'}: {'made' if given.user_created else 'is there'}")
        return {"username": given.username, "created": given.user_created, "assigned": list(given.assigned)}


class Validate(_OnOrg):
    """Compare an org with a connector's spec; a difference fails the task."""

    def _work(self) -> dict[str, Any]:
        with self._org() as org:
            result = validate(org, self._connector())
        for difference in result.differences:
            self.logger.error(str(difference))
        if result.differences:
            raise CumulusCIFailure(f"{len(result.differences)} differences in {result.checked} checks")
        self.logger.info(f"{result.checked} checks, no difference")
        return {"checked": result.checked, "differences": []}


class Seed(_OnOrg):
    """Load data by Bulk API 2.0 with the bypass set; refused rows fail the task."""

    class Options(_OnOrg.Options):
        """Where the data comes from."""

        source: str | None = Field(None, description="CSV folder or file, SQLite file, or SQLAlchemy URL")
        size: int | None = Field(None, description="Size of the sample data, instead of a source")
        bypass: ListOfStringsOption = Field(
            [], description="Further permission sets that the loading user holds meanwhile: those of other connectors"
        )

    def _work(self) -> dict[str, Any]:
        connector, options = self._connector(), self.parsed_options
        data = data_for(connector, self.org_config.name, options.source, options.size)
        if data is None:
            self.logger.info("no source: nothing to load")
            return {"sent": 0, "failed": 0}
        with self._org() as org:
            result = seed(org, connector, data, history_of(org.connection.org_id), bypass=tuple(options.bypass))
        for count in result.objects:
            self.logger.info(f"{count.sobject}: {count.sent} rows, {count.created} created, {count.failed} refused")
        if result.failed:
            raise CumulusCIFailure(f"{result.failed} rows were refused: {', '.join(map(str, result.failed_rows))}")
        self.logger.info(f"load {result.run} {result.state}, {result.events} events published")
        return {"run": result.run, "sent": result.sent, "created": result.created, "failed": 0}
