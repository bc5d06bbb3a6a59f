//! Calendars and holiday lists that come with the program. They are a starting point: the government
//! announces swapped days as late as a week before, so an office copies its calendar and adds
//! exceptions.

use super::spec::{CalendarSpec, HolidayList};

/// Code of the calendar that applies where nobody set one.
pub const DEFAULT: &str = "hanh-chinh";

const CALENDARS: [(&str, &str); 3] = [
    (
        DEFAULT,
        include_str!("../../../config/calendars/hanh-chinh.json"),
    ),
    (
        "ben-tre",
        include_str!("../../../config/calendars/ben-tre.json"),
    ),
    (
        "thanh-hoa",
        include_str!("../../../config/calendars/thanh-hoa.json"),
    ),
];

const HOLIDAYS: [(&str, &str); 1] = [(
    "vietnam",
    include_str!("../../../config/calendars/vietnam.json"),
)];

/// Codes of the shipped calendars.
pub fn codes() -> impl Iterator<Item = &'static str> {
    CALENDARS.iter().map(|(code, _)| *code)
}

/// The shipped calendar with this code.
pub fn calendar(code: &str) -> Option<CalendarSpec> {
    read(&CALENDARS, code)
}

/// The shipped list of holidays with this code.
pub fn holidays(code: &str) -> Option<HolidayList> {
    read(&HOLIDAYS, code)
}

/// The test below makes sure that every shipped file can be read.
fn read<T: serde::de::DeserializeOwned>(files: &[(&str, &str)], code: &str) -> Option<T> {
    let (_, text) = files.iter().find(|(name, _)| *name == code)?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::super::Calendar;
    use super::*;

    #[test]
    fn every_shipped_file_reads_under_its_own_code_and_compiles() {
        for (code, text) in HOLIDAYS {
            assert_eq!(
                serde_json::from_str::<HolidayList>(text).unwrap().code,
                code
            );
        }
        for (code, text) in CALENDARS {
            let spec: CalendarSpec = serde_json::from_str(text).unwrap();
            assert_eq!(spec.code, code);
            Calendar::compile(&spec).unwrap();
        }
    }

    /// Counts from the sources of the list: 102 days off and 4 worked Saturdays in seven years,
    /// 24/11 new in 2026.
    #[test]
    fn the_holidays_of_vietnam_are_the_announced_ones() {
        let list = holidays("vietnam").unwrap();
        assert_eq!((list.holidays.len(), list.worked_days.len()), (102, 4));
        assert_eq!(list.years, [2021, 2022, 2023, 2024, 2025, 2026, 2027]);
        let culture_day = |year: &str| {
            list.holidays
                .iter()
                .any(|day| day.date == format!("{year}-11-24"))
        };
        assert_eq!(
            ["2025", "2026", "2027"].map(culture_day),
            [false, true, true]
        );
        let worked: Vec<&str> = list
            .worked_days
            .iter()
            .map(|day| day.date.as_str())
            .collect();
        assert_eq!(
            worked,
            ["2024-05-04", "2025-04-26", "2026-01-10", "2026-08-22"]
        );
    }

    #[test]
    fn the_default_calendar_is_shipped() {
        assert!(calendar(DEFAULT).is_some_and(|spec| spec.note.is_some()));
    }

    #[test]
    fn a_code_that_is_not_shipped_gives_nothing() {
        assert_eq!(calendar("atlantis"), None);
        assert_eq!(holidays("atlantis"), None);
    }
}
