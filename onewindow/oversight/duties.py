"""The duties that rules serve, in one sentence each: an alarm says which article asks for what it watches.

The number after the place is the article, and after the point which of its duties (the project's own count).
"""

from __future__ import annotations

from typing import Final

REGULATIONS: Final = {
    "HN": "湖南省政务服务中心管理办法（2022）",
    "XX": "西峡县政务服务管理办法（2023）",
    "XY": "襄阳市政务服务中心管理办法（2020）",
}
DUTIES: Final[dict[str, str]] = {
    "HN-10.3": "业务有变化的，部门要及时申请调整目录和清单",
    "HN-10.4": "目录和清单由管理机构审核、公布，申请的部门不能自己审",
    "HN-13.1": "进驻的事项要真的在中心办，不能明进暗不进",
    "HN-13.3": "进驻的事项有变动，要及时告诉中心",
    "HN-14.2": "电子监察用红黄牌约束，撤牌要有理由，由别的部门批",
    "HN-14.3": "不作为、慢作为、乱作为的，要追责",
    "HN-16.8": "办不成事的，有窗口接着、推动解决",
    "HN-17.4": "让群众少排队、少等候",
    "HN-27.9": "不在系统外面办件",
    "HN-27.10": "没有摆在明处的审批环节",
    "HN-31.4": "准予许可的，按时发证",
    "HN-35.5": "中心已有或能共享的材料，不再要",
    "HN-36.5": "告知承诺办的，事后要核查",
    "HN-36.6": "容缺受理的，缺的材料要按时补齐",
    "HN-41.3": "评价、整改、反馈、监督要走完一圈",
    "XX-14.1": "事项要变的，文件公布 3 个工作日内告诉中心",
    "XX-14.2": "文件公布 3 个工作日内，指南也要改好",
    "XX-17.2": "材料有缺的，一次告知清楚",
    "XX-17.3": "复杂的问题 2 个工作日内全面答复",
    "XX-23.6": "特别程序有增减、调整的，要及时报中心",
    "XX-23.9": "启动程序没有道理、告知不到位、办理拖沓的，要通报",
    "XX-25.3": "诉求要走完受理、转办、督办、反馈、回访、整改",
    "XX-25.4": "合理的诉求要马上办、一定办",
    "XX-25.5": "同类的问题要研判，拿出方案并落实",
    "XX-38.2": "快到期的要提醒",
    "XX-38.3": "有偏差的要督办、纠正",
    "XX-39.2": "差评要核实、整改、反馈",
    "XY-13.2": "评价要出于群众自己的意愿",
    "XY-14.5": "办理的全过程要有人管、有人看",
    "XY-14.7": "对窗口和人员的投诉要受理、要办",
    "XY-25.2": "承诺件在承诺的时限里办结",
}


def article(code: str) -> str:
    """HN-14.2 -> 湖南省政务服务中心管理办法（2022）第14条; a code of another form as it is."""
    place, _, number = code.partition("-")
    whole = number.partition(".")[0]
    return f"{REGULATIONS[place]}第{whole}条" if place in REGULATIONS and whole.isdigit() else code


def words(code: str) -> str:
    """What the duty asks for; "" where the project has no sentence for it."""
    return DUTIES.get(code, "")
