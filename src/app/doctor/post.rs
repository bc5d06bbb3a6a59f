//! The mail server: whether it lets us in, what it offers, how long its certificate holds. No mail
//! is sent.

use chrono::{DateTime, TimeDelta, Utc};

use super::Finding;
use crate::app::runtime;
use crate::config::MailSettings;
use crate::domain::text::local_time;
use crate::mail::{self, Offers, Transport};

/// A certificate that holds no longer than this is looked after now.
const SOON: TimeDelta = TimeDelta::days(14);

pub(super) fn examine(settings: &MailSettings, now: DateTime<Utc>) -> Vec<Finding> {
    let transport = match mail::from_settings(settings) {
        Ok((transport, _)) => transport,
        Err(cause) => return vec![unreachable(cause)],
    };
    let Transport::Smtp(options) = transport else {
        let aside = Finding::warning("smtp", "smtp_unused");
        return vec![aside.with("transport", transport.describe())];
    };
    let probed = match runtime() {
        Ok(runtime) => runtime.block_on(mail::probe(&options)),
        Err(cause) => return vec![unreachable(cause)],
    };
    match probed {
        Ok(offers) => {
            let mut found = vec![offered(&offers, &options.host)];
            found.extend(offers.expires_at.map(|at| certificate(at, now)));
            found
        }
        Err(cause) => vec![unreachable(cause)],
    }
}

fn unreachable(cause: impl std::fmt::Display) -> Finding {
    Finding::wrong("smtp", "smtp_unreachable").with("cause", cause)
}

fn offered(offers: &Offers, host: &str) -> Finding {
    let words = match offers.words.join(", ") {
        none if none.is_empty() => "-".to_owned(),
        words => words,
    };
    let code = match (offers.encrypted, offers.signed_in) {
        (true, true) => "smtp_signed_in",
        (true, false) => "smtp_encrypted",
        (false, _) => "smtp_plain",
    };
    Finding::ok("smtp", code)
        .with("host", host)
        .with("offers", words)
}

fn certificate(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Finding {
    match expires_at - now < SOON {
        true => Finding::warning("certificate", "certificate_soon"),
        false => Finding::ok("certificate", "certificate_ok"),
    }
    .with("at", local_time(expires_at))
}
