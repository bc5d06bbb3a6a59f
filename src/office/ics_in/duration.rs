//! How long an event lasts, as calendar files write it: `PT1H30M`, `P2D`, `P1W`.

use chrono::TimeDelta;

/// The length that a text says; `None` for what is none, and for a negative one.
pub(super) fn read(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    let mut rest = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (mut total, mut by_clock, mut parts) = (TimeDelta::zero(), false, 0);
    while !rest.is_empty() {
        if let Some(clock) = rest.strip_prefix('T').filter(|_| !by_clock) {
            (rest, by_clock) = (clock, true);
            continue;
        }
        let unit = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let number: u32 = rest.get(..unit)?.parse().ok()?;
        let seconds = match (rest.get(unit..=unit)?, by_clock) {
            ("W", false) => 7 * 86_400,
            ("D", false) => 86_400,
            ("H", true) => 3_600,
            ("M", true) => 60,
            ("S", true) => 1,
            _ => return None,
        };
        total += TimeDelta::seconds(i64::from(number) * seconds);
        rest = rest.get(unit + 1..)?;
        parts += 1;
    }
    (parts > 0).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for (text, minutes) in [
            ("PT1H30M", Some(90)),
            ("P1D", Some(1_440)),
            ("+P1DT2H", Some(1_560)),
            ("P1W", Some(10_080)),
            ("PT0S", Some(0)),
            ("-PT1H", None),
            ("P", None),
            ("1H", None),
            ("P1H", None),
            ("PT99999999999H", None),
            ("PTé", None),
        ] {
            assert_eq!(read(text), minutes.map(TimeDelta::minutes), "{text}");
        }
    }
}
