//! The XML of one part of a compressed file, followed byte by byte: how long its tags and texts are, how
//! deep they are nested and how many there are.

use super::archive::{DEEPEST, Limits};
use super::fault;
use super::gather::{LONGEST_TEXT, too_large};
use crate::domain::error::Invalid;

/// The longest text between two tags: letters may be written as six characters.
const LONGEST_RUN: usize = 2 * LONGEST_TEXT;

/// Follows the XML of a part just far enough to know how long its tags and texts are: the reader of
/// XML keeps one of them at a time. What has no place in a sheet is refused: declarations,
/// instructions, comments, other encodings.
pub(super) struct Scanner<'l> {
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
    pub(super) fn new(limits: &'l Limits) -> Self {
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

    /// Follows the next bytes of the part.
    ///
    /// # Errors
    /// `sheet_broken`, `sheet_too_large` or `sheet_long_text` on `file`.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(), Invalid> {
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

/// How many shared texts a tag claims: the largest value of all attributes whose names end in
/// `uniqueCount`, and `u64::MAX` for a value that is not written in digits.
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
