//! Roles that people hold from a day to a day, by their post or granted beside it: when a role is
//! valid, what it covers, and who may grant it.

use chrono::NaiveDate;
use serde::Deserialize;

use super::access::Role;
use super::error::Invalid;
use super::field::Field;
use super::person::Position;
use super::text;
use super::unit::note;
use crate::domain::ids::UnitId;

/// Whether somebody with the role `granter` over a unit may grant `role` there: administrators
/// grant every role, departments every role but `admin`.
pub fn may_grant(granter: Role, role: Role) -> bool {
    match granter {
        Role::Admin => true,
        Role::Department => role != Role::Admin,
        Role::Editor | Role::Leader | Role::Contributor | Role::Viewer => false,
    }
}

/// Local days from one to another, both included; `None` is an open end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

impl Days {
    /// The days from `from` to `to`.
    pub const fn new(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Self {
        Self { from, to }
    }

    /// Whether `day` is one of them.
    pub fn contains(self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// Whether all days of `other` are among them.
    pub fn covers(self, other: Self) -> bool {
        self.first() <= other.first() && other.last() <= self.last()
    }

    /// Whether the two have a day in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.first() <= other.last() && other.first() <= self.last()
    }

    /// Those of the days that are not before `day`.
    #[must_use]
    pub fn not_before(self, day: NaiveDate) -> Self {
        Self::new(Some(self.first().max(day)), self.to)
    }

    /// The days that the two have in common.
    #[must_use]
    pub fn shared_with(self, other: Self) -> Self {
        let (from, to) = (self.from.max(other.from), self.last().min(other.last()));
        Self::new(from, (to < NaiveDate::MAX).then_some(to))
    }

    fn first(self) -> NaiveDate {
        self.from.unwrap_or(NaiveDate::MIN)
    }

    fn last(self) -> NaiveDate {
        self.to.unwrap_or(NaiveDate::MAX)
    }
}

/// Whether the spans together contain each day from `day` on, without an end.
pub fn without_a_gap(mut spans: Vec<Days>, day: NaiveDate) -> bool {
    spans.sort_unstable_by_key(|span| span.first());
    let mut next = day;
    for span in spans {
        if span.first() > next {
            return false;
        }
        match span.last().succ_opt() {
            None => return true,
            Some(after) => next = next.max(after),
        }
    }
    false
}

/// A role as somebody holds it, by the post or granted beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// The role.
    pub role: Role,
    /// The unit on which it is held; `None` = the whole installation.
    pub unit_id: Option<UnitId>,
    /// What they are there by it.
    pub position: Position,
    /// Fields of an editor, empty = every field; other roles have none.
    pub fields: Vec<Field>,
    /// The days on which it is valid.
    pub days: Days,
}

impl HeldRole {
    /// Whether somebody who holds this gets nothing new by `other`.
    pub fn covers(&self, other: &Self) -> bool {
        let every_field = self.fields.is_empty();
        let its_fields = !other.fields.is_empty()
            && other.fields.iter().all(|field| self.fields.contains(field));
        (self.role, self.unit_id, self.position) == (other.role, other.unit_id, other.position)
            && (every_field || its_fields)
            && self.days.covers(other.days)
    }
}

/// A role to be granted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GiveRole)]
pub struct NewRoleGrant {
    /// What the person may do.
    pub role: Role,
    /// The unit on which the role is held; absent: the whole installation, for `admin` only.
    pub unit_id: Option<UnitId>,
    /// What they are there by it: heads and deputies of a unit get its mails.
    #[serde(default)]
    pub position: Position,
    /// Of editors: the fields that the role is for, `[]` = every field; absent: the person's own.
    pub fields: Option<Vec<Field>>,
    /// First local day; absent: today.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub valid_from: Option<NaiveDate>,
    /// Last local day; absent: open.
    #[serde(default, deserialize_with = "crate::domain::years::read")]
    pub valid_to: Option<NaiveDate>,
    /// Why.
    pub reason: String,
}

impl NewRoleGrant {
    /// The same with its first day, with its fields in order, each once, and a cleaned reason.
    pub fn checked(mut self, today: NaiveDate) -> Result<Self, Vec<Invalid>> {
        let mut faults = Vec::new();
        if self.unit_id.is_none() && self.role != Role::Admin {
            // a forgotten unit must not grant a role on all units
            faults.push(Invalid::new("unit_id", "token_unit"));
        }
        if self.fields.is_some() && self.role != Role::Editor {
            faults.push(Invalid::new("fields", "role_fields"));
        }
        let from = self.valid_from.unwrap_or(today);
        note(&mut faults, check_order(from, self.valid_to));
        note(&mut faults, check_future(from, today));
        let reason = note(&mut faults, text::paragraph("reason", &self.reason));
        if let Some(fields) = &mut self.fields {
            fields.sort_unstable();
            fields.dedup();
        }
        match reason {
            Some(reason) if faults.is_empty() => Ok(Self {
                valid_from: Some(from),
                reason,
                ..self
            }),
            _ => Err(faults),
        }
    }

    /// The days on which it is to be valid.
    pub const fn days(&self) -> Days {
        Days::new(self.valid_from, self.valid_to)
    }
}

fn check_order(from: NaiveDate, to: Option<NaiveDate>) -> Result<(), Invalid> {
    match to {
        Some(to) if to < from => Err(Invalid::new("valid_to", "role_ends_before_it_begins")
            .with("from", from.format("%d/%m/%Y"))
            .with("to", to.format("%d/%m/%Y"))),
        _ => Ok(()),
    }
}

