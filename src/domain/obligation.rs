//! Obligations: everything that is owed (docs/DOMAIN.md, quotas: states and standings). How one is
//! settled: `settle`; when it reminds: `ladder`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Explanation};
use super::text::local_due;
use super::words;

crate::text_enum! {
    /// What sort of thing is owed.
    #[derive(PartialOrd, Ord)]
    pub enum ObligationKind {
        /// So many items in a period.
        Quota,
        /// A report on a period.
        Report,
        /// News of an ordinary event.
        Event,
        /// News of a topical event.
        Cutoff,
        /// The answer to a member's question.
        Answer,
        /// Something due at an instant that a document fixed.
        FixedDate,
    }
}

impl ObligationKind {
    /// Whether it is opened by an event.
    pub const fn is_of_event(self) -> bool {
        matches!(self, Self::Event | Self::Cutoff | Self::Answer)
    }
}

crate::text_enum! {
    /// What became of an obligation; stored.
    #[derive(PartialOrd, Ord)]
    pub enum State {
        /// Still owed, and there is time.
        Open,
        /// The window is over, enough arrived within it, an editor has not decided yet.
        AwaitingReview,
        /// Settled in time.
        MetOnTime,
        /// Settled after the due instant.
        MetLate,
        /// Not settled.
        Missed,
        /// Excused.
        Exempt,
    }
}

impl State {
    /// Whether it is settled one way or the other.
    pub const fn is_closed(self) -> bool {
        !matches!(self, Self::Open | Self::AwaitingReview)
    }
}

crate::text_enum! {
    /// Why somebody is excused.
    pub enum ExemptionCause {
        /// The department decided it.
        Decided,
        /// The event was cancelled, or is not of the type any more that asks for the deadline.
        EventGone,
        /// The unit or the person ended before the due instant.
        SubjectEnded,
        /// The subject existed for so few days of the period that its share is nothing.
        NothingOwed,
    }
}

impl ExemptionCause {
    /// Whether it follows from the dates on which the subject is there, so that it comes and goes with
    /// them.
    pub const fn follows_life(self) -> bool {
        matches!(self, Self::SubjectEnded | Self::NothingOwed)
    }
}

crate::text_enum! {
    /// What became of an extension that was asked for or granted.
    pub enum ExtensionState {
        /// Nobody has decided yet.
        Asked,
        /// There is more time.
        Granted,
        /// There is no more time.
        Refused,
    }
}

crate::text_enum! {
    /// How an obligation stands at an instant; derived when read, never stored.
    #[derive(PartialOrd, Ord)]
    pub enum Standing {
        /// Nothing has arrived and nothing had to yet.
        NotYetDue,
        /// What arrived keeps pace.
        OnTrack,
        /// What arrived lags behind, or a reminder has gone out and something is still owed.
        AtRisk,
        /// See [`State::AwaitingReview`].
        AwaitingReview,
        /// See [`State::MetOnTime`].
        MetOnTime,
        /// See [`State::MetLate`].
        MetLate,
        /// See [`State::Missed`].
        Missed,
        /// See [`State::Exempt`].
        Exempt,
    }
}

impl Standing {
    /// The one of two that needs somebody more: what is lost, then what may be lost, then what waits;
    /// what is done comes last.
    #[must_use]
    pub fn louder(self, other: Self) -> Self {
        std::cmp::max_by_key(self, other, |standing| match standing {
            Self::Missed => 7,
            Self::AtRisk => 6,
            Self::AwaitingReview => 5,
            Self::OnTrack => 4,
            Self::NotYetDue => 3,
            Self::MetLate => 2,
            Self::MetOnTime => 1,
            Self::Exempt => 0,
        })
    }
}

/// What a standing depends on.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// The stored state.
    pub state: State,
    /// How many are owed.
    pub required: u32,
    /// How many arrived and are not rejected.
    pub arrived: u32,
    /// Begin of the window.
    pub window_from: DateTime<Utc>,
    /// The due instant.
    pub due_at: DateTime<Utc>,
    /// When the first reminder before the due instant leaves, if there is one.
    pub first_reminder_at: Option<DateTime<Utc>>,
}

/// The standing at `now` (docs/DOMAIN.md, quotas). Elapsed and length are counted in working time.
pub fn standing(progress: &Progress, calendar: &Calendar, now: DateTime<Utc>) -> Standing {
    match progress.state {
        State::AwaitingReview => return Standing::AwaitingReview,
        State::MetOnTime => return Standing::MetOnTime,
        State::MetLate => return Standing::MetLate,
        State::Missed => return Standing::Missed,
        State::Exempt => return Standing::Exempt,
        State::Open => {}
    }
    let owed = progress.arrived < progress.required;
    let reminded = progress.first_reminder_at.is_some_and(|at| at <= now);
    let expected = expected(progress, calendar, now);
    if progress.arrived < expected || (reminded && owed) {
        Standing::AtRisk
    } else if progress.arrived == 0 && expected == 0 {
        Standing::NotYetDue
    } else {
        Standing::OnTrack
    }
}

