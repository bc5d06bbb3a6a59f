//! Steps of a ladder as they are typed: for each row when, how much, and to whom.

use std::collections::BTreeMap;

use crate::domain::error::Invalid;
use crate::domain::ladder::{Audience, Offset, StepSpec};
use crate::domain::text::clean;
use crate::web::pages::typed as times;

/// Most rows of the form: most steps of a ladder.
const MOST: usize = 20;

/// Empty rows behind the steps.
const EMPTY: usize = 2;

/// The field that faults of steps belong to.
pub(super) const STEPS: &str = "buoc";

/// When a step is sent, as the form calls it.
pub(super) const WHEN: [&str; 8] = [
    "khong",
    "lam-viec",
    "dong-ho",
    "dong-cua",
    "luc",
    "ngay-truoc",
    "den-han",
    "ngay-sau",
];

/// Whom a step reaches, as the form calls it.
pub(super) const WHOM: [(Audience, &str); 4] = [
    (Audience::Leader, "truong"),
    (Audience::Deputy, "pho"),
    (Audience::Department, "ban"),
    (Audience::Above, "tren"),
];

/// What was typed, by the names of the fields.
pub(super) type Typed = BTreeMap<String, String>;

/// One row of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number, from 0.
    pub at: usize,
    /// When: one of [`WHEN`].
    pub when: String,
    /// How much, or a time.
    pub amount: String,
    /// To whom.
    pub whom: Vec<Audience>,
}

impl Row {
    /// The name of one of its fields.
    pub(super) fn field(&self, name: &str) -> String {
        format!("{name}{}", self.at)
    }

    pub(super) fn reaches(&self, audience: &Audience) -> bool {
        self.whom.contains(audience)
    }

    fn of(at: usize, step: &StepSpec) -> Self {
        let (when, amount) = match step.offset {
            Offset::WorkingMinutesBefore(n) => ("lam-viec", minutes(n)),
            Offset::ClockMinutesBefore(n) => ("dong-ho", minutes(n)),
            Offset::WorkingMinutesBeforeClosing(n) => ("dong-cua", minutes(n)),
            Offset::TimeOnDueDay(time) => ("luc", time.format("%H:%M").to_string()),
            Offset::WorkingDaysBefore(n) => ("ngay-truoc", n.to_string()),
            Offset::AtDue => ("den-han", String::new()),
            Offset::WorkingDaysAfter(n) => ("ngay-sau", n.to_string()),
        };
        Self {
            at,
            when: when.to_owned(),
            amount,
            whom: step.audience.clone(),
        }
    }

    fn typed(at: usize, typed: &Typed) -> Self {
        let get = |name: String| clean(typed.get(&name).map_or("", String::as_str));
        let reached =
            |(_, word): &&(Audience, &str)| typed.contains_key(&format!("cho{at}.{word}"));
        Self {
            at,
            when: get(format!("kieu{at}")),
            amount: get(format!("so{at}")),
            whom: WHOM.iter().filter(reached).map(|(one, _)| *one).collect(),
        }
    }

    /// The step; none for a row that is not used.
    fn read(&self) -> Result<Option<StepSpec>, Invalid> {
        let n = || number(&self.amount).ok_or_else(|| self.fault("ladder_amount"));
        let offset = match self.when.as_str() {
            "lam-viec" => Offset::WorkingMinutesBefore(n()?),
            "dong-ho" => Offset::ClockMinutesBefore(n()?),
            "dong-cua" => Offset::WorkingMinutesBeforeClosing(n()?),
            "luc" => {
                let time = times::time(STEPS, &self.amount);
                Offset::TimeOnDueDay(time.map_err(|_| self.fault("ladder_time"))?)
            }
            "ngay-truoc" => Offset::WorkingDaysBefore(n()?),
            "den-han" => Offset::AtDue,
            "ngay-sau" => Offset::WorkingDaysAfter(n()?),
            _ => return Ok(None),
        };
        match self.whom.is_empty() {
            true => Err(self.fault("ladder_nobody")),
            false => Ok(Some(StepSpec::new(offset, self.whom.clone()))),
        }
    }

    fn fault(&self, code: &'static str) -> Invalid {
        let value: String = self.amount.chars().take(40).collect();
        Invalid::new(STEPS, code)
            .with("n", self.at + 1)
            .with("value", value)
    }
}

