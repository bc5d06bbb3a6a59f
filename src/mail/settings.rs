//! Builds the transport and the sender from the settings.

use super::build::{Builder, Unbuildable};
use super::memory::Memory;
use super::smtp::{Login, SmtpOptions, Timeouts, Tls};
use super::transport::Transport;
use crate::config::{MailSettings, MailTransport, SmtpSettings, SmtpTls};

/// The transport and the builder that these settings ask for.
///
/// # Errors
/// If the address of the sender or of bounces is invalid.
pub fn from_settings(settings: &MailSettings) -> Result<(Transport, Builder), Unbuildable> {
    let builder = Builder::new(
        &settings.from_name,
        &settings.from,
        settings.envelope_from(),
    )?;
    let transport = match settings.transport {
        MailTransport::Smtp => Transport::Smtp(Box::new(smtp(&settings.smtp, builder.domain()))),
        MailTransport::File => Transport::File(settings.directory.clone()),
        MailTransport::Memory => Transport::Memory(Memory::default()),
    };
    Ok((transport, builder))
}

fn smtp(settings: &SmtpSettings, own_domain: &str) -> SmtpOptions {
    let login = settings.user.clone().zip(settings.password.as_ref());
    SmtpOptions {
        host: settings.host.clone(),
        port: settings.port,
        tls: match settings.tls {
            SmtpTls::None => Tls::None,
            SmtpTls::Starttls => Tls::Starttls,
            SmtpTls::Implicit => Tls::Implicit,
        },
        ca_file: settings.ca_file.clone(),
        hello_name: settings
            .hello_name
            .clone()
            .unwrap_or_else(|| own_domain.to_owned()),
        login: login.map(|(user, password)| Login {
            user,
            password: password.expose().to_owned(),
        }),
        timeouts: Timeouts::new(
            settings.connect_timeout_seconds.duration(),
            settings.command_timeout_seconds.duration(),
        ),
    }
}
