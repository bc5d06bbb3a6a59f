//! Files that were made to break a reader (F27): each ends in a clear refusal, soon, and with little
//! memory; the process goes on.

use std::io::{Cursor, Write as _};

use tinbai::domain::access::Role;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::both_databases;
use crate::imports::book;
use crate::support::app::TestApp;
use crate::support::desk::Desk;
use crate::support::process::Served;

both_databases!(hostile_files_are_refused_and_cost_little);

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
const MAIN: &str = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A workbook of one sheet, part by part.
fn workbook(sheet: &[u8], shared: Option<&[u8]>, more: &[(&str, &[u8])]) -> Vec<u8> {
    let types = format!("{HEAD}<Types/>");
    let root = format!(
        "{HEAD}<Relationships><Relationship Id=\"r1\" Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!(
        "{HEAD}<workbook {MAIN} xmlns:r=\"{OFFICE}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
    );
    let rels = format!(
        "{HEAD}<Relationships><Relationship Id=\"r1\" Type=\"{OFFICE}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", rels.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    parts.extend(shared.map(|shared| ("xl/sharedStrings.xml", shared)));
    parts.extend(more);
    zipped(&parts)
}

fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sheet(cells: &str) -> Vec<u8> {
    format!("{HEAD}<worksheet {MAIN}><sheetData>{cells}</sheetData></worksheet>").into_bytes()
}

fn text(at: &str, text: &str) -> String {
    format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn row(number: u32, cells: &[String]) -> String {
    format!("<row r=\"{number}\">{}</row>", cells.concat())
}

fn ods(rows: &str) -> Vec<u8> {
    let content = format!(
        "{HEAD}<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\"><office:body><office:spreadsheet>\
         <table:table table:name=\"S\">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    );
    zipped(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("content.xml", content.as_bytes()),
    ])
}

/// Name, file, and the fault that it ends in.
fn files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let good = book("S", &[&["Mã", "Tên", "Loại"], &["a", "A", "cơ sở"]]);
    let head = row(
        1,
        &[text("A1", "Mã"), text("B1", "Tên"), text("C1", "Loại")],
    );
    let sparse = format!("{head}{}", row(1_048_576, &[text("XFD1048576", "x")]));
    let million = "x".repeat(1 << 20);
    let long_shared = format!("{HEAD}<sst {MAIN}><si><t>{million}</t></si></sst>");
    let many: String = (1..=12_000)
        .map(|n| row(n, &[format!("<c r=\"A{n}\" t=\"s\"><v>0</v></c>")]))
        .collect();
    let claimed = format!("{HEAD}<sst {MAIN} uniqueCount=\"4000000000\"><si><t>x</t></si></sst>");
    let hidden_claim = claimed.replace("uniqueCount", "xuniqueCount=\"1\" uniqueCount");
    let escaped_claim = claimed.replace("\"4000000000\"", "\"&#52;000000000\"");
    let font = "x".repeat(1_300);
    let styles = format!(
        "{HEAD}<styleSheet {MAIN}><fonts><font><name val=\"{font}\"/></font></fonts></styleSheet>"
    );
    let deep = format!("{head}{}", "<a>".repeat(100));
    let filled = "<table:table-row><table:table-cell table:number-columns-repeated=\"4294967295\"><text:p>x</text:p></table:table-cell></table:table-row>";
    let blank = filled.replace(">x<", "> <");
    let bomb = text("A1", &"x".repeat(200 << 20));
    let mut noise = 1_u32;
    let random: Vec<u8> = (0..100_000)
        .map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            u8::try_from(noise >> 24).unwrap()
        })
        .collect();
    let repeated = "<table:table-row table:number-rows-repeated=\"1048576\"><table:table-cell \
        table:number-columns-repeated=\"1024\" office:value-type=\"float\" office:value=\"1\"/></table:table-row>";
    let macros = workbook(
        &sheet(&format!(
            "{head}{}",
            row(
                2,
                &[
                    text("A2", "=cmd|' /C calc'!A0"),
                    text("B2", "B"),
                    text("C2", "cơ sở")
                ]
            )
        )),
        None,
        &[("xl/vbaProject.bin", b"macro")],
    );
    let comment = [
        HEAD.as_bytes(),
        b"<!--",
        "<>".repeat(40 << 20).as_bytes(),
        b"-->",
    ]
    .concat();
    vec![
        ("noise", random, "file sheet_unknown"),
        (
            "cut off",
            good[..good.len() / 2].to_vec(),
            "file sheet_broken",
        ),
        (
            "sparse",
            workbook(&sheet(&sparse), None, &[]),
            "S!XFD1048576 sheet_no_header",
        ),
        (
            "shared text",
            workbook(&sheet(&many), Some(long_shared.as_bytes()), &[]),
            "file sheet_long_text",
        ),
        (
            "claimed",
            workbook(&sheet(&many), Some(claimed.as_bytes()), &[]),
            "file sheet_too_large",
        ),
        (
            "claimed beside another attribute",
            workbook(&sheet(&many), Some(hidden_claim.as_bytes()), &[]),
            "file sheet_too_large",
        ),
        (
            "claimed in other signs",
            workbook(&sheet(&many), Some(escaped_claim.as_bytes()), &[]),
            "file sheet_too_large",
        ),
        (
            "two parts of one name",
            workbook(
                &sheet(&many),
                None,
                &[("XL\\worksheets\\sheet1.xml", &sheet(""))],
            ),
            "file sheet_broken",
        ),
        (
            "long style",
            workbook(&sheet(&many), None, &[("xl/styles.xml", styles.as_bytes())]),
            "file sheet_long_text",
        ),
        (
            "deep",
            workbook(&sheet(&deep), None, &[]),
            "file sheet_too_large",
        ),
        ("columns repeated", ods(filled), "file sheet_too_large"),
        (
            "sheets",
            ods(&"</table:table><table:table>".repeat(100_000)),
            "file sheet_too_large",
        ),
        ("blanks repeated", ods(&blank), "file sheet_empty"),
        (
            "bomb",
            workbook(&sheet(&bomb), None, &[]),
            "file sheet_long_text",
        ),
        (
            "nested",
            zipped(&[("inner.zip", &good)]),
            "file sheet_unknown",
        ),
        ("macros and a formula as text", macros, "S!A2 code"),
        (
            "comment",
            workbook(&comment, None, &[]),
            "file sheet_broken",
        ),
        ("repeated", ods(repeated), "file sheet_too_large"),
        (
            "old",
            [&[0xd0, 0xcf, 0x11, 0xe0][..], &[0; 600]].concat(),
            "file sheet_old_format",
        ),
        ("empty", Vec::new(), "file sheet_empty"),
    ]
}

/// The most memory that the process has used, in KiB.
fn most_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn hostile_files_are_refused_and_cost_little(app: &TestApp) {
    let desk = Desk::new(app);
    let served = Served::start(app);
    let department = app
        .client_of(Role::Department, Some(&desk.root))
        .at(served.address);
    department.upload("/api/v1/imports/units?dry_run=true", &files()[2].1);
    let before = most_memory(served.pid());
    for (name, file, fault) in files() {
        let reply = department.upload("/api/v1/imports/units", &file);
        assert_eq!(reply.faults(400), [fault], "{name}");
        let more = most_memory(served.pid()).saturating_sub(before) >> 10;
        assert!(more < 100, "{name}: {more} MB more");
    }
    department.get("/api/v1/me").expect(200);
}
