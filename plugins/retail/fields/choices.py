"""Choices of a chain of shops: tiers, ways of selling, goods, reasons."""

from __future__ import annotations

from core.plugin import choice

TIERS = (
    choice("standard", "普通", "Standard"),
    choice("silver", "银卡", "Silver"),
    choice("gold", "金卡", "Gold", "warn"),
    choice("black", "黑卡", "Black", "plum"),
)
STAGES = (
    choice("new", "新会员", "New", "info"),
    choice("active", "活跃", "Active", "ok"),
    choice("dormant", "沉睡", "Dormant", "warn"),
    choice("lapsed", "流失", "Lapsed", "bad"),
)
ORDER_CHANNELS = (
    choice("store", "门店", "Store"),
    choice("online", "网络", "Online"),
    choice("phone", "电话", "Telephone"),
    choice("tv", "电视", "Television"),
    choice("post", "邮购", "Mail order"),
)
DISTANCE = ("online", "phone", "tv", "post")
"""《消费者权益保护法》第二十五条: goods sold by network, television, telephone or post."""

PRICE_BASES = (
    choice("shelf", "标价", "Shelf price"),
    choice("promotion", "公开促销", "Promotion open to everyone"),
    choice("tier", "公开的会员等级价", "Published price of a tier"),
    choice("personal", "按个人特征定价", "Set by personal features", "bad"),
)
RETURN_REASONS = (
    choice("no_reason", "七日无理由", "No reason, within seven days"),
    choice("defective", "质量问题", "Defective"),
    choice("damaged", "运输损坏", "Damaged on the way"),
    choice("wrong_goods", "错发漏发", "Wrong or missing goods"),
    choice("other", "其他", "Other"),
)
GOODS = (
    choice("ordinary", "一般商品", "Ordinary goods"),
    choice("made_to_order", "消费者定作", "Made to order"),
    choice("perishable", "鲜活易腐", "Fresh or perishable"),
    choice("digital_opened", "已拆封的数字化商品", "Digital goods, opened"),
    choice("periodical", "报纸、期刊", "Newspapers and periodicals"),
    choice("agreed", "购买时确认不宜退货", "Agreed at purchase not to be returned"),
)
EXCLUDED = ("made_to_order", "perishable", "digital_opened", "periodical", "agreed")
CONDITIONS = (
    choice("intact", "完好", "Intact", "ok"),
    choice("used", "有使用痕迹", "Used", "warn"),
    choice("damaged", "损坏", "Damaged", "bad"),
)
CARD_KINDS = (choice("named", "记名", "Named"), choice("unnamed", "不记名", "Unnamed", "warn"))
BUYERS = (choice("person", "个人", "A person"), choice("organisation", "单位", "An organisation"))
TENDERS = (
    choice("transfer", "转账", "Bank transfer"),
    choice("debit_card", "借记卡", "Debit card"),
    choice("wallet", "移动支付", "Mobile wallet"),
    choice("cash", "现金", "Cash", "warn"),
    choice("credit_card", "信用卡", "Credit card", "warn"),
)
COMPLAINT_SOURCES = (
    choice("shop", "门店或客服", "The shop or its service desk"),
    choice("platform_12315", "12315 平台", "The 12315 platform"),
    choice("association", "消费者协会", "The consumers' association"),
    choice("media", "媒体", "The media", "warn"),
)
COMPLAINT_TOPICS = (
    choice("quality", "商品质量", "Quality of goods"),
    choice("price", "价格", "Price"),
    choice("returns", "退换货", "Returns"),
    choice("prepaid", "预付卡", "Prepaid cards"),
    choice("service", "服务态度", "Service"),
    choice("advertising", "虚假宣传", "Misleading advertising"),
    choice("privacy", "个人信息", "Personal data"),
)
LEAVE_REASONS = (
    choice("asked", "本人要求注销", "Asked to be deleted"),
    choice("moved", "迁出商圈", "Moved away"),
    choice("unsatisfied", "不满意", "Not satisfied"),
    choice("duplicate", "重复会员", "A second membership of the same person"),
)
