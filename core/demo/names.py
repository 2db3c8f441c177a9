"""Made-up names of people and companies, drawn by how common they are, with the Latin letters for an e-mail address."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

Gender = Literal["female", "male"]

SURNAMES = (
    "王wang70 李li68 张zhang64 刘liu52 陈chen48 杨yang30 黄huang22 赵zhao22 吴wu20 周zhou20 徐xu16 孙sun15 马ma12 朱zhu12 "
    "胡hu12 林lin11 郭guo11 何he11 高gao10 罗luo9 郑zheng9 梁liang8 谢xie8 宋song8 唐tang7 许xu7 韩han7 冯feng6 邓deng6 "
    "曹cao6 彭peng6 曾zeng6 肖xiao6 田tian5 董dong5 潘pan5 袁yuan5 蔡cai5 蒋jiang5 余yu5 于yu4 杜du4 叶ye4 程cheng4 魏wei4 "
    "苏su4 吕lv4 丁ding4 任ren4 卢lu4 姚yao4 沈shen4 钟zhong3 姜jiang3 崔cui3 谭tan3 陆lu3 范fan3 汪wang3 廖liao3 石shi2 "
    "金jin2 韦wei2 贾jia2 夏xia2 方fang2 邹zou2 熊xiong2 白bai2 孟meng2 秦qin2 邱qiu2 江jiang2 欧阳ouyang1 司马sima1 上官shangguan1"
)
FEMALE = (
    "芳fang 娜na 敏min 静jing 丽li 艳yan 娟juan 霞xia 秀xiu 燕yan 玲ling 婷ting 雪xue 梅mei 琳lin 倩qian 颖ying 洁jie 莉li 慧hui "
    "岚lan 薇wei 蓉rong 菲fei 萍ping 红hong 雅ya 佳jia 欣xin 怡yi 思si 梦meng 诗shi 若ruo 語yu 涵han 瑶yao 瑾jin 萱xuan 妍yan"
).replace("語", "语")
MALE = (
    "伟wei 强qiang 磊lei 军jun 勇yong 杰jie 涛tao 超chao 明ming 刚gang 平ping 辉hui 鹏peng 华hua 飞fei 斌bin 波bo 宇yu 浩hao 凯kai "
    "健jian 俊jun 峰feng 龙long 建jian 志zhi 国guo 文wen 海hai 东dong 博bo 航hang 睿rui 泽ze 晨chen 嘉jia 子zi 轩xuan 毅yi 恒heng"
)
ENGLISH: tuple[tuple[str, Gender], ...] = (
    ("Emma", "female"), ("Olivia", "female"), ("Grace", "female"), ("Hannah", "female"), ("Sofia", "female"),
    ("Aisha", "female"), ("James", "male"), ("Oliver", "male"), ("Daniel", "male"), ("Lucas", "male"),
    ("Samuel", "male"), ("Omar", "male"),
)  # fmt: skip
ENGLISH_SURNAMES = (
    "Fischer", "Okafor", "Bennett", "Novak", "Moreau", "Silva", "Hughes", "Tanaka", "Kaur", "Larsen", "Rossi", "Walker",
)  # fmt: skip
BRANDS = (
    "恒达", "瑞丰", "联创", "宏远", "百川", "中科", "新锐", "嘉禾", "万通", "天成", "博雅", "启明", "东升", "华美", "安泰", "信诚",
)  # fmt: skip
TRADES = ("商贸", "科技", "物流", "餐饮管理", "建材", "电子", "文化传播", "机械", "服饰", "信息技术")


@dataclass(frozen=True)
class Name:
    """`latin` is for an e-mail address: wang.xiaoyan."""

    shown: str
    latin: str
    gender: Gender


def _parts(table: str) -> list[tuple[str, str]]:
    """Each word is Chinese characters followed by their Latin letters."""
    words = []
    for word in table.split():
        cut = next(place for place, letter in enumerate(word) if letter.isascii())
        words.append((word[:cut], word[cut:]))
    return words


_SURNAMES = [
    (zh, latin.rstrip("0123456789"), int(latin.lstrip("abcdefghijklmnopqrstuvwxyz"))) for zh, latin in _parts(SURNAMES)
]
_WEIGHTS = [weight for _, _, weight in _SURNAMES]
_GIVEN: dict[Gender, list[tuple[str, str]]] = {"female": _parts(FEMALE), "male": _parts(MALE)}


def chinese(random: Random, *, gender: Gender) -> Name:
    surname, latin, _ = random.choices(_SURNAMES, weights=_WEIGHTS)[0]
    given = random.sample(_GIVEN[gender], 2 if random.random() < 0.85 else 1)
    return Name(surname + "".join(zh for zh, _ in given), f"{latin}.{''.join(word for _, word in given)}", gender)


def english(random: Random, *, gender: Gender) -> Name:
    first = random.choice([name for name, whose in ENGLISH if whose == gender])
    last = random.choice(ENGLISH_SURNAMES)
    return Name(f"{first} {last}", f"{first}.{last}".lower(), gender)


def company(random: Random, *, city: str) -> str:
    return f"{city}{random.choice(BRANDS)}{random.choice(TRADES)}有限公司"
