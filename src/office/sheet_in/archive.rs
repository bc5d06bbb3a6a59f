//! The limits of a compressed file. Everything that will be read is inflated once and counted, and
//! nothing of it is kept: a file can't claim to be smaller than it is.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::fault;
use super::gather::{LONGEST_TEXT, too_large};
use crate::domain::error::Invalid;

/// The most entries.
const ENTRIES: usize = 2_000;

/// The most bytes of all parts that are read, inflated.
const INFLATED: u64 = 160 << 20;

/// The most texts that cells share: they are kept in memory.
const SHARED_TEXTS: u64 = 400_000;

/// The longest tag, in bytes; the reader copies what styles hold for each cell format.
const LONGEST_TAG: usize = 64 << 10;
const LONGEST_STYLE: usize = 1_200;

/// The most tags of a part that is read cell by cell, and how deep they may stand in each other.
const CELL_TAGS: u64 = 12_000_000;
const DEEPEST: u32 = 64;

/// The most bytes of a part that is not called XML: a picture. A reader may be led to it all the same.
const PICTURE: u64 = 8 << 20;

/// The longest text between two tags: letters may be written as six characters.
const LONGEST_RUN: usize = 2 * LONGEST_TEXT;

/// What a compressed file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Excel 2007 and later, also with macros, which are not run.
    Xlsx,
    /// OpenDocument.
    Ods,
}

/// Checks the limits of a file.
///
/// # Errors
/// `sheet_unknown`, `sheet_broken`, `sheet_too_large` or `sheet_long_text` on `file`.
pub(super) fn check(bytes: &[u8]) -> Result<Format, Invalid> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| fault("sheet_broken"))?;
    if zip.len() > ENTRIES {
        return Err(too_large());
    }
    let format = if zip.index_for_name("[Content_Types].xml").is_some() {
        Format::Xlsx
    } else if zip.index_for_name("content.xml").is_some() {
        Format::Ods
    } else {
        return Err(fault("sheet_unknown"));
    };
    let (mut left, mut names) = (INFLATED, HashSet::new());
    for index in 0..zip.len() {
        let part = zip.by_index(index).map_err(|_| fault("sheet_broken"))?;
        let name = part
            .name()
            .map_err(|_| fault("sheet_broken"))?
            .to_ascii_lowercase()
            .replace('\\', "/");
        // readers find a part whatever its case and slashes
        if !names.insert(name.clone()) {
            return Err(fault("sheet_broken"));
        }
        // nothing else of a file of OpenDocument is read
        if format == Format::Xlsx || name == "content.xml" {
            let limits = Limits::of(&name, format);
            left = left.saturating_sub(scan(part, left.min(limits.bytes), &limits)?);
        }
    }
    Ok(format)
}

/// The limits of one part.
struct Limits {
    bytes: u64,
    /// Whether it is XML.
    xml: bool,
    /// The name of the tag that is counted, and the most of them; every tag if it is empty.
    tag: &'static str,
    tags: u64,
    longest_tag: usize,
}

impl Limits {
    fn of(name: &str, format: Format) -> Self {
        let xml = name.ends_with(".xml") || name.ends_with(".rels");
        let mut longest_tag = LONGEST_TAG;
        let (bytes, tag, tags) = match name.rsplit('/').next().unwrap_or_default() {
            // kept in memory as a whole
            "sharedstrings.xml" => (32 << 20, "si", SHARED_TEXTS),
            // read cell by cell
            "content.xml" if format == Format::Ods => (INFLATED, "", CELL_TAGS),
            part if xml && part.starts_with("sheet") => (INFLATED, "", CELL_TAGS),
            "styles.xml" => {
                longest_tag = LONGEST_STYLE;
                (16 << 20, "", 100_000)
            }
            _ if !xml => (PICTURE, "", 0),
            // styles, relations, pictures
            _ => (16 << 20, "", 200_000),
        };
        Self {
            bytes,
            xml,
            tag,
            tags,
            longest_tag,
        }
    }
}

/// Reads a part through and answers with its length.
fn scan(mut part: impl Read, limit: u64, limits: &Limits) -> Result<u64, Invalid> {
    let (mut total, mut buffer) = (0_u64, vec![0_u8; 64 << 10]);
    let mut scanner = Scanner::new(limits);
    loop {
        let read = part.read(&mut buffer).map_err(|_| fault("sheet_broken"))?;
        if read == 0 {
            return Ok(total);
        }
        total += u64::try_from(read).unwrap_or(u64::MAX);
        if total > limit {
            return Err(too_large());
        }
        if limits.xml {
            scanner.read(buffer.get(..read).unwrap_or_default())?;
        }
    }
}

