//! The file of units: `code,name,category,parent_code,cluster,founded_on,ended_on,mail`, as
//! spreadsheets write it: UTF-8 with or without a byte order mark, commas, semicolons, tabs (cells
//! that were copied) or what a first line `sep=;` says, quoted fields, empty last fields left out,
//! Ctrl-Z at the end. Columns may have their Vietnamese names, and those after the category may be
//! left out. Every field is cleaned before anything is compared.

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::domain::error::Invalid;
use crate::domain::text::{clean, fold, without_mark};
use crate::domain::unit::UnitText;

/// The columns, in order.
pub const HEADER: [&str; 8] = [
    "code",
    "name",
    "category",
    "parent_code",
    "cluster",
    "founded_on",
    "ended_on",
    "mail",
];

/// Their Vietnamese names, each with what else it may be called, without diacritics and case.
pub const NAMES: [(&str, &[&str]); 8] = [
    ("Mã", &["ma", "ma don vi"]),
    ("Tên", &["ten", "ten don vi"]),
    ("Loại", &["loai", "loai don vi"]),
    ("Mã cấp trên", &["ma cap tren", "cap tren"]),
    ("Cụm", &["cum", "khoi", "cum thi dua"]),
    ("Ngày thành lập", &["ngay thanh lap"]),
    ("Ngày kết thúc", &["ngay ket thuc"]),
    ("Thư", &["thu", "dia chi thu", "email"]),
];

/// Code, name and category are always there.
const LEAST_COLUMNS: usize = 3;

/// One line of the file, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitLine {
    /// Its number in the file, from 1; the header is line 1.
    pub line: u64,
    /// What it says about the unit itself.
    pub text: UnitText,
    /// The code of the unit above; empty for a root.
    pub parent_code: String,
}

