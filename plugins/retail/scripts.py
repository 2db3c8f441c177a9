"""What is said to a member who is won back or sends goods back, and what is listened for."""

from __future__ import annotations

from core.plugin import Answer, QaForm, QaItem, Script, ScriptStep, label

RECORDED = ScriptStep(
    key="notice",
    label=label("身份与录音告知", "Who calls, and the recording"),
    text=label(
        "您好，{customer.name}，我是{client.name}委托的客服 {agent.no} 号，本次通话将被录音。",
        "Good morning, {customer.name}. This is agent {agent.no} for {client.name}. The call is recorded.",
    ),
    mandatory=True,
    citation="《个人信息保护法》第十七条",
)
WIN_BACK = Script(
    key="win_back",
    label=label("沉睡会员挽回", "Winning a member back"),
    purposes=("marketing", "retention"),
    channels=("phone",),
    steps=(
        RECORDED,
        ScriptStep(
            key="ask",
            label=label("征得同意", "Ask leave"),
            text=label("现在方便用一分钟为您介绍会员权益吗？", "May I take a minute for what is new for members?"),
            mandatory=True,
            citation="《消费者权益保护法》第二十九条第三款",
            answers=(
                Answer(key="yes", label=label("方便", "Yes"), then="offer"),
                Answer(key="later", label=label("改日再说", "Another time"), then="later"),
                Answer(key="never", label=label("不要再打", "Do not call again"), then="stop"),
            ),
        ),
        ScriptStep(
            key="offer",
            label=label("介绍权益", "The offer"),
            text=label(
                "您目前是 {tier} 会员，账上有 {points} 积分，本月到店可兑换礼品。",
                "You are a {tier} member with {points} points, which you can exchange in the shop this month.",
            ),
            then="close",
        ),
        ScriptStep(
            key="later",
            label=label("约定时间", "Agree on a time"),
            text=label("请问什么时间联系您合适？", "When would it suit you?"),
            then="close",
        ),
        ScriptStep(
            key="stop",
            label=label("停止营销", "Stop marketing"),
            text=label(
                "已为您登记，今后不再以营销目的联系您。", "I have noted it: you will not be called for marketing again."
            ),
            mandatory=True,
            citation="《消费者权益保护法》第二十九条第三款",
            then="close",
        ),
        ScriptStep(
            key="close",
            label=label("结束语", "Close"),
            text=label("感谢您的接听，再见。", "Thank you for your time. Goodbye."),
        ),
    ),
)
RETURN = Script(
    key="return",
    label=label("退换货受理", "Taking a return"),
    workflow="returns",
    steps=(
        RECORDED,
        ScriptStep(
            key="goods",
            label=label("核对商品", "The goods"),
            text=label(
                "请问商品是否完好，您希望退货还是换货？工单号是 {case.number}。",
                "Are the goods intact, and would you like a refund or an exchange? Your case is {case.number}.",
            ),
        ),
        ScriptStep(
            key="terms",
            label=label("告知期限", "The time limits"),
            text=label(
                "我们收到退回的商品之日起七日内返还价款。",
                "The price is paid back within seven days of the goods' coming back.",
            ),
            mandatory=True,
            citation="《消费者权益保护法》第二十五条第三款",
        ),
    ),
)
QUALITY = QaForm(
    key="service",
    label=label("服务电话质检", "Quality of a call"),
    purposes=("service", "marketing", "retention"),
    channels=("phone",),
    items=(
        QaItem(key="notice", label=label("告知身份与录音", "Said who calls and that it is recorded"), fatal=True),
        QaItem(
            key="stop",
            label=label("客户拒绝后停止营销", "Stopped when the customer refused"),
            fatal=True,
            citation="《消费者权益保护法》第二十九条第三款",
        ),
        QaItem(key="needs", label=label("问清诉求", "Found out what is wanted"), weight=30),
        QaItem(key="rights", label=label("准确告知权益与期限", "Told rights and time limits correctly"), weight=40),
        QaItem(key="manner", label=label("语气与用语", "Manner and words"), weight=30),
    ),
)
DOCUMENTS = (WIN_BACK, RETURN, QUALITY)