/// Follows the XML of a part just far enough to know how long its tags and texts are: the reader of
/// XML keeps one of them at a time. What has no place in a sheet is refused: declarations,
/// instructions, comments, other encodings.
struct Scanner<'l> {
    place: Place,
    /// Bytes since the text or tag began.
    length: usize,
    /// The tag so far, where tags are counted by name.
    tag: Vec<u8>,
    limits: &'l Limits,
    /// How deep the place stands.
    depth: u32,
    /// Whether the tag ends an element, and its last byte.
    closes: bool,
    last: u8,
    /// How many tags were counted.
    counted: u64,
    /// Whether the first tag is still to come.
    first: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    /// Right after `<`.
    Begun,
    Tag,
    Quoted(u8),
    /// The first line, `<?xml …?>`.
    Declaration,
}

impl<'l> Scanner<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            place: Place::Text,
            length: 0,
            tag: Vec::new(),
            limits,
            depth: 0,
            closes: false,
            last: 0,
            counted: 0,
            first: true,
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), Invalid> {
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            // texts are most of a part: they are passed over at once
            let step = match self.place {
                Place::Text => rest.iter().position(|byte| matches!(byte, b'<' | 0)),
                Place::Quoted(quote) => rest.iter().position(|byte| *byte == quote || *byte == 0),
                _ => Some(0),
            };
            let Some(step) = step else {
                self.pass(rest)?;
                return Ok(());
            };
            if step > 0 {
                self.pass(rest.get(..step).unwrap_or_default())?;
                rest = rest.get(step..).unwrap_or_default();
                continue;
            }
            self.byte(*first)?;
            rest = rest.get(1..).unwrap_or_default();
        }
        Ok(())
    }

    /// Passes over bytes that end nothing.
    fn pass(&mut self, bytes: &[u8]) -> Result<(), Invalid> {
        self.length += bytes.len();
        let longest = match self.place {
            Place::Text => LONGEST_RUN,
            _ => self.limits.longest_tag,
        };
        if self.length > longest {
            let fault = fault("sheet_long_text").with("row", "?");
            return Err(fault.with("max", LONGEST_TEXT >> 10));
        }
        if self.place != Place::Text && self.limits.tag == "si" {
            self.tag.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> Result<(), Invalid> {
        let next = match (self.place, byte) {
            (_, 0) => return Err(fault("sheet_broken")),
            (Place::Text, _) => {
                self.length = 0;
                self.tag.clear();
                (self.closes, self.last) = (false, 0);
                self.place = Place::Begun;
                return Ok(());
            }
            (Place::Begun, b'?') if self.first => Place::Declaration,
            (Place::Begun, b'!' | b'?') => return Err(fault("sheet_broken")),
            (Place::Begun | Place::Tag, b'"' | b'\'') => Place::Quoted(byte),
            (Place::Quoted(_), _) => Place::Tag,
            (Place::Begun | Place::Tag | Place::Declaration, b'>') => {
                self.end_tag()?;
                return Ok(());
            }
            (Place::Begun, _) => Place::Tag,
            (place, _) => place,
        };
        self.closes |= self.place == Place::Begun && byte == b'/';
        self.last = byte;
        self.pass(&[byte])?;
        self.place = next;
        Ok(())
    }

    fn end_tag(&mut self) -> Result<(), Invalid> {
        let is_declaration = self.place == Place::Declaration;
        self.first = false;
        self.length = 0;
        self.place = Place::Text;
        if self.closes {
            self.depth = self.depth.saturating_sub(1);
        } else if !is_declaration && self.last != b'/' {
            self.depth += 1;
        }
        let counts = self.limits.tag.is_empty() || is_named(&self.tag, self.limits.tag);
        self.counted += u64::from(counts);
        let claimed = claimed(&self.tag);
        if self.depth > DEEPEST {
            return Err(too_large());
        }
        if self.counted.max(claimed) > self.limits.tags {
            return Err(too_large());
        }
        Ok(())
    }
}

/// Whether a tag has this name, whatever its prefix.
fn is_named(tag: &[u8], name: &str) -> bool {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
    let whole = tag.split(ends).next().unwrap_or_default();
    let local = whole.rsplit(|byte| *byte == b':').next();
    local == Some(name.as_bytes())
}

/// How many shared texts a tag claims: the largest number behind a name that ends like the attribute,
/// and no limit where it is written in another way than by digits.
fn claimed(tag: &[u8]) -> u64 {
    let tag = String::from_utf8_lossy(tag);
    let number = |value: &str| {
        let value = value.trim_start_matches(|c: char| c.is_whitespace() || "=\"'".contains(c));
        let end = value
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(value.len());
        let (digits, rest) = value.split_at_checked(end).unwrap_or_default();
        match rest.starts_with(['"', '\'']) {
            true => digits.parse().unwrap_or(u64::MAX),
            false => u64::MAX,
        }
    };
    let claims = tag.split("uniqueCount").skip(1).map(number);
    claims.max().unwrap_or_default()
}
