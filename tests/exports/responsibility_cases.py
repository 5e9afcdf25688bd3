"""Golden cases of study, training, meetings, visits, rectification and units' yearly reports."""

# ruff: noqa: E501
# fmt: off
# One line is one row of a table: wrapped, the cells could no longer be read against their header.

from __future__ import annotations

from functools import partial

from aid_cases import one, saved_as
from cases import YEAR, Case, Sheet, citizen_id
from writers import write_text

OFFICE = partial(Case, supplier="rule_of_law_office")
CLASS = ("序 号", "班次编号", "班次名称", "班次类别", "开班时间", "结束时间", "参训人数（人）", "法治课时")
PROBLEM = ("整改编号", "问题来源", "存在问题", "整改类型", "责任单位", "责任领导", "交办日期", "整改时限", "整改措施", "佐证材料", "验收日期", "销号日期", "“回头看”日期", "“回头看”结论")
RESPONSIBILITY_CASES = [
    OFFICE(
        "law_study_sessions",
        "county_and_units.xlsx",
        "标题行合并；县级与单位同表；序列号日期；单位层级的常委会会前学法隔离；同一单位同日同形式重复且内容不一的，后一行隔离",
        one(
            [
                ["样例县2024年度领导干部学法台账", *[None] * 6],
                ["学法层级", "学法 单位 ", "学法形式", "学法日期", "学法主题", "主讲人", "参学人数"],
                ["县级", "县委依法治县办", "县委常委会会议会前学法", "2024年3月8日", "宪法", "—", "２８"],
                ["部门（镇街）", "县公安局", "理论学习中心组", "45380", "行政处罚法", "王　强", 31],
                ["单位", "桃花镇人民政府", "专题讲座", "2024.4.9", "民法典", None, None],
                ["单位", "县水利局", "常委会会前学法", "2024-05-06", "民法典", None, "12"],
                ["单位", "县林业局", "法治讲座", "2024-05-06", "森林法", None, "12"],
                ["单位", "县林业局", "法治讲座", "2024/5/6", "种子法", None, "12"],
                ["说明：一次学习填一行。", *[None] * 6],
            ],
            merged=("A1:G1", "A9:G9"),
        ),
        (Sheet(loaded=4, quarantined={6: "county_kinds_are_of_the_county", 8: "duplicate_key"}, listed={1: "title", 9: "note"}, periods=YEAR),),
    ),
    OFFICE(
        "cadre_training_classes",
        "sizes_and_total.ods",
        "班次编号重复的原样行只计一次；人数写作“90余”的隔离；结业早于开班的隔离；合计行",
        saved_as(
            [
                CLASS,
                ["1", "样训2024-001", "科级干部培训班", "科级干部班", "2024-03-04", "2024-03-08", "96", "4"],
                ["2", "样训2024-001", "科级干部培训班", "科级干部班", "2024-03-04", "2024-03-08", "96", "4"],
                ["3", "样训2024-002", "年轻干部培训班", "年轻干部", "2024-05-06", "—", "90余", "2"],
                ["4", "样训2024-003", "新任职干部培训班", "新任职干部", "2024-06-11", "2024-06-07", "88", "1.5"],
                ["5", "样训2024-004", "新任职干部培训班", "新任职干部", "2024-07-01", "2024-07-05", "1,004", "1.5"],
                ["合计", None, None, None, None, None, None, None],
            ],
            "ods",
        ),
        (Sheet(loaded=2, quarantined={4: "qualified_number", 5: "ended_after_started"}, listed={3: "duplicate", 7: "total"}, periods=YEAR),),
    ),
    OFFICE(
        "cadre_training_names",
        "names_gb18030.csv",
        "GB18030；姓名中的空格去掉；同班次同一证件号重复且姓名不一的，后一行隔离",
        partial(
            write_text,
            rows=[
                ["所在班次编号", "所在班次开班日期", "参训人员姓名", "参训人员身份证号", "参训人员单位"],
                ["样训2024-001", "2024/3/4", "王　强", citizen_id(1), "县公安局"],
                ["样训2024-001", "2024/3/4", "李四", citizen_id(2), "县住建局"],
                ["样训2024-002", "2024/5/6", "李四", citizen_id(2), "县住建局"],
                ["样训2024-002", "2024/5/6", "赵六", citizen_id(3), "县公安局"],
                ["样训2024-002", "2024/5/6", "钱七", citizen_id(3), "县公安局"],
                ["样训2024-002", "2024/5/6", "孙八", citizen_id(4), "县无名局"],
            ],
            encoding="gb18030",
        ),
        (Sheet(loaded=4, quarantined={6: "duplicate_key", 7: "unknown_unit"}, periods=YEAR),),
    ),
    OFFICE(
        "rule_of_law_meetings",
        "items_of_meetings.xls",
        "旧版xls；一次会议两个议题两行；“是否法治议题”为√、×；空白不等于否，隔离",
        saved_as(
            [
                ["会议文号", "议题号", "召开层级", "召开单位", "会议类别", "召开日期", "议题名称", "法治议题"],
                ["样会2024-1", "1", "县级", "县委依法治县办", "县委常委会会议", "2024-02-19", "研究法治政府建设", "√"],
                ["样会2024-1", "2", "县级", "县委依法治县办", "县委常委会会议", "2024-02-19", "研究农业生产", "×"],
                ["样会2024-2", "1", "县", "县委依法治县办", "依法治县委员会会议", "2024年3月11日", "审议年度报告", "是"],
                ["样会2024-3", "1", "单位", "城关街道办", "党组会议", "2024.5.7", "听取执法情况汇报", "1"],
                ["样会2024-4", "1", "单位", "城关街道办", "办公会议", "2024.5.8", "研究食堂工作", None],
                ["样会2024-5", "1", "单位", "城关街道办", "茶话会", "2024.5.9", "研究食堂工作", "否"],
            ],
            "xls",
        ),
        (Sheet(loaded=4, quarantined={6: "required", 7: "unknown_code"}, periods=YEAR),),
    ),
    OFFICE(
        "oversight_visits",
        "announced_or_not.csv",
        "“四不两直”带引号可读；一格多名督察人员；督察对象写成两个单位的隔离；问题数为“无”照空录",
        partial(
            write_text,
            rows=[
                ["督察记录编号", "督察对象", "实地督察日期", "督察形式", "督察组成员", "问题数"],
                ["样督2024-001", "桃花镇", "2024/4/25 9:32:09", "“四不两直”", "王强、李明", "2"],
                ["样督2024-002", "县市监局", "20240510", "事先通知", "王强", "无"],
                ["样督2024-003", "县公安局、县民政局", "2024-05-11", "四不两直", "王强", "1"],
                ["样督2024-004", "县民政局", "2024-05-32", "四不两直", "王强", "1"],
                ["样督2024-005", "县民政局", "2024-05-13", "四不两直", "李明", "-1"],
            ],
        ),
        (Sheet(loaded=2, quarantined={4: "unknown_unit", 5: "impossible_date", 6: "problems_are_plausible"}, periods=YEAR),),
    ),
    OFFICE(
        "rectifications",
        "course_of_a_problem.xlsx",
        "两行表头；时限在将来可读；没有时限的限期整改、没有验收的销号、没有结论的“回头看”、销号早于交办都隔离",
        one(
            [
                [*PROBLEM[:10], "整改进展", None, None, None],
                [*[None] * 10, *PROBLEM[10:]],
                ["样改2024-001", "省委法治督察", "案卷不规范", "立行立改", "县公安局", "王强", "2024-03-04", "2024-03-19", "补齐材料", "自查报告", "2024-03-15", "2024-03-19", "2024-12-02", "已整改到位"],
                ["样改2024-002", "市级督察", "清理不及时", "长期", "县民政局", "—", "2024-03-04", None, "修订制度", None, None, None, None, None],
                ["样改2024-003", "县法治督察", "证件到期", "限期整改", "县水利局", None, "2024-09-02", "2025-06-30", None, None, "/", "/", "/", "/"],
                ["样改2024-004", "自动", "逾期未报", "限期", "县水利局", None, "2024-09-02", None, None, None, None, None, None, None],
                ["样改2024-005", "县级督察", "记录不全", "限期", "县林业局", None, "2024-05-06", "2024-07-05", None, None, None, "2024-07-01", None, None],
                ["样改2024-006", "县级督察", "记录不全", "限期", "县林业局", None, "2024-05-06", "2024-07-05", None, None, "2024-06-28", "2024-07-01", "2024-12-03", None],
                ["样改2024-007", "县级督察", "记录不全", "限期", "县林业局", None, "2024-05-06", "2024-07-05", None, None, "2024-05-01", "2024-05-03", None, None],
            ],
            merged=("K1:N1",),
        ),
        (
            Sheet(
                loaded=3,
                quarantined={6: "limit_is_given", 7: "closed_after_verified", 8: "looked_back_says_what", 9: "closed_after_assigned"},
                periods=YEAR,
            ),
        ),
    ),
    OFFICE(
        "rule_of_law_reports",
        "reports_of_the_year_before.xlsx",
        "2024年收到的2023年度报告；3月1日当天；没有报送日期的隔离；公开早于报送的隔离",
        one(
            [
                ["部门（镇街）法治政府建设年度报告报送台账", None, None, None],
                ["年报年度", "报告单位", "报告报送日期", "报告公开日期"],
                ["2023年度", "县公安局", "2024-03-01", "2024-03-29"],
                ["2023", "桃花镇", "\n\t2024年2月6日", "\u00a0—"],
                ["2023年", "城关街道", None, "2024-03-29"],
                ["2023年", "县民政局", "2024-03-04", "2024-03-01"],
                ["2024年", "县水利局", "2024-12-30", None],
            ],
            merged=("A1:D1",),
        ),
        (Sheet(loaded=2, quarantined={5: "required", 6: "published_after_submitted", 7: "submitted_after_year"}, listed={1: "title"}, periods=YEAR),),
    ),
]
