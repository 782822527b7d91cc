"""A deploy: package in, changed org out, or nothing changed and every reason told.

The components are applied in one transaction, ordered by what refers to what, Apex is compiled against the
schema to come; tests run in a throw-away copy of the org that has the package deployed already.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgwright.localorg.apexhost.program import PROGRAMS, Built
from orgwright.localorg.metadata import gates, tracking
from orgwright.localorg.metadata.compiling import compile_draft
from orgwright.localorg.metadata.draft import Draft, Rejected, same
from orgwright.localorg.metadata.handlers import formulas
from orgwright.localorg.metadata.handlers.registry import handler
from orgwright.localorg.metadata.model import (
    DeployMessage,
    DeployOptions,
    DeployResult,
    Problem,
    Status,
    TestResult,
)
from orgwright.localorg.metadata.package import Deletion, Item, Package
from orgwright.localorg.store import forms

if TYPE_CHECKING:
    import datetime as dt

    from orgwright.localorg.org import Org, Transaction

_DEFAULT_VERSION = "67.0"
_CODE = frozenset({"ApexClass", "ApexTrigger"})
# Editions whose orgs hold no Apex of their own (Apex guide, "What Is Apex?").
_NO_APEX = frozenset({"Group Edition", "Professional Edition"})


class Cancelled(Exception):
    """The deploy was cancelled while it ran."""


@dataclass
class Attempt:
    """What applying a package came to."""

    draft: Draft
    messages: list[DeployMessage] = field(default_factory=list)
    built: Built | None = None
    unsettled: dict[tuple[str, str], Rejected] = field(default_factory=dict)
    """Components that were applied, and turned out wrong once all of the deploy was."""

    @property
    def failed(self) -> bool:
        return any(not m.success for m in self.messages)


class _RolledBack(Exception):
    """Leaves the transaction so that nothing of the attempt stays."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__()
        self.attempt = attempt


def deploy(
    org: Org,
    user_id: str,
    package: Package,
    options: DeployOptions,
    pending: DeployResult,
    cancelled: threading.Event,
    *,
    skip_tests: bool = False,
) -> DeployResult:
    """Run a deploy to its end; ``pending`` is the result so far, whose Id and dates go on.

    ``skip_tests``: the package was validated with its tests already (quick deploy).
    """
    started = pending.with_(status=Status.IN_PROGRESS, components_total=total(package))
    try:
        return _Deployment(org, user_id, package, options, started, cancelled).run(skip_tests)
    except Cancelled:
        return started.with_(status=Status.CANCELED, completed_date=_now(org))


def total(package: Package) -> int:
    """The number of components that a deploy is about."""
    return (
        len(package.items)
        + len(package.before)
        + len(package.after)
        + sum(not p.problem.warning for p in package.problems)
    )


def _now(org: Org) -> dt.datetime:
    with org.read() as tx:
        return tx.now()


