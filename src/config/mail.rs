//! How mails are sent: transport, addresses, pace and retries. The texts of mails live in
//! `config/locales/`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Days, Seconds, Secret};
use crate::domain::error::Invalid;

/// Where a mail goes when it leaves the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    /// To an SMTP server.
    Smtp,
    /// Into a directory, one `.eml` file each.
    File,
    /// Into the process's memory; for tests.
    Memory,
}

/// `[mail]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MailSettings {
    /// Where mails go.
    pub transport: MailTransport,
    /// Directory of the `file` transport; made when missing.
    pub directory: PathBuf,
    /// Address in `From`.
    pub from: String,
    /// Name in `From`.
    pub from_name: String,
    /// Envelope sender, to which bounces go; `from` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub envelope_from: Option<String>,
    /// Address in `Reply-To`; none if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Right-hand side of every Message-ID; the domain of `from` if absent. If it is changed
    /// while mails wait, some may be sent twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id_domain: Option<String>,
    /// The selector of the key with which the mail server signs (DKIM): `tinbai doctor` looks for
    /// it. Nothing is signed here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dkim_selector: Option<String>,
    /// Mails that were sent or given up are kept this long, then purged.
    pub keep_days: Days,
    /// The SMTP server.
    pub smtp: SmtpSettings,
    /// Pace and retries.
    pub delivery: DeliverySettings,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            transport: MailTransport::File,
            directory: PathBuf::from("mail"),
            from: "tinbai@tinbai.example".to_owned(),
            from_name: "Tin bài".to_owned(),
            envelope_from: None,
            reply_to: None,
            message_id_domain: None,
            dkim_selector: None,
            keep_days: Days(400),
            smtp: SmtpSettings::default(),
            delivery: DeliverySettings::default(),
        }
    }
}

impl MailSettings {
    /// Address to which bounces go.
    pub fn envelope_from(&self) -> &str {
        self.envelope_from.as_deref().unwrap_or(&self.from)
    }

    /// Right-hand side of every Message-ID.
    pub fn message_id_domain(&self) -> &str {
        let of_sender = || {
            self.from
                .rsplit_once('@')
                .map_or("localhost", |(_, domain)| domain)
        };
        self.message_id_domain.as_deref().unwrap_or_else(of_sender)
    }

    pub(super) fn check(&self, faults: &mut Vec<Invalid>) {
        let addresses = [
            ("mail.from", Some(&self.from)),
            ("mail.envelope_from", self.envelope_from.as_ref()),
            ("mail.reply_to", self.reply_to.as_ref()),
        ];
        for (key, address) in addresses {
            if let Some(address) = address.filter(|address| !looks_like_an_address(address)) {
                faults.push(Invalid::new(key, "config_mail_address").with("value", address));
            }
        }
        if self.from_name.chars().any(char::is_control) {
            faults.push(Invalid::new("mail.from_name", "control_characters"));
        }
        if self
            .message_id_domain
            .as_ref()
            .is_some_and(|domain| !looks_like_a_host(domain))
        {
            faults.push(
                Invalid::new("mail.message_id_domain", "config_host")
                    .with("value", self.message_id_domain()),
            );
        }
        within!(faults, "mail", self, {
            keep_days: 1..=36_500,
        });
        self.smtp.check(faults);
        self.delivery.check(faults);
    }
}

/// How the connection to the SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTls {
    /// Not at all; only for a server on the same machine.
    None,
    /// Plain first, then STARTTLS, which is required.
    Starttls,
    /// TLS from the first byte (port 465).
    Implicit,
}

/// `[mail.smtp]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SmtpSettings {
    /// Name of the server; its certificate must be for this name.
    pub host: String,
    /// Its port: 587 with STARTTLS, 465 with TLS, 25 without.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// User name; without one no sign-in is tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Password; better given by `TINBAI_MAIL__SMTP__PASSWORD` or `password_file`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
    /// A file whose only line is the password; wins over `password`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// A file with certificates (PEM) to trust besides those of public authorities: the server's
    /// own certificate, or the authority that issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Name by which we greet the server; the domain of `mail.from` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hello_name: Option<String>,
    /// Time-out for connecting, TLS and sign-in.
    pub connect_timeout_seconds: Seconds,
    /// Time-out for each command and its reply; the content of a mail may take five times as long.
    pub command_timeout_seconds: Seconds,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 587,
            tls: SmtpTls::Starttls,
            user: None,
            password: None,
            password_file: None,
            ca_file: None,
            hello_name: None,
            connect_timeout_seconds: Seconds(15),
            command_timeout_seconds: Seconds(60),
        }
    }
}

