"""Golden cases of credit and audit: repairs, financing, graded areas, audit problems, and what was made public."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial

from aid_cases import one, saved_as
from cases import YEAR, Case, Sheet, citizen_id, credit_code
from writers import Cell, write_text

ABSENT = ("missing_optional",)
FROM_CREDIT = partial(Case, supplier="development_reform_bureau")
REPAIR = ["序 号", "信用修复申请编号", "修复主体", "信用代码", "失信行为认定文书号", "认定单位", "修复申请日期", "修复完成日期", "修复结果"]
FINANCING = ["融资申请编号", "申请企业名称", "统一社会信用代码", "融资渠道", "对接银行", "申请贷款日期", "申请贷款金额（万元）", "放款日期", "放款金额（万元）"]
GRADED = ["分级分类监管领域", "行业监管部门", "信用评价办法文号", "信用评价日期", "参评主体数", "A级", "B级", "C级", "D级"]
AUDIT = ["审计整改编号", "审计项目", "审计发现问题", "审计整改类型", "被审计单位", "问题涉及金额（万元）", "审计报告日期", "审计整改时限", "审计整改情况", "审计整改到位日期"]
CREDIT_CASES = [
    FROM_CREDIT(
        "credit_repairs",
        "completed_and_open.xlsx",
        "标题合并；序号列；全角数字的日期；未办结的照录；不予修复照录；完成而没有结果、完成早于申请、信用代码校验位不符的隔离",
        one(
            [
                ["样例县2024年度信用修复台账", *[None] * 8],
                REPAIR,
                [1, "XF001", "甲商贸有限公司", credit_code(1), "样市监罚（2024）3号", "县市监局", "２０２４-０４-２５", "2024-05-08", "修复完成"],
                [2, "XF002", "乙建材有限公司", credit_code(2), "/", "县公安局", "2024/11/4", "2024/11/20 9:32:09", "不予修复"],
                [3, "XF003", "丙物流有限公司", credit_code(3), None, "县市场监督管理局", "2024年12月20日", None, None],
                [4, "XF004", "丁食品有限公司", credit_code(4), None, "县市监局", "2024-06-03", "2024-06-12", None],
                [5, "XF005", "戊食品有限公司", credit_code(5), None, "县市监局", "2024-06-12", "2024-06-03", "已修复"],
                [6, "XF006", "己食品有限公司", credit_code(6)[:-1] + "I", None, "县市监局", "2024-06-03", "2024-06-12", "已修复"],
                [7, "XF007", "庚食品有限公司", credit_code(7), None, "县市监局", "2024-06-03", None, "准予修复"],
            ],
            merged=("A1:I1",),
        ),
        (
            Sheet(
                loaded=3,
                quarantined={6: "completed_says_result", 7: "completed_after_applied", 8: "not_credit_code", 9: "repaired_says_when"},
                listed={1: "title"},
                periods=YEAR,
            ),
        ),
    ),
    FROM_CREDIT(
        "credit_repairs",
        "same_row_twice.csv",
        "GB18030；同一行报两次只计一次；制表说明不入库",
        partial(
            write_text,
            rows=[
                ["信用修复编号", "修复企业名称", "统一社会信用代码", "行政处罚决定书文号", "失信行为认定单位", "信用修复申请日期", "信用修复完成日期", "信用修复结果"],
                ["XF101", "甲商贸有限公司", credit_code(1), "样市监罚〔2024〕3号", "县市监局", "2024-04-25", "2024-05-08", "准予修复"],
                ["XF101", "甲商贸有限公司", credit_code(1), "样市监罚[2024]3号", "县市场监督管理局", "2024.4.25", "2024.5.8", "准予修复"],
                ["XF102", "甲商贸有限公司", credit_code(1), "样市监罚〔2024〕9号", "县市监局", "2024-05-06", "2024-05-20", "企业撤回"],
                ["说明：一家企业修复两条记录计两起。", *[""] * 7],
            ],
            encoding="gb18030",
        ),
        (Sheet(loaded=2, listed={2: "duplicate", 5: "note"}, periods=YEAR),),
    ),
    FROM_CREDIT(
        "financing_applications",
        "ten_thousands_with_total.csv",
        "万元换成元；金融超市与湘信贷的各种写法；千分位与全角；合计核对后不计；金额为零、放款早于申请、金额写成“若干”的隔离",
        partial(
            write_text,
            rows=[
                ["样例县2024年度融资对接台账", *[""] * 8],
                FINANCING,
                ["RZ0001", "甲商贸有限公司", credit_code(1), "金融超市", "样例农商行", "2024/3/4 9:32:09", "1,200.5", "2024-03-20", "1000"],
                ["RZ0002", "乙建材有限公司", credit_code(2), "县金融超市", "—", "2024-03-05", "３００", "", ""],
                ["RZ0003", "丙物流有限公司", "", "湘信贷平台", "样例村镇银行", "2024年3月6日", "50", "", ""],
                ["RZ0004", "丁食品有限公司", credit_code(4), "线下银行", "样例村镇银行", "2024-03-07", "0.000001", "", ""],
                ["RZ0005", "戊食品有限公司", credit_code(5), "金融超市", "样例村镇银行", "2024-03-08", "0", "", ""],
                ["RZ0006", "己食品有限公司", credit_code(6), "金融超市", "样例村镇银行", "2024-03-08", "10", "2024-03-01", "10"],
                ["RZ0007", "庚食品有限公司", credit_code(7), "金融超市", "样例村镇银行", "2024-03-08", "若干", "", ""],
                ["RZ0008", "辛食品有限公司", credit_code(8), "熟人介绍", "样例村镇银行", "2024-03-08", "10", "", ""],
                ["合计", "", "", "", "", "", "1570.500001", "", "1010"],
            ],
            encoding="gb18030",
        ),
        (
            Sheet(
                loaded=4,
                quarantined={7: "amount_is_positive", 8: "granted_after_applied", 9: "not_money", 10: "unknown_code"},
                listed={1: "title", 11: "total"},
                periods=YEAR,
                totals_tie=True,
            ),
        ),
    ),
    FROM_CREDIT(
        "financing_applications",
        "yuan_in_the_header.xlsx",
        "表头写明“元”的不再乘一万；表头没有单位的按万元；缺的可选列照报；同号两行内容不同，后一行隔离",
        one(
            [
                ["融资对接编号", "融资申请企业", "申请渠道", "贷款申请时间", "融资需求金额(元)", "实际放款金额"],
                ["RZ1", "甲商贸有限公司", "金融超市", "2024-05-06", 12005000, 12.5],
                ["RZ2", "乙建材有限公司", "湘信贷", "2024-05-07", "500000", None],
                ["RZ3", "丙物流有限公司", "金融服务超市", "2024-05-08", "20000", None],
                ["RZ3", "丙物流有限公司", "湘信贷", "2024-05-08", "20000", None],
            ],
        ),
        (Sheet(loaded=3, quarantined={5: "duplicate_key"}, told=ABSENT * 3, periods=YEAR),),
    ),
    FROM_CREDIT(
        "credit_graded_areas",
        "areas_spelled_twice.xls",
        "网页另存的 xls；“医疗”与“医疗卫生”是一个领域；等级之和不符、未登记的领域隔离；“—”是空",
        saved_as(
            [
                ["信用分级分类监管台账（2024年度）", *[None] * 8],
                GRADED,
                ["医疗", "县医疗保障局", "样医保发（2024）6号", "2024-06-28", "120", "80", "30", "10", "—"],
                ["医疗卫生", "县医疗保障局", "—", "2024年12月20日", "121", "82", "30", "9", "—"],
                ["交 通", "县公安局", "样公发〔2024〕11号", "2024.11.29", "46", "20", "20", "5", "1"],
                ["食品安全", "县市监局", "/", "2024-11-29", "50", "20", "20", "5", "1"],
                ["养鸽", "县农业农村局", "/", "2024-11-29", "1", "1", "—", "—", "—"],
            ],
            "xls",
        ),
        (Sheet(loaded=3, quarantined={6: "grades_sum_up", 7: "unknown_code"}, listed={1: "title"}, periods=YEAR),),
    ),
    FROM_CREDIT(
        "credit_graded_areas",
        "grades_under_a_group.xlsx",
        "两行表头，等级合并在“信用等级”下；同一天的同一领域报两次、内容相同的只计一次",
        one(
            [
                ["重点领域", "分级分类监管部门", "分级评价日期", "评价主体数", "信用等级", None, None, None],
                [None, None, None, None, "A级主体数", "B级主体数", "C级主体数", "D级主体数"],
                ["工程建设", "县住建局", "2024/11/4", 30, 10, 10, 5, 5],
                ["建筑市场", "县住房和城乡建设局", "2024-11-04", 30, 10, 10, 5, 5],
                ["生态环境", "县水利局", "2024/11/4", 8, 8, None, None, None],
            ],
            merged=("A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:H1"),
        ),
        (Sheet(loaded=2, listed={4: "duplicate"}, told=ABSENT, periods=YEAR),),
    ),
    Case(
        "audit_problems",
        "put_right_or_not.xlsx",
        "万元换成元；持续整改可以没有期限；没有期限的立行立改、整改早于报告、期限早于报告的隔离；负数金额照录",
        one(
            [
                ["样例县2024年度审计查出问题整改台账", *[None] * 9],
                AUDIT,
                ["SJ001", "某局预算执行审计", "往来款项长期未清理", "立行立改", "县教育局", "12.3456", "2024-04-25", "2024-05-25", "已清理", "2024-05-27"],
                ["SJ002", "某局预算执行审计", "制度不完善", "分阶段整改", "县民政局", "—", "2024年4月25日", "2024年12月31日", "正在推进", None],
                ["SJ003", "某镇经济责任审计", "长期挂账", "长期整改", "桃花镇", "-0.5", "2024/4/25", "/", "逐年消化", None],
                ["SJ004", "某镇经济责任审计", "票据不规范", "立即整改", "桃花镇", None, "2024-04-25", None, None, "2024-05-06"],
                ["SJ005", "某镇经济责任审计", "票据不规范", "立即整改", "桃花镇", None, "2024-04-25", "2024-05-25", None, "2024-04-05"],
                ["SJ006", "某镇经济责任审计", "票据不规范", "限期整改", "桃花镇", None, "2024-04-25", "2024-04-05", None, None],
            ],
            merged=("A1:J1",),
        ),
        (
            Sheet(
                loaded=3,
                quarantined={6: "limit_is_given", 7: "rectified_after_reported", 8: "limit_after_reported"},
                listed={1: "title"},
                periods=YEAR,
            ),
        ),
        supplier="audit_bureau",
    ),
    Case(
        "audit_problems",
        "next_year_limit.ods",
        "期限可以在明年；前导换行；报告日期写成不存在的日子的隔离；小计一行核对后不计",
        saved_as(
            [
                ["审计问题编号", "审计项目名称", "审计查出问题", "审计整改分类", "审计整改责任单位", "审计问题金额(万元)", "审计结果文书日期", "审计整改期限", "审计整改完成日期"],
                ["SJ101", "\n\t专项资金审计", "资金拨付不及时", "分阶段整改", "县水利局", "100", "2024-11-20", "2025-06-30", None],
                ["SJ102", "专项资金审计", "资金拨付不及时", "立行立改", "县林业局", "20.5", "2024-11-20", "2024-12-20", "2024-12-20"],
                ["SJ103", "专项资金审计", "资金拨付不及时", "立行立改", "县林业局", "1", "2024年11月31日", "2024-12-20", "2024-12-20"],
                ["小计", None, None, None, None, "121.5", None, None, None],
            ],
            "ods",
        ),
        (
            Sheet(
                loaded=2, quarantined={4: "impossible_date"}, listed={5: "total"}, told=ABSENT,
                periods=YEAR, totals_tie=True,
            ),
        ),
        supplier="audit_bureau",
    ),
]

LICENCE = [
    "行政相对人名称", "行政相对人代码_1（统一社会信用代码）", "行政相对人代码_2（工商注册号）", "行政相对人代码_3（组织机构代码）", "行政相对人代码_4（税务登记号） ",
    "行政相对人代码_5（事业单位证书号）", "行政相对人代码_6（社会组织登记证号）", "法定代表人", "法定代表人身份证号", "证件类型", "证件号码", "行政许可决定文书名称",
    "行政许可决定文书号", "许可类别", "许可证书名称", "许可编号", "许可内容", "许可决定日期", "有效期自", "有效期至", "许可机关", "许可机关统一社会信用代码", "当前状态",
    "数据来源单位", "数据来源单位统一社会信用代码", "备注", "数据导出时间",
]  # fmt: skip


def licence(number: int, **other: Cell) -> list[Cell]:
    """One licence in the 27 columns; `other` by place: c17=... is the day of the decision."""
    row: list[Cell] = [
        f"样例县第{number}商贸有限公司", credit_code(number), None, None, None, None, None, "王强", citizen_id(number), None, None,
        "准予行政许可决定书", f"样市监许〔2024〕{number}号", "普通", "食品经营许可证", f"JY1430799{number:07d}", "准予从事食品经营", "2024/09/29", "2024/09/29",
        "2029/09/28", "县市场监督管理局", credit_code(900), "1", "县市场监督管理局", credit_code(900), None, "2024/10/14",
    ]  # fmt: skip
    for place, value in other.items():
        row[int(place[1:])] = value
    return row


PENALTY = [
    "行政相对人名称", "行政相对人类别", "行政相对人代码_1（统一社会信用代码）", "行政相对人代码_2（工商注册号）", "行政相对人代码_3（组织机构代码）", "行政相对人代码_4（税务登记号）",
    "行政相对人代码_5（事业单位证书号）", "社会组织登记证号", "法定代表人", "法定代表人证件类型", "法定代表人证件号码", "证件类型", "证件号码", "行政处罚决定书文号", "违法行为类型", "违法事实",
    "处罚依据", "处罚类别", "处罚内容", "罚款金额（万元）", "没收违法所得、没收非法财物的金额（万元）", "暂扣或吊销证照名称及编号", "处罚决定日期", "处罚有效期", "公示截止期", "处罚机关",
    "处罚机关统一社会信用代码", "数据来源单位", "数据来源单位统一社会信用代码", "备注", "公示日期", "决定撤销变更日期", "撤回公示日期", "撤回公示理由",
]  # fmt: skip


def penalty(number: int, **other: Cell) -> list[Cell]:
    """One penalty in the columns of the present standard, then the days of publication and withdrawal."""
    row: list[Cell] = [
        f"样例县第{number}商贸有限公司", "法人及非法人组织", credit_code(number), None, None, None, None, None, "王强", "身份证", citizen_id(number), None, None,
        f"样市监罚〔2024〕{number}号", "违反食品安全管理规定", "未建立进货查验记录", "食品安全法第一百二十六条", "警告;罚款", "警告，罚款伍仟元", "0.500000", "0.000000", None,
        "2024/09/29", "2099/12/31", "2027/09/29", "县市场监督管理局", credit_code(900), "县市场监督管理局", credit_code(900), None, "2024/10/14", None, None, None,
    ]  # fmt: skip
    for place, value in other.items():
        row[int(place[1:])] = value
    return row


OLD = [
    "行政处罚决定书文号", "处罚名称", "处罚类别1", "处罚类别2", "处罚事由", "处罚依据", "行政相对人名称", "行政相对人代码-1 (统一社会信用代码)", "行政相对人代码＿2（组织机构代码）",
    "行政相对人代码＿3（工商登记码）", "行政相对人代码＿4（税务登记号）", "行政相对人代码＿5（居民身份证号）", "法定代表人姓名", "处罚结果", "处罚决定日期", "处罚机关", "当前状态", "地方编码",
    "数据更新时间戳", "备注", "公示期限",
]  # fmt: skip
PUBLICITY_CASES = [
    FROM_CREDIT(
        "double_publicity_licences",
        "ZHXYXT0000_XYGJJH1-0102_2025011510.xls",
        "27列原样导出的 xls；第四个代码的表头末尾有空格；长期有效不是日期；机关代码校验位不符、没有文号、导出早于决定的隔离",
        saved_as(
            [
                LICENCE,
                licence(1),
                licence(2, c17="2024/12/27", c18="2024/12/27", c19="长期", c26="2025/01/09"),
                licence(3, c0="李某某", c1=None, c7=None, c8=None, c9="身份证", c10=citizen_id(3), c12="样市监许（2024）第3号", c17="2024/05/06", c26="2024/05/14"),
                licence(4, c21="11430799MB90259253"),
                licence(5, c12=None),
                licence(6, c26="2024/09/20"),
            ],
            "xls",
        ),
        (
            Sheet(
                loaded=3,
                quarantined={5: "bad_check_digit", 6: "required", 7: "exported_after_decided"},
                told=ABSENT,
                periods=YEAR,
            ),
        ),
    ),
    FROM_CREDIT(
        "double_publicity_licences",
        "published_beside_exported.csv",
        "连字符的代码表头；有公示日期的以公示日期为准；信用代码成了科学计数的隔离；同一决定两个相对人是两条；原样重复的只计一次",
        partial(
            write_text,
            rows=[
                ["行政相对人", "行政相对人代码-1(统一社会信用代码)", "行政许可决定书文号", "许可内容", "许可决定日期", "许可截止期", "许可机关", "数据上报时间", "上网公示日期"],
                ["甲商贸有限公司", credit_code(1), "样市监许[2024]第007号", "准予从事食品经营", "2024/06/03", "2029/06/02", "县市监局", "2024/06/20", "2024/06/13"],
                ["乙商贸有限公司", credit_code(2), "样市监许〔2024〕7号", "准予从事食品经营", "2024/06/03", "2029/06/02", "县市监局", "2024/06/20", "2024/06/13"],
                ["乙商贸有限公司", credit_code(2), "样市监许〔2024〕7号", "准予从事食品经营", "2024/06/03", "2029/06/02", "县市监局", "2024/06/20", "2024/06/13"],
                ["丙商贸有限公司", "9.14307E+17", "样市监许〔2024〕8号", "准予从事食品经营", "2024/06/03", "2029/06/02", "县市监局", "2024/06/20", "2024/06/13"],
            ],
            encoding="gb18030",
        ),
        (Sheet(loaded=2, quarantined={5: "damaged_number"}, listed={4: "duplicate"}, told=ABSENT * 19, periods=YEAR),),
    ),
    FROM_CREDIT(
        "double_publicity_penalties",
        "present_standard.xlsx",
        "万元六位小数换成元；公示期限跨国庆调休、跨元旦；撤销后撤回；撤回而没有撤销日期、公示早于决定、没有违法事实的隔离",
        one(
            [
                PENALTY,
                penalty(1),
                penalty(2, c13="样市监罚［２０２４］第２号", c19="１３.２５", c20="0.084000", c22="2024-12-27", c30="2025-01-09"),
                penalty(3, c22="2024/06/03", c30="2024/06/13", c31="2024/09/30", c32="2024/10/10", c33="决定被撤销"),
                penalty(4, c0="李某某", c1="自然人", c2=None, c8=None, c9=None, c10=None, c11="身份证", c12=citizen_id(4), c17="罚款、没收违法所得", c31="2024/10/08"),
                penalty(5, c32="2024/10/10"),
                penalty(6, c30="2024/09/20"),
                penalty(7, c15=None),
            ],
        ),
        (
            Sheet(
                loaded=4,
                quarantined={6: "retracted_after_revoked", 7: "published_after_decided", 8: "required"},
                told=ABSENT * 5,
                periods=YEAR,
            ),
        ),
    ),
    FROM_CREDIT(
        "double_publicity_penalties",
        "standard_of_2016.csv",
        "2016年标准：处罚事由、处罚结果、处罚类别1；代码2与3的次序不同；全角下划线；第五个代码是身份证号；GB18030；前导换行和不间断空格；处罚机关不在名册的隔离",
        partial(
            write_text,
            rows=[
                OLD,
                ["\n\t样公（治）罚〔2024〕11号", "赌博", "罚款", "没收非法财物", "\n\t参与赌博", "治安管理处罚法第七十条", "张某某", "", "", "", "", citizen_id(11), "", "罚款伍佰元", "2024/5/6", "县公安局", "0", "430799", "2024/5/14 9:32:09", "", "1"],
                ["样市监罚〔2024〕12号", "无照经营", "罚款", "", "未取得营业执照", "无证无照经营查处办法第十三条", "甲商贸有限公司", credit_code(12), "12345678-9", "430799000012345", "430799000012345", "", "王　强", "罚款贰仟元\u00a0", "2024/05/06", "县市监局\u3000", "0", "430799", "2024/05/15", "", "3"],
                ["样某罚〔2024〕13号", "无照经营", "罚款", "", "未取得营业执照", "无证无照经营查处办法第十三条", "乙商贸有限公司", credit_code(13), "", "", "", "", "王强", "罚款贰仟元", "2024/05/06", "邻县市场监督管理局", "0", "430798", "2024/05/15", "", "3"],
            ],
            encoding="gb18030",
        ),
        (Sheet(loaded=2, quarantined={4: "unknown_unit"}, told=ABSENT * 18, periods=YEAR),),
    ),
]
