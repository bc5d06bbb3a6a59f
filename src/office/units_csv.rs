//! The file of units: `code,name,category,parent_code,cluster,founded_on,ended_on,mail`, as
//! spreadsheets write it: UTF-8 with or without a byte order mark, commas or semicolons, quoted
//! fields.

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::domain::error::Invalid;
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

/// Reads the file; empty lines are skipped.
///
/// # Errors
/// A file that is not UTF-8 or has another header; or every line with another number of fields.
pub fn read(bytes: &[u8]) -> Result<Vec<UnitLine>, Vec<Invalid>> {
    let text = std::str::from_utf8(bytes).map_err(|_| vec![Invalid::new("", "csv_encoding")])?;
    // One kind of line end, so that the reader counts lines as editors do.
    let text = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.contains(';') { b';' } else { b',' };
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.byte_records();
    check_header(
        records
            .next()
            .and_then(Result::ok)
            .unwrap_or_default()
            .iter(),
    )?;

    let (mut lines, mut faults) = (Vec::new(), Vec::new());
    let mut counted = LineCounter {
        text: &text,
        byte: 0,
        line: 1,
    };
    // Reading from memory, records of any length: there is nothing left that could fail.
    for record in records.map_while(Result::ok) {
        let line = counted.line_of(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        match fields(&record) {
            Some(fields) => lines.push(unit_line(line, fields)),
            None => {
                let fault =
                    Invalid::new(format!("line {line}"), "csv_columns").with("found", record.len());
                faults.push(fault.with("expected", HEADER.len()));
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

fn check_header<'a>(found: impl Iterator<Item = &'a [u8]>) -> Result<(), Vec<Invalid>> {
    let found: Vec<String> = found
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    if found == HEADER {
        return Ok(());
    }
    let shown: String = found.join(",").chars().take(200).collect();
    let fault = Invalid::new("line 1", "csv_header").with("expected", HEADER.join(","));
    Err(vec![fault.with("found", shown.escape_debug())])
}

fn fields(record: &ByteRecord) -> Option<[String; 8]> {
    let fields: Vec<String> = record
        .iter()
        .map(|field| String::from_utf8_lossy(field).into_owned())
        .collect();
    fields.try_into().ok()
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
    fn every_line_with_too_few_or_many_fields_is_told() {
        let faults = read(format!("{GOOD}a,b\na,b,c,d,e,f,g,h,i\n").as_bytes()).unwrap_err();
        assert_eq!(
            faults
                .iter()
                .map(|fault| fault.field.as_ref())
                .collect::<Vec<_>>(),
            ["line 2", "line 3"]
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