/// The rows of a form: those of the steps and a few empty ones.
pub(super) fn rows(steps: &[StepSpec]) -> Vec<Row> {
    let of_steps = steps.iter().enumerate().map(|(at, step)| Row::of(at, step));
    let mut rows: Vec<Row> = of_steps.collect();
    let until = (rows.len() + EMPTY).min(MOST.max(rows.len()));
    rows.extend((rows.len()..until).map(|at| Row::typed(at, &Typed::new())));
    rows
}

/// The rows as they were typed.
pub(super) fn typed_rows(typed: &Typed) -> Vec<Row> {
    let named = (0..MOST).filter(|at| typed.contains_key(&format!("kieu{at}")));
    named.map(|at| Row::typed(at, typed)).collect()
}

/// The steps that were typed.
///
/// # Errors
/// Every fault, with the number of its row.
pub(super) fn read(rows: &[Row]) -> Result<Vec<StepSpec>, Vec<Invalid>> {
    let (mut steps, mut faults): (Vec<StepSpec>, Vec<Invalid>) = (Vec::new(), Vec::new());
    for row in rows {
        match row.read() {
            Ok(Some(step)) if steps.iter().any(|known| known.name == step.name) => {
                faults.push(row.fault("ladder_twice"));
            }
            Ok(step) => steps.extend(step),
            Err(fault) => faults.push(fault),
        }
    }
    match faults.is_empty() {
        true => Ok(steps),
        false => Err(faults),
    }
}

/// `240`, `4h`, `1h30`: minutes, or a number of days.
fn number(text: &str) -> Option<u32> {
    let text = text.to_lowercase();
    let Some((hours, minutes)) = text.split_once(['h', 'g']) else {
        return text.parse().ok().filter(|n| *n > 0);
    };
    let minutes = match minutes.trim() {
        "" => 0,
        minutes => minutes.parse().ok()?,
    };
    let all = hours.trim().parse::<u32>().ok()?.checked_mul(60)?;
    all.checked_add(minutes).filter(|n| *n > 0)
}

/// Minutes as they are typed: `4h`, `90`.
fn minutes(n: u32) -> String {
    match n % 60 {
        0 => format!("{}h", n / 60),
        _ => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ladder::LadderKind;

    fn typed(pairs: &[(&str, &str)]) -> Typed {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn the_default_steps_are_read_as_they_are_shown() {
        for kind in LadderKind::ALL {
            let steps = kind.default_steps();
            let rows = rows(&steps);
            assert_eq!(rows.len(), steps.len() + EMPTY);
            let mut sent = Typed::new();
            for row in &rows {
                sent.insert(row.field("kieu"), row.when.clone());
                sent.insert(row.field("so"), row.amount.clone());
                for (audience, word) in WHOM {
                    if row.reaches(&audience) {
                        sent.insert(format!("cho{}.{word}", row.at), "1".to_owned());
                    }
                }
            }
            assert_eq!(read(&typed_rows(&sent)).unwrap(), steps, "{kind:?}");
        }
    }

    #[test]
    fn faults_name_their_row() {
        let rows = typed_rows(&typed(&[
            ("kieu0", "lam-viec"),
            ("so0", "x"),
            ("cho0.truong", "1"),
            ("kieu1", "den-han"),
            ("kieu2", "ngay-sau"),
            ("so2", "1"),
            ("cho2.ban", "1"),
            ("kieu3", "ngay-sau"),
            ("so3", "1"),
            ("cho3.truong", "1"),
            ("kieu4", "luc"),
            ("so4", "25:00"),
            ("cho4.truong", "1"),
            ("kieu5", "khong"),
        ]));
        let faults = read(&rows).unwrap_err();
        let told: Vec<String> = faults
            .iter()
            .map(|fault| format!("{} {}", fault.code, fault.args[0].1))
            .collect();
        let expected = [
            "ladder_amount 1",
            "ladder_nobody 2",
            "ladder_twice 4",
            "ladder_time 5",
        ];
        assert_eq!(told, expected);
        assert_eq!(
            [number("4h"), number("1h30"), number("90"), number("0")],
            [Some(240), Some(90), Some(90), None]
        );
    }
}
