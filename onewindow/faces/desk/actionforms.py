"""Which form belongs to which action, and what each says it will do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django import forms

from onewindow.cases import inputs
from onewindow.cases.actions.engine import VERBS
from onewindow.cases.lifecycle import Action
from onewindow.cases.models import Case
from onewindow.catalogue.spec import LimitSpec, Procedure
from onewindow.faces.desk.choices import chair_choices, colleague_field, department_field, officer_choices
from onewindow.faces.desk.forms import OPTION_WORDS, ActionForm, generic, lines_of, moment_field
from onewindow.faces.desk.rowforms import DeferForm, DeferredHandInForm, HandInForm, MissingForm, NoticeForm
from onewindow.people.authority import Actor

Data = Mapping[str, Any] | None
_LONG: Final = {"rows": 5}


class DecideForm(ActionForm):
    """The decision, its words and the law behind it; the item's own legal basis is ready to tick."""

    outcome = forms.ChoiceField(label="决定", widget=forms.RadioSelect)
    opinion = forms.CharField(label="决定意见或理由", widget=forms.Textarea(attrs=_LONG))
    legal_basis = forms.MultipleChoiceField(label="法律依据", widget=forms.CheckboxSelectMultiple, required=False)
    other_basis = forms.CharField(
        label="其他法律依据", required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="一行写一条"
    )
    committed = forms.BooleanField(label="申请人已签署告知承诺书", required=False)

    def __init__(self, case: Case, actor: Actor, data: Data = None, **more: Any) -> None:
        super().__init__(case, actor, data, **more)
        spec = case.version_spec
        outcomes = ["grant", "deny"] + (["grant_on_commitment"] if spec.commitment else [])
        self.fields["outcome"].choices = [(one, OPTION_WORDS[one]) for one in outcomes]  # type: ignore[attr-defined]
        basis = [str(one) for one in spec.legal_basis]
        self.fields["legal_basis"].choices = [(one, one) for one in basis]  # type: ignore[attr-defined]
        self.fields["legal_basis"].initial = basis
        self.fields["opinion"].help_text = "不予时，这些话会写进决定书，请写明理由"
        if not spec.commitment:
            del self.fields["committed"]

    def raw(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        basis = [*cleaned.get("legal_basis", []), *lines_of(cleaned.get("other_basis", ""))]
        found = {"outcome": cleaned["outcome"], "opinion": cleaned["opinion"], "legal_basis": basis}
        if cleaned.get("committed"):
            found["committed"] = True
        return found


class OpenProcedureForm(ActionForm):
    """Only procedures that the item lists; officers by name, and for a hearing its chair, place and time."""

    procedure = forms.ChoiceField(label="特别程序", widget=forms.RadioSelect)
    reason = forms.CharField(label="启动理由", widget=forms.Textarea(attrs=_LONG))
    officers = forms.MultipleChoiceField(label="工作人员", widget=forms.CheckboxSelectMultiple, required=False)
    other_officers = forms.CharField(
        label="其他工作人员", required=False, help_text="不在上面的，用顿号分开", max_length=200
    )
    chair = forms.ChoiceField(label="听证主持人", required=False)
    place = forms.CharField(label="地点", required=False, max_length=200)
    time = moment_field(label="时间", required=False)

    def __init__(self, case: Case, actor: Actor, data: Data = None, **more: Any) -> None:
        super().__init__(case, actor, data, **more)
        listed = case.version_spec.special_procedures
        self.fields["procedure"].choices = [(p.name, procedure_words(p)) for p in listed]  # type: ignore[attr-defined]
        if len(listed) == 1:
            self.fields["procedure"].initial = listed[0].name
        self.fields["officers"].choices = officer_choices(case)  # type: ignore[attr-defined]
        fewest = max((p.officers_min or 0 for p in listed), default=0)
        self.fields["officers"].help_text = f"现场核查要有 {fewest} 名以上工作人员" if fewest else ""
        if any(p.kind == "听证" for p in listed):
            self.fields["chair"].choices = chair_choices(case)  # type: ignore[attr-defined]
        else:
            del self.fields["chair"]

    def raw(self) -> dict[str, Any]:
        found = super().raw()
        more = [name.strip() for name in found.pop("other_officers", "").split("、") if name.strip()]
        found["officers"] = [*found.get("officers", []), *more]
        return found


def procedure_words(procedure: Procedure) -> str:
    """经营场所现场核查（2 个工作日，计入时限）."""
    counts = "计入时限" if procedure.counts_on_clock else "不计入时限，停表"
    return f"{procedure.name}（{LimitSpec(n=procedure.limit.n, unit=procedure.limit.unit).words}，{counts}）"


class CloseProcedureForm(ActionForm):
    procedure = forms.ChoiceField(label="特别程序", widget=forms.RadioSelect)
    result = forms.CharField(label="结果", widget=forms.Textarea(attrs=_LONG))

    def __init__(self, case: Case, actor: Actor, data: Data = None, **more: Any) -> None:
        super().__init__(case, actor, data, **more)
        running = [one["name"] for one in case.told.open_procedures]
        self.fields["procedure"].choices = [(name, name) for name in running]  # type: ignore[attr-defined]
        self.fields["procedure"].initial = running[0] if len(running) == 1 else None


class IssueForm(generic(inputs.IssueInput)):  # type: ignore[misc]  # a class made from the input
    """The certificate: its own number and validity, and what is entered in it, one line each."""

    content = forms.CharField(
        label="登记内容",
        required=False,
        widget=forms.Textarea(attrs=_LONG),
        help_text="一行一项，写成「名称：内容」，例如「经营场所：桃花江镇芙蓉路 8 号」",
    )

    def clean_content(self) -> dict[str, str]:
        rows: dict[str, str] = {}
        for line in lines_of(self.cleaned_data["content"]):
            name, mark, value = line.replace(":", "：", 1).partition("：")
            if not mark or not name.strip() or not value.strip():
                raise forms.ValidationError(f"「{line[:30]}」要写成「名称：内容」。")
            rows[name.strip()] = value.strip()
        return rows


class RevokeForm(ActionForm):
    reason = forms.CharField(label="撤销理由", widget=forms.Textarea(attrs=_LONG))
    legal_basis = forms.CharField(
        label="法律依据", widget=forms.Textarea(attrs={"rows": 2}), help_text="一行写一条", initial=""
    )

    def raw(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"], "legal_basis": lines_of(self.cleaned_data["legal_basis"])}


def _assign(case: Case, actor: Actor, data: Data, **more: Any) -> ActionForm:
    made: ActionForm = generic(inputs.AssignInput, to=colleague_field(case))(case, actor, data, **more)
    return made


def _transfer(case: Case, actor: Actor, data: Data, **more: Any) -> ActionForm:
    field = department_field(case, "转到哪个部门")
    made: ActionForm = generic(inputs.TransferInput, department=field)(case, actor, data, **more)
    return made


def _assist(case: Case, actor: Actor, data: Data, **more: Any) -> ActionForm:
    field = department_field(case, "请哪个部门协办")
    made: ActionForm = generic(inputs.AssistInput, department=field)(case, actor, data, **more)
    return made


_FORMS: Final[dict[Action, Callable[..., ActionForm]]] = {
    Action.RECEIVE: HandInForm,
    Action.CORRECT_ON_SPOT: HandInForm,
    Action.SUPPLY: MissingForm,
    Action.SUPPLY_DEFERRED: DeferredHandInForm,
    Action.GIVE_NOTICE: NoticeForm,
    Action.ACCEPT_DEFERRED: DeferForm,
    Action.DECIDE: DecideForm,
    Action.OPEN_PROCEDURE: OpenProcedureForm,
    Action.CLOSE_PROCEDURE: CloseProcedureForm,
    Action.ISSUE: IssueForm,
    Action.REVOKE: RevokeForm,
    Action.DISPATCH: _assign,
    Action.REASSIGN: _assign,
    Action.TRANSFER: _transfer,
    Action.ASSIST: _assist,
}


def form_for(action: Action, case: Case, actor: Actor, data: Data = None, files: Any = None) -> ActionForm:
    """The form of this action for this case, filled with `data` when given."""
    maker = _FORMS.get(action) or generic(VERBS[action].input)
    more = {"files": files} if files is not None else {}
    return maker(case, actor, data, **more)


WHAT_IT_DOES: Final[dict[str, str]] = {
    Action.RETURN_FOR_COMPLETION: "退回给申请人修改，申请人改好后可以再提交，不算一次性告知。",
    Action.RECEIVE: "确认收到这些材料，给申请人出具接收凭证。网上交来的，收件时间从提交那天算起。",
    Action.CORRECT_ON_SPOT: "能当场改正的当场改正，不出文书。",
    Action.GIVE_NOTICE: "一次说清全部要补的内容。告知以后不能再要求补别的，请逐份核对。",
    Action.SUPPLY: "记下申请人补来的材料。",
    Action.ACCEPT: "材料齐全、符合法定形式，出具受理通知书，开始计算办理时限。",
    Action.ACCEPT_DEFERRED: "先受理，缺的材料在期限内补齐。到期没有补齐的，视为撤回申请。",
    Action.FIND_NOT_REQUIRED: "告诉申请人这件事不需要办许可，出具不受理告知书，办件到此结束。",
    Action.REFUSE_ACCEPTANCE: "不归本机关管的，写明应当向哪个机关申请，出具不予受理决定书，办件到此结束。",
    Action.DISPATCH: "把这件交给一位同事办理。",
    Action.RETURN_DISPATCH: "退给分办的人重新分。",
    Action.TRANSFER: "转给另一个部门办，时限不停。",
    Action.ASSIST: "请另一个部门提意见，时限不停。",
    Action.PASS_STEP: "写下意见，交给下一个环节。",
    Action.SEND_BACK_STEP: "写下意见，退给上一个环节重新办。",
    Action.OPEN_PROCEDURE: "书面告诉申请人需要多长时间。不计入时限的程序会停表。",
    Action.CLOSE_PROCEDURE: "记下结果，停表的恢复计时。",
    Action.EXTEND: "只能延一次，要把理由书面告诉申请人。",
    Action.DECIDE: "作出书面决定。送出后不能收回，只能依法撤销。",
    Action.ISSUE: "制作证照或批文，由部门盖章。",
    Action.HAND_OUT: "核对领取人身份，请领取人在送达回证上签字。",
    Action.SEND_BY_COURIER: "登记快递单号，申请人会收到单号。",
    Action.CONFIRM_DELIVERY: "快递显示签收后，在这里确认送达。",
    Action.WITHDRAW: "申请人要求撤回，出具撤回确认书，办件到此结束。",
    Action.TERMINATE: "办件到此结束，不作决定。",
    Action.FORWARD: "报给有权的上级机关办理，本级办件到此结束。",
    Action.SUPPLY_DEFERRED: "记下容缺受理时欠的材料。",
    Action.CHECK_COMMITMENT: "核查申请人承诺的内容是否属实。",
    Action.REASSIGN: "换一位同事接着办。",
    Action.URGE: "提醒正在办理的人，记入催办。",
    Action.REVOKE: "撤销已经作出的决定，写明理由和法律依据。",
}
