//! What is said about an obligation, and to whom. A check asks [`of_steps`] which steps of a ladder
//! are worth a reminder; before the mail is written [`message`] is asked once more, because the
//! state may have changed since.

use chrono::{DateTime, Utc};

use super::ladder::{Audience, Phase, Planned};
use super::obligation::State;

/// Names of ledger lines that no ladder plans.
pub mod ledger {
    /// Somebody was told that it was missed, and it was not.
    pub const CORRECTED: &str = "corrected";
    /// A manual reminder of the department: put before the instant, in seconds.
    pub const MANUAL: &str = "manual-";
    /// The due instant moved.
    pub const MOVED: &str = "moved";
    /// An editor keeps a unit waiting: put before the name of the ladder's step.
    pub const REVIEW: &str = "review-";
    /// A reader asked to be reminded again.
    pub const SNOOZED: &str = "snoozed-";
}

/// What a reminder says, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Message {
    /// It was missed.
    Missed,
    /// It is owed, and there is time.
    Upcoming,
    /// Enough arrived, and an editor has not decided yet.
    AwaitingReview,
    /// Its due instant moved.
    Moved,
    /// It was not missed after all.
    Corrected,
}

impl Message {
    /// All messages, the most urgent first.
    pub const ALL: [Self; 5] = [
        Self::Missed,
        Self::Upcoming,
        Self::AwaitingReview,
        Self::Moved,
        Self::Corrected,
    ];
}

/// What gives rise to a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A step of the ladder.
    Step(Phase),
    /// A step of the ladder after the due instant, while an editor has not decided.
    Review,
    /// A reader asked to be reminded again.
    Snoozed,
    /// The department sent a manual reminder.
    Manual,
    /// The due instant moved.
    Moved,
    /// Somebody was told that it was missed, and it was not.
    Corrected,
}

impl Trigger {
    /// The trigger that a step of the ladder is while an obligation has this state.
    pub fn of_step(phase: Phase, state: State) -> Self {
        match phase {
            Phase::Due | Phase::After if state == State::AwaitingReview => Self::Review,
            phase => Self::Step(phase),
        }
    }

    /// The trigger that a ledger line is named after; `phase` finds a step of the ladder by its
    /// name. `None` for a step that the ladder does not have any more.
    pub fn of(name: &str, phase: impl FnOnce(&str) -> Option<Phase>) -> Option<Self> {
        match name {
            ledger::CORRECTED => Some(Self::Corrected),
            ledger::MOVED => Some(Self::Moved),
            name if name.starts_with(ledger::REVIEW) => Some(Self::Review),
            name if name.starts_with(ledger::SNOOZED) => Some(Self::Snoozed),
            name if name.starts_with(ledger::MANUAL) => Some(Self::Manual),
            name => phase(name).map(Self::Step),
        }
    }
}

/// How an obligation stands, as far as reminders depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// What became of it.
    pub state: State,
    /// Whether less has arrived than is required.
    pub is_lacking: bool,
    /// When it is due.
    pub due_at: DateTime<Utc>,
}

/// Who gets a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers<'a> {
    /// These people around the unit.
    Audience(&'a [Audience]),
    /// The editors of the federation: it is they who keep the unit waiting.
    Editors,
}

/// A reminder that a step of a ladder calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder<'a> {
    /// The step.
    pub step: &'a Planned,
    /// What it says.
    pub message: Message,
}

impl<'a> Reminder<'a> {
    /// Who gets it.
    pub fn readers(&self) -> Readers<'a> {
        match self.message {
            Message::AwaitingReview => Readers::Editors,
            _ => Readers::Audience(&self.step.audience),
        }
    }

    /// Its name in the ledger: the same reminder is not sent twice.
    pub fn name(&self) -> String {
        match self.message {
            Message::AwaitingReview => format!("{}{}", ledger::REVIEW, self.step.step),
            _ => self.step.step.clone(),
        }
    }

    /// Whether a reader who answered need not get it. "Noted" holds until the due instant moves,
    /// "later" until `snoozed_until`; what was missed is said anyhow.
    pub fn is_answered(&self, snoozed_until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        self.message == Message::Upcoming && snoozed_until.is_none_or(|until| now < until)
    }
}

