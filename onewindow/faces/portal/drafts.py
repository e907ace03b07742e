"""What an applicant has filled in so far: kept encrypted, saved at every step, read back on any device.

A draft serves four errands with the same pages: a new application, one that was returned, a correction after the
one-time notice, and deferred materials. What is sent at the end is one action with the draft's own Idempotency-Key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.http import Http404

from onewindow.cases.actions.engine import Idempotency
from onewindow.cases.actions.intake import required
from onewindow.cases.models import Case, Draft, IdempotentRequest, StoredFile
from onewindow.catalogue.models import version_by_id
from onewindow.catalogue.spec import ItemSpec, Material
from onewindow.people.models import Account

Errand = Literal["apply", "resubmit", "supply", "supply_deferred"]
STEPS: Final[dict[str, tuple[str, ...]]] = {
    "apply": ("situation", "contact", "materials", "review"),
    "resubmit": ("situation", "materials", "review"),
    "supply": ("materials", "review"),
    "supply_deferred": ("materials", "review"),
}
STEP_LABELS: Final = {"situation": "您的情况", "contact": "联系方式", "materials": "材料", "review": "核对并提交"}
AGENT_ANSWER: Final = ("agent", "yes")
MOST_DRAFTS: Final = 50
"""Open drafts of one account; more is not a person."""


@dataclass
class Body:
    """The contents of a draft. `materials`: key -> {form, file, name, size} or {form: shared} or {later: true}.
    `typed` keeps fields as they were typed, right or wrong, so that coming back shows them."""

    errand: Errand = "apply"
    answers: dict[str, str] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    agent: dict[str, str] = field(default_factory=dict)
    materials: dict[str, dict[str, Any]] = field(default_factory=dict)
    typed: dict[str, dict[str, str]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, draft: Draft) -> Body:
        return cls(**json.loads(str(draft.body)))

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @property
    def steps(self) -> tuple[str, ...]:
        return STEPS[self.errand]

    @property
    def by_agent(self) -> bool:
        return self.answers.get(AGENT_ANSWER[0]) == AGENT_ANSWER[1]

    def first_open(self) -> str:
        """The step where filling in goes on."""
        return next((step for step in self.steps if step not in self.done), "review")

    def answer(self, answers: dict[str, str], *, complete: bool) -> None:
        """New answers: an agent who is called for now is still to be named, one who is not is forgotten."""
        self.answers = answers
        undone = set() if complete else {"situation"}
        if self.by_agent and not self.agent:
            undone.add("contact")
        if not self.by_agent:
            self.agent = {}
        self.done = [step for step in self.done if step not in undone]
        if complete:
            self.finish("situation")

    def finish(self, step: str) -> None:
        if step not in self.done:
            self.done.append(step)


def own_draft(account: Account, pk: UUID) -> Draft:
    """Raises Http404 for a draft of somebody else or none at all."""
    found = Draft.objects.filter(account=account, pk=pk).select_related("item__department", "case").first()
    if found is None:
        raise Http404
    return found


def drafts_of(account: Account) -> list[Draft]:
    return list(Draft.objects.filter(account=account).select_related("item", "case").order_by("-updated_at"))


@contextmanager
def changing(draft: Draft) -> Iterator[Body]:
    """The body, locked while it is changed: two tabs do not lose each other's uploads."""
    with transaction.atomic():
        locked = Draft.objects.select_for_update().get(pk=draft.pk)
        body = Body.read(locked)
        yield body
        locked.body, locked.step = body.text(), body.first_open()
        locked.save(update_fields=["body", "step", "updated_at"])
        draft.body, draft.step, draft.updated_at = locked.body, locked.step, locked.updated_at


def start(account: Account, item_id: int, body: Body, case: Case | None = None) -> Draft:
    """A new draft; the oldest make room when somebody has too many."""
    spare = Draft.objects.filter(account=account).order_by("-updated_at").values_list("pk", flat=True)
    for pk in list(spare[MOST_DRAFTS - 1 :]):
        discard(Draft.objects.get(pk=pk))
    return Draft.objects.create(account=account, item_id=item_id, case=case, body=body.text(), step=body.first_open())


def for_case(account: Account, case: Case, errand: Errand) -> Draft:
    """The open draft of this errand on this case, or a new one that starts from what the case holds."""
    for draft in Draft.objects.filter(account=account, case=case):
        if Body.read(draft).errand == errand:
            return draft
    told = case.told
    body = Body(errand=errand, answers=dict(told.answers))
    if errand == "resubmit":
        body.materials = {key: _kept(key, given, case) for key, given in told.materials.items()}
    return start(account, case.item_id, body, case)


def _kept(key: str, given: dict[str, Any], case: Case) -> dict[str, Any]:
    """A material handed in before, as the draft shows it."""
    row = {"form": given.get("form", "electronic"), "file": given.get("file"), "name": "", "size": 0}
    if given.get("file"):
        stored = StoredFile.objects.filter(pk=given["file"]).first()
        row |= {"name": stored.name, "size": stored.size} if stored else {}
    return row


def spec_of(draft: Draft) -> ItemSpec:
    """The rule that applies: the case's own version once there is a case, else the version in force."""
    if draft.case is not None:
        return draft.case.version_spec
    assert draft.item.current_id is not None
    return version_by_id(draft.item.current_id).spec


def asked_for(draft: Draft, body: Body, spec: ItemSpec) -> list[Material]:
    """The materials this errand is about: by the answers, by the one-time notice, or the deferred ones."""
    if draft.case is None or body.errand in {"apply", "resubmit"}:
        return required(spec, body.answers)
    told = draft.case.told
    if body.errand == "supply_deferred":
        return [spec.material_by_key[key] for key in told.deferred]
    missing = [row["material"] for row in told.notices[-1]["missing"]] if told.notices else []
    return [spec.material_by_key[key] for key in missing if key in spec.material_by_key]


def handed(body: Body, asked: Iterable[Material]) -> list[dict[str, Any]]:
    """The materials of the action: only what is asked and has been given."""
    rows = []
    for material in asked:
        given = body.materials.get(material.key)
        if given and not given.get("later"):
            row = {"material": material.key, "form": given["form"], "file": given.get("file")}
            rows.append(row if given["form"] != "shared" else {**row, "copies": 0})
    return rows


def idempotency(draft: Draft) -> Idempotency:
    """One key a draft, and the draft itself as the request: whatever comes twice gives the first result."""
    key = f"draft-{draft.pk}"
    return Idempotency.of(key, key)


def sent_as(account: Account, pk: UUID) -> Case | None:
    """The case that this draft became, when it has been sent already."""
    found = IdempotentRequest.objects.filter(account=account, key=f"draft-{pk}").select_related("case").first()
    return found.case if found else None


def discard(draft: Draft) -> None:
    """Deletes the draft with its files that no case holds."""
    files = [str(row["file"]) for row in Body.read(draft).materials.values() if row.get("file")]
    draft.delete()
    for stored in StoredFile.objects.filter(pk__in=files, case__isnull=True, uploaded_by=draft.account_id):
        drop_file(stored)


def drop_file(stored: StoredFile) -> None:
    path = stored.path
    stored.delete()
    transaction.on_commit(lambda: default_storage.delete(path))
