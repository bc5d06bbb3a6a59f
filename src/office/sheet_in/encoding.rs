//! The encoding of a text: that of its byte order mark, UTF-8, UTF-16 without a mark, or Windows-1258, in
//! which older programs write Vietnamese.
//!
//! A text without a mark that is not valid UTF-8 is UTF-8 with some damaged bytes if at least as many
//! letters of it are valid UTF-8 as bytes are not; otherwise it is Windows-1258. In Windows-1258 an accented
//! letter stands between ASCII letters or before a tone mark, which is never valid UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1258};

use super::fault;
use crate::domain::error::Invalid;

/// What stands for a byte that can't be read.
pub(super) const REPLACEMENT: char = '\u{fffd}';

/// A text that was decoded.
pub(super) struct Decoded<'b> {
    pub(super) text: Cow<'b, str>,
    /// Whether [`REPLACEMENT`] stands for bytes that can't be read.
    pub(super) damaged: bool,
}

/// The text of a file, whatever its encoding.
///
/// # Errors
/// `sheet_unknown` for what is no text.
pub(super) fn decoded(bytes: &[u8]) -> Result<Decoded<'_>, Invalid> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = bytes.get(mark..).unwrap_or_default();
        return Ok(by(encoding, text));
    }
    let encoding = match bytes {
        // the header is ASCII for the most part
        [0, low, ..] if *low != 0 => UTF_16BE,
        [high, 0, ..] if *high != 0 => UTF_16LE,
        _ if bytes.contains(&0) => return Err(fault("sheet_unknown")),
        _ if is_utf8(bytes) => UTF_8,
        _ => WINDOWS_1258,
    };
    let decoded = by(encoding, bytes);
    let is_text =
        |letter: char| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r' | '\u{1a}');
    // bytes that Windows-1258 gives no letter become control characters
    let is_binary = decoded.text.contains('\0')
        || encoding == WINDOWS_1258 && !decoded.text.chars().all(is_text);
    match is_binary {
        true => Err(fault("sheet_unknown")),
        false => Ok(decoded),
    }
}

fn by<'b>(encoding: &'static Encoding, bytes: &'b [u8]) -> Decoded<'b> {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    Decoded { text, damaged }
}

/// Whether a text is UTF-8, with some damaged bytes maybe.
fn is_utf8(bytes: &[u8]) -> bool {
    let (mut letters, mut damaged) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        letters += chunk
            .valid()
            .chars()
            .filter(|letter| !letter.is_ascii())
            .count();
        damaged += chunk.invalid().len();
    }
    letters >= damaged
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    /// A text as old programs write it: tones are characters of their own, marks of vowels are not.
    fn windows_1258(text: &str) -> Vec<u8> {
        let tone = |letter: char| {
            matches!(
                letter,
                '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}'
            )
        };
        let apart: String = text
            .chars()
            .flat_map(|letter| {
                let parts: Vec<char> = std::iter::once(letter).nfd().collect();
                let tones: String = parts.iter().filter(|part| tone(**part)).collect();
                let letter = parts.iter().copied().filter(|part| !tone(*part));
                let letter: String = letter.nfc().collect();
                format!("{letter}{tones}").chars().collect::<Vec<_>>()
            })
            .collect();
        let (bytes, _, lossy) = WINDOWS_1258.encode(&apart);
        assert!(!lossy, "{apart}");
        bytes.into_owned()
    }

    const TEXTS: [&str; 4] = [
        "Liên đoàn Lao động tỉnh Bến Tre;Nguyễn Thị Mỹ Hạnh;Chủ tịch",
        "Phường Phú Khương – “Tết sum vầy”; Đặng Quốc Ưng; 20/11/2026",
        "THƯỜNG TRỰC CÔNG ĐOÀN KHU CÔNG NGHIỆP GIAO LONG",
        "tin",
    ];

    #[test]
    fn windows_1258_is_read_with_its_tones() {
        for text in TEXTS {
            let bytes = windows_1258(text);
            let read = decoded(&bytes).unwrap();
            assert!(!read.damaged);
            assert_eq!(read.text.nfc().collect::<String>(), text);
        }
    }

    #[test]
    fn utf8_with_a_damaged_byte_is_not_taken_for_windows_1258() {
        for text in TEXTS.iter().take(3) {
            for at in [0, 7, text.len()] {
                let mut bytes = text.as_bytes().to_vec();
                bytes.insert(at, 0xf4);
                let read = decoded(&bytes).unwrap();
                assert!(
                    read.damaged && read.text.contains(REPLACEMENT),
                    "{}",
                    read.text
                );
            }
        }
        let marked = [b"\xef\xbb\xbfa;".as_slice(), &windows_1258(TEXTS[0])].concat();
        assert!(
            decoded(&marked).unwrap().damaged,
            "a mark says that it is UTF-8"
        );
    }

    #[test]
    fn bytes_of_no_letter_are_no_text() {
        assert!(decoded(b"a\x01\xff\x8d\xfe").is_err());
    }
}
