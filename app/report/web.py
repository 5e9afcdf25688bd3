"""The report as one html page that prints, and as Markdown: every figure links to its row and to the view."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from app.markup import Html, joined, tag
from app.report.appendix import HEADS, Entry, anchor_of, heads
from app.report.compose import Block, Report, Span
from app.report.plain import clean
from app.viewer import Viewer
from app.wording import text

STYLE = """
@page { size: A4; margin: 37mm 26mm 35mm 28mm }
@page appendix { size: A4 landscape; margin: 26mm 25mm }
body { font: 16pt/28.95pt FangSong_GB2312, FangSong, STFangsong, "Noto Serif CJK SC", serif; color: #000;
       max-width: 156mm; margin: 0 auto; padding: 12mm }
@media print { body { max-width: none; padding: 0 } .view { display: none } }
h1 { font: 22pt/34pt FZXiaoBiaoSong-B05S, SimSun, "Noto Serif CJK SC", serif; text-align: center; margin: 0 0 28.95pt }
h2, h3, p { font-size: 16pt; font-weight: normal; line-height: 28.95pt; margin: 0; text-indent: 2em }
h2 { font-family: SimHei, "Noto Sans CJK SC", sans-serif }
h3 { font-family: KaiTi_GB2312, KaiTi, "Noto Serif CJK SC", serif }
p.addressee { text-indent: 0 }
p.signature, p.date { text-align: right; text-indent: 0; padding-right: 2em }
p.date { padding-right: 4em }
p.signature { break-after: avoid }
p:not(.signature) + p.signature { margin-top: 57.9pt }
p.mark { text-align: center; text-indent: 0; font-size: 10.5pt }
a { color: inherit; text-decoration: none; border-bottom: 1px dotted #777 }
a:focus, tr:target, a:target { background: #fff3bf }
section.appendix { page: appendix; break-before: page; font: 8pt/11pt SimSun, "Noto Serif CJK SC", serif }
section.appendix p { font-size: 10.5pt; line-height: 16pt; text-indent: 0; margin: 4pt 0 }
table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #000; padding: 2pt 3pt; vertical-align: top; text-align: left; white-space: pre-line;
         overflow-wrap: anywhere }
thead { display: table-header-group }
tr { break-inside: avoid }
col.number { width: 4% } col.metric { width: 19% } col.printed { width: 12% } col.sides { width: 7% }
col.rule { width: 22% } col.sources { width: 20% } col.standing { width: 9% } col.previous { width: 7% }
@media screen and (min-width: 720px) {
  section.appendix { --wide: min(100vw - 40px, 297mm); width: var(--wide); margin-left: calc(50% - var(--wide) / 2) }
}
@media screen and (max-width: 719px) {
  body { padding: 16px; font-size: 17px; line-height: 1.8 }
  h1 { font-size: 22px; line-height: 1.5 }
  h2, h3, p { font-size: 17px; line-height: 1.8 }
  section.appendix { font-size: 14px; line-height: 1.5 }
  section.appendix table.figures :is(tbody, tr, td) { display: block }
  section.appendix table.figures :is(thead, colgroup) { display: none }
  section.appendix table.figures tr { border: 1px solid #000; margin-bottom: 12px }
  section.appendix table.figures td { border: 0; padding: 2px 8px }
  section.appendix table.figures td::before { content: attr(data-head); display: block; color: #555 }
}
"""
TAGS = {"title": "h1", "heading": "h2", "subheading": "h3"}
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def write_html(report: Report, entries: Sequence[Entry], facts: Sequence[tuple[str, str]], view_url: str) -> str:
    """One page without scripts or anything from elsewhere. `view_url` is where the view stands; it may be empty."""
    body = [tag("p", text("report.sample_header", "zh"), class_="mark")] if report.is_sample else []
    body += [_block(block) for block in report.blocks]
    rows = [_row(entry, view_url) for entry in entries]
    columns = joined(Html(f'<col class="{name}">') for name in HEADS)
    head = tag("thead", tag("tr", joined(tag("th", name, scope="col") for name in heads())))
    record = [tag("tr", joined([tag("th", name, scope="row"), tag("td", value)])) for name, value in facts]
    parts = [
        tag("h2", text("report.appendix.title", "zh")),
        tag("table", joined([tag("colgroup", columns), head, tag("tbody", joined(rows))]), class_="figures"),
        tag("p", text("report.appendix.record", "zh")),
        tag("table", tag("tbody", joined(record))),
    ]
    page = joined([*body, tag("section", joined(parts), class_="appendix")])
    charset = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    top = f"<head>{charset}<title>{escape(report.title)}</title><style>{STYLE}</style></head>"
    return clean(f'<!DOCTYPE html>\n<html lang="zh-CN">{top}<body>{page}</body></html>\n')


def view_link(entry: Entry, view_url: str) -> str:
    """The address of the figure's page of the view."""
    query = Viewer(screen="figure").link("figure", metric=entry.metric, period=entry.period)
    return f"{view_url.rstrip('/')}/{query}" if view_url else ""


def _block(block: Block) -> Html:
    inner = joined(_span(span) for span in block.spans)
    name = TAGS.get(block.kind, "p")
    return tag(name, inner, class_=block.kind if name == "p" else None)


def _span(span: Span) -> Html:
    if span.figure is not None:
        return tag("a", span.text, id=span.bookmark, href=f"#{anchor_of(span.figure)}")
    return tag("b", span.text) if span.is_head else Html(escape(span.text))


def _row(entry: Entry, view_url: str) -> Html:
    named = heads()
    cells = [tag("td", cell, data_head=head) for cell, head in zip(entry.cells(), named, strict=True)]
    back = tag("a", entry.label, href=f"#{entry.back}")
    link = view_link(entry, view_url)
    shown = tag("a", entry.metric, href=link, class_="view") if link else Html(escape(entry.metric))
    cells[1] = tag("td", joined([back, shown, entry.period], "\n"), data_head=named[1])
    return tag("tr", joined(cells), id=entry.anchor)


def write_markdown(report: Report, entries: Sequence[Entry], facts: Sequence[tuple[str, str]], view_url: str) -> str:
    """The same as Markdown; anchors are plain html, which every renderer keeps."""
    lines = [f"*{text('report.sample_header', 'zh')}*", ""] if report.is_sample else []
    levels = {"title": "# ", "heading": "## ", "subheading": "### "}
    for block in report.blocks:
        lines += [levels.get(block.kind, "") + "".join(_md_span(span) for span in block.spans), ""]
    lines += [f"## {text('report.appendix.title', 'zh')}", ""]
    lines += ["| " + " | ".join(heads()) + " |", "|" + " --- |" * len(heads())]
    for entry in entries:
        cells = [_md(cell) for cell in entry.cells()]
        link = view_link(entry, view_url)
        shown = f"[{_md(entry.metric)}]({link})" if link else _md(entry.metric)
        cells[1] = f'<a id="{entry.anchor}"></a>[{_md(entry.label)}](#{entry.back})<br>{shown}<br>{_md(entry.period)}'
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", f"### {text('report.appendix.record', 'zh')}", ""]
    lines += [f"- {_md(name)}：{_md(value)}" for name, value in facts]
    return clean("\n".join(lines) + "\n")


def _md_span(span: Span) -> str:
    if span.figure is not None:
        return f'<a id="{span.bookmark}"></a>[{_md(span.text)}](#{anchor_of(span.figure)})'
    return f"**{_md(span.text)}**" if span.is_head and span.text else _md(span.text)


def _md(words: str) -> str:
    """Text that Markdown shows as it is; a line break inside a table cell is a tag."""
    return SPECIAL.sub(r"\\\1", words).replace("\r", "").replace("\n", "<br>")
