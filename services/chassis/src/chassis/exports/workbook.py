"""What a workbook consists of beside its rows (ECMA-376, part 1)."""

from collections.abc import Iterator, Sequence

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
_STYLES = f"""<styleSheet xmlns="{_MAIN}">
<numFmts count="3">
<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/>
<numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>
</numFmts>
<fonts count="2">
<font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font>
</fonts>
<fills count="2">
<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>
</fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="5">
<xf/><xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>
<xf numFmtId="166" applyNumberFormat="1"/>
</cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>"""
"""Of a cell: as it is, bold, a wall clock, a date, an instant in UTC; a cell names its own by its place."""


def sheet_head(widths: Sequence[int], titles: str) -> str:
    """What a sheet begins with: the columns' widths in characters, and their titles, which stay where they are."""
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(widths, start=1)
    )
    return f"""{_DECLARATION}<worksheet xmlns="{_MAIN}">
<sheetViews><sheetView workbookViewId="0">
<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>
</sheetView></sheetViews>
<cols>{columns}</cols>
<sheetData><row>{titles}</row>"""


def other_parts(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The other files of a workbook, by their paths; `names` are its sheets', in order, escaped."""
    sheets = [(at, f"worksheets/sheet{at}.xml", name) for at, name in enumerate(names, start=1)]
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" r:id="rId{at}"/>' for at, _, name in sheets)
    yield "xl/styles.xml", _DECLARATION + _STYLES
    yield (
        "xl/workbook.xml",
        f'{_DECLARATION}<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><sheets>{listed}</sheets></workbook>',
    )
    links = [("worksheet", path) for _, path, _ in sheets]
    yield "xl/_rels/workbook.xml.rels", _relations([*links, ("styles", "styles.xml")])
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    kinds = [("workbook", "sheet.main"), ("styles", "styles"), *((path[:-4], "worksheet") for _, path, _ in sheets)]
    overrides = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{_TYPE}.{kind}+xml"/>' for name, kind in kinds
    )
    yield (
        "[Content_Types].xml",
        f"""{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="{_RELATIONS}"/><Default Extension="xml" ContentType="application/xml"/>
{overrides}</Types>""",
    )


def _relations(links: Sequence[tuple[str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="rId{at}" Type="{_LINKS}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(links, start=1)
    )
    return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'
