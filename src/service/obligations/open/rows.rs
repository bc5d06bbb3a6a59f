//! The row of a new obligation.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::InFrozenYear;
use crate::domain::calendar::{Calendar, Explanation};
use crate::domain::deadline::missed_for_good;
use crate::domain::ids::ObligationId;
use crate::domain::obligation::{Note, State, Why};
use crate::domain::opening::{self, Opening, Window};
use crate::domain::party::Party;
use crate::domain::policy::{Carry, Policy};
use crate::domain::rule::RuleKind;
use crate::domain::share::Share;
use crate::domain::text::{local_date, local_midnight};
use crate::service::core::lookups::PolicyOf;
use crate::service::obligations::fold::year_of;
use crate::service::obligations::share::Owner;
use crate::service::obligations::terms::stored;
use crate::service::{Error, Tx};
use crate::store::obligations::{self as store, ObligationRow};
use crate::store::types::{AsText, At, JsonText, Word};
use crate::store::units::UnitRow;

/// What all subjects of one opening share: explanations and policies written as JSON once, and where
/// the windows of the period before ended.
#[derive(Default)]
pub(super) struct Shared {
    policy: Option<(Arc<Policy>, JsonText<Policy>)>,
    due: Option<(Window, String, Explanation)>,
    ends: HashMap<Party, At>,
}

impl Shared {
    pub(super) fn of(
        tx: &mut Tx<'_>,
        opening: &Opening<'_>,
        owners: &[Owner],
    ) -> Result<Self, Error> {
        let subjects: Vec<Party> = owners.iter().map(Owner::party).collect();
        let rule_id = opening.version.rule_id;
        let ends = match opening.before() {
            Some(before) => store::window_ends(tx.conn, rule_id, &before.key(), &subjects)?,
            None => HashMap::new(),
        };
        Ok(Self {
            ends,
            ..Self::default()
        })
    }

    /// Where the window begins: where the one before it ended. Of the first period that a subject owes
    /// that is computed by the policy of the time.
    fn begins(
        &self,
        tx: &mut Tx<'_>,
        opening: &Opening<'_>,
        owner: &Owner,
    ) -> Result<DateTime<Utc>, Error> {
        let Some(before) = opening.before() else {
            return Ok(tx.now);
        };
        if let Some(end) = self.ends.get(&owner.party()) {
            return Ok(end.0);
        }
        let began = local_midnight(before.first);
        let of = PolicyOf {
            unit_id: owner.policy_unit,
            date: before.first,
            at: began,
        };
        let policy = tx.lookups.policy_at(tx.conn, of)?;
        let (calendar, _) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
        Ok(opening::period_end(before, &calendar, &policy))
    }

    fn policy(&mut self, policy: &Arc<Policy>) -> Result<JsonText<Policy>, Error> {
        if let Some((known, text)) = &self.policy
            && Arc::ptr_eq(known, policy)
        {
            return Ok(text.clone());
        }
        let text = JsonText::of(policy.as_ref())?;
        self.policy = Some((policy.clone(), text.clone()));
        Ok(text)
    }

    fn explanation(
        &mut self,
        window: &Window,
        calendar: &Calendar,
        policy: &Policy,
    ) -> Explanation {
        if let Some((known, code, explanation)) = &self.due
            && known == window
            && code == calendar.code()
        {
            return explanation.clone();
        }
        let explanation = window.explain(calendar, policy);
        self.due = Some((*window, calendar.code().to_owned(), explanation.clone()));
        explanation
    }
}

/// What an obligation is opened with.
struct Terms {
    share: Share,
    window: Window,
    year: i32,
    missed_at: Option<DateTime<Utc>>,
    why: JsonText<Why>,
    policy: JsonText<Policy>,
    calendar: String,
    calendar_version: i32,
    chained: bool,
}

