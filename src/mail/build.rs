//! Turns a stored mail into the bytes that are sent. The same row gives the same bytes every time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart, SinglePart};

use crate::domain::mail::{Attachment, Extras, MAX_HEADER, MAX_NAME, Outgoing, fingerprint, line};

/// The header with the id of the request, or of the run of a job, that caused a mail.
const REQUEST_ID: &str = "X-Tinbai-Request-Id";

/// A mail ready to be sent: envelope and bytes.
#[derive(Debug, Clone)]
pub struct Raw {
    /// Envelope sender and recipient; bounces go to the former.
    pub(super) envelope: Envelope,
    /// The whole message, lines ended by CRLF, without dot stuffing.
    pub bytes: Vec<u8>,
    /// The Message-ID, with its angle brackets.
    pub message_id: String,
    /// A name for a file that sorts by date and is the same on every try.
    pub file_name: String,
}

/// Why a stored mail cannot be turned into bytes; recorded with the mail, which is given up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot be built: {0}")]
pub struct Unbuildable(pub String);

/// Who our mails come from.
#[derive(Debug, Clone)]
pub struct Builder {
    from: Mailbox,
    bounces: Address,
}

impl Builder {
    /// Mails from `name <mail>`; bounces go to `envelope_sender`.
    ///
    /// # Errors
    /// If an address is invalid.
    pub fn new(name: &str, mail: &str, envelope_sender: &str) -> Result<Self, Unbuildable> {
        let name = line(name, MAX_NAME);
        let from = address(mail, "sender")?;
        let bounces = address(envelope_sender, "envelope sender")?;
        Ok(Self {
            from: Mailbox::new((!name.is_empty()).then_some(name), from),
            bounces,
        })
    }

    /// The domain of the sender, for [`crate::domain::mail::message_id`].
    #[must_use]
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// The bytes of `mail`. A row with any content causes at most an [`Unbuildable`]: lettre panics
    /// on a control character in a name, so texts are cleaned here again and the build runs under
    /// `catch_unwind`.
    ///
    /// # Errors
    /// Why the mail cannot be built.
    pub fn build(&self, mail: &Outgoing) -> Result<Raw, Unbuildable> {
        catch_unwind(AssertUnwindSafe(|| {
            self.build_cleaned(mail.clone().cleaned())
        }))
        .unwrap_or_else(|panic| {
            let why = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or(panic.downcast_ref::<&str>().copied());
            Err(Unbuildable(format!(
                "the builder panicked: {}",
                line(why.unwrap_or("no message"), MAX_HEADER)
            )))
        })
    }

    fn build_cleaned(&self, mail: Outgoing) -> Result<Raw, Unbuildable> {
        let to = address(mail.to_mail.as_str(), "recipient")?;
        let message_id = checked_message_id(mail.message_id)?;
        let date = u64::try_from(mail.created_at.timestamp())
            .map_err(|_| Unbuildable("the date is before 1970".into()))?;
        let builder = Message::builder()
            .header(lettre::message::header::Date::new(
                SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(date),
            ))
            .from(self.from.clone())
            .to(Mailbox::new(
                (!mail.to_name.is_empty()).then_some(mail.to_name),
                to.clone(),
            ))
            .subject(mail.subject)
            .header(lettre::message::header::MessageId::from(message_id.clone()))
            .header(AutoSubmitted);
        let files = mail.headers.attachments.clone();
        let builder = with_optional_headers(builder, mail.headers)?;
        let envelope = Envelope::new(Some(self.bounces.clone()), vec![to])
            .map_err(|e| Unbuildable(e.to_string()))?;
        let fingerprint = fingerprint(&message_id);
        let message = with_body(
            builder.envelope(envelope.clone()),
            (mail.text, mail.html),
            &files,
            &fingerprint,
        )?;
        let date = mail.created_at.format("%Y%m%dT%H%M%S%6fZ");
        Ok(Raw {
            envelope,
            bytes: message.formatted(),
            message_id,
            file_name: format!("{date}-{fingerprint}.eml"),
        })
    }
}

