//! Why a mail was given up, told from what was recorded of its last try.

/// Begins the error of a mail that was not sent because it would have come too late.
pub const STALE: &str = "not sent: it would have been stale since";

/// Begins the error of a mail that may have arrived.
pub const DOUBTFUL: &str = "nobody knows whether it arrived";

/// Begins the error of a mail that was tried often enough.
pub const TRIED: &str = "given up after";

/// The error of mails to a disabled account.
pub const CANCELLED: &str = "tài khoản đã bị khóa (account disabled)";

crate::text_enum! {
    /// Why a mail was given up.
    pub enum DeadCause {
        /// The recipient's server knows no such mailbox.
        NoMailbox,
        /// The mailbox takes no mails.
        MailboxOff,
        /// The mailbox is full.
        MailboxFull,
        /// The mail is too large.
        TooLarge,
        /// The recipient's server does not want it: its policy, suspicion of spam.
        Unwanted,
        /// The recipient's server did not take it, however often it was tried.
        Tried,
        /// It may have arrived; it is not sent a third time.
        Doubtful,
        /// It would have come too late.
        Stale,
        /// The account of its reader was disabled.
        Cancelled,
        /// Anything else.
        Other,
    }
}

impl DeadCause {
    /// The cause behind a recorded error.
    pub fn of(error: &str) -> Self {
        let begins = [
            (STALE, Self::Stale),
            (DOUBTFUL, Self::Doubtful),
            (TRIED, Self::Tried),
            (CANCELLED, Self::Cancelled),
        ];
        let known = begins.iter().find(|(begin, _)| error.starts_with(begin));
        match (known, enhanced(error)) {
            (Some((_, cause)), _) => *cause,
            (None, Some((1, _))) => Self::NoMailbox,
            (None, Some((2, 2))) => Self::MailboxFull,
            (None, Some((2, 3) | (3, 4))) => Self::TooLarge,
            (None, Some((2, _))) => Self::MailboxOff,
            (None, Some((7, _))) => Self::Unwanted,
            (None, Some(_) | None) => of_code(error),
        }
    }

    /// Whether mails to this address do not arrive until somebody corrects it.
    pub const fn is_of_address(self) -> bool {
        matches!(
            self,
            Self::NoMailbox | Self::MailboxOff | Self::MailboxFull | Self::Unwanted | Self::Tried
        )
    }
}

/// Subject and detail of a permanent status code as RFC 3463 writes it: `5.1.1`.
fn enhanced(error: &str) -> Option<(u16, u16)> {
    let words = error.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    words
        .filter_map(|word| word.strip_prefix("5."))
        .find_map(|rest| {
            let (subject, detail) = rest.split_once('.')?;
            Some((subject.parse().ok()?, detail.parse().ok()?))
        })
}

/// By the reply code alone (RFC 5321).
fn of_code(error: &str) -> DeadCause {
    let mut words = error.split(|c: char| !c.is_ascii_digit());
    match words.find(|word| word.len() == 3 && word.starts_with('5')) {
        Some("550" | "551" | "553") => DeadCause::NoMailbox,
        Some("552") => DeadCause::TooLarge,
        Some("554") => DeadCause::Unwanted,
        _ => DeadCause::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_from_the_recorded_error() {
        for (error, cause) in [
            ("RCPT TO: 550 5.1.1 no such user", DeadCause::NoMailbox),
            ("RCPT TO: 550 mailbox unavailable", DeadCause::NoMailbox),
            ("RCPT TO: 552 5.2.2 quota exceeded", DeadCause::MailboxFull),
            ("RCPT TO: 550 5.2.1 disabled", DeadCause::MailboxOff),
            ("DATA: 552 5.3.4 too big", DeadCause::TooLarge),
            ("DATA: 550 5.7.1 spam", DeadCause::Unwanted),
            ("DATA: 554 refused", DeadCause::Unwanted),
            (
                "given up after 10 tries: RCPT TO: 450 4.2.0 later",
                DeadCause::Tried,
            ),
            (
                "nobody knows whether it arrived, after two tries: x",
                DeadCause::Doubtful,
            ),
            (
                "not sent: it would have been stale since 2026-11-20",
                DeadCause::Stale,
            ),
            (CANCELLED, DeadCause::Cancelled),
            ("the message is missing", DeadCause::Other),
            ("", DeadCause::Other),
        ] {
            assert_eq!(DeadCause::of(error), cause, "{error}");
        }
        assert!(DeadCause::NoMailbox.is_of_address());
        assert!(!DeadCause::Cancelled.is_of_address());
    }
}
