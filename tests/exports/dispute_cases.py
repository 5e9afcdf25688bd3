"""Golden cases of disputes: mediation, reconsideration, suits with their answers, publicity, villages and their people."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial

from aid_cases import one, saved_as
from cases import YEAR, Case, Sheet
from writers import write_text

JUSTICE = partial(Case, supplier="justice_bureau")
MEDIATION = (
    "纠纷编号", "调委会", "调委会类型", "纠纷所属镇街", "纠纷受理日期", "纠纷来源", "纠纷类型", "纠纷当事人", "涉及金额（万元）", "调解结果",
    "协议形式", "达成协议日期", "协议是否履行", "申请司法确认日期", "是否转化为治安或刑事案件", "调解卷宗号",
)  # fmt: skip
DISPUTES = [
    ["T001", "桃花村调委会", "村居调委会", "桃花镇", "2024-02-05", "主动", "邻里", "甲某、乙某", None, "成功", "口头", "2024-02-05", "是", None, "否", "卷1"],
    ["T002", "县交调委", "行专", None, "2024/2/6", "委托", "道路交通事故", "丙某、丁某", "3.5", "成功", "书面", "2024-02-20", "是", "2024-03-21", "否", "卷2"],
    ["T003", "县交调委", "行专", None, "2024/2/6", "申请", "道路交通事故", "戊某", "1", "失败", None, None, None, None, "否", "卷3"],
    ["T004", "桃花镇调委会", "镇街", "桃花镇", "2024年3月8日", "—", "/", "己某、庚某", "—", None, None, None, None, None, "否", None],
    ["T005", "桃花镇调委会", "镇街", "桃花镇", "2024-03-08", "申请", "合同", "辛某", "12", "成功", "书面", "2024-03-09", "是", None, None, "卷5"],
    ["T006", "桃花镇调委会", "镇街", "桃花镇", "2024-03-08", "申请", "合同", "壬某", "2", "成功", "书面", None, "是", None, "否", "卷6"],
    ["T007", "桃花镇调委会", "镇街", "桃花镇", "2024-03-08", "申请", "合同", "癸某", "2", "失败", "书面", None, None, None, "否", "卷7"],
    ["T008", "桃花镇调委会", "镇街", "桃花镇", "2024-03-08", "申请", "纠纷", "子某", "2", None, None, None, None, None, "否", None],
    ["T009", "桃花镇调委会", "镇街", "桃花镇", "2024-03-08", "主动", "其他", "丑某", "2", "成功", "口头", "2024-03-10", None, "2024-03-09", "是", "卷9"],
    ["T010", "县和顺中心", "县级调解中心", None, "2024-03-29", "委托", "征地拆迁", "寅某、某公司", "640.25", "成功", "书面", "2024-03-30", None, None, "是", "卷10"],
]
GROUPED = [
    ["样例县2024年第一季度人民调解案件登记表", *[None] * 15],
    [*MEDIATION[:10], "协议情况", None, None, *MEDIATION[13:]],
    [*[None] * 10, "协议形式", "达成协议日期", "协议是否履行", *[None] * 3],
]
SPANS = [f"{letter}2:{letter}3" for letter in "ABCDEFGHIJNOP"]
RECONSIDERATION = (
    "台账年度", "行政复议案号", "复议申请人", "被申请人", "申请复议事项", "被复议行为文号", "被复议行为作出日期", "收到复议申请日期", "补正材料收到日期",
    "复议受理日期", "不予受理日期", "复议审理程序", "申请书副本发送日期", "被申请人收到副本日期", "被申请人书面答复日期", "中止审理日期", "恢复审理日期",
    "延长审理期限批准日期", "复议审结日期", "复议结果", "行政复议意见书号",
)  # fmt: skip


def reconsidered(serial: int, **cells: object) -> list[object]:
    """One case of 2024, by the header's names in `cells` as c<place>."""
    row: list[object] = [
        "2024年", f"样政复〔2024〕{serial}号", "甲某", "县公安局", "行政处罚", f"样公罚[2024]第{serial}号", "2024-04-01", "2024-04-28", None,
        "2024-05-06", None, "普通程序", "2024-05-08", "2024-05-09", "2024-05-16", None, None, None, "2024-07-05", "维持", None,
    ]
    for place, value in cells.items():
        row[int(place[1:])] = value
    return row


