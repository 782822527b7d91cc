"""A bare git repository, by git itself."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

_COMMIT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%ad%x00%B"
_IDENTITY = ("-c", "user.name=GitHub", "-c", "user.email=noreply@github.example")


class Missing(Exception):
    """Nothing of that name is in the repository."""


class Conflict(Exception):
    """The two sides of a merge cannot be joined."""


@dataclass(frozen=True)
class Commit:
    """One commit; ``date`` is in ISO 8601, in UTC."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    name: str
    email: str
    date: str
    message: str


@dataclass(frozen=True)
class Tag:
    """An annotated tag and what it points at."""

    sha: str
    name: str
    target: str
    type: str
    message: str


class Repository:
    """The repository in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(self, *words: str, given: str | None = None) -> str:
        """What git prints. Raises :class:`Missing` when it fails."""
        done = subprocess.run(
            ["git", *_IDENTITY, *words], cwd=self.folder, input=given, capture_output=True, text=True,
            env={**os.environ, "TZ": "UTC"},
        )  # fmt: skip
        if done.returncode:
            raise Missing(done.stderr.strip())
        return done.stdout.rstrip("\n")

    def branches(self) -> dict[str, str]:
        """The commits at the heads of the branches, by name."""
        return dict(self._refs("refs/heads"))

    def tags(self) -> dict[str, str]:
        """The commits of the tags, by name."""
        return {name: self.git("rev-parse", f"{sha}^{{commit}}") for name, sha in self._refs("refs/tags")}

    def _refs(self, under: str) -> list[tuple[str, str]]:
        shown = self.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", under)
        return [(name, sha) for name, _, sha in (line.partition(" ") for line in shown.splitlines())]

    def resolve(self, ref: str) -> tuple[str, str]:
        """The object that a name stands for, and its type."""
        sha = self.git("rev-parse", "--verify", "--quiet", ref)
        return sha, self.git("cat-file", "-t", sha)

    def commit(self, name: str) -> Commit:
        """The commit that a name stands for."""
        asked = ("-s", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", f"--format={_COMMIT}", f"{name}^{{commit}}")
        sha, tree, parents, *rest, message = self.git("show", *asked).split("\0")
        return Commit(sha, tree, tuple(parents.split()), *rest, message=message.strip())

    def tag(self, sha: str) -> Tag:
        """The annotated tag of that object name."""
        if self.git("cat-file", "-t", sha) != "tag":
            raise Missing(f"{sha} is no tag")
        head, _, message = self.git("cat-file", "tag", sha).partition("\n\n")
        facts = dict(line.split(" ", 1) for line in head.splitlines())
        return Tag(sha, facts["tag"], facts["object"], facts["type"], message)

    def make_tag(self, name: str, target: str, message: str, tagger: tuple[str, str, dt.datetime]) -> Tag:
        """Write the object of an annotated tag; no name points at it yet."""
        who, email, when = tagger
        lines = (
            f"object {target}",
            "type commit",
            f"tag {name}",
            f"tagger {who} <{email}> {int(when.timestamp())} +0000",
        )
        return self.tag(self.git("mktag", given="\n".join((*lines, "", message, ""))))

    def set_ref(self, ref: str, sha: str) -> None:
        """Let a name point at an object."""
        self.git("update-ref", ref, sha)

    def file(self, path: str, ref: str) -> tuple[str, str]:
        """The object name and the text of a file."""
        return self.git("rev-parse", f"{ref}:{path}"), self.git("cat-file", "-p", f"{ref}:{path}") + "\n"

    def apart(self, base: str, head: str) -> tuple[list[Commit], list[Commit], list[tuple[str, str]]]:
        """The commits that only ``head`` and only ``base`` has, and the files (letter, path) changed since they parted."""
        fork = self.git("merge-base", base, head)
        ahead, behind = (
            self.git("rev-list", "--reverse", f"{a}..{b}").split() for a, b in ((base, head), (head, base))
        )
        changed = self.git("diff", "--name-status", "--no-renames", fork, head).splitlines()
        files = [(line[:1], line.partition("\t")[2]) for line in changed]
        return [self.commit(one) for one in ahead], [self.commit(one) for one in behind], files

    def merge(self, branch: str, head: str, message: str) -> Commit | None:
        """Merge a commit into a branch; ``None`` when the branch has it already. Raises :class:`Conflict`."""
        base, (sha, _) = self.resolve(f"refs/heads/{branch}")[0], self.resolve(f"{head}^{{commit}}")
        if self.git("merge-base", base, sha) == sha:
            return None
        with tempfile.TemporaryDirectory() as place:
            tree = Repository(Path(place) / "tree")
            self.git("worktree", "add", "--quiet", "--detach", str(tree.folder), base)
            try:
                tree.git("merge", "--quiet", "--no-ff", "-m", message, sha)
                made = tree.git("rev-parse", "HEAD")
            except Missing as fault:
                raise Conflict(str(fault)) from None
            finally:
                self.git("worktree", "remove", "--force", str(tree.folder))
        self.set_ref(f"refs/heads/{branch}", made)
        return self.commit(made)
