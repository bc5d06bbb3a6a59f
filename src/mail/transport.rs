//! Where mails go, and one connection ([`Link`]) of it.

use std::path::PathBuf;

use super::build::Raw;
use super::file::FileLink;
use super::memory::Memory;
use super::outcome::{Outcome, Progress, Unreachable};
use super::smtp::{SmtpLink, SmtpOptions};

/// Where mails go.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(Box<SmtpOptions>),
    /// Into a directory, one `.eml` a mail.
    File(PathBuf),
    /// Into a list; for tests.
    Memory(Memory),
}

impl Transport {
    /// Opens a new connection.
    ///
    /// # Errors
    /// [`Unreachable`], with the reason.
    pub async fn open(&self) -> Result<Link, Unreachable> {
        match self {
            Self::Smtp(options) => SmtpLink::open(options)
                .await
                .map(|link| Link::Smtp(Box::new(link))),
            Self::File(directory) => FileLink::open(directory).await.map(Link::File),
            Self::Memory(memory) => Ok(Link::Memory(memory.clone())),
        }
    }

    /// The transport in a word, for logs and pages; no secrets.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Smtp(options) => format!("smtp {}:{}", options.host, options.port),
            Self::File(directory) => format!("file {}", directory.display()),
            Self::Memory(_) => "memory".into(),
        }
    }
}

/// One connection, used by one delivery worker.
#[derive(Debug)]
pub enum Link {
    /// To a mail server.
    Smtp(Box<SmtpLink>),
    /// Into a directory.
    File(FileLink),
    /// Into a list.
    Memory(Memory),
}

impl Link {
    /// Tries to send one mail.
    pub async fn send(&mut self, raw: &Raw, progress: &Progress) -> Outcome {
        match self {
            Self::Smtp(link) => link.send(raw, progress).await,
            Self::File(link) => link.send(raw).await,
            Self::Memory(memory) => memory.send(raw),
        }
    }

    /// Whether it can be used for another mail.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        match self {
            Self::Smtp(link) => link.is_usable(),
            Self::File(_) | Self::Memory(_) => true,
        }
    }

    /// Closes the connection (QUIT), within two seconds.
    pub async fn close(self) {
        if let Self::Smtp(link) = self {
            link.close().await;
        }
    }
}
