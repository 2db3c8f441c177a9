"""What may be chosen: terms, goods, causes, outcomes."""

from __future__ import annotations

from core.plugin import choice

SETTLEMENTS = (
    choice("prepaid", "寄付现结", "Sender pays"),
    choice("collect", "到付", "Consignee pays"),
    choice("monthly", "月结", "Monthly account"),
    choice("third_party", "第三方付", "Third party pays"),
)
TIERS = (
    choice("key", "重点客户", "Key account", "info"),
    choice("regular", "常规客户", "Regular"),
    choice("occasional", "散客", "Occasional"),
)
CARRIAGE = (
    choice("express", "快递", "Express"),
    choice("road", "公路货运", "Road freight"),
    choice("air", "航空货运", "Air freight"),
    choice("sea", "海运", "Sea freight"),
)
LEVELS = (
    choice("same_day", "当日达", "Same day"),
    choice("next_day", "次日达", "Next day"),
    choice("standard", "标准", "Standard"),
    choice("economy", "经济", "Economy"),
)
GOODS = (
    choice("ordinary", "普通物品", "Ordinary"),
    choice("letter", "信件", "Letters"),
    choice("restricted", "限制寄递物品", "Restricted", "warn"),
    choice("dangerous", "危险化学品", "Hazardous chemicals", "bad"),
    choice("prohibited", "其他禁止寄递物品", "Otherwise prohibited", "bad"),
)
COMPLAINTS = (
    choice("delay", "延误", "Delay"),
    choice("loss", "丢失", "Loss"),
    choice("damage", "损毁", "Damage"),
    choice("shortage", "内件短少", "Something missing"),
    choice("delivery", "投递服务", "Delivery service"),
    choice("charge", "收费", "Charges"),
)
CAUSES = (
    choice("weather", "天气", "Weather"),
    choice("capacity", "运力不足", "Lack of capacity"),
    choice("address", "地址有误", "Wrong address"),
    choice("customs", "清关", "Customs"),
    choice("unknown", "待查", "Being looked into"),
)

SCREENING = (
    choice("clear", "未命中", "Clear", "ok"),
    choice("hit", "命中待核", "Possible match", "bad"),
    choice("cleared", "命中已排除", "Match ruled out", "info"),
)
INCOTERMS = tuple(
    choice(key.lower(), key, key)
    for key in ("EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP")
)
CARRIERS = (
    choice("own", "自有网络", "Own network"),
    choice("sf", "顺丰", "SF Express"),
    choice("jd", "京东", "JD Logistics"),
    choice("zto", "中通", "ZTO"),
    choice("post", "邮政", "Post (S10)"),
    choice("dhl", "DHL", "DHL"),
    choice("ups", "UPS", "UPS"),
    choice("canada_post", "加拿大邮政", "Canada Post"),
    choice("other", "其他", "Other"),
)
ZONES = (
    choice("local", "同城", "Local"),
    choice("intercity", "异地", "Between cities"),
    choice("remote", "港澳台及国际", "Hong Kong, Macao, Taiwan and abroad"),
)
HAZARDS = tuple(
    choice(f"class_{number}", f"第 {number} 类 {zh}", f"Class {number} {en}", "bad")
    for number, zh, en in (
        (1, "爆炸品", "explosives"), (2, "气体", "gases"), (3, "易燃液体", "flammable liquids"),
        (4, "易燃固体", "flammable solids"), (5, "氧化物", "oxidizers"), (6, "毒害品", "toxic"),
        (7, "放射性", "radioactive"), (8, "腐蚀品", "corrosive"), (9, "杂项", "miscellaneous"),
    )
)  # fmt: skip
PACKING_GROUPS = (choice("i", "I 类包装", "I"), choice("ii", "II 类包装", "II"), choice("iii", "III 类包装", "III"))
CLAIMS = (
    choice("delay", "延误", "Delay"),
    choice("loss", "丢失", "Loss"),
    choice("damage", "损毁", "Damage"),
    choice("shortage", "内件短少", "Something missing"),
)
LIABILITIES = (
    choice("carrier", "承运人责任", "The carrier"),
    choice("shipper", "托运人过错", "The shipper"),
    choice("consignee", "收货人过错", "The consignee"),
    choice("nature", "货物自然性质或合理损耗", "The goods themselves"),
    choice("force_majeure", "不可抗力", "Force majeure"),
)
"""Who answers for a loss; the last four excuse the carrier (《民法典》第八百三十二条)."""

EXCEPTIONS = (
    choice("absent", "收件人不在", "Nobody there"),
    choice("address", "地址有误", "Wrong address"),
    choice("refused", "拒收", "Refused"),
    choice("unpaid", "未付货款", "Not paid for"),
    choice("damaged", "外包装破损", "Packing damaged"),
)
