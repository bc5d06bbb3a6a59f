//! The name of a run of a job, which joins its lines of the log and of the trail with its mails.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::domain::mail::fingerprint;

/// Digits of a name: as many as the server gives to a request.
const DIGITS: usize = 16;

/// The name of a run, in hexadecimal: it follows from the job, the due instant and the attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunId(String);

impl RunId {
    /// The name of this attempt at this due instant.
    pub fn of(job: &str, due_at: DateTime<Utc>, attempt: i32) -> Self {
        let whole = format!("{job} {} {attempt}", due_at.timestamp_micros());
        Self(fingerprint(&whole).chars().take(DIGITS).collect())
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attempt_has_a_name_of_its_own() {
        let at = DateTime::UNIX_EPOCH;
        let id = RunId::of("sweep", at, 1);
        assert_eq!(id, RunId::of("sweep", at, 1));
        assert_ne!(id, RunId::of("sweep", at, 2));
        assert_ne!(id, RunId::of("summary:1", at, 1));
        let name = id.to_string();
        assert_eq!(name.len(), DIGITS);
        assert!(name.chars().all(|digit| digit.is_ascii_hexdigit()));
    }
}
