//! How a run of a job ended, and what it leaves behind for people to read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// How far a job has come with one of its due instants.
    pub enum RunState {
        /// It is running.
        Running,
        /// It ran.
        Done,
        /// It failed and will be tried again.
        Failed,
        /// It was too old to be run.
        Skipped,
    }
}

impl RunState {
    /// Whether nothing more becomes of the due instant.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }
}

/// Summary of a run: numbers by name, and a sentence (Vietnamese, as people read it).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct JobResult {
    /// What was found and done, by name in English (`obligations`, `mails`).
    #[serde(default)]
    pub counts: BTreeMap<String, i64>,
    /// One sentence for people.
    pub sentence: String,
    /// Nothing was found: such a run is kept only until the next one of its kind.
    #[serde(default)]
    pub quiet: bool,
}

impl JobResult {
    /// A run that found nothing to do.
    pub fn quiet(sentence: impl Into<String>) -> Self {
        Self {
            counts: BTreeMap::new(),
            sentence: sentence.into(),
            quiet: true,
        }
    }

    /// A run that did something.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self {
            counts: BTreeMap::new(),
            sentence: sentence.into(),
            quiet: false,
        }
    }

    /// Adds a number.
    #[must_use]
    pub fn count(mut self, name: &str, number: impl TryInto<i64>) -> Self {
        self.counts
            .insert(name.to_owned(), number.try_into().unwrap_or(i64::MAX));
        self
    }
}
