"""`ducha check` of a large GB18030 CSV against the least that reading it can cost: chunked decode, polars, Parquet.

Run: .venv/bin/python benchmarks/reading.py [gigabytes]. Generates service cases from a fixed seed under the temporary
folder and removes them. Prints wall seconds, peak resident memory of a process with all its children (the sum of their
RSS, so shared pages count once for each) and the ratio.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

SEED = 20240501
HEADER = (
    "办件编号,实施编码,事项名称,申请人名称,申请人证件号码,受理时间,承诺办结时限,特别程序开始时间,特别程序结束时间,"
    "办结时间,办结结果,受理部门,行使层级,办理渠道,是否可网办,同步类型,同步时间"
)
ITEMS = ("食品经营许可", "个体工商户设立登记", "民办学校审批", "户口迁移审批（含跨省）", "第二类医疗器械经营备案")
UNITS = ("县市场监督管理局", "县教育局", "县公安局")
BATCH = 20_000
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


def generate(path: Path, size: int) -> int:
    """Write a file of about `size` bytes; returns its rows."""
    chance, written, rows = random.Random(SEED), 0, 0
    with path.open("wb") as file:
        file.write(f"{HEADER}\r\n".encode("gb18030"))
        while written < size:
            batch = "".join(row(number, chance) for number in range(rows + 1, rows + 1 + BATCH))
            written, rows = written + file.write(batch.encode("gb18030")), rows + BATCH
    return rows


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [one for child in children.read_text().split() for one in family(int(child))]
    return found


def resident(pid: int) -> int:
    """Megabytes of RSS; 0 when the process is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    except OSError:
        return 0


def measured(command: list[str], work: Path) -> tuple[float, int]:
    """Wall seconds and peak megabytes of a command with its children."""
    began, peak = time.monotonic(), 0
    environment = {**os.environ, "TMPDIR": str(work), "DUCHA_HOME": str(work / "home")}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        while process.poll() is None:
            try:
                peak = max(peak, sum(map(resident, family(process.pid))))
            except OSError:  # one of them ended meanwhile
                continue
            time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return time.monotonic() - began, peak


def main() -> None:
    """Print the table."""
    size = int(float(sys.argv[1] if len(sys.argv) > 1 else "1") * 1_000_000_000)
    with tempfile.TemporaryDirectory() as folder:
        work, path = Path(folder), Path(folder) / "cases.csv"
        print(f"{generate(path, size)} rows, {path.stat().st_size / 1e9:.2f} GB, seed {SEED}")
        floor, floor_peak = measured([sys.executable, "-c", FLOOR, str(path), str(work)], work)
        ducha = str(Path(sys.executable).with_name("ducha"))
        check, check_peak = measured([ducha, "check", str(path), "--json"], work)
    print(f"floor {floor:6.1f} s {floor_peak:6d} MB")
    print(f"check {check:6.1f} s {check_peak:6d} MB   ratio {check / floor:.1f} (goal: within 1000 MB)")


if __name__ == "__main__":
    main()
