//! Mail addresses; a mail as plain data; the cleaning of every text that ends up in a header.
//!
//! An [`Outgoing`] is written once, in the transaction that decides to send it, and never changed:
//! a retry after a crash sends the same Message-ID and the same Date. How it becomes bytes is the
//! business of `mail`, where it waits that of `store::outbox`.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::Invalid;
use super::file::{File, FileFormat};
use super::text;
use crate::domain::ids::{PersonId, UnitId};

/// Longest display name kept, in characters.
pub const MAX_NAME: usize = 200;
/// Longest subject kept, in characters.
pub const MAX_SUBJECT: usize = 300;
/// Longest value of any other header kept, in characters.
pub const MAX_HEADER: usize = 900;
/// Longest body kept (text and HTML each), in bytes.
pub const MAX_BODY: usize = 2 * 1024 * 1024;

/// A mail address that was checked: one `@`, a dotted domain, no spaces, quotes or control
/// characters, ASCII only, at most 254 octets (RFC 5321).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Reads the address that `field` holds; spaces around it are dropped.
    ///
    /// # Errors
    /// `mail` on `field`.
    pub fn parse(field: &'static str, value: &str) -> Result<Self, Invalid> {
        text::mail(field, value).map(Self)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`, in lower case.
    pub fn domain(&self) -> String {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        domain.to_ascii_lowercase()
    }

    /// The address in lower case: how two addresses are compared.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl PartialEq<str> for EmailAddress {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for EmailAddress {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for EmailAddress {
    type Err = Invalid;

    fn from_str(value: &str) -> Result<Self, Invalid> {
        Self::parse("mail", value)
    }
}

/// One mail to one recipient, complete and final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// What makes this mail this mail (`digest:<recipient>:<check>`): enqueued once per key,
    /// whatever runs twice.
    pub key: String,
    /// `<hash of the key@domain>`, see [`message_id`].
    pub message_id: String,
    /// Which sort of mail (`digest`, `summary`, `correction`…): for lists and counts only.
    pub kind: String,
    /// The recipient's address.
    pub to_mail: EmailAddress,
    /// The recipient's display name, may be empty.
    pub to_name: String,
    /// The person it goes to, if it is one.
    pub person_id: Option<PersonId>,
    /// The unit it is about.
    pub unit_id: Option<UnitId>,
    /// The subject, in clear.
    pub subject: String,
    /// The plain-text part.
    pub text: String,
    /// The HTML part; empty sends text only.
    pub html: String,
    /// What a build adds to the headers.
    pub headers: Extras,
    /// The Date header: when it was decided, kept on every retry.
    pub created_at: DateTime<Utc>,
    /// From this instant on it would be stale: it is given up instead of being sent.
    pub expires_at: Option<DateTime<Utc>>,
    /// The check (due instant) that caused it.
    pub check_at: Option<DateTime<Utc>>,
}

/// Optional headers of a mail and what is attached to it; stored as JSON beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Extras {
    /// An address for answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// A signed https link under which a POST stops these mails (RFC 8058); duty mail has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
    /// Message-ID of the mail this one follows up on, so that mail programs show them together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// The request or the run of a job that caused the mail: its id in the log and in the trail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Files that are attached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// A file that is attached to a mail, as it is stored: every try sends the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// What it is called.
    pub name: String,
    /// Its format.
    pub format: FileFormat,
    /// Its bytes, in Base64.
    pub base64: String,
}

impl Attachment {
    /// A file.
    pub fn of(file: &File) -> Self {
        Self {
            name: file.name.clone(),
            format: file.format,
            base64: STANDARD.encode(&file.bytes),
        }
    }

    /// Its bytes; `None` if they are damaged.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.base64).ok()
    }
}

crate::text_enum! {
    /// Where a mail stands on its way out.
    pub enum MailState {
        /// Waits for its first try.
        Queued,
        /// A process is sending it.
        Leased,
        /// The mail server took it.
        Sent,
        /// Refused for the time being, waits for the next try.
        Retry,
        /// Given up, with a reason; somebody has to look at it.
        Dead,
        /// The mail server may have taken it: one later try, with the same Message-ID (RFC 1047).
        Unknown,
    }
}

impl MailState {
    /// Does nothing more happen to it by itself?
    pub fn is_final(self) -> bool {
        matches!(self, Self::Sent | Self::Dead)
    }
}

impl Outgoing {
    /// Cleans every text as [`line()`] and [`body`] do. To be called where the mail is made;
    /// building does it again, because a row may have come into the database by another way.
    #[must_use]
    pub fn cleaned(mut self) -> Self {
        self.to_name = line(&self.to_name, MAX_NAME);
        self.subject = line(&self.subject, MAX_SUBJECT);
        self.message_id = line(&self.message_id, MAX_HEADER);
        self.text = body(&self.text);
        self.html = body(&self.html);
        let clean = |value: Option<String>| {
            value
                .map(|text| line(&text, MAX_HEADER))
                .filter(|text| !text.is_empty())
        };
        self.headers = Extras {
            reply_to: clean(self.headers.reply_to),
            unsubscribe: clean(self.headers.unsubscribe),
            in_reply_to: clean(self.headers.in_reply_to),
            request_id: clean(self.headers.request_id),
            attachments: self.headers.attachments,
        };
        self
    }
}

/// The Message-ID of the mail with this key: the same on every try, so that a receiver can drop a
/// copy.
pub fn message_id(key: &str, domain: &str) -> String {
    let mut id = String::with_capacity(34 + domain.len());
    id.push('<');
    id.push_str(&fingerprint(key));
    id.push('@');
    id.push_str(domain);
    id.push('>');
    id
}

/// The first 128 bits of the key's SHA-256, in hex.
pub fn fingerprint(key: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(key.as_bytes()).iter().take(16).fold(
        String::with_capacity(32),
        |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        },
    )
}

/// One line of text fit for a header: every control character, line separator and direction
/// override becomes a space, runs of spaces one space, and what exceeds `max` characters is cut
/// off.
pub fn line(text: &str, max: usize) -> String {
    let mut clean = String::with_capacity(text.len().min(4 * max));
    let mut length = 0;
    let words = text.split(|c: char| c.is_control() || c.is_whitespace() || is_invisible_mover(c));
    for word in words.filter(|word| !word.is_empty()) {
        let gap = usize::from(length > 0);
        if length + gap >= max {
            break;
        }
        if gap == 1 {
            clean.push(' ');
            length += 1;
        }
        for c in word.chars().take(max - length) {
            clean.push(c);
            length += 1;
        }
    }
    clean
}

/// Text of several lines: control characters other than line break and tab are dropped, line ends
/// become `\n`, and what exceeds [`MAX_BODY`] is cut off.
pub fn body(text: &str) -> String {
    let mut end = text.len().min(MAX_BODY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end).unwrap_or_default();
    // every control character begins with one of these bytes, and a mail is hardly ever sent with
    // one
    let suspect =
        |byte: u8| (byte < b' ' && !matches!(byte, b'\n' | b'\t')) || matches!(byte, 0x7f | 0xc2);
    if !text.bytes().any(suspect) {
        return text.to_owned();
    }
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

/// Characters that turn the writing direction or break lines without being control characters to
/// Unicode.
fn is_invisible_mover(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_no_control_characters_and_no_line_breaks() {
        assert_eq!(
            line(
                "  Công đoàn\r\nBcc: a@b.example\u{0}\u{1b}[31m\u{85}x\u{2028}y ",
                100
            ),
            "Công đoàn Bcc: a@b.example [31m x y"
        );
        assert_eq!(line("\r\n\t\u{0}", 10), "");
    }

    #[test]
    fn a_line_is_cut_by_characters_and_not_by_bytes() {
        assert_eq!(line("Tuyên giáo", 6), "Tuyên");
        assert_eq!(line("Tuyên giáo", 8), "Tuyên gi");
        assert_eq!(line(&"ạ".repeat(1_000_000), 300).chars().count(), 300);
    }

    #[test]
    fn a_body_keeps_its_lines_and_loses_other_controls() {
        assert_eq!(
            body("một\r\nhai\rba\u{0}\u{7}\tbốn\n"),
            "một\nhai\nba\tbốn\n"
        );
        assert!(body(&"ạ".repeat(MAX_BODY)).len() <= MAX_BODY);
    }

    #[test]
    fn the_message_id_depends_on_key_and_domain_alone() {
        let id = message_id("digest:7:2026-11-20T09:00:00Z", "tinbai.example");
        assert_eq!(
            id,
            message_id("digest:7:2026-11-20T09:00:00Z", "tinbai.example")
        );
        assert_ne!(
            id,
            message_id("digest:8:2026-11-20T09:00:00Z", "tinbai.example")
        );
        assert!(
            id.starts_with('<')
                && id.ends_with("@tinbai.example>")
                && id.len() == 1 + 32 + 1 + 14 + 1
        );
    }
}
