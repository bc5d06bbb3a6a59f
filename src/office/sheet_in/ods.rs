//! Sheets of OpenDocument, read row by row: calamine would keep every sheet of the file, with all that
//! is repeated in it.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Cursor};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use super::cell::{Value, iso};
use super::gather::{Gatherer, LONGEST_TEXT, too_large};
use super::{Book, Wanted, chosen, fault};
use crate::domain::error::Invalid;

/// The most sheets.
const SHEETS: usize = 1_000;

/// The most columns, as in Excel.
const COLUMNS: u32 = 16_384;

pub(super) fn read(bytes: &[u8], wanted: Wanted<'_>) -> Result<Book, Invalid> {
    let mut names = Names::default();
    each(bytes, |parser, tag| names.read(parser, tag))?;
    let (hidden, visible): (Vec<_>, Vec<_>) = names
        .sheets
        .into_iter()
        .partition(|(_, style)| names.hidden.contains(style));
    let name = |(name, _): (String, String)| name;
    let visible: Vec<String> = visible.into_iter().map(name).collect();
    let chosen = chosen(wanted, &visible)?;
    let mut book = Book {
        hidden: hidden.into_iter().map(name).collect(),
        ..Book::default()
    };
    book.leave(visible, &chosen);
    let mut rows = Rows::default();
    each(bytes, |parser, tag| {
        if tag.name().as_ref() == "table:table" {
            let name = attribute(tag, "table:name")?.unwrap_or_default();
            if chosen.contains(&name) {
                rows.gatherer.begin(&name);
                rows.sheet(parser)?;
                book.sheets.push(rows.gatherer.end()?);
            }
        }
        Ok(())
    })?;
    Ok(book)
}

type Parser<'a> = Reader<&'a mut dyn BufRead>;

