"""Who buys or drives: the intent, and what a purchase depends on."""

from __future__ import annotations

from core.plugin import fields_on, label
from plugins.auto.fields.choices import HORIZONS, INTENT_GRADES, QUOTAS, ROLES

customer = fields_on("customer")

BUYER = (
    customer("owner_role", "客户角色", "Role", "choice", choices=ROLES),
    customer("intent_grade", "意向等级", "Intent grade", "choice", choices=INTENT_GRADES, indexed=True),
    customer("purchase_horizon", "购车时间", "Buys", "choice", choices=HORIZONS),
    customer("model_of_interest", "意向车型", "Model of interest", max_length=80),
    customer("competing_models", "对比车型", "Competing models", max_length=200),
    customer("trade_in", "有置换需求", "Wants to trade in", "boolean"),
    customer("needs_finance", "有金融需求", "Needs finance", "boolean", sensitivity="personal"),
    customer("licence_quota", "上牌指标", "Licence quota", "choice", choices=QUOTAS),
)
DRIVER = (
    customer(
        "driving_licence_no", "驾驶证号", "Driving licence", sensitivity="sensitive", mask="document", max_length=40,
        help=label("试驾前核验原件。", "The original is looked at before a test drive."),
    ),
    customer("driving_licence_until", "驾驶证有效期至", "Licence valid until", "date", sensitivity="personal"),
    customer(
        "vehicle_data_consent", "同意处理车内及位置数据", "Agrees to cabin and location data", "boolean",
        help=label(
            "须单独同意；未同意的，不得把车内影像、行驶轨迹提供给承包方。",
            "Needs a consent of its own. Without it no cabin picture and no track goes to a provider.",
        ),
    ),
)  # fmt: skip
