//! The limits of a compressed file. Everything that will be read is inflated once and counted, and
//! nothing of it is kept: a file can't claim to be smaller than it is.

use std::collections::HashSet;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::fault;
use super::gather::too_large;
use super::scanner::Scanner;
use crate::domain::error::Invalid;

/// The most entries.
const ENTRIES: usize = 2_000;

/// The most bytes of all parts that are read, inflated.
const INFLATED: u64 = 160 << 20;

/// The most texts that cells share: they are kept in memory.
const SHARED_TEXTS: u64 = 400_000;

/// The longest tag, in bytes, and that of styles, which the reader copies for each cell format.
const LONGEST_TAG: usize = 64 << 10;
const LONGEST_STYLE: usize = 1_200;

/// The most tags of a part that is read cell by cell, and how deep elements may be nested.
const CELL_TAGS: u64 = 12_000_000;
pub(super) const DEEPEST: u32 = 64;

/// The most bytes of a part whose name does not say XML, such as a picture. A relation can name it as
/// a sheet, so that it is read all the same.
const PICTURE: u64 = 8 << 20;

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
        // readers ignore case and the kind of slash when they look for a part
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
pub(super) struct Limits {
    bytes: u64,
    /// Whether it is XML.
    xml: bool,
    /// The name of the tag that is counted, and the most of them; every tag if it is empty.
    pub(super) tag: &'static str,
    pub(super) tags: u64,
    /// The longest tag, in bytes.
    pub(super) longest_tag: usize,
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
