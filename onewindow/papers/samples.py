"""Believable sample papers of a county centre, one for each kind: for tests, previews and the style page. Pure.

Every person, company, number and address here is invented; ``demo`` marks the papers and their seal as samples.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from onewindow.papers.data import CHINA, PaperData, PaperKind

_BODY = "桃江县市场监督管理局"

_COMMON: dict[str, Any] = {
    "issuing_body": _BODY,
    "issued_on": date(2026, 11, 23),
    "code": "K7QF-9M2X-4T8D",
    "verify_url": "https://zw.taojiang.example/verify/K7QF-9M2X-4T8D",
    "query_number": "TJ26-4821-7",
    "case_number": "11430922006483579W4430131014000202611230012",
    "applicant": {"name": "周桂芳", "id_masked": "4309**********1627"},
    "item_name": "食品经营许可（新办）",
    "department": _BODY,
    "centre": {
        "name": "桃江县政务服务中心",
        "address": "桃江县桃花江镇文化路18号一楼综合窗口",
        "phone": "0737-12345",
        "hours": "工作日 9:00—12:00，13:30—17:00",
    },
    "handler": "文丽娟",
    "seal_note": "行政许可专用章",
    "demo": True,
}

_MATERIALS = [
    {"name": "食品经营许可申请书", "form": "电子", "copies": 1},
    {"name": "营业执照", "form": "复印件", "copies": 1},
    {"name": "法定代表人（负责人、经营者）居民身份证", "form": "核验原件", "copies": 1},
    {"name": "设备布局和操作流程文件", "form": "电子", "copies": 1},
    {"name": "食品安全自查、从业人员健康管理、进货查验记录、食品安全事故处置等制度清单", "form": "电子", "copies": 1},
]

_REMEDIES = {"review_body": "桃江县人民政府", "court": "桃江县人民法院"}
_FOOD_LAW = "《中华人民共和国食品安全法》第三十五条"
_LICENSING_LAW = "《中华人民共和国行政许可法》"

_OWN: dict[PaperKind, dict[str, Any]] = {
    PaperKind.RECEIPT: {
        "number": "桃政务收〔2026〕4821号",
        "issuing_body": "桃江县政务服务中心",
        "seal_note": "收件专用章",
        "received_on": date(2026, 11, 23),
        "answer_by": {"words": "5个工作日", "due": date(2026, 11, 30)},
        "materials": _MATERIALS,
        "deemed_rule": "到期没有告知您需要补正的，从我们收到材料之日起就算已经受理（行政许可法第三十二条）。",
    },
    PaperKind.NOTICE: {
        "number": "桃市监补〔2026〕0311号",
        "received_on": date(2026, 11, 23),
        "supply_by": date(2026, 12, 7),
        "missing": [
            {
                "name": "设备布局和操作流程文件",
                "problem": "没有标注面积和生熟分区",
                "fix": "在平面图上标出各间面积、生食和熟食的位置、洗消设施，重新上传",
            },
            {
                "name": "从业人员健康证明",
                "problem": "李建军的健康证明已于2026年10月到期",
                "fix": "补交体检后新发的健康证明复印件1份",
            },
        ],
        "legal_basis": [f"{_LICENSING_LAW}第三十二条第一款第四项"],
        "overdue_rule": "到期没有补齐的，视为您撤回这次申请，以后可以重新申请。",
    },
    PaperKind.NOT_REQUIRED: {
        "number": "桃市监不受〔2026〕0042号",
        "item_name": "食品经营许可（销售预包装食品）",
        "reasons": ["您只销售预包装食品，按照规定不需要取得食品经营许可，在销售前办理备案就可以"],
        "legal_basis": [_FOOD_LAW, f"{_LICENSING_LAW}第三十二条第一款第一项"],
    },
    PaperKind.REFUSAL: {
        "number": "桃市监不予受〔2026〕0017号",
        "item_name": "食品生产许可（特殊食品）",
        "reasons": ["特殊食品的生产许可由省级市场监督管理部门办理，不属于本机关的职权范围"],
        "legal_basis": [f"{_LICENSING_LAW}第三十二条第一款第二项"],
        "right_authority": {"name": "湖南省市场监督管理局", "address": "湖南省政务服务大厅", "phone": "0731-12345"},
        "remedies": _REMEDIES,
    },
    PaperKind.ACCEPTANCE: {
        "number": "桃市监受〔2026〕0158号",
        "received_on": date(2026, 11, 23),
        "accepted_on": date(2026, 11, 23),
        "promised": {"words": "8个工作日", "due": date(2026, 12, 3)},
        "statutory": {"words": "20个工作日", "due": date(2026, 12, 21)},
        "legal_basis": [f"{_LICENSING_LAW}第三十二条第一款第五项"],
    },
    PaperKind.PROCEDURE: {
        "number": "桃市监特〔2026〕0036号",
        "procedure": {
            "name": "现场核查",
            "ground": f"{_LICENSING_LAW}第三十四条第三款、《食品经营许可和备案管理办法》",
            "limit": "5个工作日",
            "counts_on_clock": True,
            "reason": "您申请热食类食品制售，需要到店里核对设备布局和操作流程",
            "starts_on": date(2026, 11, 25),
            "ends_by": date(2026, 12, 1),
            "place": "桃江县桃花江镇芙蓉路66号",
            "officers": ["彭志强", "罗春燕"],
        },
    },
    PaperKind.HEARING: {
        "number": "桃市监听〔2026〕0003号",
        "hearing": {
            "matter": "您申请的店面与居民住宅相邻，住户对油烟排放提出了意见",
            "time": datetime(2026, 12, 8, 9, 0, tzinfo=CHINA),
            "place": "桃江县政务服务中心三楼听证室",
            "chair": "陈国栋（法规股）",
        },
        "legal_basis": [f"{_LICENSING_LAW}第四十七条、第四十八条"],
    },
    PaperKind.EXTENSION: {
        "number": "桃市监延〔2026〕0009号",
        "reasons": ["店面装修没有完工，第一次现场核查不能进行，需要另行安排"],
        "legal_basis": [f"{_LICENSING_LAW}第四十二条第一款"],
        "extension": {
            "length": "10个工作日",
            "old_due": date(2026, 12, 21),
            "new_due": date(2027, 1, 5),
            "approver": "桃江县市场监督管理局局长",
        },
    },
    PaperKind.GRANT: {
        "number": "桃市监许〔2026〕0146号",
        "title": "准予行政许可决定书",
        "legal_basis": [_FOOD_LAW, f"{_LICENSING_LAW}第三十八条第一款"],
        "granted": {
            "result_name": "食品经营许可证",
            "content": [
                ["主体业态", "餐饮服务经营者"],
                ["经营项目", "热食类食品制售、自制饮品制售"],
                ["经营场所", "桃江县桃花江镇芙蓉路66号"],
            ],
            "ready_by": date(2026, 12, 7),
            "how": "到中心一楼统一出件窗口领取，也可以要求免费寄给您",
        },
    },
    PaperKind.DENIAL: {
        "number": "桃市监不许〔2026〕0005号",
        "title": "不予行政许可决定书",
        "reasons": [
            "2026年11月26日和12月1日两次现场核查，操作间没有分隔生食和熟食加工区",
            "餐具没有清洗消毒设施，与申请时提交的设备布局文件不一致",
        ],
        "legal_basis": ["《中华人民共和国食品安全法》第三十三条、第三十五条", f"{_LICENSING_LAW}第三十八条第二款"],
        "remedies": _REMEDIES,
    },
    PaperKind.COMMITMENT: {
        "number": "桃市监诺〔2026〕0027号",
        "legal_basis": ["《食品经营许可和备案管理办法》"],
        "commitment": {
            "conditions": [
                "已取得营业执照",
                "经营场所环境整洁，与有毒、有害场所保持规定的距离",
                "配有食品安全管理人员，建立了食品安全制度",
            ],
            "post_check": "作出决定后三十个工作日内，由两名工作人员到店核查",
            "consequence": "限期整改；到期没有整改或者仍不符合条件的，撤销许可，并记入信用记录，修复前不再适用告知承诺",
        },
    },
    PaperKind.DEFERRAL: {
        "number": "桃市监容〔2026〕0064号",
        "deferral": {
            "materials": [{"name": "从业人员健康证明", "form": "复印件", "copies": 2}, _MATERIALS[4]],
            "until": date(2026, 12, 1),
            "consequence": "视为您撤回这次申请，已经交来的材料退还给您",
        },
    },
    PaperKind.WITHDRAWAL: {
        "number": "桃市监撤〔2026〕0021号",
        "withdrawal": {"on": date(2026, 11, 23), "returned": _MATERIALS[1:3]},
        "reasons": ["您表示店面另有安排，暂时不开店"],
    },
    PaperKind.DELIVERY: {
        "number": "桃市监送〔2026〕0139号",
        "delivery": {
            "documents": [
                {"name": "准予行政许可决定书", "number": "桃市监许〔2026〕0146号"},
                {"name": "食品经营许可证", "number": "JY24309220012345"},
            ],
            "recipient": "周桂芳",
            "method": "窗口领取",
            "time": datetime(2026, 11, 23, 15, 20, tzinfo=CHINA),
            "place": "桃江县政务服务中心统一出件窗口",
            "deliverer": "夏志红",
        },
    },
    PaperKind.CERTIFICATE: {
        "number": "桃市监证〔2026〕0146号",
        "title": "食品经营许可证",
        "certificate": {
            "number": "JY24309220012345",
            "holder": "桃江县周记桃花饭店",
            "rows": [
                ["经营者", "周桂芳"],
                ["住所", "桃江县桃花江镇芙蓉路66号"],
                ["经营场所", "桃江县桃花江镇芙蓉路66号一层"],
                ["主体业态", "餐饮服务经营者"],
                ["经营项目", "热食类食品制售、自制饮品制售"],
            ],
            "valid_from": date(2026, 11, 23),
            "valid_until": date(2031, 11, 22),
        },
    },
}


def sample(kind: PaperKind, **changes: Any) -> PaperData:
    """Sample data of a kind, with some fields replaced (``None`` or an empty list takes a legal element away)."""
    return PaperData.build({**_COMMON, **_OWN[kind], **changes})