class _Deployment:
    def __init__(
        self,
        org: Org,
        user_id: str,
        package: Package,
        options: DeployOptions,
        result: DeployResult,
        cancelled: threading.Event,
    ) -> None:
        self.org, self.user_id, self.package, self.options = org, user_id, package, options
        self.result, self.cancelled = result, cancelled

    def run(self, skip_tests: bool) -> DeployResult:
        level = None if skip_tests else gates.effective_level(self.org.record.kind, self.package, self.options)
        tests = TestResult()
        if level is not None:
            failed, tests = self._trial(level)
            if failed is not None:
                return failed
        return self._final(tests, tests_ran=level is not None)

    def _trial(self, level: gates.Level) -> tuple[DeployResult | None, TestResult]:
        """Deploy into a copy and run the tests there; the final result when that fails already."""
        copy = self.org.copy_for_tests()
        try:
            with copy.transaction(self.user_id) as tx:
                attempt = self._attempt(tx)
                if attempt.built is not None:
                    PROGRAMS.put(copy, tx, attempt.built)
            if attempt.failed and self.options.rollback_on_error:
                return self._finish(attempt, TestResult(), Status.FAILED, tests_ran=False), TestResult()
            self._check_cancelled()
            tests = gates.run(copy, self.user_id, level, self.package, attempt)
        finally:
            copy.close()
        if tests.failures or tests.warnings:
            return self._finish(attempt, tests, Status.FAILED, tests_ran=True), tests
        return None, tests

    def _final(self, tests: TestResult, *, tests_ran: bool) -> DeployResult:
        commit = not self.options.check_only
        try:
            with self.org.transaction(self.user_id, commit=commit) as tx:
                attempt = self._attempt(tx)
                self._check_cancelled()
                if attempt.failed and self.options.rollback_on_error:
                    raise _RolledBack(attempt)
                if commit and attempt.built is not None:
                    PROGRAMS.put(self.org, tx, attempt.built)
        except _RolledBack as failed:
            return self._finish(failed.attempt, tests, Status.FAILED, tests_ran=tests_ran)
        status = Status.SUCCEEDED_PARTIAL if attempt.failed else Status.SUCCEEDED
        if attempt.failed and not any(m.success and m.component_type for m in attempt.messages):
            status = Status.FAILED
        return self._finish(attempt, tests, status, tests_ran=tests_ran)

    def _finish(self, attempt: Attempt, tests: TestResult, status: Status, *, tests_ran: bool) -> DeployResult:
        average = next((w.message for w in tests.warnings if w.name is None), None)
        return self.result.with_(
            status=status,
            messages=tuple(attempt.messages),
            tests=tests,
            tests_ran=tests_ran,
            completed_date=_now(self.org),
            error_message=average,
        )

    def _check_cancelled(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled

    def _attempt(self, tx: Transaction) -> Attempt:
        """Apply the package. What only its end shows to be wrong is left out of a partial deploy, which begins again."""
        refused: dict[tuple[str, str], Rejected] = {}
        start = tx.savepoint()
        while True:
            attempt = self._applied(tx, refused)
            if attempt.unsettled.keys() <= refused.keys() or self.options.rollback_on_error:
                compile_draft(attempt, self.options)
                return attempt
            refused |= attempt.unsettled
            tx.rollback(start)

    def _applied(self, tx: Transaction, refused: Mapping[tuple[str, str], Rejected]) -> Attempt:
        draft = Draft(
            tx=tx,
            schema=tx.schema,
            version=self.package.version or _DEFAULT_VERSION,
            purge=self.options.purge_on_delete,
            check_only=self.options.check_only,
            tolerant=self.options.tolerant,
            items={item.key: item for item in self.package.items},
            leaving=frozenset((d.type, d.name.lower()) for d in (*self.package.before, *self.package.after)),
        )
        attempt = Attempt(draft)
        applier = Applier(attempt, self.options, self._check_cancelled)
        applier.package_problems(self.package)
        for deletion in self.package.before:
            applier.delete(deletion)
        for item in sorted(
            formulas.arranged(self.package.items), key=lambda i: (handler(i.type).rank, handler(i.type).order(i))
        ):
            if item.key in refused:
                applier.refuse(item, refused[item.key].problems)
            else:
                applier.apply(item)
        for deletion in self.package.after:
            applier.delete(deletion)
        draft.flush()
        applier.settle()
        return attempt


def _edition(tx: Transaction) -> str:
    rows = tx.setup_rows("Organization", "Id", ["OrganizationType"])
    return next((str(edition) for (edition,) in rows.values()), "")


class Applier:
    """Applies components to a draft and writes down what became of each."""

    def __init__(self, attempt: Attempt, options: DeployOptions, check_cancelled: object = None) -> None:
        self._attempt, self._options = attempt, options
        self._draft = attempt.draft
        self._check_cancelled = check_cancelled
        self._now = attempt.draft.tx.now()
        self._takes_apex = _edition(attempt.draft.tx) not in _NO_APEX

    def package_problems(self, package: Package) -> None:
        """Report what is wrong with the manifests and with files that are no components."""
        for found in package.problems:
            self._report("", found.name, found.file, found.problem)
        if package.full_name and not total(package):
            text = f"NOT_SUPPORTED_BY_EMBEDDED_ORG: the package {package.full_name} cannot be made: first-generation packages"
            self._report("", "package.xml", "package.xml", Problem(text))

    def apply(self, item: Item) -> None:
        """Bring one component."""
        if callable(self._check_cancelled):
            self._check_cancelled()
        if item.type in _CODE and not self._takes_apex:
            self.refuse(item, (Problem("Not available for deploy for this organization"),))
            return
        draft = self._draft
        if any(not (p.warning or (p.unknown and draft.tolerant)) for p in item.problems):
            self.refuse(item, item.problems)
            return
        old = draft.components.get(item.type, item.name)
        if old is not None and same(item, old):
            self._succeed(item, old.id, created=False, changed=False)
            return
        worker = handler(item.type)
        before, mark = self._mark()
        try:
            id = worker.apply(item, draft, old)
        except Rejected as error:
            self._undo(before, mark)
            self.refuse(item, error.problems)
            return
        stored = draft.keep(item, id, old)
        draft.originals[item.key] = old
        created = old is None and not worker.exists(item.name, draft)
        self._succeed(item, stored.id, created=created, changed=True)

    def delete(self, deletion: Deletion) -> None:
        """Take one component away; one that is not there is a warning."""
        draft = self._draft
        stored = draft.components.get(deletion.type, deletion.name)
        if stored is None:
            text = f"No {deletion.type} named: {deletion.name} found"
            self._report(deletion.type, deletion.name, deletion.file, Problem(text, warning=True))
            return
        before, mark = self._mark()
        try:
            handler(deletion.type).delete(stored, draft)
        except Rejected as error:
            self._undo(before, mark)
            for problem in error.problems:
                self._report(deletion.type, deletion.name, deletion.file, problem)
            return
        for gone in (*draft.components.parts(stored), stored):
            draft.components.remove(gone.type, gone.name)
            tracking.deleted(draft.tx, gone.type, gone.name, gone.id, forms.zulu_text(self._now))
        self._attempt.messages.append(
            DeployMessage(
                stored.type, stored.name, deletion.file, success=True, changed=True, deleted=True, id=stored.id,
                created_date=self._now,
            )
        )  # fmt: skip

    def _mark(self) -> tuple[object, object]:
        """Where to go back to. With rollbackOnError the whole transaction goes, so no savepoint is needed."""
        if self._options.rollback_on_error:
            return self._draft.schema, None
        self._draft.flush()
        return self._draft.schema, self._draft.tx.savepoint()

    def _undo(self, schema: object, savepoint: object) -> None:
        if savepoint is not None:
            self._draft.tx.rollback(savepoint)
        self._draft.schema = schema  # type: ignore[assignment]

    def _succeed(self, item: Item, id: str, *, created: bool, changed: bool) -> None:
        warnings = [p.text for p in item.problems]
        self._attempt.messages.append(
            DeployMessage(
                item.type,
                item.name,
                item.file,
                success=True,
                created=created,
                changed=changed,
                id=id,
                problem="; ".join(warnings) or None,
                problem_type="Warning" if warnings else None,
                created_date=self._now,
            )
        )

    def settle(self) -> None:
        """Check what was applied once more, now that all of the deploy is there."""
        attempt = self._attempt
        failed = {(m.component_type, m.full_name.lower()) for m in attempt.messages if not m.success}
        for item in self._draft.items.values():
            if item.key in failed:
                continue
            try:
                handler(item.type).settle(item, self._draft)
            except Rejected as error:
                attempt.unsettled[item.key] = error
                attempt.messages[:] = [
                    m for m in attempt.messages if (m.component_type, m.full_name.lower()) != item.key
                ]
                self.refuse(item, error.problems)

    def refuse(self, item: Item, problems: Iterable[Problem]) -> None:
        """Tell what is wrong with a component."""
        for problem in problems:
            self._report(item.type, item.name, item.file, problem)

    def _report(self, type_name: str, name: str, file: str, problem: Problem) -> None:
        """A warning fails the component unless warnings are ignored (DeployOptions.ignoreWarnings)."""
        success = problem.warning and self._options.ignore_warnings
        self._attempt.messages.append(
            DeployMessage(
                type_name,
                name,
                file,
                success=success,
                problem=problem.text,
                problem_type="Warning" if problem.warning else "Error",
                line=problem.line,
                column=problem.column,
                in_meta=problem.in_meta,
                created_date=self._now,
            )
        )