/// Adds the headers that only some mails have: where replies go, the mail that this one follows, the
/// link to unsubscribe, and the request that caused it.
fn with_optional_headers(
    mut builder: MessageBuilder,
    headers: Extras,
) -> Result<MessageBuilder, Unbuildable> {
    if let Some(reply_to) = &headers.reply_to {
        builder = builder.reply_to(Mailbox::new(None, address(reply_to, "reply-to")?));
    }
    if let Some(parent) = headers.in_reply_to {
        let parent = checked_message_id(parent)?;
        builder = builder.in_reply_to(parent.clone()).references(parent);
    }
    // ids are hexadecimal; a row that came into the database by another way may hold anything
    if let Some(id) = headers.request_id.filter(|id| id.is_ascii()) {
        builder = builder.raw_header(ascii_header(REQUEST_ID, id)?);
    }
    if let Some(link) = &headers.unsubscribe {
        let link = checked_link(link)?;
        builder = builder.raw_header(ascii_header("List-Unsubscribe", format!("<{link}>"))?);
        builder = builder.raw_header(ascii_header(
            "List-Unsubscribe-Post",
            "List-Unsubscribe=One-Click".into(),
        )?);
    }
    Ok(builder)
}

/// The message with its body: the text alone, or the text and the HTML as alternatives; with files, the
/// body and the files one after another.
fn with_body(
    builder: MessageBuilder,
    (text, html): (String, String),
    files: &[Attachment],
    fingerprint: &str,
) -> Result<Message, Unbuildable> {
    let text = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .body(text);
    if files.is_empty() {
        let message = match html.is_empty() {
            true => builder.singlepart(text),
            false => builder.multipart(alternatives(text, html, fingerprint)),
        };
        return message.map_err(|error| Unbuildable(error.to_string()));
    }
    let mixed = MultiPart::mixed().boundary(format!("tinbai-mixed-{fingerprint}"));
    let mut parts = match html.is_empty() {
        true => mixed.singlepart(text),
        false => mixed.multipart(alternatives(text, html, fingerprint)),
    };
    for file in files {
        parts = parts.singlepart(attached(file)?);
    }
    let message = builder.multipart(parts);
    message.map_err(|error| Unbuildable(error.to_string()))
}

/// The default boundary is random, but a retry has to send the same bytes.
fn alternatives(text: SinglePart, html: String, fingerprint: &str) -> MultiPart {
    let html = SinglePart::builder()
        .header(ContentType::TEXT_HTML)
        .body(html);
    MultiPart::alternative()
        .boundary(format!("tinbai-{fingerprint}"))
        .singlepart(text)
        .singlepart(html)
}

fn attached(file: &Attachment) -> Result<SinglePart, Unbuildable> {
    let broken = |what: &str| {
        Unbuildable(format!(
            "the attachment \"{}\" {what}",
            line(&file.name, 100)
        ))
    };
    let bytes = file.bytes().ok_or_else(|| broken("is damaged"))?;
    let kind = ContentType::parse(file.format.media_type()).map_err(|_| broken("has no type"))?;
    Ok(lettre::message::Attachment::new(line(&file.name, 100)).body(bytes, kind))
}

/// Asks that no automatic reply is sent to our mails (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

fn address(text: &str, whose: &str) -> Result<Address, Unbuildable> {
    let shown = line(text, 100);
    let address: Address = text
        .trim()
        .parse()
        .map_err(|_| Unbuildable(format!("{whose} address \"{shown}\" is none")))?;
    if address.to_string().is_ascii() {
        Ok(address)
    } else {
        Err(Unbuildable(format!(
            "{whose} address \"{shown}\" has letters outside ASCII"
        )))
    }
}

fn checked_message_id(id: String) -> Result<String, Unbuildable> {
    let inner = id
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap_or_default();
    let sound = inner
        .split_once('@')
        .is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
        && inner
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>'))
        && inner.len() <= 250;
    if sound {
        Ok(id)
    } else {
        Err(Unbuildable(format!(
            "\"{}\" is no Message-ID",
            line(&id, 100)
        )))
    }
}

/// Checks that a link uses https, as RFC 8058 asks, and holds no character that could end the angle
/// brackets and begin a second link.
fn checked_link(link: &str) -> Result<&str, Unbuildable> {
    let sound = link.starts_with("https://")
        && link
            .bytes()
            .all(|b| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b','));
    if sound {
        Ok(link)
    } else {
        Err(Unbuildable(format!(
            "\"{}\" is no https link",
            line(link, 100)
        )))
    }
}

/// A header whose value is ASCII and must not be folded or encoded (links).
fn ascii_header(name: &'static str, value: String) -> Result<HeaderValue, Unbuildable> {
    let name = HeaderName::new_from_ascii(name.to_owned())
        .map_err(|error| Unbuildable(error.to_string()))?;
    Ok(HeaderValue::dangerous_new_pre_encoded(
        name,
        value.clone(),
        value,
    ))
}

#[cfg(test)]
#[path = "build_tests.rs"]
mod tests;