DISPUTE_CASES = [
    JUSTICE(
        "mediation_cases",
        "grouped_header_and_blanks.xlsx",
        "两行表头；万元；来源、类型空着照录；是否转化空白不视为否，隔离；成功无日期、失败有协议、类型不识、确认早于协议的各自隔离",
        one([*GROUPED, *DISPUTES], merged=("A1:P1", "K2:M2", *SPANS)),
        (
            Sheet(
                loaded=5,
                quarantined={8: "required", 9: "success_has_day", 10: "failure_has_no_agreement", 11: "unknown_code", 12: "confirmed_after_agreed"},
                listed={1: "title"},
            ),
        ),
    ),
    JUSTICE(
        "mediation_cases",
        "totals_in_yuan.csv",
        "GB18030；表头写元；别名表头；合计行核对后不计；表下说明",
        partial(
            write_text,
            rows=[
                ["调解案件编号", "调解组织名称", "组织类型", "受理日期", "案件来源", "纠纷类别", "当事人姓名", "纠纷涉及金额（元）", "调解结论", "调解协议形式", "协议日期", "是否民转刑", "卷宗号"],
                ["\n\tT101", "县交调委", "行业性专业性调委会", "2024/5/6 9:32:09", "移送", "道路交通事故纠纷", "甲某", "35,000", "调解成功", "书面协议", "2024/5/7 10:00:00", "×", "卷101"],
                ["\n\tT102", "县医调委", "行业性专业性调委会", "2024/6/3 9:32:09", "当事人申请", "医疗纠纷", "乙某", "1200.5", "调解不成", "", "", "×", "卷102"],
                ["合计", "共2件", "", "", "", "", "", "36200.5", "", "", "", "", ""],
                ["说明：金额以元计。", *[""] * 12],
            ],
            encoding="gb18030",
        ),
        (Sheet(loaded=2, listed={4: "total", 5: "note"}, told=("missing_optional",) * 3, periods=("2024Q2",), totals_tie=True),),
    ),
    JUSTICE(
        "reconsideration_cases",
        "two_laws.xlsx",
        "上年受理的按1999年法，不填程序；2024年起受理的须填程序；简易程序不延长；中止、补正；文号括号不一；八行各有一错，隔离",
        one(
            [
                RECONSIDERATION,
                reconsidered(1),
                reconsidered(2, c5=None, c4="不履行法定职责", c11="简易程序", c12="2024-05-07", c14="2024-05-13", c18="2024-06-05"),
                reconsidered(3, c8="2024-04-30", c15="2024-06-01", c16="2024-06-20", c17="2024-07-19", c18="2024-08-20", c19="撤销", c20="样政复意（2024）3号"),
                reconsidered(4, c1="样政复〔2023〕61号", c5=None, c4="其他", c6=None, c7="2023-12-18", c9="2023-12-20", c11=None, c12="2023-12-25", c13="2023-12-26", c14="2024-01-04", c18="2024-02-18"),
                reconsidered(5, c9=None, c10="2024-05-06", c11=None, c12=None, c13=None, c14=None, c18=None, c19=None),
                reconsidered(6, c11=None),
                reconsidered(7, c9="2023-12-20", c7="2023-12-18", c11="简易程序", c12=None, c13=None, c14=None),
                reconsidered(8, c19=None),
                reconsidered(9, c5="无", c19="撤销"),
                reconsidered(10, c10="2024-05-06"),
                reconsidered(11, c16="2024-06-20"),
                reconsidered(12, c18="2024-05-05"),
                reconsidered(13, c3="县某某局"),
            ]
        ),
        (
            Sheet(
                loaded=5,
                quarantined={
                    7: "accepted_says_procedure", 8: "simplified_since_2024", 9: "concluded_says_outcome", 10: "corrected_penalty_has_number",
                    11: "accepted_or_refused", 12: "resumed_after_suspended", 13: "concluded_after_accepted", 14: "unknown_unit",
                },
                periods=YEAR,
            ),
        ),
    ),
    JUSTICE(
        "litigation_cases",
        "answers_and_concerns.xlsx",
        "收到起诉状副本和答辩日期；应当出庭情形；答辩早于收到副本的隔离",
        one(
            [
                ["案号", "原告", "被告", "审级", "立案日", "应当出庭情形", "收到起诉状副本日期", "提交答辩状日期", "开庭日", "负责人职务", "是否出庭"],
                ["（2024）湘0799行初21号", "甲某", "县公安局", "一审", "2024-09-12", "食品药品安全", "2024-09-16", "2024-10-08", "2024-11-05", "副职", "是"],
                ["（2024）湘0799行初22号", "乙某", "县公安局；县市监局", "一审", "2024-12-10", "—", "2024-12-17", "2025-01-02", None, None, None],
                ["（2024）湘0799行初23号", "丙某", "县公安局", "一审", "2024-12-10", "一般案件", "2024-12-17", "2024-12-16", None, None, None],
            ]
        ),
        (Sheet(loaded=2, quarantined={4: "answered_after_complaint"}, told=("missing_optional",) * 7, periods=YEAR),),
    ),
    JUSTICE(
        "reconsideration_contact_points",
        "closed_points.html.xls",
        "网页另存为 xls；标题写明截至日；撤销早于设立的隔离；不识的镇街隔离",
        saved_as(
            [
                ["样例县行政复议便民联络点名册（截至2024年12月31日）", *[None] * 6],
                ["便民联络点名称", "联络点所在镇街", "联络点地址", "复议联络员", "联络员电话", "联络点设立日期", "联络点撤销日期"],
                ["桃花镇行政复议便民联络点", "桃花镇", "公共法律服务站", "甲 某", "13000000001", "2023-04-01", None],
                ["桃花镇第二联络点", "桃花镇人民政府", None, None, "—", "2023年4月1日", "2024年9月30日"],
                ["桃花镇第三联络点", "桃花镇", None, None, None, "2023-04-01", "2023-03-01"],
                ["梅花镇联络点", "梅花镇", None, None, None, "2023-04-01", None],
            ],
            "html",
        ),
        (Sheet(loaded=2, quarantined={5: "closed_after_established", 6: "unknown_unit"}, listed={1: "title"}, periods=YEAR),),
    ),
    JUSTICE(
        "pre_suit_referrals",
        "tabs_gb18030.txt",
        "制表符文本，GB18030；别名表头；调解早于委托的隔离",
        partial(
            write_text,
            rows=[
                ["诉前调解案号", "委托机关", "委托调解日期", "委托案由", "诉前调解申请人", "被诉单位", "诉前调解日期", "诉调结果"],
                ["（2024）湘0799诉前调1号", "样例县人民法院", "2024年6月5日", "行政协议", "甲某", "县公安局", "2024年6月20日", "成功"],
                ["（2024）湘0799诉前调2号", "样例县人民法院", "2024年6月5日", "", "乙公司", "", "", ""],
                ["（2024）湘0799诉前调3号", "样例县人民法院", "2024年6月5日", "行政赔偿", "丙某", "县教育局", "2024年6月4日", "不成"],
            ],
            delimiter="\t",
            encoding="gb18030",
        ),
        (Sheet(loaded=2, quarantined={4: "mediated_after_referred"}, periods=YEAR),),
    ),
    JUSTICE(
        "legal_publicity_events",
        "counts_as_people_write_them.xlsx",
        "序号列；表头写明单位；全角数字；“约300”不是确数，隔离；负数隔离；横线和空白为未填",
        one(
            [
                ["样例县2024年度普法宣传活动登记表", *[None] * 7],
                ["序 号", "普法活动名称", "活动日期", "活动主办单位", "活动地点", "发放资料（份）", "咨询（人次）", "受教育（人次）"],
                [1, "宪法宣传进学校", "2024-12-04", "县司法局", "县一中", "１２００", 35, "1800"],
                [2, "民法典宣传进集市", "2024年5月20日", "桃花镇", None, "—", "/", 260],
                [3, "反诈宣传进工地", "2024.6.3", "县公安局", "工地", "约300", 12, 300],
                [4, "禁毒宣传", "2024-06-26", "县公安局", "广场", "-50", None, 300],
                ["说明：同一人多次参加的多次计。", *[None] * 7],
            ],
            merged=("A1:H1", "A7:H7"),
        ),
        (Sheet(loaded=2, quarantined={5: "qualified_number", 6: "leaflets_not_negative"}, listed={1: "title", 7: "note"}, periods=YEAR),),
    ),
    JUSTICE(
        "model_households",
        "withdrawn.xlsx",
        "期末名册；户主姓名中间的空格去掉；撤销早于认定的隔离；编号重复且内容不一的隔离",
        one(
            [
                ["农村学法用法示范户名册（截至2024年12月31日）", *[None] * 5],
                ["示范户证号", "户主姓名", "户籍镇街", "所在村", "认定日期", "取消日期"],
                ["S001", "赵　某", "桃花镇", "桃花村", "2022-05-06", None],
                ["S002", "钱某", "桃花镇", "桃花村", "2022-05-06", "2024-08-01"],
                ["S003", "孙某", "桃花镇", None, "2022-05-06", "2022-05-05"],
                ["S001", "李某", "桃花镇", "柳树村", "2023-05-06", None],
            ],
            merged=("A1:F1",),
        ),
        (Sheet(loaded=2, quarantined={5: "withdrawn_after_named", 6: "duplicate_key"}, listed={1: "title"}, periods=YEAR),),
    ),
    JUSTICE(
        "law_literate_people",
        "codes_as_numbers.xlsx",
        "村编码有数字有文本；科学记数的编码已损坏，隔离；没有村编码的隔离；退出早于聘任的隔离",
        one(
            [
                ["法律明白人证号", "法律明白人姓名", "明白人所在镇街", "所在村（社区）编码", "所在村（社区）", "法律明白人聘任日期", "退出日期"],
                ["M001", "甲某", "桃花镇", "430799101001", "桃花村", "2023-03-01", None],
                ["M002", "乙某", "桃花镇", 430799101002, "柳树村", "2023-03-01", "2024-07-01"],
                ["M003", "丙某", "桃花镇", "4.30799E+11", "柳树村", "2023-03-01", None],
                ["M004", "丁某", "桃花镇", None, "柳树村", "2023-03-01", None],
                ["M005", "戊某", "桃花镇", "430799101002", "柳树村", "2023-03-01", "2023-02-01"],
            ]
        ),
        (Sheet(loaded=2, quarantined={4: "damaged_number", 5: "required", 6: "left_after_appointed"}, told=("missing_optional",) * 2, periods=YEAR),),
    ),
    Case(
        "villages",
        "merged_villages.csv",
        "村和社区；撤并的照录；别名表头；撤并早于设立的隔离",
        partial(
            write_text,
            rows=[
                ["村（居）委会编码", "村（居）委会名称", "城乡类别", "隶属镇街", "批准设立日期", "撤并日期"],
                ["430799101001", "桃花村", "行政村", "桃花镇", "1984/3/1", ""],
                ["430799101002", "柳树社区", "居委会", "桃花镇", "2016/5/12", ""],
                ["430799101090", "旧村", "村", "桃花镇", "1984/3/1", "2016/5/11"],
                ["430799101091", "老村", "村", "桃花镇", "1984/3/1", "1983/3/1"],
            ],
            encoding="gb18030",
        ),
        (Sheet(loaded=3, quarantined={5: "abolished_after_established"}, periods=YEAR),),
        supplier="civil_affairs_bureau",
    ),
]
