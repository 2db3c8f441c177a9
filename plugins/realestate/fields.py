"""What a developer knows of its buyers, its projects with their buildings and units, and its sales."""

from __future__ import annotations

from core.plugin import Field, choice, label

CURRENCY = "CNY"
SQUARE_METRES = label("平方米", "m²")

PURPOSES = (
    choice("own_home", "自住", "To live in"),
    choice("upgrade", "改善", "To move up"),
    choice("investment", "投资", "Investment"),
    choice("school", "学区", "School district"),
)
INTENT_GRADES = (
    choice("a", "A（一周内认购）", "A (subscribes within a week)", "bad"),
    choice("b", "B（一月内认购）", "B (within a month)", "warn"),
    choice("c", "C（三月内认购）", "C (within three months)", "info"),
    choice("d", "D（暂无意向）", "D (no intention yet)"),
)
QUALIFICATIONS = (
    choice("qualified", "具备购房资格", "May buy", "ok"),
    choice("pending", "资格审核中", "Being examined", "info"),
    choice("restricted", "限购", "Restricted", "bad"),
    choice("expired", "资格已过期", "Expired", "warn"),
)
SOURCES = (
    choice("walk_in", "自然到访", "Walk-in"),
    choice("own_channel", "自有渠道", "Own channel"),
    choice("broker", "外部渠道", "Outside broker"),
    choice("referral", "老带新", "Referral"),
    choice("online", "电商", "Online"),
)
LOANS = (
    choice("none", "全款", "No loan"),
    choice("commercial", "商业贷款", "Commercial loan"),
    choice("provident", "公积金贷款", "Provident fund loan"),
    choice("combined", "组合贷款", "Combined loan"),
)
SALE_BASES = (choice("presale", "预售", "Pre-sale"), choice("completed", "现售", "Completed homes"))
LAYOUTS = (
    choice("one", "一室", "One bedroom"),
    choice("two", "两室", "Two bedrooms"),
    choice("three", "三室", "Three bedrooms"),
    choice("four", "四室及以上", "Four bedrooms or more"),
)
FITTINGS = (choice("shell", "毛坯", "Shell"), choice("fitted", "精装", "Fitted out"))
CANCEL_REASONS = (
    choice("changed_mind", "买方反悔", "Buyer withdraws"),
    choice("loan_refused", "贷款未获批", "Loan refused"),
    choice("not_qualified", "不具备购房资格", "May not buy"),
    choice("other_unit", "换房", "Another unit"),
    choice("seller", "卖方原因", "Seller's fault"),
)


def money(key: str, zh: str, en: str, *, on: str = "customer") -> Field:
    return Field(key=key, label=label(zh, en), kind="money", on=on, currency=CURRENCY, minimum=0)


BUYER = (
    Field(key="purpose", label=label("购房用途", "Purpose"), kind="choice", choices=PURPOSES),
    money("budget", "预算", "Budget"),
    Field(key="wanted_layout", label=label("意向户型", "Wanted layout"), kind="choice", choices=LAYOUTS),
    Field(
        key="intent_grade", label=label("意向等级", "Intent grade"), kind="choice", choices=INTENT_GRADES, indexed=True
    ),
    Field(key="source", label=label("来源渠道", "Source"), kind="choice", choices=SOURCES),
    Field(key="visit_count", label=label("到访次数", "Visits"), kind="integer", minimum=0, maximum=999),
)
ELIGIBILITY = (
    Field(
        key="qualification",
        label=label("购房资格", "Qualification to buy"),
        kind="choice",
        choices=QUALIFICATIONS,
        sensitivity="personal",
    ),
    Field(key="first_home", label=label("首套房", "First home"), kind="boolean", sensitivity="personal"),
    Field(key="loan", label=label("付款方式", "Financing"), kind="choice", choices=LOANS, sensitivity="personal"),
)
PROJECT = (
    Field(key="project_name", on="record:project", label=label("楼盘名称", "Project"), kind="text", required=True),
    Field(key="sale_basis", on="record:project", label=label("销售方式", "Sold as"), kind="choice", choices=SALE_BASES),
    Field(
        key="presale_permit_no",
        on="record:project",
        label=label("预售许可证号", "Pre-sale permit"),
        kind="text",
        max_length=60,
    ),
    Field(
        key="permit_valid_from",
        on="record:project",
        label=label("许可证生效日", "Permit valid from"),
        kind="date",
        show_when={"op": "is_set", "field": "realestate.presale_permit_no"},
    ),
    Field(
        key="permit_valid_until",
        on="record:project",
        label=label("许可证失效日", "Permit valid until"),
        kind="date",
        show_when={"op": "is_set", "field": "realestate.presale_permit_no"},
    ),
    Field(key="delivery_due", on="record:project", label=label("合同交付日", "Delivery due"), kind="date"),
)
BUILDING = (
    Field(key="building_name", on="record:building", label=label("楼栋", "Building"), kind="text", required=True),
    Field(key="floors", on="record:building", label=label("层数", "Floors"), kind="integer", minimum=1, maximum=200),
)
UNIT = (
    Field(
        key="unit_name",
        on="record:unit",
        label=label("房号", "Unit"),
        kind="text",
        required=True,
        max_length=60,
        help=label("楼栋、单元与房间，例如 3-1-1502。", "Building, entrance and room, such as 3-1-1502."),
    ),
    Field(key="house_code", on="record:unit", label=label("房屋编码", "House code"), kind="text", max_length=40),
    Field(key="floor", on="record:unit", label=label("楼层", "Floor"), kind="integer", minimum=-9, maximum=200),
    Field(key="layout", on="record:unit", label=label("户型", "Layout"), kind="choice", choices=LAYOUTS),
    Field(
        key="gfa",
        on="record:unit",
        label=label("建筑面积", "Gross floor area"),
        kind="decimal",
        unit=SQUARE_METRES,
        minimum=0,
    ),
    Field(
        key="inner_area",
        on="record:unit",
        label=label("套内面积", "Inner area"),
        kind="decimal",
        unit=SQUARE_METRES,
        minimum=0,
    ),
    Field(key="fitting", on="record:unit", label=label("装修标准", "Fitting"), kind="choice", choices=FITTINGS),
    money("list_price", "表价", "List price", on="record:unit"),
)
SALE = (
    money("price", "成交总价", "Price", on="case"),
    money("deposit", "定金", "Deposit", on="case"),
    Field(key="contract_no", on="case", label=label("合同编号", "Contract number"), kind="text", max_length=60),
    Field(key="filing_no", on="case", label=label("备案号", "Filing number"), kind="text", max_length=60),
    Field(
        key="cancel_reason", on="case", label=label("退房原因", "Why cancelled"), kind="choice", choices=CANCEL_REASONS
    ),
)

FIELDS = (*BUYER, *ELIGIBILITY, *PROJECT, *BUILDING, *UNIT, *SALE)