/// The reminders that `steps`, which have come due by `now`, call for. Of steps before the due
/// instant, and of those that remind editors, only the last one is said; each step after a miss is.
pub fn of_steps<'a>(
    owed: &Owed,
    steps: impl IntoIterator<Item = &'a Planned>,
    now: DateTime<Utc>,
) -> Vec<Reminder<'a>> {
    let said = |step: &'a Planned| {
        message(Trigger::of_step(step.phase, owed.state), owed, now)
            .map(|message| Reminder { step, message })
    };
    let mut reminders: Vec<Reminder<'a>> = steps.into_iter().filter_map(said).collect();
    if owed.state != State::Missed {
        reminders.drain(..reminders.len().saturating_sub(1));
    }
    reminders
}

/// Whether steps of a phase may call for a reminder at all while an obligation has this state.
pub fn may_remind(phase: Phase, state: State) -> bool {
    let owed = Owed {
        state,
        is_lacking: true,
        due_at: DateTime::<Utc>::MAX_UTC,
    };
    let trigger = Trigger::of_step(phase, state);
    message(trigger, &owed, DateTime::<Utc>::MIN_UTC).is_some()
}

/// What is said at `now`, if anything is worth saying. Before the due instant a reminder asks for
/// what is lacking; after it, it speaks of a miss or reminds the editors; nothing is said of what
/// is settled, unless somebody was told otherwise.
pub fn message(trigger: Trigger, owed: &Owed, now: DateTime<Utc>) -> Option<Message> {
    let upcoming = owed.state == State::Open && owed.is_lacking && now < owed.due_at;
    let missed = owed.state == State::Missed;
    let (holds, message) = match trigger {
        Trigger::Step(Phase::Before) => (upcoming, Message::Upcoming),
        Trigger::Step(Phase::Due | Phase::After) => (missed, Message::Missed),
        Trigger::Snoozed | Trigger::Manual if missed => (true, Message::Missed),
        Trigger::Snoozed | Trigger::Manual => (upcoming, Message::Upcoming),
        Trigger::Review => (owed.state == State::AwaitingReview, Message::AwaitingReview),
        Trigger::Moved => (owed.state == State::Open, Message::Moved),
        Trigger::Corrected => (!missed, Message::Corrected),
    };
    holds.then_some(message)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn owed(state: State) -> Owed {
        Owed {
            state,
            is_lacking: true,
            due_at: at(10),
        }
    }

    fn step(name: &str, phase: Phase) -> Planned {
        Planned {
            step: name.to_owned(),
            phase,
            leave_at: at(0),
            audience: vec![Audience::Leader, Audience::Deputy],
        }
    }

    fn ladder() -> [Planned; 4] {
        [
            step("before-240m", Phase::Before),
            step("before-60m", Phase::Before),
            step("due", Phase::Due),
            step("after-1d", Phase::After),
        ]
    }

    fn names(owed: &Owed, now: i64) -> Vec<String> {
        let ladder = ladder();
        let all = of_steps(owed, &ladder, at(now));
        all.iter().map(Reminder::name).collect()
    }

    #[test]
    fn before_it_is_due_only_the_last_step_is_said() {
        assert_eq!(names(&owed(State::Open), 9), ["before-60m"]);
        assert!(names(&owed(State::Open), 10).is_empty(), "the time is over");
        let enough = Owed {
            is_lacking: false,
            ..owed(State::Open)
        };
        assert!(names(&enough, 9).is_empty());
    }

    #[test]
    fn after_a_miss_every_step_is_said() {
        assert_eq!(names(&owed(State::Missed), 11), ["due", "after-1d"]);
    }

    #[test]
    fn while_an_editor_has_not_decided_the_editors_are_reminded() {
        let ladder = ladder();
        let all = of_steps(&owed(State::AwaitingReview), &ladder, at(11));
        let [reminder] = all.as_slice() else {
            panic!("{all:?}")
        };
        assert_eq!(reminder.name(), "review-after-1d");
        assert_eq!(reminder.readers(), Readers::Editors);
    }

    #[test]
    fn an_answer_silences_what_is_upcoming_and_nothing_else() {
        let step = step("due", Phase::Due);
        let reminder = |message| Reminder {
            step: &step,
            message,
        };
        let upcoming = reminder(Message::Upcoming);
        assert!(upcoming.is_answered(None, at(9)), "noted");
        assert!(upcoming.is_answered(Some(at(10)), at(9)), "later");
        assert!(!upcoming.is_answered(Some(at(9)), at(9)), "again now");
        assert!(!reminder(Message::Missed).is_answered(None, at(9)));
    }

    #[test]
    fn ledger_lines_are_named_after_their_triggers() {
        let phase = |name: &str| (name == "due").then_some(Phase::Due);
        let found = [
            "due",
            "corrected",
            "moved",
            "review-due",
            "snoozed-7",
            "manual-7",
            "x",
        ]
        .map(|name| Trigger::of(name, phase));
        assert_eq!(
            found,
            [
                Some(Trigger::Step(Phase::Due)),
                Some(Trigger::Corrected),
                Some(Trigger::Moved),
                Some(Trigger::Review),
                Some(Trigger::Snoozed),
                Some(Trigger::Manual),
                None
            ]
        );
    }

    fn any_owed() -> impl Strategy<Value = Owed> {
        let state = proptest::sample::select(State::ALL);
        (state, any::<bool>(), 0..20_i64).prop_map(|(state, is_lacking, due)| Owed {
            state,
            is_lacking,
            due_at: at(due),
        })
    }

    fn any_trigger() -> impl Strategy<Value = Trigger> {
        proptest::sample::select(vec![
            Trigger::Step(Phase::Before),
            Trigger::Step(Phase::Due),
            Trigger::Step(Phase::After),
            Trigger::Review,
            Trigger::Snoozed,
            Trigger::Manual,
            Trigger::Moved,
            Trigger::Corrected,
        ])
    }

    proptest! {
        #[test]
        fn a_miss_is_told_of_what_was_missed_only(
            owed in any_owed(), trigger in any_trigger(), now in 0..20_i64,
        ) {
            let said = message(trigger, &owed, at(now));
            prop_assert!(said != Some(Message::Missed) || owed.state == State::Missed);
            prop_assert!(said != Some(Message::Upcoming) || at(now) < owed.due_at);
        }

        #[test]
        fn what_is_said_of_steps_is_said_in_the_mail_too(owed in any_owed(), now in 0..20_i64) {
            let ladder = ladder();
            for reminder in of_steps(&owed, &ladder, at(now)) {
                let phase = |_: &str| Some(reminder.step.phase);
                let trigger = Trigger::of(&reminder.name(), phase).unwrap();
                prop_assert_eq!(message(trigger, &owed, at(now)), Some(reminder.message));
            }
        }

        #[test]
        fn what_is_said_of_a_step_was_planned(owed in any_owed(), now in 0..20_i64) {
            for step in ladder() {
                let said = !of_steps(&owed, [&step], at(now)).is_empty();
                prop_assert!(!said || may_remind(step.phase, owed.state));
            }
        }

        #[test]
        fn nothing_is_said_of_what_is_settled(now in 0..20_i64) {
            for state in [State::MetOnTime, State::MetLate, State::Exempt] {
                prop_assert!(names(&owed(state), now).is_empty());
            }
        }
    }
}
