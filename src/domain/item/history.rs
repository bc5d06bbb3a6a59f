//! How an item stood at an instant of the past, told from the steps that it went through.

use chrono::{DateTime, Utc};

use super::{ItemAction, ItemState, whole_seconds};

/// What settling and scoring look at in an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood {
    /// Its state.
    pub state: ItemState,
    /// Its arrival.
    pub arrived_at: Option<DateTime<Utc>>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// Until when it holds its place after it was returned.
    pub return_lapses_at: Option<DateTime<Utc>>,
    /// The editors' grade, 1 to 5.
    pub grade: Option<i32>,
}

/// A step, and what it left the item as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastStep {
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// What was done.
    pub action: ItemAction,
    /// The item after it; the instant of publication is not looked at.
    pub left: Stood,
}

/// The item as it stood at `at`, after the steps whose own instants are not later; `today` is how it
/// stands now, `steps` is all that was done, oldest first. The own instant of the step that brings an
/// item in is its arrival, however late that was recorded. Corrections have no instant of their own:
/// what is known today counts.
pub fn stood_at(today: Stood, steps: &[PastStep], at: DateTime<Utc>) -> Stood {
    let (mut arrived_at, mut last, mut later) = (None, None, false);
    for step in steps {
        let arrives = step
            .left
            .arrived_at
            .filter(|_| step.left.arrived_at != arrived_at);
        arrived_at = step.left.arrived_at;
        if matches!(step.action, ItemAction::Change | ItemAction::CorrectArrival) {
            continue;
        }
        later = arrives.unwrap_or_else(|| whole_seconds(step.at)) > at;
        if !later {
            last = Some(step.left);
        }
    }
    let stood = match last {
        Some(left) if later => Stood {
            published_at: today.published_at,
            ..left
        },
        None if later => Stood {
            state: ItemState::Submitted,
            arrived_at: None,
            return_lapses_at: None,
            grade: None,
            ..today
        },
        _ => today,
    };
    match stood.published_at {
        Some(published_at) if published_at <= at => stood,
        _ => Stood {
            state: match stood.state {
                ItemState::Published => ItemState::Approved,
                state => state,
            },
            published_at: None,
            ..stood
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    /// The life of an item under random steps, one a minute: what it was after each.
    fn lived(actions: &[(ItemAction, u8)]) -> Vec<PastStep> {
        let mut steps: Vec<PastStep> = Vec::new();
        for (index, (action, grade)) in actions.iter().enumerate() {
            let at = second(60 * i64::try_from(index).unwrap());
            let mut left = steps.last().map_or(
                Stood {
                    state: ItemState::Submitted,
                    arrived_at: None,
                    published_at: None,
                    return_lapses_at: None,
                    grade: None,
                },
                |step| step.left,
            );
            match action {
                ItemAction::Publish => {
                    left.state = ItemState::Published;
                    left.published_at = Some(at);
                    left.grade = Some(i32::from(*grade));
                }
                ItemAction::Return => {
                    left.state = ItemState::Returned;
                    left.return_lapses_at =
                        left.arrived_at.map(|_| at + chrono::TimeDelta::seconds(90));
                }
                ItemAction::FindIncomplete => {
                    left.state = ItemState::Returned;
                    (left.arrived_at, left.return_lapses_at) = (None, None);
                }
                ItemAction::Withdraw => left.state = ItemState::Withdrawn,
                ItemAction::Reject => left.state = ItemState::Rejected,
                ItemAction::Grade => left.grade = Some(i32::from(*grade)),
                _ => {
                    left.state = ItemState::Approved;
                    left.arrived_at = Some(at);
                    left.return_lapses_at = None;
                }
            }
            if left.state != ItemState::Published && left.state != ItemState::Withdrawn {
                left.published_at = None;
            }
            steps.push(PastStep {
                at,
                action: *action,
                left,
            });
        }
        steps
    }

    fn actions() -> impl Strategy<Value = Vec<(ItemAction, u8)>> {
        use ItemAction as A;
        let before = prop::sample::select(vec![
            A::Submit,
            A::Approve,
            A::Return,
            A::FindIncomplete,
            A::Resubmit,
        ]);
        let before = prop::collection::vec((before, 1..6_u8), 1..6);
        let end = prop::sample::select(vec![
            vec![],
            vec![A::Reject],
            vec![A::Withdraw],
            vec![A::Publish],
            vec![A::Publish, A::Grade],
            vec![A::Publish, A::Grade, A::Withdraw],
        ]);
        (before, end).prop_map(|(mut all, end)| {
            all.extend(end.into_iter().map(|action| (action, 4)));
            all
        })
    }

    proptest! {
        #[test]
        fn an_item_of_the_past_is_what_it_was_with_the_steps_until_then(actions in actions(), at in 0..12_i64) {
            let steps = lived(&actions);
            let at = second(60 * at + 30);
            let today = steps.last().unwrap().left;
            let known = steps.iter().rev().find(|step| step.at <= at).unwrap().left;
            prop_assert_eq!(stood_at(today, &steps, at), known);
        }
    }

    #[test]
    fn what_is_recorded_late_stood_from_its_own_instant() {
        let left = Stood {
            state: ItemState::Approved,
            arrived_at: Some(second(60)),
            published_at: None,
            return_lapses_at: None,
            grade: None,
        };
        let step = |at, action| PastStep {
            at: second(at),
            action,
            left,
        };
        let steps = [
            step(600, ItemAction::Record),
            step(700, ItemAction::CorrectArrival),
        ];
        assert_eq!(stood_at(left, &steps, second(60)), left);
        assert_eq!(stood_at(left, &steps, second(59)).arrived_at, None);
    }
}