/// floor(required × elapsed / length), in working time.
fn expected(progress: &Progress, calendar: &Calendar, now: DateTime<Utc>) -> u32 {
    let seconds = |from, to| {
        i128::from(
            calendar
                .between(from, to)
                .max(TimeDelta::zero())
                .num_seconds(),
        )
    };
    let length = seconds(progress.window_from, progress.due_at);
    let elapsed = seconds(progress.window_from, now.min(progress.due_at));
    if length == 0 {
        return 0;
    }
    u32::try_from(i128::from(progress.required) * elapsed / length).unwrap_or(progress.required)
}

/// Why an obligation asks for what it asks, and is due when it is; stored as JSON beside the due
/// instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// How the due instant came about.
    pub due: Explanation,
    /// What else happened to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// Something that changed what is owed, or by when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// The subject existed for a part of the period only.
    Prorated {
        /// The rule's number.
        whole: u32,
        /// What is owed.
        required: u32,
        /// Days on which the subject existed.
        present: u32,
        /// Days of the period.
        days: u32,
    },
    /// The subject ended within the period: settled on its last day.
    EndedOn {
        /// The last day.
        date: NaiveDate,
    },
    /// The due instant was moved by an extension.
    Extended {
        /// Where it stood.
        from: DateTime<Utc>,
        /// Where it stands now.
        until: DateTime<Utc>,
        /// Who granted it.
        by: String,
        /// When.
        at: DateTime<Utc>,
        /// Why it was asked for or granted.
        reason: String,
    },
    /// The calendar changed and the due instant was computed again.
    CalendarChanged {
        /// Where it stood.
        from: DateTime<Utc>,
    },
    /// The event's time was corrected and the due instant was computed again.
    EventChanged {
        /// Where it stood.
        from: DateTime<Utc>,
    },
    /// An event both topical and ordinary: the earlier deadline holds.
    EarliestOfBoth,
}

impl Why {
    /// The subject's last day, if it ended the window early.
    pub fn ended_on(&self) -> Option<NaiveDate> {
        self.notes.iter().find_map(|note| match note {
            Note::EndedOn { date } => Some(*date),
            _ => None,
        })
    }

    /// Replaces what it says about the part of the period for which the subject is there.
    pub fn note_life(&mut self, share: Option<Note>, ended_on: Option<NaiveDate>) {
        self.notes
            .retain(|note| !matches!(note, Note::Prorated { .. } | Note::EndedOn { .. }));
        self.notes.extend(share);
        self.notes
            .extend(ended_on.map(|date| Note::EndedOn { date }));
    }

    /// The reasons as text of several lines, in the given locale (`vi` or `en`).
    pub fn to_text(&self, locale: &str) -> String {
        let extended = self.notes.iter().rev().find_map(|note| match note {
            Note::Extended { until, .. } => Some(local_due(*until)),
            _ => None,
        });
        let mut text = match extended {
            Some(until) => {
                words::say(
                    locale,
                    "obligation.note.extended_head",
                    &[("until", &until)],
                ) + "\n"
            }
            None => String::new(),
        };
        text.push_str(&self.due.to_text(locale));
        for note in &self.notes {
            text.push('\n');
            text.push_str(&note.to_text(locale, self.due.zone));
        }
        text
    }
}

impl Note {
    fn to_text(&self, locale: &str, zone: chrono_tz::Tz) -> String {
        let say = |key: &str, values: &[(&str, String)]| {
            let values: Vec<(&str, &str)> = values
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            words::say(locale, &format!("obligation.note.{key}"), &values)
        };
        let local =
            |at: &DateTime<Utc>| at.with_timezone(&zone).format("%H:%M %d/%m/%Y").to_string();
        match self {
            Self::Prorated {
                whole,
                required,
                present,
                days,
            } => say(
                "prorated",
                &[
                    ("whole", whole.to_string()),
                    ("required", required.to_string()),
                    ("present", present.to_string()),
                    ("days", days.to_string()),
                ],
            ),
            Self::EndedOn { date } => {
                say("ended_on", &[("date", date.format("%d/%m/%Y").to_string())])
            }
            Self::Extended {
                from,
                until,
                by,
                at,
                reason,
            } => say(
                "extended",
                &[
                    ("from", local_due(*from)),
                    ("until", local_due(*until)),
                    ("by", by.clone()),
                    ("at", local(at)),
                    ("reason", reason.clone()),
                ],
            ),
            Self::CalendarChanged { from } => say("calendar_changed", &[("from", local(from))]),
            Self::EventChanged { from } => say("event_changed", &[("from", local(from))]),
            Self::EarliestOfBoth => say("earliest_of_both", &[]),
        }
    }
}
