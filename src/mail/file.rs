//! The transport of demonstrations: one `.eml` file per mail in a directory, named so that a
//! listing sorts by date. A mail sent twice is one file: its name comes from Date and Message-ID,
//! and it appears whole or not at all.

use std::io;
use std::path::{Path, PathBuf};

use tokio::io::AsyncWriteExt as _;

use super::build::Raw;
use super::outcome::{Outcome, Unreachable};

/// A directory that takes mails.
#[derive(Debug)]
pub struct FileLink(PathBuf);

impl FileLink {
    pub(super) async fn open(directory: &Path) -> Result<Self, Unreachable> {
        // mails hold links that act for their readers
        tokio::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .await
            .map_err(|error| {
                Unreachable(format!(
                    "cannot make the directory {}: {error}",
                    directory.display()
                ))
            })?;
        Ok(Self(directory.to_owned()))
    }

    pub(super) async fn send(&self, raw: &Raw) -> Outcome {
        match self.write(raw).await {
            Ok(()) => Outcome::Sent,
            Err(error) => {
                Outcome::Refused(format!("cannot write to {}: {error}", self.0.display()))
            }
        }
    }

    async fn write(&self, raw: &Raw) -> io::Result<()> {
        let half = self.0.join(format!(".{}.half", raw.file_name));
        let mut new = tokio::fs::OpenOptions::new();
        new.write(true).create(true).truncate(true).mode(0o600);
        let mut file = new.open(&half).await?;
        file.write_all(&raw.bytes).await?;
        file.sync_data().await?;
        drop(file);
        tokio::fs::rename(half, self.0.join(&raw.file_name)).await
    }
}