/// Reads the file; empty lines are skipped, fields that are left out at the end of a line are empty.
///
/// # Errors
/// A file that is not UTF-8 or has another header; or every line with too many fields.
pub fn read(bytes: &[u8]) -> Result<Vec<UnitLine>, Vec<Invalid>> {
    let text = std::str::from_utf8(bytes).map_err(|_| vec![Invalid::new("", "csv_encoding")])?;
    let file = Written::of(text);
    let mut reader = ReaderBuilder::new()
        .delimiter(file.separator)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(file.table.as_bytes());
    let mut records = reader.byte_records();
    let header = cells(&records.next().and_then(Result::ok).unwrap_or_default());
    check_header(file.first_line, &header)?;

    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let mut counted = LineCounter {
        text: &file.table,
        byte: 0,
        line: file.first_line,
    };
    // Reading from memory, records of any length: there is nothing left that could fail.
    for record in records.map_while(Result::ok) {
        let line = counted.line_of(record.position().map_or(0, csv::Position::byte));
        let cells = cells(&record);
        if cells.is_empty() {
            continue;
        }
        match padded(cells) {
            Ok(fields) => lines.push(unit_line(line, fields)),
            Err(found) => {
                let fault =
                    Invalid::new(format!("line {line}"), "csv_columns").with("found", found);
                let fault = fault.with("expected", HEADER.len());
                faults.push(fault.with("separator", char::from(file.separator).escape_debug()));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if lines.is_empty() {
        Err(vec![Invalid::new("", "csv_empty")])
    } else {
        Ok(lines)
    }
}

/// The text of a file, without what programs write around the table.
struct Written {
    /// The header and the lines, each ended by `\n`, so that the reader counts lines as editors do.
    table: String,
    separator: u8,
    /// The number of the line at which the table begins.
    first_line: u64,
}

impl Written {
    fn of(text: &str) -> Self {
        let text = without_mark(text.replace("\r\n", "\n").replace('\r', "\n"));
        // DOS programs end a text with Ctrl-Z.
        let text = text.trim_end_matches(['\u{1a}', '\n']);
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        if let Some(separator) = stated_separator(first) {
            return Self {
                table: rest.to_owned(),
                separator,
                first_line: 2,
            };
        }
        Self {
            separator: match first {
                _ if first.contains('\t') => b'\t',
                _ if first.contains(';') => b';',
                _ => b',',
            },
            table: text.to_owned(),
            first_line: 1,
        }
    }
}

/// The separator that Excel's own first line names, `sep=;`.
fn stated_separator(line: &str) -> Option<u8> {
    let line = line.trim_matches(|c| matches!(c, ' ' | '"'));
    let (name, separator) = line.split_at_checked(4)?;
    match separator.as_bytes() {
        [separator @ (b';' | b',' | b'\t' | b'|')] if name.eq_ignore_ascii_case("sep=") => {
            Some(*separator)
        }
        _ => None,
    }
}

/// Line numbers as editors show them; the reader's own leave out empty lines before a record.
struct LineCounter<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line of the record that begins at `byte` or after empty lines there. Records come in
    /// order.
    fn line_of(&mut self, byte: u64) -> u64 {
        let rest = self.text.as_bytes().get(self.byte..).unwrap_or_default();
        let begin = usize::try_from(byte)
            .unwrap_or(usize::MAX)
            .saturating_sub(self.byte);
        for (at, byte) in rest.iter().enumerate() {
            if at >= begin && *byte != b'\n' {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.byte += 1;
        }
        self.line
    }
}

fn check_header(line: u64, found: &[String]) -> Result<(), Vec<Invalid>> {
    let is_named = |(name, (code, (_, others))): (&String, (&str, (&str, &[&str])))| {
        name == code || others.contains(&fold(name).as_str())
    };
    let known = HEADER.into_iter().zip(NAMES);
    let all_named = found.iter().zip(known).all(is_named);
    if all_named && (LEAST_COLUMNS..=HEADER.len()).contains(&found.len()) {
        return Ok(());
    }
    let shown: String = found.join(",").chars().take(200).collect();
    let place = format!("line {line}");
    let names = NAMES.map(|(name, _)| name).join(", ");
    let expected = format!("{} ({names})", HEADER.join(","));
    let fault = Invalid::new(place, "csv_header").with("expected", expected);
    Err(vec![fault.with("found", shown.escape_debug())])
}

/// The fields of a record, cleaned, up to the last one that is not empty.
fn cells(record: &ByteRecord) -> Vec<String> {
    let mut cells: Vec<String> = record
        .iter()
        .map(|field| clean(&String::from_utf8_lossy(field)))
        .collect();
    let filled = cells.iter().rposition(|cell| !cell.is_empty());
    cells.truncate(filled.map_or(0, |last| last + 1));
    cells
}

/// The fields of a line, those left out at its end empty; or how many there are, if too many.
fn padded(mut cells: Vec<String>) -> Result<[String; 8], usize> {
    let found = cells.len();
    cells.resize(found.max(HEADER.len()), String::new());
    cells.try_into().map_err(|_| found)
}

fn unit_line(line: u64, fields: [String; 8]) -> UnitLine {
    let [
        code,
        name,
        category,
        parent_code,
        cluster,
        founded_on,
        ended_on,
        mail,
    ] = fields;
    UnitLine {
        line,
        text: UnitText {
            code,
            name,
            category,
            cluster,
            founded_on,
            ended_on,
            mail,
        },
        parent_code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "code,name,category,parent_code,cluster,founded_on,ended_on,mail\n";

    #[test]
    fn a_spreadsheet_may_write_a_mark_semicolons_quotes_and_line_breaks_of_its_own() {
        let header = GOOD.replace(',', ";").replace('\n', "\r\n");
        let lines = "a;\"X; \"\"Y\"\"\";federation;;;;;\r\n;;;;;;;\r\n b ;B;office;a;;;;\r\n\r\n\r\nc;C;office;a;;;;\r\n";
        let text = format!("\u{feff}{header}{lines}");
        let lines = read(text.as_bytes()).unwrap();
        assert_eq!(
            lines.iter().map(|line| line.line).collect::<Vec<_>>(),
            [2, 4, 7]
        );
        assert_eq!(lines[0].text.name, "X; \"Y\"");
        assert_eq!(
            (lines[1].text.code.as_str(), lines[1].parent_code.as_str()),
            ("b", "a")
        );
    }

    #[test]
    fn a_wrong_header_is_shown_beside_the_right_one() {
        let fault = read("ma,ten\na,b\n".as_bytes()).unwrap_err().remove(0);
        let message = fault.message("en");
        assert!(
            fault.field == "line 1"
                && message.contains("ma,ten")
                && message.contains("parent_code"),
            "{message}"
        );
        assert_eq!(read(b"").unwrap_err()[0].code, "csv_header");
        assert_eq!(read(GOOD.as_bytes()).unwrap_err()[0].code, "csv_empty");
    }

    #[test]
    fn cells_copied_from_a_sheet_with_vietnamese_names_are_read() {
        let lines = read("Mã\tTên đơn vị\tLoại\tCấp trên\na\tA\tcông đoàn cơ sở\tx\n".as_bytes());
        let lines = lines.unwrap();
        assert_eq!(
            (lines[0].text.name.as_str(), lines[0].parent_code.as_str()),
            ("A", "x")
        );
        for wrong in ["Mã\tTên\na\tb\n", "Tên\tMã\tLoại\na\tb\tc\n"] {
            let fault = read(wrong.as_bytes()).unwrap_err().remove(0);
            assert_eq!(fault.code, "csv_header", "{wrong}");
        }
    }

    #[test]
    fn every_line_with_too_many_fields_is_told_with_the_separator() {
        let faults =
            read(format!("{GOOD}a,b,c,d,e,f,g,h,i\na,b\n,,,,,,,,\n1,2,3,4,5,6,7,8,9\n").as_bytes());
        let faults = faults.unwrap_err();
        let places: Vec<_> = faults.iter().map(|fault| fault.field.as_ref()).collect();
        assert_eq!(places, ["line 2", "line 5"]);
        let told = faults[0].message("en");
        assert!(
            told.contains("9 fields") && told.contains("\",\""),
            "{told}"
        );
        // doing what the message says helps
        let lines = read(format!("{GOOD}a,\"b,c\",d,e,f,g,h,i\n").as_bytes()).unwrap();
        assert_eq!(lines[0].text.name, "b,c");
    }

    #[test]
    fn fields_left_out_at_the_end_are_empty() {
        let lines = read(
            format!("{GOOD}a,A,superior,x\nb,B\nc,C,superior,x,,,,c@c.example,,\n").as_bytes(),
        )
        .unwrap();
        assert_eq!(lines[0].parent_code, "x");
        assert_eq!(
            (lines[1].text.name.as_str(), lines[1].text.category.as_str()),
            ("B", "")
        );
        assert_eq!(lines[2].text.mail, "c@c.example");
    }

    #[test]
    fn what_programs_write_around_the_table_is_no_part_of_it() {
        let table = format!("{GOOD}\na,A,federation\n");
        for (file, line) in [
            (format!("\u{feff}sep=;\r\n{}", table.replace(',', ";")), 4),
            (format!("\"SEP=\t\"\n{}", table.replace(',', "\t")), 4),
            (format!("sep=,\n{table}"), 4),
            (format!("{table}\u{1a}"), 3),
            (format!("{table}\u{1a}\u{1a}\r\n"), 3),
        ] {
            let lines = read(file.as_bytes()).unwrap_or_else(|e| panic!("{file:?}: {e:?}"));
            assert_eq!((lines.len(), lines[0].line), (1, line), "{file:?}");
            assert_eq!(lines[0].text.category, "federation", "{file:?}");
        }
        let fault = read(b"sep=;\ncode,name\n").unwrap_err().remove(0);
        assert_eq!((fault.field.as_ref(), fault.code), ("line 2", "csv_header"));
    }

    #[test]
    fn fields_are_cleaned() {
        let lines = read(
            format!(
                "{GOOD}a\u{a0},Ðà\u{200b}  Nẵng,superior\u{a0},x\u{a0}\n\u{a0},\u{200b},,,,,,\n"
            )
            .as_bytes(),
        )
        .unwrap();
        let [line] = lines.as_slice() else {
            panic!("{lines:?}")
        };
        let text = &line.text;
        assert_eq!(
            [&text.code, &text.name, &text.category, &line.parent_code],
            ["a", "Đà Nẵng", "superior", "x"]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_takes_in_no_lines_unseen() {
        let lines =
            read(format!("{GOOD}a,A,superior,x,\"Cụm\nb,B,superior,x\n").as_bytes()).unwrap();
        let faults = lines[0].text.facts().unwrap_err();
        assert_eq!(
            (faults[0].field.as_ref(), faults[0].code),
            ("cluster", "control_characters")
        );
    }

    #[test]
    fn another_encoding_is_refused() {
        assert_eq!(
            read(b"code,name\nx,Th\xe0nh ph\xf4\n").unwrap_err()[0].code,
            "csv_encoding"
        );
    }
}
