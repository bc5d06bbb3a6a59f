"""Reads a file as other programs do and says as JSON what is in it: `read.py FILE.xlsx|.docx|.ics`."""

import datetime
import json
import sys


def value(cell):
    """A value with its type: what a program that opens the file works with."""
    if isinstance(cell, datetime.datetime):
        return {"time": cell.isoformat(sep=" ", timespec="minutes")}
    if isinstance(cell, datetime.date):
        return {"date": cell.isoformat()}
    return cell


def cell_value(cell):
    if cell.data_type == "f":
        return {"formula": str(cell.value)}
    if cell.is_date and "h" not in cell.number_format:
        return value(cell.value.date())
    return value(cell.value)


def workbook(path):
    import openpyxl

    book = openpyxl.load_workbook(path)

    def sheet(one):
        return {
            "name": one.title,
            "rows": [[cell_value(cell) for cell in row] for row in one.iter_rows()],
            "frozen": one.freeze_panes,
            "filter": one.auto_filter.ref,
            "repeats": one.print_title_rows,
            "paper": [one.page_setup.orientation, int(one.page_setup.paperSize)],
            "head": one.oddHeader.center.text,
            "widths": [one.column_dimensions[c].width for c in sorted(one.column_dimensions)],
        }

    return {"title": book.properties.title, "sheets": [sheet(one) for one in book.worksheets]}


def document(path):
    import docx
    from docx.oxml.ns import qn
    from docx.table import Table
    from docx.text.paragraph import Paragraph

    read = docx.Document(path)
    section = read.sections[0]

    def paragraph(one):
        return one.text

    def block(one):
        if isinstance(one, Table):
            return [[cell.text for cell in row.cells] for row in one.rows]
        return paragraph(one)

    fonts, sizes = set(), set()
    for run in read.element.iter(qn("w:r")):
        found = run.find(qn("w:rPr"))
        if found is None or run.find(qn("w:t")) is None:
            continue
        names = found.find(qn("w:rFonts"))
        if names is not None:
            fonts.update(names.get(qn(f"w:{which}")) for which in ("ascii", "hAnsi", "cs", "eastAsia"))
        size = found.find(qn("w:sz"))
        if size is not None:
            sizes.add(int(size.get(qn("w:val"))) / 2)
    margins = [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    return {
        "blocks": [block(one) for one in read.iter_inner_content()],
        "paper": [round(section.page_width.mm), round(section.page_height.mm)],
        "margins": [round(margin.mm) for margin in margins],
        "fonts": sorted(str(name) for name in fonts),
        "sizes": sorted(sizes),
        "first_page_differs": section.different_first_page_header_footer,
        "head": "PAGE" in section.header._element.xml,
        "head_of_first": "PAGE" in section.first_page_header._element.xml,
    }


def calendar(path):
    import icalendar

    with open(path, "rb") as file:
        raw = file.read()
    read = icalendar.Calendar.from_ical(raw)

    def event(one):
        alarms = [part for part in one.subcomponents if part.name == "VALARM"]
        text = {name: str(one[name]) for name in ("UID", "SUMMARY", "DESCRIPTION", "URL", "STATUS") if name in one}
        instants = {name: value(one.decoded(name)) for name in ("DTSTART", "DTEND") if name in one}
        return {**text, **instants, "zone": str(one.decoded("DTSTART").tzinfo) if hasattr(one.decoded("DTSTART"), "tzinfo") else None,
                "alarms": [str(part["TRIGGER"].to_ical(), "ascii") for part in alarms]}

    return {
        "name": str(read.get("X-WR-CALNAME", "")),
        "version": str(read["VERSION"]),
        "zones": [str(zone["TZID"]) for zone in read.walk("VTIMEZONE")],
        "events": [event(one) for one in read.walk("VEVENT")],
        "longest_line": max(len(line) for line in raw.split(b"\r\n")),
        "errors": [str(error) for error in read.errors],
    }


READERS = {"xlsx": workbook, "docx": document, "ics": calendar}

if __name__ == "__main__":
    path = sys.argv[1]
    json.dump(READERS[path.rsplit(".", 1)[1]](path), sys.stdout, ensure_ascii=False)
