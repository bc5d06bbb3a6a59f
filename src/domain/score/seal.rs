//! A frozen sheet: scheme, inputs, lines and decision in one canonical text with its SHA-256, so
//! that anybody can see later whether anything of it moved.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Assessment, Inputs, Scheme, Score, score_by};
use crate::domain::unit::Category;

/// Everything of a frozen sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Version of the engine that computed it.
    pub engine: u32,
    /// The year.
    pub year: i32,
    /// The category.
    pub category: Category,
    /// Which edition of the year's scores.
    pub edition: i32,
    /// Hash or, if that one was never frozen, id of the sheet that this one corrects.
    pub corrects: Option<String>,
    /// The unit's id.
    pub unit_id: i64,
    /// The unit's name at the time.
    pub unit_name: String,
    /// Its emulation cluster at the time.
    pub cluster: Option<String>,
    /// The scheme.
    pub scheme: SealedScheme,
    /// What was counted.
    pub inputs: Inputs,
    /// What it came to.
    pub score: Score,
    /// The rank.
    pub rank: Option<i32>,
    /// What the unit said.
    pub self_assessment: Option<Assessment>,
    /// What the reviewer said.
    pub review: Option<Assessment>,
    /// The decision that published it.
    pub decision: Decision,
    /// As of when it was computed.
    pub computed_at: DateTime<Utc>,
    /// When it was frozen.
    pub frozen_at: DateTime<Utc>,
}

/// A scheme with its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedScheme {
    /// Its version.
    pub version: i32,
    /// Number of its document.
    pub document_number: String,
    /// Date of its document.
    pub document_date: Option<NaiveDate>,
    /// What it says.
    pub content: Scheme,
}

/// The decision that published a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: NaiveDate,
}

/// What is wrong with a frozen sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsound {
    /// The text is not the one that was hashed.
    Hash,
    /// The text can't be read.
    Text,
    /// This program has no engine of its version.
    Engine,
    /// The stored inputs give other points.
    Points,
    /// What is shown from the sheet's columns is not what is sealed.
    Columns,
}

impl Unsound {
    /// Its name in the keys of sentences.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Text => "text",
            Self::Engine => "engine",
            Self::Points => "points",
            Self::Columns => "columns",
        }
    }
}

impl Sealed {
    /// The canonical form: JSON without spaces, keys in order of their bytes.
    ///
    /// # Errors
    /// None in practice: everything in it can be written as JSON.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        // the maps of `Value` are sorted by key
        serde_json::to_string(&serde_json::to_value(self)?)
    }
}

/// SHA-256 of a text, in hexadecimal.
#[must_use]
pub fn hash_of(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _never_fails = write!(hex, "{byte:02x}");
            hex
        })
}

/// Reads a sealed text back: its hash is the stored one, and the engine of its version makes the
/// same of the same inputs.
///
/// # Errors
/// What differs first.
pub fn verify(text: &str, hash: &str) -> Result<Sealed, Unsound> {
    if hash_of(text) != hash {
        return Err(Unsound::Hash);
    }
    let sealed: Sealed = serde_json::from_str(text).map_err(|_| Unsound::Text)?;
    let again =
        score_by(sealed.engine, &sealed.scheme.content, &sealed.inputs).ok_or(Unsound::Engine)?;
    if again == sealed.score {
        Ok(sealed)
    } else {
        Err(Unsound::Points)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Points, presets, score};
    use super::*;

    fn sealed() -> Sealed {
        let (scheme, inputs) = (presets::get("simple").unwrap(), Inputs::default());
        let at = DateTime::UNIX_EPOCH;
        let document_number = "12".to_owned();
        Sealed {
            engine: 1,
            year: 2026,
            category: Category::Superior,
            edition: 1,
            corrects: None,
            unit_id: 7,
            unit_name: "Huyện".to_owned(),
            cluster: None,
            score: score(&scheme, &inputs),
            scheme: SealedScheme {
                version: 1,
                document_number,
                document_date: None,
                content: scheme,
            },
            inputs,
            rank: None,
            self_assessment: None,
            review: None,
            decision: Decision {
                number: "5".to_owned(),
                date: NaiveDate::MIN,
            },
            computed_at: at,
            frozen_at: at,
        }
    }

    #[test]
    fn the_canonical_form_has_sorted_keys_and_reads_back() {
        let text = sealed().canonical().unwrap();
        assert!(
            text.starts_with(
                r#"{"category":"superior","cluster":null,"computed_at":"1970-01-01T00:00:00Z","corrects":null"#
            ),
            "{text}"
        );
        assert_eq!(verify(&text, &hash_of(&text)), Ok(sealed()));
    }

    #[test]
    fn whatever_moved_is_told() {
        let text = sealed().canonical().unwrap();
        let told = |text: &str, hash: &str| verify(text, hash).unwrap_err();
        assert_eq!(
            told(&text.replace("Huyện", "Huyen"), &hash_of(&text)),
            Unsound::Hash
        );
        let forged = |change: fn(&mut Sealed)| {
            let mut sealed = sealed();
            change(&mut sealed);
            let text = sealed.canonical().unwrap();
            told(&text, &hash_of(&text))
        };
        assert_eq!(
            forged(|sealed| sealed.score.total = Some(Points::whole(99))),
            Unsound::Points
        );
        assert_eq!(forged(|sealed| sealed.engine = 99), Unsound::Engine);
        assert_eq!(told("{}", &hash_of("{}")), Unsound::Text);
    }
}
