"""Every permission of the core: its name, what it lets one do, who may hold it, and whether the act is dangerous.

A role is a set of these strings; a feature's `policy.py` names the ones it asks for, and a test holds both together. A vertical
asks for permissions of this list too, so that no role has to know a vertical.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.plugin.types import Label


@dataclass(frozen=True, kw_only=True)
class Permission:
    """`sides` may hold it. `dangerous`: the act asks for a second factor that was shown a moment ago (step-up)."""

    key: str
    label: Label
    about: Label
    group: str
    sides: frozenset[str] = frozenset({"client", "provider"})
    dangerous: bool = False

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return not self.key.endswith(".read")


GROUPS: Mapping[str, Label] = {
    "customers": {"zh-CN": "客户", "en": "Customers"},
    "work": {"zh-CN": "工作", "en": "Work"},
    "rules": {"zh-CN": "规则与数字", "en": "Rules and figures"},
    "parties": {"zh-CN": "双方与授权", "en": "Parties and grants"},
    "people": {"zh-CN": "人员与审计", "en": "People and audit"},
    "settings": {"zh-CN": "设置", "en": "Settings"},
}
"""Headings of the list, in order."""

CLIENT = frozenset({"client"})


def _p(
    key: str, group: str, zh: str, en: str, about_zh: str, about_en: str, *, client: bool = False, danger: bool = False
) -> Permission:
    return Permission(
        key=key,
        group=group,
        label={"zh-CN": zh, "en": en},
        about={"zh-CN": about_zh, "en": about_en},
        sides=CLIENT if client else frozenset({"client", "provider"}),
        dangerous=danger,
    )


_CUSTOMERS = (
    _p("customer.read", "customers", "查看客户", "See customers",
       "列表、搜索与客户页；承包方只见租借给它的客户，并脱敏。",
       "Lists, search and the customer's page; a provider sees what is leased to it, masked."),
    _p("customer.clear", "customers", "查看明文", "See personal data in clear",
       "姓名、电话、证件等不脱敏；没有此权限的人看到的是掩码。",
       "Names, numbers and documents unmasked; who does not have it sees masks.", client=True),
    _p("customer.create", "customers", "新建客户", "Add customers", "录入一位新客户。", "Enter a new customer.", client=True),
    _p("customer.write", "customers", "修改客户", "Change customers",
       "修改资料与归档。", "Change data, archive.", client=True),
    _p("customer.merge", "customers", "合并客户", "Merge customers",
       "处理疑似重复的客户，合并，撤销合并。", "Decide about possible duplicates, merge them, undo a merge.", client=True),
    _p("list.share", "customers", "共享视图", "Share views",
       "把保存的列表视图给同一方的角色使用。", "Give saved views of lists to roles of one's own side."),
    _p("segment.read", "customers", "查看细分", "See segments",
       "客户细分、重叠与分级方案。", "Segments of customers, their overlap, and schemes of grades.", client=True),
    _p("segment.manage", "customers", "管理细分", "Manage segments",
       "新建、修改与归档细分，抓取其成员。", "Make, change and archive segments, take their members.", client=True),
    _p("grade.manage", "customers", "管理分级", "Manage grades",
       "起草分级方案，试算并申请启用。", "Draft schemes of grades, simulate them, ask for one to go live.", client=True),
    _p("grade.approve", "customers", "复核分级", "Approve grades",
       "对他人申请启用的分级方案作决定。", "Decide on a scheme of grades that somebody else drafted.", client=True),
    _p("grade.override", "customers", "人工定级", "Set a grade by hand",
       "说明原因，在期限内人工设定一位客户的等级。", "Set one customer's grade until a day, with a reason.", client=True),
    _p("reveal.make", "customers", "揭示一个值", "Reveal one value",
       "说明原因后查看一个被脱敏的值，60 秒，记入审计。",
       "See one masked value for 60 seconds, with a reason; it is recorded."),
    _p("consent.write", "customers", "登记同意与拒绝", "Note consent and refusals",
       "登记同意、撤回与免打扰。", "Note consent, its withdrawal, and wishes not to be contacted."),
    _p("record.read", "customers", "查看记录", "See records",
       "客户持有的产品与合同，以及发包方销售的东西。", "What customers hold, and what the client sells."),
    _p("record.write", "customers", "修改记录", "Change records", "新建与修改记录。", "Add and change records.", client=True),
    _p("record.export", "customers", "导出记录", "Export records",
       "把记录列表作为文件取走。", "Take a list of records away as a file.", client=True, danger=True),
    _p("export.ask", "customers", "申请导出", "Ask for exports",
       "把列表中的行申请为文件；由另一人复核，文件只交给申请人。",
       "Ask for rows of a list as a file; another person decides, and only who asked takes it.", danger=True),
    _p("export.approve", "customers", "复核导出", "Approve exports",
       "对他人申请的导出作决定，包括承包方的。", "Decide on exports that others asked for, a provider's too.",
       client=True, danger=True),
    _p("import.run", "customers", "导入", "Import",
       "从文件导入客户与记录，也可撤销。", "Bring customers and records in from a file, and take an import back.",
       client=True, danger=True),
)  # fmt: skip

_WORK = (
    _p("interaction.read", "work", "查看客户接触", "See interactions",
       "谁在何时以何种渠道联系过客户。", "Who contacted a customer, when and how."),
    _p("interaction.record", "work", "登记客户接触", "Record interactions",
       "联系客户并登记结果。", "Contact customers and note the outcome."),
    _p("case.read", "work", "查看工单", "See cases", "工单、其历史与时限。", "Cases, their history and deadlines."),
    _p("case.open", "work", "开工单", "Open cases", "为客户开工单。", "Open a case for a customer."),
    _p("case.transition", "work", "推进工单", "Move cases",
       "执行步骤、评论、接手。", "Take steps, comment, take a case over."),
    _p("case.assign", "work", "分派工单", "Assign cases",
       "把工单交给别人，批量处理。", "Give cases to others; act on many at once."),
    _p("case.approve", "work", "复核工单步骤", "Approve steps of cases",
       "对需要第二人的步骤作决定。", "Decide on steps that need a second person."),
    _p("approval.read", "work", "查看复核请求", "See requests for approval",
       "自己提出或可以决定的请求。", "Requests of one's own, and those one may decide on."),
)  # fmt: skip

_RULES = (
    _p("gate.decide", "rules", "请求准许", "Ask the gate",
       "联系、揭示或导出之前询问是否允许。", "Ask whether a contact, a reveal or an export is allowed."),
    _p("gate.read", "rules", "查看准许决定", "See the gate's decisions",
       "每一次决定与理由。", "Each decision with its reasons."),
    _p("finding.read", "rules", "查看发现", "See findings",
       "规则在数据中发现的问题。", "What rules found in the data."),
    _p("finding.settle", "rules", "处理发现", "Settle findings",
       "判定一条发现是否属实。", "Say whether a finding holds.", client=True),
    _p("rule.read", "rules", "查看规则", "See rules", "规则、参数与引用的条文。", "Rules, their parameters and the law they cite.",
       client=True),
    _p("rule.manage", "rules", "修改规则", "Change rules",
       "试算规则，申请改变其方式。", "Try a rule, ask for another mode of it.", client=True),
    _p("rule.approve", "rules", "复核规则", "Approve rules",
       "对他人申请的规则变更作决定。", "Decide on what somebody else asked for.", client=True, danger=True),
    _p("parameter.read", "rules", "查看参数", "See parameters", "参数的值与来源。", "Values of parameters and their sources."),
    _p("parameter.override", "rules", "申请改参数", "Ask for another parameter",
       "申请与默认不同的参数值。", "Ask for another value than the default.", client=True),
    _p("parameter.approve", "rules", "复核参数", "Approve parameters",
       "对他人申请的参数值作决定。", "Decide on a value somebody else asked for.", client=True),
    _p("kpi.read", "rules", "查看指标", "See KPIs",
       "指标、分子分母与背后的行。", "Figures, their numerators and denominators, and the rows behind."),
)  # fmt: skip

_PARTIES = (
    _p("engagement.read", "parties", "查看外包合作", "See engagements",
       "谁为发包方工作、可见多少客户、到何时。", "Who works for the client, on how many customers, until when."),
    _p("reveal.read", "parties", "查看揭示记录", "See reveals",
       "谁在何时看过谁的什么，以及与同组人员相比是否异常。",
       "Who saw what of whom, and how unusual that is among their peers.", client=True),
    _p("reveal.limit", "parties", "设定揭示额度", "Set quotas of reveals",
       "收紧揭示额度；放宽须由第二人批准。",
       "Tighten how many values may be seen in clear; a second person approves what loosens it.", client=True),
    _p("grant.freeze", "parties", "冻结授权", "Freeze a grant",
       "立即停止一项授权的明文与揭示；由第二人解冻。",
       "Stop all clear values and reveals of a grant at once; a second person lifts it.", client=True),
    _p("engagement.manage", "parties", "管理外包合作", "Manage engagements",
       "发起合作、邀请承包方，推进、中止与结束合作。",
       "Begin engagements, offer them to providers, move, suspend and close them.", client=True, danger=True),
    _p("engagement.accept", "parties", "接受合作邀请", "Accept engagements",
       "作为承包方制作邀请码，接受或谢绝发包方的邀请。",
       "As a provider: make codes for clients, accept or decline what they offer.", client=True),
    _p("grant.request", "parties", "申请数据授权", "Ask for data grants",
       "写明目的、字段、地点与期限，交个人信息保护负责人审查；承包方也可申请。",
       "Write down purpose, fields, places and period, for the data protection officer to check; a provider may ask, too."),
    _p("grant.check", "parties", "审查数据授权", "Check data grants",
       "以个人信息保护负责人身份审查他人申请的授权。",
       "Check what somebody else asked for, as data protection officer.", client=True),
    _p("grant.approve", "parties", "批准数据授权", "Approve data grants",
       "批准由他人申请并经第三人审查的授权。", "Approve what one person asked for and another checked.",
       client=True, danger=True),
    _p("grant.revoke", "parties", "撤销数据授权", "Revoke data grants",
       "立即结束授权与其下的租借。", "End a grant and its leases at once.", client=True),
    _p("seat.manage", "parties", "管理职场与席位", "Manage sites and seats",
       "登记职场、席位与人员的资质。", "Register sites, seats, and what people are trained for."),
    _p("proof.sign", "parties", "签署归还证明", "Sign proofs of return",
       "声明不再持有任何已归还的数据。", "Declare that nothing that was returned is held any more."),
    _p("canary.manage", "parties", "管理诱饵客户", "Manage canaries",
       "在名单中安放虚构客户，查看它们发出的警报。",
       "Put invented customers into lists, and see what they gave away.", client=True),
    _p("lease.manage", "parties", "租借客户", "Lease customers",
       "把客户租借给承包方并收回。", "Lend customers to a provider and take them back.", client=True, danger=True),
)  # fmt: skip

_PEOPLE = (
    _p("people.read", "people", "查看人员", "See people",
       "本方人员、角色、单位与范围。", "People of one's own side, their roles, units and scope."),
    _p("people.manage", "people", "管理人员", "Manage people",
       "邀请、给予与收回角色、终止访问。", "Invite, give and take roles, end access.", danger=True),
    _p("role.manage", "people", "管理角色", "Manage roles",
       "编制本工作区自己的角色。", "Make roles of the workspace's own.", client=True, danger=True),
    _p("unit.manage", "people", "管理单位", "Manage units",
       "网点、门店与团队的树。", "The tree of branches, stores and teams."),
    _p("audit.read", "people", "查看审计", "See the audit trail",
       "谁做过什么、看过谁、被拒绝过什么；承包方只见自己外包合作内的。",
       "Who did what, looked at whom and was refused; a provider sees what is of its own engagement."),
    _p("audit.export", "people", "审计取证", "Take evidence from the trail",
       "核对审计记录，制作经签名的证据包。", "Have the trail verified, make signed evidence packs.", client=True),
    _p("identity.manage", "people", "管理单点登录", "Manage single sign-on",
       "身份提供商、已证明的域名与人员目录。", "Identity providers, proved domains and directories that name people.",
       client=True, danger=True),
    _p("rights.read", "people", "查看个人权利请求", "See requests of persons",
       "个人要求查阅、复制、更正、删除等的请求与期限。", "What persons ask of us by their rights, and until when.", client=True),
    _p("rights.manage", "people", "处理个人权利请求", "Answer requests of persons",
       "登记、核验身份、答复；制作个人信息副本。", "Register, check who asks, answer; make a person's package.", client=True,
       danger=True),
    _p("rights.approve", "people", "复核删除个人信息", "Approve erasures",
       "对他人提出的删除作决定。", "Decide on an erasure that somebody else prepared.", client=True, danger=True),
    _p("legal_hold.manage", "people", "管理法律保全", "Manage legal holds",
       "保全期间不得删除或合并。", "While a hold stands nothing is erased or merged.", client=True),
    _p("webhook.read", "people", "查看事件推送", "See webhooks",
       "事件推送地址与每次推送的结果。", "The addresses that hear of events, and how each sending fared.", client=True),
    _p("webhook.manage", "people", "管理事件推送", "Manage webhooks",
       "登记、修改与停用推送地址，更换签名密钥，重新推送。", "Add, change and stop addresses, change their secret, send again.",
       client=True, danger=True),
    _p("api_token.manage", "people", "管理 API 令牌", "Manage API tokens",
       "签发与吊销令牌。", "Issue and revoke tokens.", client=True, danger=True),
    _p("sign_in.manage", "people", "管理登录要求", "Manage the sign-in policy",
       "规定登录方式、第二因素、会话时长与网络。", "Say how people sign in: ways, second factor, length of sessions, networks.",
       client=True, danger=True),
    _p("outbox.read", "people", "查看发件箱", "See the outbox",
       "发出的邮件及其状态。", "Mails that were sent, and how they fared.", client=True),
)  # fmt: skip

_SETTINGS = (
    _p("tenant.read", "settings", "查看组织", "See the organisation",
       "名称、地址、外观与经历的状态。", "Its names, address, looks and the states it went through.", client=True),
    _p("tenant.manage", "settings", "修改组织", "Change the organisation",
       "修改名称、登记号、外观与地址。", "Change names, registration numbers, looks and the address.", client=True),
    _p("tenant.close", "settings", "关闭组织", "Close the organisation",
       "申请关闭组织，或在宽限期内撤回。", "Ask for the organisation to be closed, or call that back in the days of grace.",
       client=True, danger=True),
    _p("tenant.export", "settings", "申请导出全部数据", "Ask for everything",
       "申请把组织的全部数据作为文件取走。", "Ask for all data of the organisation as a file, and take it.",
       client=True, danger=True),
    _p("tenant.export_approve", "settings", "复核全部导出", "Approve an export of everything",
       "对他人申请的全部导出作决定。", "Decide on an export of everything that somebody else asked for.",
       client=True, danger=True),
    _p("vertical.read", "settings", "查看行业", "See verticals", "启用的行业带来什么。", "What the verticals in use bring.",
       client=True),
    _p("vertical.configure", "settings", "配置行业", "Configure verticals",
       "启用或停用行业，自定义字段。", "Switch verticals on and off, make fields.", client=True, danger=True),
    _p("configuration.read", "settings", "查看配置", "See the configuration", "流程与参数的设置。",
       "Settings of workflows and parameters.", client=True),
    _p("configuration.manage", "settings", "修改配置", "Change the configuration",
       "修改流程设置，导入或导出整套配置。", "Change settings of workflows; bring a whole configuration in or out.",
       client=True),
    _p("calendar.manage", "settings", "管理日历", "Manage calendars",
       "工作时间与节假日。", "Working hours and holidays.", client=True),
)  # fmt: skip

PERMISSIONS: Mapping[str, Permission] = {
    each.key: each for each in (*_CUSTOMERS, *_WORK, *_RULES, *_PARTIES, *_PEOPLE, *_SETTINGS)
}

DANGEROUS: frozenset[str] = frozenset(key for key, each in PERMISSIONS.items() if each.dangerous)


def held_by(party: str, permissions: Iterable[str]) -> frozenset[str]:
    """What of these a person of a side may hold: a role that is given on both sides allows less on one of them."""
    if party == "system":
        return frozenset(permissions)
    return frozenset(key for key in permissions if key not in PERMISSIONS or party in PERMISSIONS[key].sides)


def grouped(permissions: Iterable[str]) -> list[tuple[Label, list[Permission]]]:
    """Under their headings, in the catalogue's order."""
    wanted = set(permissions)
    found = [(GROUPS[group], [each for each in PERMISSIONS.values() if each.group == group and each.key in wanted])
             for group in GROUPS]  # fmt: skip
    return [(heading, rows) for heading, rows in found if rows]
