//! One SMTP connection, and what its replies mean.
//!
//! lettre's own pool is not used: it leaves Nagle's algorithm on (23 mails a second), sends a NOOP
//! before each mail and does not bound its connections. Here every delivery worker has its own
//! socket with nodelay and speaks command by command, so that each has its time-out and we know how
//! far a failed try got.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::transport::smtp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::build::Raw;
use super::outcome::{Outcome, Progress, Unreachable};
use crate::domain::mail::{MAX_HEADER, line};

/// A mail server and how to speak to it.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    /// Name or address of the server; certificates must be for this name.
    pub host: String,
    /// TCP port: usually 25, 465 (implicit TLS) or 587 (STARTTLS).
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Certificates (PEM) to trust besides those every browser trusts: for servers with a
    /// certificate of the app.
    pub extra_roots: Option<Vec<u8>>,
    /// The name we greet with.
    pub hello_name: String,
    /// User and password, if the server asks for them.
    pub login: Option<Login>,
    /// How long each step may take.
    pub timeouts: Timeouts,
}

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Not at all: for a server on the same machine.
    None,
    /// After STARTTLS; a server that does not offer it gets no mail.
    Starttls,
    /// From the first byte.
    Implicit,
}

/// User and password; never printed.
#[derive(Clone)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// How long each step may take. RFC 5321 (4.5.3.2) asks for minutes: servers delay
/// unknown clients on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// Name look-up, TCP connection, TLS, each.
    pub connect: Duration,
    /// Greeting, EHLO, AUTH, MAIL, RCPT, DATA, each.
    pub command: Duration,
    /// Sending the content and waiting for the reply to the final dot.
    pub content: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            content: Duration::from_secs(300),
        }
    }
}

/// One connection to a mail server.
pub struct SmtpLink {
    connection: AsyncSmtpConnection,
    timeouts: Timeouts,
    /// Whether it has sent a mail before: then the server may have closed it since.
    reused: bool,
    usable: bool,
}

impl fmt::Debug for SmtpLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpLink")
            .field("reused", &self.reused)
            .field("usable", &self.usable)
            .finish_non_exhaustive()
    }
}

/// Why a command failed.
enum Fault {
    /// The server refused: its code and its text.
    Reply { code: u16, words: String },
    /// There was no valid reply: connection lost, time-out, syntax error.
    Lost(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply { words, .. } | Self::Lost(words) => f.write_str(words),
        }
    }
}

impl SmtpLink {
    pub(super) async fn open(options: &SmtpOptions) -> Result<Self, Unreachable> {
        let at = format!("{}:{}", options.host, options.port);
        let failed = |step: &str, why: &dyn fmt::Display| {
            Unreachable(line(&format!("{step} {at}: {why}"), MAX_HEADER))
        };
        let within = options.timeouts;
        let tcp = in_time(
            within.connect,
            TcpStream::connect((options.host.as_str(), options.port)),
        )
        .await
        .map_err(|error| failed("cannot connect to", &error))?;
        tcp.set_nodelay(true)
            .map_err(|error| failed("cannot set nodelay on", &error))?;
        let stream: Box<dyn AsyncTokioStream> = if options.tls == Tls::Implicit {
            let secured = in_time(within.connect, encrypt(tcp, options)).await;
            Box::new(Secured(Box::new(
                secured.map_err(|error| failed("no TLS with", &error))?,
            )))
        } else {
            Box::new(tcp)
        };
        let hello = ClientId::Domain(options.hello_name.clone());
        let connection = in_time(within.command, async {
            AsyncSmtpConnection::connect_with_transport(stream, &hello)
                .await
                .map_err(io::Error::other)
        })
        .await
        .map_err(|error| failed("no welcome from", &error))?;
        let mut link = Self {
            connection,
            timeouts: within,
            reused: false,
            usable: true,
        };
        if options.tls == Tls::Starttls {
            let parameters =
                tls_parameters(options).map_err(|error| failed("no STARTTLS with", &error))?;
            step(within.connect, link.connection.starttls(parameters, &hello))
                .await
                .map_err(|fault| failed("no STARTTLS with", &fault))?;
        }
        if let Some(Login { user, password }) = &options.login {
            let credentials = Credentials::new(user.clone(), password.clone());
            let sign_in = link
                .connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
            step(within.command, sign_in)
                .await
                .map_err(|fault| failed("cannot sign in at", &fault))?;
        }
        Ok(link)
    }

