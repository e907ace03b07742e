"""What each move of a voice loop must carry. The titles are the labels on forms and in the API's JSON Schema."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from onewindow.inputs import Input, OptionalLine, OptionalText, Text

LONG: Any = {"widget": "textarea"}
MOST_FILES: Final = 50
"""In one go, whatever a profile lets a complaint have."""
FILES: Any = {"widget": "files"}
Files = Annotated[list[uuid.UUID], Field(max_length=MOST_FILES)]
"""Numbers of files that were uploaded before."""
PROOF_SHARED: Final = "证明材料也给群众看（里面有别人信息的，请去掉勾）"
EVIDENCE_SHARED: Final = "办理的部门也可以看（材料里可能有姓名，不勾就只给中心和监察看）"


class Nothing(Input):
    pass


class Words(Input):
    """Something said, always."""

    words: Text = Field(title="说明", json_schema_extra=LONG)


class OptionalWords(Input):
    words: OptionalText = Field(default="", title="说明", json_schema_extra=LONG)


class Reason(Input):
    reason: Text = Field(title="理由", json_schema_extra=LONG)


class Finding(Input):
    """What the look into a bad rating found. `malicious` needs the proof."""

    finding: Literal["true", "mistaken", "malicious"] = Field(title="认定")
    words: Text = Field(title="查到了什么", json_schema_extra=LONG)
    proof: OptionalText = Field(default="", title="证据（认定恶意时必须写）", json_schema_extra=LONG)


class Mend(Input):
    """What was mended, or by when it will be."""

    measure: Text = Field(title="怎样整改", json_schema_extra=LONG)
    done: bool = Field(default=False, title="已经改好")
    until: date | None = Field(default=None, title="改好的日期")


class Revisit(Input):
    """What the citizen says of it."""

    satisfied: bool = Field(title="群众认可")
    words: OptionalText = Field(default="", title="群众的话", json_schema_extra=LONG)


class AskedAgain(Input):
    """What the complainant says of the answer; or that nobody could be reached, with what was tried."""

    satisfied: bool | None = Field(default=None, title="群众认可")
    unreached: bool = Field(default=False, title="联系不上（没有留电话，或者打不通）")
    words: OptionalText = Field(default="", title="群众的话，或者怎么联系的", json_schema_extra=LONG)


class Assign(Input):
    """Whom it goes to: a department, and within it somebody who is not concerned."""

    department: int = Field(title="承办部门")
    words: OptionalText = Field(default="", title="交办要求", json_schema_extra=LONG)


class Urge(Input):
    words: Text = Field(title="督办要求", json_schema_extra=LONG)
    until: date | None = Field(default=None, title="答复日期")


class Answer(Input):
    answer: Text = Field(title="答复内容", json_schema_extra=LONG)


class AnswerInPublic(Answer):
    """What whoever rated badly is told, and, if it may be told, one sentence for everybody."""

    public: OptionalText = Field(
        default="",
        title="对外公开的一两句话（不写姓名和电话）",
        max_length=300,
        json_schema_extra=LONG,
    )


class AnswerWithProof(Answer):
    """The answer to a complaint, with what proves it. `shared`: the complainant may open the files too."""

    files: Files = Field(default=[], title="证明材料", json_schema_extra=FILES)
    shared: bool = Field(default=True, description=PROOF_SHARED)


class MendWithProof(Mend):
    files: Files = Field(default=[], title="证明材料", json_schema_extra=FILES)
    shared: bool = Field(default=True, description=PROOF_SHARED)


class Supplement(Input):
    """Files of the complainant that come later. `shared`: the department that answers may open them too."""

    files: Annotated[Files, Field(min_length=1)] = Field(title="照片和文件", json_schema_extra=FILES)
    shared: bool = Field(default=False, description=EVIDENCE_SHARED)
    words: OptionalText = Field(default="", title="说明", json_schema_extra=LONG)


class Join(Input):
    """Into which systemic issue."""

    issue: OptionalLine = Field(title="系统性问题（编号）")
    words: OptionalText = Field(default="", title="为什么归到一起", json_schema_extra=LONG)


class Gathered(Input):
    """Which complaint was put into an issue or taken out of it."""

    complaint: OptionalLine = Field(title="诉求（编号）")
    words: OptionalText = Field(default="", title="理由", json_schema_extra=LONG)


class Reply(Input):
    """The answer to a question: in one's own words, or as an entry of the knowledge base says it, or both."""

    answer: OptionalText = Field(default="", title="答复内容", json_schema_extra=LONG)
    entry: OptionalLine = Field(default="", title="用知识库里的答案（编号）")


class Extend(Input):
    reason: Text = Field(title="延期理由", json_schema_extra=LONG)


class Plan(Input):
    measure: Text = Field(title="整改方案", json_schema_extra=LONG)
    until: date = Field(title="落实日期")


class Effect(Input):
    """Whether the same complaints stopped."""

    worked: bool = Field(title="有效果")
    words: Text = Field(title="效果核查", json_schema_extra=LONG)


class Close(Input):
    """A complaint that needed no rectification says why."""

    words: OptionalText = Field(default="", title="不需要整改的理由", json_schema_extra=LONG)
