//! Points: numbers with two places, exact. What is stored, banded and ranked is never a
//! floating-point number.

use std::fmt;
use std::ops::{Add, Neg, Sub};

use num_rational::BigRational;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Points, in hundredths. As JSON a number with at most two places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Points(i64);

/// Beyond every scheme, and far below where a double loses hundredths.
const LIMIT: f64 = 1e9;

impl Points {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many whole points.
    pub const fn whole(points: i32) -> Self {
        Self(points as i64 * 100)
    }

    /// So many hundredths of a point.
    pub const fn hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// In hundredths.
    pub const fn as_hundredths(self) -> i64 {
        self.0
    }

    /// The exact fraction.
    pub fn exact(self) -> BigRational {
        BigRational::new(self.0.into(), 100.into())
    }

    /// A fraction rounded to two places, half away from zero.
    pub fn rounded(exact: &BigRational) -> Self {
        // `Ratio::round` rounds half away from zero
        let hundredths = (exact * BigRational::from_integer(100.into()))
            .round()
            .to_integer();
        Self(i64::try_from(hundredths).unwrap_or(i64::MAX))
    }

    /// What somebody typed: `25`, `37,5` or `37.5`, with at most two places; `None` for anything
    /// else.
    pub fn typed(text: &str) -> Option<Self> {
        let (whole, rest) = text.split_once([',', '.']).unwrap_or((text, ""));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = (1..=6).contains(&whole.len()) && rest.len() <= 2;
        if !fits || !is_number(whole) || !is_number(rest) {
            return None;
        }
        let whole: i64 = whole.parse().ok()?;
        let rest: i64 = format!("{rest:0<2}").parse().ok()?;
        Some(Self(whole * 100 + rest))
    }

    /// As people read it: `25`, `37,5`, with the locale's decimal sign (`vi`: comma).
    pub fn to_text(self, locale: &str) -> String {
        let text = self.to_string();
        if locale == "en" {
            text
        } else {
            text.replace('.', ",")
        }
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, hundredths) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        match rest {
            0 => write!(f, "{sign}{whole}"),
            _ if rest % 10 == 0 => write!(f, "{sign}{whole}.{}", rest / 10),
            _ => write!(f, "{sign}{whole}.{rest:02}"),
        }
    }
}

impl Add for Points {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Points {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Points {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 % 100 == 0 {
            return to.serialize_i64(self.0 / 100);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "its shortest decimal form is exactly the two places"
        )]
        to.serialize_f64(self.0 as f64 / 100.0)
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(from)?;
        let hundredths = (value * 100.0).round();
        // NaN fails too
        if !(value.abs() <= LIMIT && (value * 100.0 - hundredths).abs() < 1e-6) {
            return Err(de::Error::custom(
                "a number with at most two decimal places is expected",
            ));
        }
        #[expect(clippy::cast_possible_truncation, reason = "checked against the limit")]
        Ok(Self(hundredths as i64))
    }
}

impl utoipa::PartialSchema for Points {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <f64 as utoipa::PartialSchema>::schema()
    }
}

impl utoipa::ToSchema for Points {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_points_are_read_as_people_write_them() {
        let read = |text| Points::typed(text).map(Points::as_hundredths);
        let good = [("25", 2500), ("37,5", 3750), ("0.05", 5), ("12,", 1200)];
        assert!(good.iter().all(|(text, want)| read(text) == Some(*want)));
        let bad = ["", ",5", "-1", "1,234", "1 000", "1e3", "٣", "1234567"];
        assert!(bad.iter().all(|text| read(text).is_none()));
    }

    #[test]
    fn half_a_hundredth_is_rounded_away_from_zero() {
        let of =
            |n: i64, d: i64| Points::rounded(&BigRational::new(n.into(), d.into())).to_string();
        assert_eq!(
            [
                of(1, 200),
                of(-1, 200),
                of(199, 40_000),
                of(2, 3),
                of(-2, 3)
            ],
            ["0.01", "-0.01", "0", "0.67", "-0.67"]
        );
    }

    #[test]
    fn points_are_written_and_read_as_short_numbers() {
        for hundredths in [0, 1, 7, 10, 29, 57, 114, 9_999, 10_000, -850, 123_456_789] {
            let points = Points::hundredths(hundredths);
            let json = serde_json::to_string(&points).unwrap();
            assert_eq!(json, points.to_string());
            assert_eq!(serde_json::from_str::<Points>(&json).unwrap(), points);
        }
        assert_eq!(Points::hundredths(3750).to_text("vi"), "37,5");
        for bad in ["0.001", "1e300", "\"5\"", "null"] {
            assert!(serde_json::from_str::<Points>(bad).is_err(), "{bad}");
        }
    }
}
