//! Tables with typed cells: what CSV and Excel files are written from.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::score::Points;

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text. It is never a formula, whatever it begins with.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number with two decimal places.
    Decimal(Points),
    /// A part of a whole, in thousandths, shown as a percentage.
    Share(i64),
    /// A date.
    Date(NaiveDate),
    /// An instant, shown in local time to the minute.
    Time(DateTime<Utc>),
}

impl Cell {
    /// A value that may be absent.
    pub fn of<T: Into<Self>>(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A share in thousandths as people read it: `100 %`, `87,5 %`.
pub fn share_text(thousandths: i64, locale: &str) -> String {
    let percent = Points::hundredths(thousandths * 10);
    format!("{} %", percent.to_text(locale))
}

macro_rules! cells {
    ($($from:ty => $make:expr,)+) => {
        $(impl From<$from> for Cell {
            fn from(value: $from) -> Self {
                $make(value)
            }
        })+
    };
}

cells! {
    String => Self::Text,
    &str => |text: &str| Self::Text(text.to_owned()),
    &String => |text: &String| Self::Text(text.clone()),
    i64 => Self::Whole,
    i32 => |number: i32| Self::Whole(number.into()),
    Points => Self::Decimal,
    NaiveDate => Self::Date,
    DateTime<Utc> => Self::Time,
}

/// What stands above the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The title, which is printed above each page.
    pub title: String,
    /// The names of the columns.
    pub columns: Vec<String>,
}

/// A whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The name of its sheet.
    pub name: String,
    /// Its title and columns.
    pub head: Head,
    /// Its rows, each as long as the columns.
    pub rows: Vec<Vec<Cell>>,
    /// The sums below the rows.
    pub total: Option<Vec<Cell>>,
}
