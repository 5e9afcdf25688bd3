"""`ducha check` of a large GB18030 CSV, and of a hundred messy workbooks, against the least that reading can cost.

Run: .venv/bin/python benchmarks/reading.py [gigabytes] [--books 100]. Generates service cases from a fixed seed under
the temporary folder and removes them. The floor of a CSV: chunked decode, polars, Parquet; of a workbook: the cells as
fastexcel gives them. What a user would write: pandas, which judges nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measuring import Cost, Section, measured

SEED = 20240501
HEADER = (
    "办件编号,实施编码,事项名称,申请人名称,申请人证件号码,受理时间,承诺办结时限,特别程序开始时间,特别程序结束时间,"
    "办结时间,办结结果,受理部门,行使层级,办理渠道,是否可网办,同步类型,同步时间"
)
ITEMS = ("食品经营许可", "个体工商户设立登记", "民办学校审批", "户口迁移审批（含跨省）", "第二类医疗器械经营备案")
UNITS = ("县市场监督管理局", "县教育局", "县公安局")
BATCH = 20_000
DUCHA = Path(sys.executable).with_name("ducha")
HEADS = ("", "s", "CPU s", "CPU against the floor", "peak MB")
FLOOR = """
import codecs, sys
from pathlib import Path
import polars as pl
source, work = Path(sys.argv[1]), Path(sys.argv[2])
decoder = codecs.getincrementaldecoder("gb18030")()
with source.open("rb") as raw, (work / "utf8.csv").open("w", encoding="utf-8", newline="") as text:
    while piece := raw.read(4 << 20):
        text.write(decoder.decode(piece))
    text.write(decoder.decode(b"", final=True))
pl.scan_csv(work / "utf8.csv", infer_schema=False).sink_parquet(work / "rows.parquet")
"""

PANDAS = """
import sys
import pandas
pandas.read_csv(sys.argv[1], encoding="gb18030", dtype=str).to_parquet(sys.argv[2] + "/rows.parquet")
"""
CELLS = """
import sys
import fastexcel
for path in sys.argv[1:]:
    fastexcel.read_excel(path).load_sheet(0, header_row=None, dtypes="string").to_arrow()
"""
PANDAS_BOOKS = """
import sys
import pandas
for path in sys.argv[1:]:
    pandas.read_excel(path, header=2, dtype=str)
"""
ROWS_A_BOOK = 5_000
PEERS = Path(__file__).parents[1] / ".venv-peers" / "bin" / "python"


def citizen_id(number: int) -> str:
    """An invented id of an unassigned division, with a true check digit."""
    digits = f"430799{1950 + number % 50}{1 + number % 12:02d}{1 + number % 28:02d}{number % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(one) * weight for one, weight in zip(digits, weights, strict=True)) % 11]


def row(number: int, chance: random.Random) -> str:
    """One case of May 2024."""
    accepted = datetime(2024, 5, 1) + timedelta(seconds=chance.randrange(28 * 86_400))
    completed = accepted + timedelta(hours=chance.randrange(1, 72))
    return (
        f"11430799MB2D06811W4000117051000{number:012d},11430799MB2D06811W4000117051000,{chance.choice(ITEMS)},"
        f"{chance.choice('赵钱孙李周吴郑王')}{chance.choice('伟芳娜敏静秀丽强磊')}{number % 97},{citizen_id(number)},"
        f"{accepted},{chance.randrange(1, 20)},,,{completed},准予许可,{chance.choice(UNITS)},县级,网上办理,是,I,"
        f"{completed + timedelta(hours=3)}\r\n"
    )


def generate(path: Path, size: float, first: int = 0, most: float = float("inf")) -> int:
    """Write a file of about `size` bytes, of at most about `most` rows, from the case `first` on; returns its rows."""
    chance, written, rows = random.Random(SEED), 0, 0
    with path.open("wb") as file:
        file.write(f"{HEADER}\r\n".encode("gb18030"))
        while written < size and rows < most:
            batch = "".join(row(first + number, chance) for number in range(rows + 1, rows + 1 + BATCH))
            written, rows = written + file.write(batch.encode("gb18030")), rows + BATCH
    return rows


def section(gigabytes: float) -> Section:
    """The table, from a file of that size."""
    with tempfile.TemporaryDirectory() as folder:
        work, path = Path(folder), Path(folder) / "cases.csv"
        rows = generate(path, int(gigabytes * 1_000_000_000))
        size = f"{rows:,} rows, {path.stat().st_size / 1e9:.2f} GB, seed {SEED}"
        told = {"TMPDIR": str(work), "DUCHA_HOME": str(work / "home")}
        floor = measured([sys.executable, "-c", FLOOR, path, work], **told)
        lines = [
            ("floor: decode, scan_csv, Parquet, all text", *_figures(floor, floor)),
            (
                "ducha check: every cell read and judged",
                *_figures(measured([DUCHA, "check", path, "--json"], **told), floor),
            ),
            (
                "pandas: read_csv, Parquet, all text",
                *_figures(measured([sys.executable, "-c", PANDAS, path, work]), floor),
            ),
        ]
    said = "Goals: within 1,000 MB; 1.5 times the floor's CPU."
    return Section(f"Reading {size}", f"benchmarks/reading.py {gigabytes:g}", HEADS, lines, said)


def books_section(books: int) -> Section:
    """The same of workbooks: a title over the heads, a line of who filled it in, a total under the rows."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [workbook(Path(folder) / f"办件{number}.xlsx", number) for number in range(books)]
        told = {"TMPDIR": folder, "DUCHA_HOME": str(Path(folder) / "home")}
        check = measured([DUCHA, "check", *paths, "--json"], **told)
        pandas = measured([sys.executable, "-c", PANDAS_BOOKS, *paths])
        floor = measured([PEERS, "-c", CELLS, *paths]) if PEERS.exists() else pandas
    lines = [("floor: fastexcel, cells as text", *_figures(floor, floor))] if PEERS.exists() else []
    lines += [
        ("ducha check: every cell read and judged", *_figures(check, floor)),
        ("pandas: read_excel, all text", *_figures(pandas, floor)),
    ]
    return Section(
        f"Reading {books} workbooks of {ROWS_A_BOOK:,} rows", f"benchmarks/reading.py --books {books}", HEADS, lines,
        "Nothing can be skipped for a workbook that may be hostile: each is opened in a process of its own.",
    )  # fmt: skip


def workbook(path: Path, number: int) -> Path:
    """Service cases as an office keeps them."""
    import xlsxwriter

    chance = random.Random(SEED + number)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("办件")
        sheet.write(0, 0, "政务服务办件台账")
        sheet.write(1, 0, "填报单位：县行政审批和政务信息管理局")
        sheet.write_row(2, 0, HEADER.split(","))
        for at in range(ROWS_A_BOOK):
            sheet.write_row(3 + at, 0, row(number * ROWS_A_BOOK + at, chance).rstrip().split(","))
        sheet.write_row(3 + ROWS_A_BOOK, 0, ["合计", ROWS_A_BOOK])
    return path


def _figures(cost: Cost, floor: Cost) -> tuple[str, str, str, int]:
    return f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.cpu / floor.cpu:.1f}", cost.peak


def main() -> None:
    """Print one of the tables."""
    reader = argparse.ArgumentParser()
    reader.add_argument("gigabytes", nargs="?", type=float, default=1)
    reader.add_argument("--books", type=int)
    asked = reader.parse_args()
    print((books_section(asked.books) if asked.books else section(asked.gigabytes)).text())


if __name__ == "__main__":
    main()