/// What would be opened for these owners, each with its row. An owner that cannot be judged is left
/// out: it is set aside when the period is opened.
pub(super) fn would_open<'o>(
    tx: &mut Tx<'_>,
    opening: &Opening<'_>,
    owners: &'o [Owner],
) -> Result<Vec<(&'o Owner, ObligationRow)>, Error> {
    let units = owners.iter().map(|owner| UnitRow::clone(&owner.unit));
    tx.lookups.add_units(units);
    let mut shared = Shared::of(tx, opening, owners)?;
    let mut rows = Vec::with_capacity(owners.len());
    for owner in owners {
        match opened(tx, opening, owner, &mut shared) {
            Ok(Some(row)) => rows.push((owner, row)),
            Ok(None) => {}
            Err(why) if why.is_about_data() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

/// The obligation of one subject for a period; `None` if it owes nothing.
pub(super) fn opened(
    tx: &mut Tx<'_>,
    opening: &Opening<'_>,
    owner: &Owner,
    shared: &mut Shared,
) -> Result<Option<ObligationRow>, Error> {
    let Some(mut share) = owed(opening, owner) else {
        return Ok(None);
    };
    let of = PolicyOf {
        unit_id: owner.policy_unit,
        date: opening.policy_date(owner.life, local_date(tx.now)),
        at: opening.began(owner.life.from, tx.now),
    };
    let policy = tx.lookups.policy_at(tx.conn, of)?;
    let (calendar, calendar_version) = tx.lookups.calendar(tx.conn, &policy.calendar)?;
    let begins = shared.begins(tx, opening, owner)?;
    let Some(window) = opening.window(begins, &calendar, &policy, owner.life.to) else {
        return Ok(None);
    };
    if window.to <= owner.entered_at.max(opening.version.entered_at) {
        return Ok(None);
    }
    let ended = window.ended_on.map(|date| Note::EndedOn { date });
    let why = Why {
        due: shared.explanation(&window, &calendar, &policy),
        notes: share.note.take().into_iter().chain(ended).collect(),
    };
    let kind = opening.version.content.kind;
    let missed_at = (kind != RuleKind::Quota)
        .then(|| missed_for_good(&calendar, window.to, policy.missed_after_days));
    let terms = Terms {
        share,
        window,
        year: window.year(&calendar),
        missed_at,
        why: JsonText::of(&why)?,
        policy: shared.policy(&policy)?,
        calendar: policy.calendar.clone(),
        calendar_version,
        chained: kind == RuleKind::Report || policy.carry == Carry::WithinYear,
    };
    Ok(Some(row(opening, owner, terms, tx.now)))
}

/// How much a subject owes, if anything.
fn owed(opening: &Opening<'_>, owner: &Owner) -> Option<Share> {
    let content = opening.version.content;
    let share = match opening.period {
        Some(period) => Share::of(content, period, owner.days),
        None => Share::whole(content),
    };
    Some(share).filter(|share| share.required > 0 && owner.days > 0)
}

fn row(opening: &Opening<'_>, owner: &Owner, terms: Terms, now: DateTime<Utc>) -> ObligationRow {
    let version = &opening.version;
    // the steps after a period that ended while the service was down are still said
    let swept_until = match opening.opened_before {
        Some(before) if before < terms.window.to => {
            now.min(terms.window.to - TimeDelta::seconds(1))
        }
        _ => now,
    };
    ObligationRow {
        id: ObligationId::NONE,
        rule_id: version.rule_id,
        rule_version_id: version.id,
        subject: AsText(owner.party()),
        unit_id: owner.unit.id,
        person_id: owner.human,
        federation_id: owner.unit.federation_id,
        kind: Word(version.content.kind.obligation()),
        period: opening.period.map(|period| Word(period.kind)),
        period_key: opening.key(),
        year: terms.year,
        event_id: None,
        window_from: At(terms.window.from),
        window_to: At(terms.window.to),
        due_at: At(terms.window.to),
        due_revision: 1,
        explanation: terms.why,
        policy: terms.policy,
        calendar: terms.calendar,
        calendar_version: terms.calendar_version,
        required: stored(terms.share.required),
        maximum: terms.share.maximum.map(stored),
        missed_at: terms.missed_at.map(At),
        extended_to: None,
        exempt_at: None,
        exempt_cause: None,
        chained: terms.chained,
        arrived: 0,
        published: 0,
        done: 0,
        state: Word(State::Open),
        decided_at: None,
        // items may have arrived before the obligation was opened: the first sweep counts them
        next_step_at: Some(At(now)),
        swept_until: At(swept_until),
        opened_at: At(now),
        version: 1,
    }
}

/// Takes out what is new and belongs to a year whose scores are frozen.
///
/// # Errors
/// [`Error::Conflict`] with the frozen round, where somebody asks for it.
pub(super) fn remove_frozen(
    tx: &mut Tx<'_>,
    rows: &mut Vec<ObligationRow>,
    in_frozen_year: InFrozenYear,
) -> Result<(), Error> {
    let frozen = tx.frozen_among(&rows.iter().map(year_of).collect())?;
    let (Some(round), Some(first)) = (frozen.values().next(), rows.first()) else {
        return Ok(());
    };
    let subjects: Vec<Party> = rows.iter().map(|row| row.subject.0).collect();
    let known = store::window_ends(tx.conn, first.rule_id, &first.period_key, &subjects)?;
    let is_new = |row: &ObligationRow| {
        frozen.contains_key(&year_of(row)) && !known.contains_key(&row.subject.0)
    };
    if in_frozen_year == InFrozenYear::Refuse && rows.iter().any(is_new) {
        return Err(Error::Conflict(round.refusal()));
    }
    rows.retain(|row| !is_new(row));
    Ok(())
}
