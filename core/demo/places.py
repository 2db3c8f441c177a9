"""Cities, districts and streets for made-up addresses. Districts carry their code of GB/T 2260, which documents begin with."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Place:
    """`prefix` is the address down to the city; `weight` how many customers live there."""

    city: str
    prefix: str
    districts: tuple[tuple[str, str], ...]
    weight: int = 4
    time_zone: str | None = None


PLACES = (
    Place("南京", "江苏省南京市", (("鼓楼区", "320106"), ("建邺区", "320105"), ("江宁区", "320115")), weight=14),
    Place("上海", "上海市", (("浦东新区", "310115"), ("徐汇区", "310104"), ("闵行区", "310112")), weight=14),
    Place("杭州", "浙江省杭州市", (("西湖区", "330106"), ("滨江区", "330108"), ("萧山区", "330109")), weight=12),
    Place("苏州", "江苏省苏州市", (("姑苏区", "320508"), ("吴中区", "320506"), ("相城区", "320507")), weight=9),
    Place("宁波", "浙江省宁波市", (("海曙区", "330203"), ("江北区", "330205"), ("北仑区", "330206")), weight=6),
    Place("合肥", "安徽省合肥市", (("蜀山区", "340104"), ("包河区", "340111"), ("庐阳区", "340103")), weight=6),
    Place("北京", "北京市", (("朝阳区", "110105"), ("海淀区", "110108"), ("丰台区", "110106")), weight=5),
    Place("广州", "广东省广州市", (("天河区", "440106"), ("海珠区", "440105"), ("白云区", "440111")), weight=5),
    Place("深圳", "广东省深圳市", (("南山区", "440305"), ("福田区", "440304"), ("宝安区", "440306")), weight=5),
    Place("成都", "四川省成都市", (("武侯区", "510107"), ("锦江区", "510104"), ("金牛区", "510106"))),
    Place("武汉", "湖北省武汉市", (("武昌区", "420106"), ("洪山区", "420111"), ("江汉区", "420103"))),
    Place("西安", "陕西省西安市", (("雁塔区", "610113"), ("未央区", "610112"), ("碑林区", "610103"))),
    Place("重庆", "重庆市", (("渝北区", "500112"), ("沙坪坝区", "500106"), ("南岸区", "500108"))),
    Place("厦门", "福建省厦门市", (("思明区", "350203"), ("湖里区", "350206"), ("集美区", "350211"))),
    Place("青岛", "山东省青岛市", (("市南区", "370202"), ("崂山区", "370212"), ("李沧区", "370213"))),
    Place(
        "乌鲁木齐",
        "新疆维吾尔自治区乌鲁木齐市",
        (("天山区", "650102"), ("新市区", "650104"), ("水磨沟区", "650105")),
        weight=2,
        time_zone="Asia/Urumqi",
    ),
)

STREETS = (
    "人民路", "解放路", "建设路", "新华路", "和平路", "文化路", "中山路", "滨河路", "湖滨路", "学府路", "科技路", "友谊路",
    "青年路", "长江路", "黄河路", "翠竹路", "梧桐路", "银杏路", "桂花路", "玉兰路", "松柏路", "彩虹路", "星光路", "锦绣路",
)  # fmt: skip
ESTATES = (
    "翠湖花园", "阳光家园", "金桂苑", "紫藤苑", "望江府", "和风里", "锦绣华庭", "绿洲新村", "云栖雅苑", "书香名邸", "梧桐里",
    "枫林苑", "春晓苑", "静安新邨", "秋水园", "长乐坊",
)  # fmt: skip


def drawn(random: Random) -> Place:
    return random.choices(PLACES, weights=[place.weight for place in PLACES])[0]


def address(random: Random, place: Place, district: str) -> str:
    """A home: 江苏省南京市鼓楼区梧桐路128号金桂苑7幢2单元501室."""
    home = f"{random.randint(1, 38)}幢{random.randint(1, 4)}单元{random.randint(1, 18)}{random.randint(1, 4):02}室"
    return f"{place.prefix}{district}{random.choice(STREETS)}{random.randint(1, 399)}号{random.choice(ESTATES)}{home}"


def office(random: Random, place: Place, district: str) -> str:
    house = f"{random.choice(STREETS)}{random.randint(1, 399)}号"
    return f"{place.prefix}{district}{house}{random.choice('ABCD')}座{random.randint(3, 32)}层"
