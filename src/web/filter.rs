//! From when to when: query parameters that mean the same in every list.

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{Deserialize, Deserializer, Error as _};

use crate::domain::error::Invalid;
use crate::domain::text::local_midnight;
use crate::domain::years::Dated;

/// An instant, or a local date, which stands for the whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// An instant.
    At(DateTime<Utc>),
    /// A date.
    On(NaiveDate),
}

impl Moment {
    /// The first instant of it.
    pub fn begin(self) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::On(date) => local_midnight(date),
        }
    }

    /// The first instant after it; an instant is not included.
    pub fn end(self) -> DateTime<Utc> {
        match self {
            Self::At(at) => at,
            Self::On(date) => local_midnight(date.succ_opt().unwrap_or(date)),
        }
    }
}

impl Dated for Moment {
    fn outside(&self) -> Option<Invalid> {
        match self {
            Self::At(at) => at.outside(),
            Self::On(date) => date.outside(),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.contains('T') {
            text.parse().map(Self::At).map_err(D::Error::custom)
        } else {
            text.parse().map(Self::On).map_err(D::Error::custom)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Moment, serde_json::Error> {
        serde_json::from_value(text.into())
    }

    #[test]
    fn a_date_stands_for_the_whole_local_day() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let day = read("2026-11-20").unwrap();
        assert_eq!(day.begin(), at("2026-11-20T00:00:00+07:00"));
        assert_eq!(day.end(), at("2026-11-21T00:00:00+07:00"));
        let instant = read("2026-11-20T16:00:00+07:00").unwrap();
        assert_eq!(
            (instant.begin(), instant.end()),
            (at("2026-11-20T09:00:00Z"), at("2026-11-20T09:00:00Z"))
        );
        assert!(read("20/11/2026").is_err());
        assert!(read("2026-11-20T16:00").is_err());
    }
}
