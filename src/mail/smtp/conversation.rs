//! A connection to a mail server, plain or encrypted: one command and its reply at a time.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::SmtpOptions;
use super::reply::{Malformed, Reply};
use super::tls::encrypt;

/// Why a command failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server refused.
    Reply(Reply),
    /// There was no valid reply: connection lost, time-out, syntax error.
    Lost(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reply(reply) => f.write_str(&reply.words()),
            Self::Lost(why) => f.write_str(why),
        }
    }
}

impl Fault {
    /// The code of the reply; `None` if there was none.
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Reply(reply) => Some(reply.code),
            Self::Lost(_) => None,
        }
    }

    /// Its enhanced status code, if it has one.
    pub(super) fn enhanced(&self) -> Option<(u16, u16, u16)> {
        match self {
            Self::Reply(reply) => reply.enhanced(),
            Self::Lost(_) => None,
        }
    }
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The connection and what was received over it and not read yet.
pub(super) struct Conversation {
    stream: Stream,
    received: Vec<u8>,
}

impl Conversation {
    pub(super) fn plain(tcp: TcpStream) -> Self {
        Self {
            stream: Stream::Plain(tcp),
            received: Vec::new(),
        }
    }

    /// The connection, encrypted from now on.
    pub(super) async fn encrypted(self, options: &SmtpOptions) -> io::Result<Self> {
        let Stream::Plain(tcp) = self.stream else {
            return Ok(self);
        };
        // what came before the encryption may have been put there by somebody else
        if !self.received.is_empty() {
            return Err(io::Error::other("unencrypted bytes after STARTTLS"));
        }
        let tls = in_time(options.timeouts.connect, encrypt(tcp, options)).await?;
        Ok(Self {
            stream: Stream::Tls(Box::new(tls)),
            received: Vec::new(),
        })
    }

    /// The server's certificate, if the connection is encrypted.
    pub(super) fn certificate(&self) -> Option<&[u8]> {
        match &self.stream {
            Stream::Plain(_) => None,
            Stream::Tls(stream) => {
                let shown = stream.get_ref().1.peer_certificates()?.first()?;
                Some(shown.as_ref())
            }
        }
    }

    /// Reads a reply without having sent anything: the greeting.
    pub(super) async fn greeting(&mut self, limit: Duration) -> Result<Reply, Fault> {
        positive(within(limit, self.reply()).await?)
    }

    /// Sends a command; its reply, if that is 2xx.
    pub(super) async fn command(&mut self, line: &str, limit: Duration) -> Result<Reply, Fault> {
        positive(self.exchange(line, limit).await?)
    }

    /// Sends a command; its reply, if that asks to go on (3xx).
    pub(super) async fn intermediate(&mut self, line: &str, limit: Duration) -> Result<(), Fault> {
        let reply = self.exchange(line, limit).await?;
        match reply.code {
            300..400 => Ok(()),
            400.. => Err(Fault::Reply(reply)),
            _ => Err(unexpected(&reply)),
        }
    }

    async fn exchange(&mut self, line: &str, limit: Duration) -> Result<Reply, Fault> {
        let bytes = format!("{line}\r\n");
        within(limit, async {
            self.write(bytes.as_bytes()).await?;
            self.reply().await
        })
        .await
    }

    /// Sends the content of a mail, with its final dot.
    pub(super) async fn content(&mut self, mail: &[u8], limit: Duration) -> Result<(), Fault> {
        let bytes = dot_stuffed(mail);
        let reply = within(limit, async {
            self.write(&bytes).await?;
            self.reply().await
        });
        positive(reply.await?).map(|_| ())
    }

    /// Says goodbye, and ends the encryption properly: some servers log it as an attack otherwise.
    pub(super) async fn farewell(&mut self, limit: Duration) -> Result<(), Fault> {
        self.command("QUIT", limit).await?;
        let ended = match &mut self.stream {
            Stream::Plain(stream) => stream.shutdown().await,
            Stream::Tls(stream) => stream.shutdown().await,
        };
        ended.map_err(|error| Fault::Lost(error.to_string()))
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let written = match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes).await,
            Stream::Tls(stream) => match stream.write_all(bytes).await {
                Ok(()) => stream.flush().await,
                Err(error) => Err(error),
            },
        };
        written.map_err(|error| Fault::Lost(error.to_string()))
    }

    async fn reply(&mut self) -> Result<Reply, Fault> {
        let mut bytes = [0; 4096];
        loop {
            match Reply::take(&mut self.received) {
                Ok(Some(reply)) => return Ok(reply),
                Ok(None) => {}
                Err(Malformed(why)) => return Err(Fault::Lost(why)),
            }
            let read = match &mut self.stream {
                Stream::Plain(stream) => stream.read(&mut bytes).await,
                Stream::Tls(stream) => stream.read(&mut bytes).await,
            };
            match read {
                Ok(0) => return Err(Fault::Lost("the connection was closed".to_owned())),
                Ok(read) => self
                    .received
                    .extend_from_slice(bytes.get(..read).unwrap_or_default()),
                // over TLS: without its farewell
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(Fault::Lost("the connection was closed".to_owned()));
                }
                Err(error) => return Err(Fault::Lost(error.to_string())),
            }
        }
    }
}

fn positive(reply: Reply) -> Result<Reply, Fault> {
    match reply.code {
        200..300 => Ok(reply),
        400.. => Err(Fault::Reply(reply)),
        _ => Err(unexpected(&reply)),
    }
}

fn unexpected(reply: &Reply) -> Fault {
    Fault::Lost(format!("unexpected reply: {}", reply.words()))
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    timeout(limit, work)
        .await
        .unwrap_or_else(|_| Err(Fault::Lost(format!("no reply within {limit:?}"))))
}

pub(super) async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("no answer within {limit:?}"),
        ))
    })
}

/// The lines of a mail with leading dots doubled (RFC 5321, 4.5.2), and the final dot.
fn dot_stuffed(mail: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(mail.len() + 64);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.first() == Some(&b'.') {
            bytes.push(b'.');
        }
        bytes.extend_from_slice(line);
    }
    if !bytes.is_empty() && !bytes.ends_with(b"\r\n") {
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b".\r\n");
    bytes
}

#[cfg(test)]
mod tests {
    use super::dot_stuffed;

    #[test]
    fn leading_dots_are_doubled_and_the_mail_ends_with_one() {
        assert_eq!(
            dot_stuffed(b".a\r\nb.\r\n..\r\n"),
            b"..a\r\nb.\r\n...\r\n.\r\n"
        );
        assert_eq!(dot_stuffed(b"no end"), b"no end\r\n.\r\n");
        assert_eq!(dot_stuffed(b""), b".\r\n");
    }
}