fn check_future(from: NaiveDate, today: NaiveDate) -> Result<(), Invalid> {
    if today <= from {
        return Ok(());
    }
    let fault = Invalid::new("valid_from", "role_in_the_past");
    Err(fault.with("today", today.format("%d/%m/%Y")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(n: i32) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(730_000 + n).unwrap()
    }

    /// Days of a small calendar; 12 or more stands for an open end, a negative number for an open
    /// beginning.
    fn days(from: i32, to: i32) -> Days {
        Days::new((from >= 0).then(|| day(from)), (to < 12).then(|| day(to)))
    }

    fn some_days() -> impl Strategy<Value = Days> {
        (-1_i32..12, 0_i32..14).prop_map(|(from, length)| days(from, from.max(0) + length))
    }

    proptest! {
        #[test]
        fn a_gap_is_a_day_that_no_span_holds(
            given in prop::collection::vec((0_i32..12, 0_i32..14), 0..6),
            start in 0_i32..12,
        ) {
            let mut spans: Vec<Days> = given.iter().map(|(from, to)| days(*from, *to)).collect();
            let held = |on: NaiveDate| spans.iter().any(|span| span.contains(on));
            let expected = (start..20).all(|n| held(day(n)));
            prop_assert_eq!(without_a_gap(spans.clone(), day(start)), expected);
            spans.reverse();
            prop_assert_eq!(without_a_gap(spans, day(start)), expected);
        }

        #[test]
        fn spans_are_compared_as_the_sets_of_their_days(a in some_days(), b in some_days()) {
            let each = || (-2..30).map(day);
            let (in_a, in_b) = (|on| a.contains(on), |on| b.contains(on));
            prop_assert_eq!(a.covers(b), each().all(|on| in_a(on) || !in_b(on)));
            prop_assert_eq!(a.overlaps(b), each().any(|on| in_a(on) && in_b(on)));
            let shared = a.shared_with(b);
            prop_assert!(each().all(|on| shared.contains(on) == (in_a(on) && in_b(on))));
            let later = a.not_before(day(5));
            prop_assert!(each().all(|on| later.contains(on) == (in_a(on) && day(5) <= on)));
        }
    }

    fn editor(fields: &[Field], days: Days) -> HeldRole {
        HeldRole {
            role: Role::Editor,
            unit_id: Some(UnitId(1)),
            position: Position::Staff,
            fields: fields.to_vec(),
            days,
        }
    }

    #[test]
    fn a_role_covers_the_same_role_with_no_more_fields_and_days() {
        let always = Days::default();
        let finance = editor(&[Field::TaiChinh], always);
        let every_field = editor(&[], always);
        assert!(every_field.covers(&finance) && finance.covers(&finance));
        assert!(!finance.covers(&every_field));
        assert!(finance.covers(&editor(&[Field::TaiChinh], days(3, 5))));
        assert!(!editor(&[Field::TaiChinh], days(3, 5)).covers(&finance));
        let elsewhere = HeldRole {
            unit_id: Some(UnitId(2)),
            ..finance.clone()
        };
        let head = HeldRole {
            position: Position::Head,
            ..finance.clone()
        };
        assert!(!every_field.covers(&elsewhere) && !every_field.covers(&head));
    }

    #[test]
    fn admin_is_granted_by_administrators_and_the_other_roles_by_departments_too() {
        for role in Role::ALL.iter().copied() {
            assert!(may_grant(Role::Admin, role));
            assert_eq!(may_grant(Role::Department, role), role != Role::Admin);
            assert!(!may_grant(Role::Leader, role) && !may_grant(Role::Editor, role));
            assert!(!may_grant(Role::Viewer, role) && !may_grant(Role::Contributor, role));
        }
    }

    #[test]
    fn all_faults_of_a_new_role_are_named_at_once() {
        let new = NewRoleGrant {
            role: Role::Leader,
            unit_id: None,
            position: Position::Head,
            fields: Some(Vec::new()),
            valid_from: Some(day(3)),
            valid_to: Some(day(2)),
            reason: String::new(),
        };
        let faults = new.checked(day(5)).unwrap_err();
        let codes: Vec<&str> = faults.iter().map(|fault| fault.code).collect();
        let expected = [
            "token_unit",
            "role_fields",
            "role_ends_before_it_begins",
            "role_in_the_past",
        ];
        assert_eq!(codes[..4], expected);
        assert_eq!(
            faults.last().map(|fault| fault.field.as_ref()),
            Some("reason")
        );
    }

    #[test]
    fn a_role_begins_today_unless_its_first_day_is_named() {
        let new = NewRoleGrant {
            role: Role::Editor,
            unit_id: Some(UnitId(1)),
            position: Position::Staff,
            fields: Some(vec![Field::VanPhong, Field::TuyenGiao, Field::VanPhong]),
            valid_from: None,
            valid_to: None,
            reason: " Phân công ".to_owned(),
        };
        let checked = new.checked(day(5)).unwrap();
        assert_eq!(checked.days(), days(5, 12));
        assert_eq!(
            checked.fields,
            Some(vec![Field::TuyenGiao, Field::VanPhong])
        );
        assert_eq!(checked.reason, "Phân công");
    }
}