impl SmtpSettings {
    fn check(&self, faults: &mut Vec<Invalid>) {
        if !looks_like_a_host(&self.host) {
            faults.push(Invalid::new("mail.smtp.host", "config_host").with("value", &self.host));
        }
        if self.user.is_some() != self.password.is_some() {
            let missing = if self.user.is_some() {
                "mail.smtp.password"
            } else {
                "mail.smtp.user"
            };
            faults.push(Invalid::new(missing, "config_login_half"));
        }
        if self.user.is_some()
            && self.tls == SmtpTls::None
            && !["localhost", "127.0.0.1", "::1"].contains(&&*self.host)
        {
            faults.push(Invalid::new("mail.smtp.tls", "config_login_in_clear"));
        }
        within!(faults, "mail.smtp", self, {
            port: 1..=65_535,
            connect_timeout_seconds: 1..=600,
            command_timeout_seconds: 1..=600,
        });
    }
}

/// `[mail.delivery]`: sending the mails of the outbox (rules R6 to R11 and R19 of
/// docs/RELIABILITY.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeliverySettings {
    /// Connections held at once; also the most mails that a crash can send twice.
    pub connections: u16,
    /// Mails claimed in one statement.
    pub batch: u16,
    /// How long a claim holds before another worker may take the mail.
    pub lease_seconds: Seconds,
    /// The outbox is checked at least this often.
    pub poll_seconds: Seconds,
    /// First wait after a temporary refusal; grey lists want at least 5 minutes. Doubles with each
    /// try.
    pub retry_first_seconds: Seconds,
    /// Longest wait between two tries.
    pub retry_max_seconds: Seconds,
    /// A mail that was not accepted this long after it was queued is given up, once it has had
    /// `give_up_tries` tries.
    pub give_up_seconds: Seconds,
    /// The fewest tries before a mail is given up, however old it is: after an outage of days a
    /// grey list refuses the first try of every mail.
    pub give_up_tries: u16,
    /// Mails to one recipient domain in flight at once. Unless this allows one domain all
    /// connections, a domain takes at most half of those that the other domains leave.
    pub per_domain: u16,
    /// Pause after the server refused us as a whole.
    pub circuit_seconds: Seconds,
    /// Mails in flight get this long when the process stops.
    pub drain_timeout_seconds: Seconds,
}

impl Default for DeliverySettings {
    fn default() -> Self {
        Self {
            connections: 8,
            batch: 100,
            lease_seconds: Seconds(180),
            poll_seconds: Seconds(5),
            retry_first_seconds: Seconds(300),
            retry_max_seconds: Seconds(7_200),
            give_up_seconds: Seconds(259_200),
            give_up_tries: 10,
            per_domain: 4,
            circuit_seconds: Seconds(300),
            drain_timeout_seconds: Seconds(10),
        }
    }
}

impl DeliverySettings {
    fn check(&self, faults: &mut Vec<Invalid>) {
        let retry_max = u64::from(self.retry_max_seconds.0);
        within!(faults, "mail.delivery", self, {
            connections: 1..=256,
            batch: 1..=1_000,
            lease_seconds: 30..=3_600,
            poll_seconds: 1..=30,
            retry_first_seconds: 300..=retry_max.max(300),
            retry_max_seconds: 300..=86_400,
            give_up_seconds: retry_max..=2_592_000,
            give_up_tries: 1..=100,
            per_domain: 1..=256,
            circuit_seconds: 1..=86_400,
            drain_timeout_seconds: 1..=600,
        });
    }
}

/// A rough check; the mail server decides whether it accepts the address.
fn looks_like_an_address(text: &str) -> bool {
    let unusual = |c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c);
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty() && !text.contains(unusual) && looks_like_a_host(domain)
        }
        None => false,
    }
}

fn looks_like_a_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "-.:[]".contains(c))
}
