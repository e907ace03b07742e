"""What each type of problem means and what to do about it: on the page its address leads to, and in the API's document.

For people who write programs against this site, and for those who only saw the address in a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """`slug` is the last part of the type's address; `means` one sentence; `steps` what to do, in order."""

    slug: str
    status: int
    title: str
    means: str
    steps: tuple[str, ...]


_KINDS: Final = (
    Kind(
        "invalid-input",
        422,
        "填写的内容有几处不能用",
        "请求读得懂，里面有的内容不合要求，所以什么都没有改。",
        (
            "逐项看 errors：field 是哪一项，message 是怎么改。",
            "改好再发。带着 Idempotency-Key 的，内容变了要换一个新的键。",
        ),
    ),
    Kind(
        "malformed",
        400,
        "请求本身读不懂",
        "JSON 写错、不是 UTF-8，或者上传没有传完整。",
        ("检查请求的格式和编码，detail 里写着出错的位置。", "上传断了的，重新上传整个文件。"),
    ),
    Kind(
        "unauthorized",
        401,
        "没有登录",
        "没有带令牌，令牌写错了，或者令牌已经收回。",
        (
            "在请求头里写 Authorization: Bearer 加令牌。",
            "令牌丢了或者收回了，请系统管理员用 ow token 重新给一个。",
        ),
    ),
    Kind(
        "refused",
        403,
        "这个账号不能办这件事",
        "登录没有问题，但是这个岗位没有这项权限，或者授权书不在有效期里。这次拒绝已经记录在案。",
        ("确认用的是自己的账号，任职和授权没有到期。", "确实归您办的，请中心管理员核对任职和授权书。"),
    ),
    Kind(
        "not-found",
        404,
        "没有这个内容，或者您不能查看",
        "编号写错了、内容不在了，或者这个账号看不到它。这几种情况回答一样，免得让人猜出有没有。",
        ("核对编号和地址。", "应当看得到的，请确认登录的账号和任职。"),
    ),
    Kind(
        "method-not-allowed",
        405,
        "这个地址不支持这种方法",
        "例如向只能读取的地址发了 POST。",
        ("看回答里的 Allow，换成它写着的方法。",),
    ),
    Kind(
        "not-now",
        409,
        "现在还不能这样办",
        "事情正在另一个状态里：例如还没有受理就要作出决定，或者窗口上还有人。什么都没有改。",
        ("重新读取，看现在的状态和可以办的操作。", "等到了那一步再办。"),
    ),
    Kind(
        "rule-broken",
        409,
        "公布的规则或者法律不允许",
        "例如第二次要求补正、清单以外的材料、没有公布的特别程序。重发多少次结果都一样。",
        ("title 里写着是哪条规则。", "规则本身要改的，由部门提出事项变更，公布以后对新收的件有效。"),
    ),
    Kind(
        "stale",
        412,
        "别人先办了",
        "您读取以后，内容已经变了（If-Match 不符），所以没有办，免得盖掉别人的。",
        ("重新读取，看变了什么。", "还要办的，用新的版本号再发。"),
    ),
    Kind(
        "too-large",
        413,
        "请求或者文件太大",
        "一个文件最多 20 MB，一个请求的其他内容最多 4 MB。",
        ("压缩或者拆分文件。", "一次办很多件的，分几次发。"),
    ),
    Kind(
        "unsupported-media-type",
        415,
        "内容的类型不对",
        "请求头的 Content-Type 不是这个地址要的。",
        ("一般用 application/json；上传文件用 multipart/form-data。",),
    ),
    Kind(
        "too-many",
        429,
        "请求太频繁",
        "同一个账号、地址或者编号在短时间里试得太多，先停一停。",
        ("等 Retry-After 写的秒数再试。", "一直这样的，检查程序是不是在原地重试。"),
    ),
    Kind(
        "paper-altered",
        409,
        "存档的文书和摘要不一致",
        "文书的内容和签发时记下的摘要对不上，已经停止提供。",
        ("请把 request_id 告诉中心。", "系统管理员运行 ow verify，会指出是哪一份。"),
    ),
    Kind(
        "damaged-file",
        500,
        "上传的文件打不开",
        "存着的文件和当初交来的不一样，或者不是用这里的密钥加密的，所以不给出，已经记录。",
        ("请把 request_id 告诉中心。", "系统管理员运行 ow files check，再从备份恢复那个文件。"),
    ),
    Kind(
        "database-unavailable",
        503,
        "系统暂时繁忙",
        "数据库正在重启或者暂时连不上，这次可能没有办成。",
        ("等 Retry-After 写的秒数再发。", "用同一个 Idempotency-Key 重发：办成过的不会办两次。"),
    ),
    Kind(
        "server-error",
        500,
        "系统出了问题",
        "这是我们的错，已经记录。",
        ("请把 request_id 告诉中心，我们凭它找到当时的记录。", "重发请带同一个 Idempotency-Key。"),
    ),
)
KINDS: Final = {kind.slug: kind for kind in _KINDS}
