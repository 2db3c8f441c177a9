"""What people are told of: every kind, its name, and how it is told to who has not said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.errors import N_
from core.plugin.types import Label

MailChoice = Literal["off", "now", "daily"]
MAIL: tuple[MailChoice, ...] = ("off", "now", "daily")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`message` is what is said where the teller says nothing else; `bell` and `mail` are the preference of a new person."""

    key: str
    label: Label
    message: str
    icon: str = "info"
    tone: str = "info"
    bell: bool = True
    mail: MailChoice = "off"


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            key="case.assigned", label={"zh-CN": "工单分派给我", "en": "A case is assigned to me"}, icon="case",
            message=N_("Case %(number)s is yours now"), mail="daily",
        ),
        Kind(
            key="case.commented", label={"zh-CN": "我的工单有新评论", "en": "A comment on a case of mine"}, icon="chat",
            message=N_("There is a new comment on case %(number)s"),
        ),
        Kind(
            key="clock.warned", label={"zh-CN": "时限将至", "en": "A deadline comes near"}, icon="clock", tone="warn",
            message=N_("%(name)s %(number)s: %(percent)s%% of the time is used, due %(due)s"), mail="daily",
        ),
        Kind(
            key="clock.breached", label={"zh-CN": "时限已超", "en": "A deadline has passed"}, icon="alert", tone="bad",
            message=N_("%(name)s %(number)s: the deadline passed at %(due)s"), mail="now",
        ),
        Kind(
            key="clock.escalated", label={"zh-CN": "超时升级", "en": "A deadline is escalated"}, icon="alert", tone="bad",
            message=N_("%(name)s %(number)s was escalated to you, it was due %(due)s"), mail="now",
        ),
        Kind(
            key="reveal.unusual", label={"zh-CN": "揭示次数异常", "en": "Unusually many reveals"}, icon="eye", tone="bad",
            message=N_("Finding %(number)s: somebody revealed %(count)s values, far more than their peers"), mail="now",
        ),
        Kind(
            key="approval.requested", label={"zh-CN": "有审批等我决定", "en": "An approval waits for me"}, icon="check",
            tone="warn", message=N_("Request %(number)s waits for your decision"), mail="now",
        ),
        Kind(
            key="approval.decided", label={"zh-CN": "我的审批有结果", "en": "My request is decided"}, icon="check",
            message=N_("Request %(number)s: %(state)s"), mail="daily",
        ),
        Kind(
            key="approval.expired", label={"zh-CN": "我的审批已过期", "en": "My request has expired"}, icon="clock", tone="warn",
            message=N_("Request %(number)s expired, nobody decided in time"), mail="daily",
        ),
        Kind(
            key="finding.raised", label={"zh-CN": "发现一个风险问题", "en": "A finding is raised"}, icon="shield", tone="warn",
            message=N_("A rule raised a finding: %(rule)s"), mail="daily",
        ),
        Kind(
            key="grant.expiring", label={"zh-CN": "数据授权将到期", "en": "A data grant ends soon"}, icon="clock", tone="warn",
            message=N_("The data grant for %(purpose)s ends on %(day)s"), mail="now",
        ),
        Kind(
            key="grant.ended", label={"zh-CN": "数据授权已到期", "en": "A data grant has ended"}, icon="lock", tone="warn",
            message=N_("The data grant for %(purpose)s ended on %(day)s; proof of deletion is due"), mail="daily",
        ),
        Kind(
            key="grant.asked", label={"zh-CN": "有人申请数据授权", "en": "A data grant is asked for"}, icon="key", tone="info",
            message=N_("A data grant for %(purpose)s waits for your check"), mail="now",
        ),
        Kind(
            key="grant.checked", label={"zh-CN": "数据授权待批准", "en": "A data grant waits for approval"}, icon="key",
            tone="info", message=N_("A data grant for %(purpose)s was checked and waits for approval"), mail="now",
        ),
        Kind(
            key="grant.approved", label={"zh-CN": "申请的授权已批准", "en": "My data grant is approved"}, icon="check",
            tone="ok", message=N_("The data grant for %(purpose)s that your side asked for is approved"), mail="daily",
        ),
        Kind(
            key="grant.refused", label={"zh-CN": "申请的授权被拒绝", "en": "My data grant is refused"}, icon="x", tone="warn",
            message=N_("The data grant for %(purpose)s that your side asked for is refused"), mail="daily",
        ),
        Kind(
            key="proof.received", label={"zh-CN": "收到删除证明", "en": "A proof of deletion came"}, icon="check", tone="ok",
            message=N_("A provider signed that it holds nothing of a closed engagement any more"), mail="daily",
        ),
        Kind(
            key="lease_list.expired", label={"zh-CN": "名单已到期", "en": "A list has expired"}, icon="clock", tone="warn",
            message=N_("List %(number)s has expired; proof of deletion is due"), mail="daily",
        ),
        Kind(
            key="canary.alarmed", label={"zh-CN": "诱饵客户发出警报", "en": "A canary gave an alarm"}, icon="alert", tone="bad",
            message=N_("An invented customer of list %(number)s was touched outside the lease"), mail="now",
        ),
        Kind(
            key="engagement.accepted", label={"zh-CN": "承包方接受了合作", "en": "A provider accepted"}, icon="link",
            tone="ok", message=N_("The provider accepted the engagement"), mail="daily",
        ),
        Kind(
            key="engagement.declined", label={"zh-CN": "承包方谢绝了合作", "en": "A provider declined"}, icon="link",
            tone="warn", message=N_("The provider declined the engagement"), mail="daily",
        ),
        Kind(
            key="import.finished", label={"zh-CN": "导入已结束", "en": "An import has ended"}, icon="upload",
            message=N_("The import has ended: %(created)s created, %(updated)s updated, %(failed)s refused"),
        ),
        Kind(
            key="api_token.expiring", label={"zh-CN": "API 令牌将到期", "en": "An API token ends soon"}, icon="key",
            tone="warn", message=N_("An API token ends on %(ends)s. Issue another before the program stops"), mail="now",
        ),
        Kind(
            key="export.finished", label={"zh-CN": "全部数据的导出已完成", "en": "An export of everything is ready"},
            icon="download", message=N_("The export is ready: %(rows)s rows"), mail="now",
        ),
        Kind(
            key="export.rows_ready", label={"zh-CN": "导出文件已就绪", "en": "An export is ready"}, icon="download", tone="ok",
            message=N_("Export %(number)s is ready: %(rows)s rows"), mail="now",
        ),
        Kind(
            key="tenant.trial_ending", label={"zh-CN": "试用即将结束", "en": "The trial ends soon"}, icon="clock", tone="warn",
            message=N_("The trial ends in %(days)s days, on %(day)s. Then the workspace is read-only"), mail="now",
        ),
        Kind(
            key="tenant.suspended", label={"zh-CN": "组织已暂停", "en": "The organisation is suspended"}, icon="pause",
            tone="bad", message=N_("The organisation is suspended: its data can be read and exported, not changed"),
            mail="now",
        ),
        Kind(
            key="tenant.closing", label={"zh-CN": "组织即将关闭", "en": "The organisation is closing"}, icon="alert", tone="bad",
            message=N_("The organisation is closing. Everything is deleted after %(day)s"), mail="now",
        ),
        Kind(
            key="retention.due", label={"zh-CN": "有数据保存到期", "en": "Data was kept long enough"}, icon="clock", tone="warn",
            message=N_("%(clock)s: %(count)s were kept long enough; somebody has to confirm that they go"), mail="daily",
        ),
        Kind(
            key="webhook.stopped", label={"zh-CN": "事件推送地址已停用", "en": "A webhook address was stopped"}, icon="cloudoff",
            tone="bad", message=N_("Nothing is sent to a webhook address any more: it has answered nothing for days, or is gone"),
            mail="now",
        ),
        Kind(
            key="tenant.called_back", label={"zh-CN": "关闭已撤回", "en": "The closing is called back"}, icon="undo",
            message=N_("The closing of the organisation is called back"), mail="now",
        ),
        Kind(
            key="vertical.notified", icon="puzzle",
            label={"zh-CN": "工单进展与行业通知", "en": "Progress of cases, and notices of verticals"},
            message=N_("There is news of %(number)s"),
        ),
    )
}  # fmt: skip