/// Reads the contents through; `visit` is shown every tag that begins, and may read on.
fn each(
    bytes: &[u8],
    mut visit: impl FnMut(&mut Parser<'_>, &BytesStart<'_>) -> Result<(), Invalid>,
) -> Result<(), Invalid> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let mut part = BufReader::new(zip.by_name("content.xml").map_err(|_| broken())?);
    let mut parser = Reader::from_reader(&mut part as &mut dyn BufRead);
    parser.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match parser.read_event_into(&mut buffer).map_err(|_| broken())? {
            Event::Start(tag) => visit(&mut parser, &tag)?,
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn broken() -> Invalid {
    fault("sheet_broken")
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, Invalid> {
    let found = tag.try_get_attribute(name).map_err(|_| broken())?;
    let value = found.map(|found| found.normalized_value(XmlVersion::Implicit1_0));
    let value = value.transpose().map_err(|_| broken())?;
    Ok(value.map(std::borrow::Cow::into_owned))
}

/// How often a row or cell is repeated.
fn repeated(tag: &BytesStart<'_>, name: &str) -> Result<u32, Invalid> {
    let times = attribute(tag, name)?.and_then(|times| times.parse().ok());
    Ok(times.unwrap_or(1_u32).max(1))
}

/// The sheets of a file with their styles, and the styles of hidden ones.
#[derive(Default)]
struct Names {
    sheets: Vec<(String, String)>,
    hidden: HashSet<String>,
    style: String,
}

impl Names {
    fn read(&mut self, _: &mut Parser<'_>, tag: &BytesStart<'_>) -> Result<(), Invalid> {
        let text = |name: &str| attribute(tag, name).map(Option::unwrap_or_default);
        match tag.name().as_ref() {
            "style:style" => self.style = text("style:name")?,
            "style:table-properties" if text("table:display")? == "false" => {
                self.hidden.insert(self.style.clone());
            }
            "table:table" => {
                if self.sheets.len() >= SHEETS {
                    return Err(too_large());
                }
                let sheet = (text("table:name")?, text("table:style-name")?);
                self.sheets.push(sheet);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The rows of the sheet that is read.
#[derive(Default)]
struct Rows {
    gatherer: Gatherer,
    buffer: Vec<u8>,
}

impl Rows {
    fn sheet(&mut self, parser: &mut Parser<'_>) -> Result<(), Invalid> {
        let mut number = 1_u32;
        loop {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            match parser.read_event_into(&mut buffer).map_err(|_| broken())? {
                Event::Start(tag) if tag.name().as_ref() == "table:table-row" => {
                    let times = repeated(&tag, "table:number-rows-repeated")?;
                    if self.row(parser, number)? {
                        self.gatherer.repeat(times - 1)?;
                    }
                    number = number.saturating_add(times);
                }
                Event::End(tag) if tag.name().as_ref() == "table:table" => return Ok(()),
                Event::Eof => return Err(broken()),
                _ => {}
            }
            self.buffer = buffer;
        }
    }

    /// Reads a row, and says whether anything stands in it.
    fn row(&mut self, parser: &mut Parser<'_>, number: u32) -> Result<bool, Invalid> {
        let (mut column, mut filled, mut buffer) = (0_u32, false, Vec::new());
        loop {
            buffer.clear();
            match parser.read_event_into(&mut buffer).map_err(|_| broken())? {
                Event::Start(tag)
                    if matches!(
                        tag.name().as_ref(),
                        "table:table-cell" | "table:covered-table-cell"
                    ) =>
                {
                    let times = repeated(&tag, "table:number-columns-repeated")?;
                    if let Some(value) = cell(parser, &tag)? {
                        filled = true;
                        if column.saturating_add(times) > COLUMNS {
                            return Err(too_large());
                        }
                        for at in column..column.saturating_add(times) {
                            let at = u16::try_from(at).map_err(|_| too_large())?;
                            self.gatherer.add(number, at, value.clone())?;
                        }
                    }
                    column = column.saturating_add(times);
                }
                Event::End(tag) if tag.name().as_ref() == "table:table-row" => return Ok(filled),
                Event::Eof => return Err(broken()),
                _ => {}
            }
        }
    }
}

/// What a cell holds; reads on to its end.
fn cell(parser: &mut Parser<'_>, tag: &BytesStart<'_>) -> Result<Option<Value>, Invalid> {
    let text = |name: &str| attribute(tag, name);
    let is_error = text("calcext:value-type")?.as_deref() == Some("error");
    let kind = text("office:value-type")?.unwrap_or_default();
    let stated = match kind.as_str() {
        "float" | "percentage" | "currency" => {
            let number = text("office:value")?.and_then(|value| value.parse().ok());
            Some(Value::Number(number.ok_or_else(broken)?))
        }
        "date" => text("office:date-value")?
            .and_then(|date| iso(&date))
            .map(Value::Date),
        "boolean" => text("office:boolean-value")?.map(|value| Value::Bool(value == "true")),
        _ => None,
    };
    let has_formula = text("table:formula")?.is_some();
    let shown = content(parser)?;
    if is_error {
        return Ok(Some(Value::Error(shown.into())));
    }
    let shown = || Some(Value::Text(shown.as_str().into())).filter(|_| !shown.trim().is_empty());
    let value = stated.or_else(shown);
    Ok(value.or_else(|| (has_formula && kind.is_empty()).then_some(Value::Uncomputed)))
}

/// The text of a cell without its comment; paragraphs are lines.
fn content(parser: &mut Parser<'_>) -> Result<String, Invalid> {
    let (mut text, mut depth, mut comment, mut buffer) = (String::new(), 1, 0, Vec::new());
    while depth > 0 {
        buffer.clear();
        match parser.read_event_into(&mut buffer).map_err(|_| broken())? {
            Event::Start(tag) => {
                depth += 1;
                match tag.name().as_ref() {
                    _ if comment > 0 => {}
                    "office:annotation" => comment = depth,
                    "text:p" if !text.is_empty() => text.push('\n'),
                    "text:line-break" => text.push('\n'),
                    "text:tab" | "text:s" => text.push(' '),
                    _ => {}
                }
            }
            Event::End(_) => {
                if comment == depth {
                    comment = 0;
                }
                depth -= 1;
            }
            Event::Text(part) if comment == 0 => text.push_str(&part.xml10_content()),
            Event::GeneralRef(reference) if comment == 0 => {
                let named = quick_xml::escape::resolve_xml_entity(reference.as_ref());
                let numbered = reference.resolve_char_ref().ok().flatten();
                match (named, numbered) {
                    (Some(named), _) => text.push_str(named),
                    (None, Some(letter)) => text.push(letter),
                    (None, None) => return Err(broken()),
                }
            }
            Event::Eof => return Err(broken()),
            _ => {}
        }
        if text.len() > LONGEST_TEXT {
            let fault = fault("sheet_long_text").with("row", "?");
            return Err(fault.with("max", LONGEST_TEXT >> 10));
        }
    }
    Ok(text)
}
