"""Who buys: the member, what is known of the buying, and the card with its points."""

from __future__ import annotations

from core.plugin import fields_on, label
from core.plugin.standards import gln
from plugins.retail.fields.choices import LEAVE_REASONS, STAGES, TIERS
from plugins.retail.fields.units import CURRENCY, POINTS
from plugins.retail.numbers import member_card, rfm_cell

customer = fields_on("customer")
membership = fields_on("record:membership")
case = fields_on("case")

MEMBER = (
    customer("tier", "会员等级", "Tier", "choice", choices=TIERS),
    customer(
        "points",
        "积分余额",
        "Points",
        "integer",
        indexed=True,
        unit=POINTS,
        help=label(
            "由积分账簿自动计算；低于零为待抵扣的退货积分。",
            "Kept up by the books of points; below zero are points still owed after a return.",
        ),
    ),
    customer("joined_on", "入会日期", "Member since", "date"),
    customer("stage", "会员阶段", "Stage", "choice", choices=STAGES),
    customer("home_store", "常去门店（GLN）", "Home store (GLN)", validator=gln, max_length=20),
    customer("birthday", "生日", "Birthday", "date", sensitivity="personal"),
    customer(
        "guardian_consent",
        "监护人同意",
        "A guardian agrees",
        "boolean",
        help=label(
            "不满十四周岁的，须取得父母或其他监护人同意（《个人信息保护法》第三十一条）。",
            "Needed below the age of fourteen (Personal Information Protection Law, article 31).",
        ),
    ),
    customer("household_no", "家庭编号", "Household", max_length=40),
    customer(
        "wechat_hash",
        "微信标识（散列值）",
        "WeChat id (hashed)",
        sensitivity="personal",
        mask="document",
        max_length=128,
    ),
)
BUYING = (
    customer(
        "rfm",
        "RFM 分群",
        "RFM cell",
        validator=rfm_cell,
        indexed=True,
        max_length=3,
        help=label(
            "依次为最近购买、购买频次、购买金额的五分位，5 为最好。",
            "Quintiles of recency, frequency and money; 5 is best.",
        ),
    ),
    customer("last_bought_on", "最近购买日期", "Last bought on", "date", indexed=True),
    customer("spent_12m", "近 12 个月消费", "Spent in 12 months", "money", currency=CURRENCY, minimum=0),
    customer(
        "lifetime_value",
        "客户终身价值",
        "Lifetime value",
        "money",
        currency=CURRENCY,
        minimum=0,
        help=label("由分析模型估计后导入。", "An estimate, imported from the model that makes it."),
    ),
    customer("alive", "仍活跃概率", "Probability to be active", "decimal", minimum=0, maximum=1),
    customer("sizes", "常用尺码", "Sizes", max_length=80),
    customer("allergies", "过敏与忌口", "Allergies", sensitivity="sensitive", mask="text", max_length=200),
)
MEMBERSHIP = (
    membership(
        "card_no",
        "会员卡号",
        "Member card",
        required=True,
        validator=member_card,
        sensitivity="personal",
        mask="card",
        indexed=True,
        max_length=30,
    ),
    membership("tier", "等级", "Tier", "choice", choices=TIERS),
    membership(
        "review_on",
        "等级复核日期",
        "Tier reviewed on",
        "date",
        help=label("升级即时生效，降级只在复核日进行。", "A tier rises at once and falls on this day only."),
    ),
    membership("employee", "员工卡", "Card of an employee", "boolean"),
    membership(
        "credentials_changed_at",
        "密码与手机号变更时间",
        "Password and phone changed at",
        "datetime",
        help=label(
            "短时间内先后变更密码与手机号，是账户被盗用的迹象。",
            "Both changed shortly after each other is a sign that the account was taken over.",
        ),
    ),
    membership("points", "可用积分", "Points to spend", "integer", indexed=True, unit=POINTS),
    membership("points_pending", "待生效积分", "Points not matured yet", "integer", unit=POINTS),
    membership("points_due_on", "下次积分变动日", "Points move next on", "date"),
)
LIFE = (
    case("store", "受理门店（GLN）", "Store (GLN)", validator=gln, max_length=20),
    case("terms_agreed_on", "同意会员章程日期", "Terms agreed on", "date"),
    case("wanted_tier", "拟定等级", "Tier to be", "choice", choices=TIERS),
    case("winback_offer", "挽回方案", "Offer to win back", max_length=200),
    case("leave_reason", "退会原因", "Why the member leaves", "choice", choices=LEAVE_REASONS),
)
REDEMPTION = (
    case("points_asked", "兑换积分", "Points to redeem", "integer", minimum=1, unit=POINTS),
    case("reward", "兑换内容", "Reward", max_length=200),
    case("reward_order", "兑换单号", "Number of the reward", max_length=40),
)  # fmt: skip
