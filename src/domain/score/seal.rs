//! A frozen sheet: scheme, inputs, lines and decision in one canonical text with its SHA-256, so
//! that anybody can check later whether any of it changed.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Assessment, Decision, Inputs, Scheme, Score, score_by};
use crate::domain::ids::UnitId;
use crate::domain::unit::Category;

/// Everything of a frozen sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Version of the engine that computed it.
    pub engine: i32,
    /// The year.
    pub year: i32,
    /// The category.
    pub category: Category,
    /// Which edition of the year's scores.
    pub edition: i32,
    /// Hash or, if that one was never frozen, id of the sheet that this one corrects.
    pub corrects: Option<String>,
    /// The unit's id.
    pub unit_id: UnitId,
    /// The unit's name at the time.
    pub unit_name: String,
    /// Its emulation cluster at the time.
    pub cluster: Option<String>,
    /// The scheme.
    pub scheme: SealedScheme,
    /// What the score was computed from.
    pub inputs: Inputs,
    /// The score.
    pub score: Score,
    /// The rank.
    pub rank: Option<i32>,
    /// The unit's assessment of itself.
    pub self_assessment: Option<Assessment>,
    /// The department's review.
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
    /// Its criteria, caps and bands.
    pub content: Scheme,
}

crate::text_enum! {
    /// What is wrong with a frozen sheet.
    pub enum SealFault {
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
pub fn hash_of(text: &str) -> String {
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            let _never_fails = write!(hex, "{byte:02x}");
            hex
        })
}

/// Reads a sealed text back. Checks that its hash is the stored one, and that the engine of its
/// version computes the same score from the same inputs.
///
/// # Errors
/// The first fault.
pub fn unseal(text: &str, hash: &str) -> Result<Sealed, SealFault> {
    if hash_of(text) != hash {
        return Err(SealFault::Hash);
    }
    let sealed: Sealed = serde_json::from_str(text).map_err(|_| SealFault::Text)?;
    let again =
        score_by(sealed.engine, &sealed.scheme.content, &sealed.inputs).ok_or(SealFault::Engine)?;
    if again == sealed.score {
        Ok(sealed)
    } else {
        Err(SealFault::Points)
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
            unit_id: UnitId(7),
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
        assert_eq!(unseal(&text, &hash_of(&text)), Ok(sealed()));
    }

    /// A sheet in which every optional part is present.
    fn full() -> Sealed {
        let scheme = presets::get("national").unwrap();
        let inputs: Inputs = serde_json::from_value(serde_json::json!({
            "obligations": [
                { "id": 1, "rule": "tin", "kind": "quota", "item_kinds": ["tin"], "period": "month",
                  "state": "met_late", "required": 2, "done": 3 },
                { "id": 2, "rule": "event", "kind": "event", "item_kinds": [], "period": null,
                  "state": "missed", "required": 1, "done": 0 },
            ],
            "items": [{ "id": 9, "kind": "tin", "in_depth": false, "grade": 4 }],
            "marks": { "quota-tin": 12.5 },
        }))
        .unwrap();
        let assessment: Assessment = serde_json::from_value(serde_json::json!({
            "by": "p:7 (head)",
            "marks": [{ "criterion": "quota-tin", "points": 12.5, "reason": "Hai tin", "evidence": null }],
            "reason": null,
        }))
        .unwrap();
        Sealed {
            corrects: Some("ab12".to_owned()),
            cluster: Some("Cụm 1".to_owned()),
            score: score(&scheme, &inputs),
            scheme: SealedScheme {
                document_date: NaiveDate::from_ymd_opt(2026, 1, 15),
                content: scheme,
                ..sealed().scheme
            },
            inputs,
            rank: Some(3),
            self_assessment: Some(assessment.clone()),
            review: Some(assessment),
            computed_at: DateTime::from_timestamp_micros(1_799_000_000_123_456).unwrap(),
            ..sealed()
        }
    }

    /// Sheets that were frozen by earlier versions of the program have to stay valid.
    #[test]
    fn the_canonical_form_never_changes() {
        let hash = |sealed: Sealed| hash_of(&sealed.canonical().unwrap());
        assert_eq!(
            [hash(sealed()), hash(full())],
            [
                "e043301e771d1d6b749bd36f900c08cc0ee5da8559ddc15052265595fae93ae7",
                "e926b29589b5f6b8ddb22d2cedda50fc23e6c1bbb7fe51d1e6ac223e592cd6d0"
            ]
        );
    }

    #[test]
    fn every_change_is_found() {
        let text = sealed().canonical().unwrap();
        let fault = |text: &str, hash: &str| unseal(text, hash).unwrap_err();
        assert_eq!(
            fault(&text.replace("Huyện", "Huyen"), &hash_of(&text)),
            SealFault::Hash
        );
        let forged = |change: fn(&mut Sealed)| {
            let mut sealed = sealed();
            change(&mut sealed);
            let text = sealed.canonical().unwrap();
            fault(&text, &hash_of(&text))
        };
        assert_eq!(
            forged(|sealed| sealed.score.total = Some(Points::whole(99))),
            SealFault::Points
        );
        assert_eq!(forged(|sealed| sealed.engine = 99), SealFault::Engine);
        assert_eq!(fault("{}", &hash_of("{}")), SealFault::Text);
    }
}
