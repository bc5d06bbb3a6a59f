//! Tests of reading text with separators; sheets are read in `tests/it/imports.rs`.

use super::*;

const GOOD: &str = "code,name,category,parent_code,cluster\n";

/// The rows below the header, each with its number and its cells.
fn rows(file: impl AsRef<[u8]>) -> Vec<(u32, Vec<String>)> {
    const COLUMNS: &[Column] = &[
        column("code"),
        column("name"),
        column("category"),
        column("parent_code"),
        column("cluster"),
    ];
    let book = read(file.as_ref(), Wanted::Preferred(&[])).unwrap();
    let table = Table::of(book.sheets[0].clone(), COLUMNS, &[]).unwrap();
    assert_eq!(table.lacking, Vec::<&Column>::new());
    let lines = table.lines().filter(|line| !line.is_blank());
    let cells = |line: &Line<'_>| COLUMNS.iter().map(|column| line.text(column.key)).collect();
    lines.map(|line| (line.number(), cells(&line))).collect()
}

const fn column(key: &'static str) -> Column {
    Column {
        key,
        name: key,
        synonyms: &[],
        required: false,
        example: "",
    }
}

fn fault(file: impl AsRef<[u8]>) -> &'static str {
    read(file.as_ref(), Wanted::Preferred(&[]))
        .unwrap_err()
        .code
}

#[test]
fn a_spreadsheet_may_write_a_mark_semicolons_quotes_and_line_breaks_of_its_own() {
    let header = GOOD.replace(',', ";").replace('\n', "\r\n");
    let lines =
        "a;\"X; \"\"Y\"\"\";federation;;\r\n;;;;\r\n b ;B;office;a;\r\n\r\n\r\nc;C;office;a;\r\n";
    let read = rows(format!("\u{feff}{header}{lines}"));
    let numbers: Vec<u32> = read.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [2, 4, 7]);
    assert_eq!(
        (read[0].1[1].as_str(), read[1].1[0].as_str()),
        ("X; \"Y\"", "b")
    );
}

#[test]
fn what_programs_write_around_the_table_is_no_part_of_it() {
    let table = format!("{GOOD}\na,A,federation\n");
    for (file, line) in [
        (format!("\u{feff}sep=;\r\n{}", table.replace(',', ";")), 4),
        (format!("\"SEP=\t\"\n{}", table.replace(',', "\t")), 4),
        (format!("sep=,\n{table}"), 4),
        (table.clone() + "\u{1a}", 3),
        (table.replace('\n', "\r\n") + "\u{1a}\u{1a}", 3),
        (format!("DANH SÁCH\n\n{table}"), 5),
    ] {
        let read = rows(&file);
        assert_eq!(read.len(), 1, "{file:?}");
        assert_eq!((read[0].0, read[0].1[0].as_str()), (line, "a"), "{file:?}");
    }
    assert_eq!(
        [fault(b""), fault(b"\xef\xbb\xbf\n;;\n")],
        ["sheet_empty"; 2]
    );
}

#[test]
fn cells_are_cleaned_and_those_left_out_at_the_end_are_empty() {
    let read = rows(format!(
        "{GOOD}a\u{a0},Ðà\u{200b}  Nẵng,superior\u{a0},x\n\u{a0},\u{200b},,,\nb,B\n"
    ));
    assert_eq!(read[0].1, ["a", "Đà Nẵng", "superior", "x", ""]);
    assert_eq!(
        read[1],
        (4, ["b", "B", "", "", ""].map(str::to_owned).to_vec())
    );
}

#[test]
fn a_quote_that_is_never_closed_takes_in_no_lines_unseen() {
    let read = rows(format!("{GOOD}a,A,superior,x,\"Cụm\nb,B,superior,x\n"));
    assert!(read[0].1[4].contains('\n'), "{read:?}");
}

#[test]
fn a_value_below_no_header_is_told_once_for_its_column() {
    let book = read(
        format!("{GOOD}a,b,c,d,e,f,g\n1,2,3,4,5,6\n").as_bytes(),
        Wanted::Preferred(&[]),
    );
    let table = Table::of(book.unwrap().sheets.remove(0), &[], &[]).unwrap();
    assert_eq!(table.without_header(), [(2, 5), (2, 6)]);
}

#[test]
fn headers_are_compared_without_signs_and_what_stands_in_brackets() {
    for header in [
        "Ngày thành lập",
        "NGÀY  THÀNH LẬP *",
        "ngay_thanh_lap (dd/MM/yyyy)",
        "Ngày thành lập:",
    ] {
        assert_eq!(header_key(header), "ngay thanh lap", "{header}");
    }
}