    pub(super) fn is_usable(&self) -> bool {
        self.usable && !self.connection.has_broken()
    }

    pub(super) async fn send(&mut self, raw: &Raw, progress: &Progress) -> Outcome {
        let reused = std::mem::replace(&mut self.reused, true);
        let within = self.timeouts;
        let mail = Mail::new(raw.envelope.from().cloned(), Vec::new());
        if let Err(fault) = step(within.command, self.connection.command(mail)).await {
            return self.failed_at_mail(&fault, reused);
        }
        for recipient in raw.envelope.to() {
            let recipient = Rcpt::new(recipient.clone(), Vec::new());
            if let Err(fault) = step(within.command, self.connection.command(recipient)).await {
                return self.failed_at("RCPT", &fault).await;
            }
        }
        if let Err(fault) = step(within.command, self.connection.command(Data)).await {
            return self.failed_at("DATA", &fault).await;
        }
        progress.hand_over();
        match step(within.content, self.connection.message(&raw.bytes)).await {
            Ok(()) => Outcome::Sent,
            Err(fault) => self.failed_at_final_dot(&fault),
        }
    }

    /// A stale connection does not count as a try (R11); a refused sender concerns all mails.
    fn failed_at_mail(&mut self, fault: &Fault, reused: bool) -> Outcome {
        self.usable = false;
        let words = told("MAIL", fault);
        match fault {
            Fault::Lost(_) | Fault::Reply { code: 421, .. } if reused => Outcome::Reopen(words),
            Fault::Reply {
                code: 451,
                words: reply,
            } if reused && reply.contains("4.4.2") => Outcome::Reopen(words),
            Fault::Reply { code: 500.., .. } => Outcome::Refused(words),
            Fault::Reply { .. } | Fault::Lost(_) => Outcome::Retry(words),
        }
    }

    async fn failed_at(&mut self, command: &str, fault: &Fault) -> Outcome {
        let words = told(command, fault);
        if let Fault::Reply { code: 500.., .. } = fault {
            self.usable = step(self.timeouts.command, self.connection.command(Rset))
                .await
                .is_ok();
            Outcome::Dead(words)
        } else {
            self.usable = false;
            Outcome::Retry(words)
        }
    }

    /// Without a reply the server may have taken the mail (R9).
    fn failed_at_final_dot(&mut self, fault: &Fault) -> Outcome {
        let words = told("the final dot", fault);
        match fault {
            Fault::Reply { code: 500.., .. } => Outcome::Dead(words),
            Fault::Reply { .. } => {
                self.usable = false;
                Outcome::Retry(words)
            }
            Fault::Lost(_) => {
                self.usable = false;
                Outcome::Unknown(words)
            }
        }
    }

    pub(super) async fn close(mut self) {
        if self.is_usable() {
            let _ = timeout(Duration::from_secs(2), self.connection.quit()).await;
        }
    }
}

fn told(command: &str, fault: &Fault) -> String {
    line(&format!("{command}: {fault}"), MAX_HEADER)
}

async fn step<T>(
    limit: Duration,
    command: impl Future<Output = Result<T, smtp::Error>>,
) -> Result<(), Fault> {
    match timeout(limit, command).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(match error.status() {
            Some(code) => Fault::Reply {
                code: code.into(),
                words: error.to_string(),
            },
            None => Fault::Lost(error.to_string()),
        }),
        Err(_) => Err(Fault::Lost(format!("no reply within {limit:?}"))),
    }
}

async fn in_time<T>(limit: Duration, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no answer within {limit:?}"),
        ))
    })
}

fn tls_parameters(options: &SmtpOptions) -> Result<TlsParameters, smtp::Error> {
    let mut builder = TlsParameters::builder(options.host.clone());
    if let Some(pem) = &options.extra_roots {
        builder = builder.add_root_certificate(Certificate::from_pem(pem)?);
    }
    builder.build_rustls()
}

async fn encrypt(tcp: TcpStream, options: &SmtpOptions) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(pem) = &options.extra_roots {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots
                .add(certificate.map_err(io::Error::other)?)
                .map_err(io::Error::other)?;
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(options.host.clone()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
}

/// A TLS connection in the form that lettre takes.
#[derive(Debug)]
struct Secured(Box<TlsStream<TcpStream>>);

impl AsyncTokioStream for Secured {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().0.peer_addr()
    }
}

impl AsyncRead for Secured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Secured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
