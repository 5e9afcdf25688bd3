"""Why a delivery is refused: one code, and one sentence for the clerk in both languages."""

from __future__ import annotations


class DeliveryRefused(Exception):
    """A file or sheet of which nothing is loaded. `say` and `say_en` name it and tell what to do."""

    def __init__(self, code: str, say: str, say_en: str, detail: str = "") -> None:
        super().__init__(say_en)
        self.code = code
        self.say = say
        self.say_en = say_en
        self.detail = detail


# code -> the sentence in Chinese and English. `{file}` is the display name; the other places differ by code.
SENTENCES: dict[str, tuple[str, str]] = {
    "empty_file": (
        "“{file}”是空文件（0字节），请重新导出后再放入",
        "“{file}” is empty (0 bytes); please export it again",
    ),
    "unknown_file_kind": (
        "“{file}”不是可识别的表格文件，请另存为 xlsx 或 csv 后再放入",
        "“{file}” is no kind of table that can be read; please save it as xlsx or csv",
    ),
    "not_a_table": (
        "“{file}”是{kind_zh}，不能读出表格，请提供原始电子表格，或将表格另存为 xlsx 后再放入",
        "“{file}” is {kind_en}, from which no table can be read; please send the spreadsheet itself, saved as xlsx",
    ),
    "other_archive": (
        "“{file}”是{kind_zh}压缩包，请解压后直接放入表格，或改用 zip 压缩",
        "“{file}” is a {kind_en} archive; please unpack it and drop the tables themselves, or pack them as zip",
    ),
    "binary_workbook": (
        "“{file}”是 xlsb 二进制工作簿，请在 Excel 或 WPS 中另存为 xlsx 后再放入",
        "“{file}” is a binary workbook (xlsb); please save it as xlsx",
    ),
    "web_archive": (
        "“{file}”是单个文件网页（mht），请用 Excel 或 WPS 打开后另存为 xlsx 再放入",
        "“{file}” is a web archive (mht); please open it in a spreadsheet program and save it as xlsx",
    ),
    "encrypted": (
        "“{file}”设有打开密码，请取消密码后重新保存再放入",
        "“{file}” is protected by a password; please remove the password and save it again",
    ),
    "broken_file": (
        "“{file}”已损坏或不完整，无法读取，请重新导出，或用 Excel、WPS 打开后另存为 xlsx 再放入",
        "“{file}” is damaged or incomplete; please export it again, or open it and save it as xlsx",
    ),
    "too_large": (
        "“{file}”展开后过大，超出读取上限，请按月份或按类别拆成几个文件后再放入",
        "“{file}” is larger than can be read once unpacked; please split it by month or by kind",
    ),
    "zip_bomb": (
        "“{file}”的压缩比异常，疑似恶意文件，已拒收，请用 Excel 或 WPS 重新另存为 xlsx 后再放入",
        "“{file}” unpacks to an abnormal size and is refused as suspicious; please save it anew as xlsx",
    ),
    "too_slow": (
        "“{file}”读取超过{seconds}秒，已停止，请删除多余的工作表和格式，或拆成几个文件后再放入",
        "“{file}” took more than {seconds} seconds to read and was stopped; please remove surplus sheets or split it",
    ),
    "stray_cell": (
        "“{file}”的工作表“{sheet}”在 {cell} 处有远离表格的内容，请清除该单元格（或删除其周围空行空列）后再放入",
        "“{file}”, sheet “{sheet}”: cell {cell} lies far from the table; please clear it and save the file again",
    ),
    "too_many_sheets": (
        "“{file}”的工作表超过{limit}个，请只保留需要报送的工作表后再放入",
        "“{file}” has more than {limit} sheets; please keep only those that are to be delivered",
    ),
    "unsafe_xml": (
        "“{file}”内含实体定义（DOCTYPE），疑似恶意文件，已拒收，请用 Excel 或 WPS 重新另存为 xlsx 后再放入",
        "“{file}” holds XML entity definitions and is refused as suspicious; please save it anew as xlsx",
    ),
    "unsafe_archive": (
        "压缩包“{file}”中的“{inner}”路径或类型不安全，已拒收，请只压缩表格文件本身后再放入",
        "the archive “{file}” holds “{inner}”, whose path or kind is unsafe; please pack only the tables themselves",
    ),
    "archive_in_archive": (
        "压缩包“{file}”里还有压缩包“{inner}”，请解压内层后再放入",
        "the archive “{file}” holds another archive “{inner}”; please unpack the inner one",
    ),
    "empty_archive": (
        "压缩包“{file}”中没有表格文件，请检查后重新压缩",
        "the archive “{file}” holds no table; please check it and pack it again",
    ),
    "too_many_files": (
        "压缩包“{file}”中的文件超过{limit}个，请分批放入",
        "the archive “{file}” holds more than {limit} files; please deliver them in parts",
    ),
    "unknown_encoding": (
        "“{file}”的文字编码无法识别（不是 UTF-8，也不是 GBK/GB18030），请用 Excel 或 WPS 另存为 xlsx 后再放入",
        "the text encoding of “{file}” is neither UTF-8 nor GBK/GB18030; please save it as xlsx",
    ),
    "nul_bytes": (
        "“{file}”不是文本文件（含有空字节），请重新导出，或另存为 xlsx 后再放入",
        "“{file}” is not a text file (it holds NUL bytes); please export it again, or save it as xlsx",
    ),
    "broken_quotes": (
        "“{file}”从第{row}行起双引号不成对，无法分列，请检查该行，或另存为 xlsx 后再放入",
        "“{file}”: from row {row} on the quotation marks do not pair up; please correct that row, or save it as xlsx",
    ),
    "no_table_inside": (
        "“{file}”是网页格式，但其中没有表格，请重新导出，或另存为 xlsx 后再放入",
        "“{file}” is a web page without a table; please export it again, or save it as xlsx",
    ),
}


def refuse(code: str, file: str, detail: str = "", **places: object) -> DeliveryRefused:
    """The refusal `code` of `file`, its sentences filled in; to be raised by the caller."""
    chinese, english = SENTENCES[code]
    file = clip(file, 255)
    places = {name: clip(str(value)) for name, value in places.items()}
    return DeliveryRefused(code, chinese.format(file=file, **places), english.format(file=file, **places), detail)


def clip(text: str, length: int = 120) -> str:
    """Text from a file, fit for a sentence: one line, no control characters, not endless."""
    line = "".join(char if char.isprintable() else " " for char in text).strip()
    return line if len(line) <= length else line[: length - 1] + "…"
