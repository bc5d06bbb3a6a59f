//! What obligations are opened and settled by, read once a transaction: calendars, policies,
//! contents of rules, units.
//!
//! They belong to one transaction and never outlive the snapshot that they were read from.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::calendar::Calendar;
use crate::domain::ids::{RuleVersionId, UnitId};
use crate::domain::policy::Policy;
use crate::domain::rule::RuleContent;
use crate::service::Error;
use crate::service::obligations::LastLadder;
use crate::service::rules::compiled::CompiledCalendars;
use crate::store::policies::PolicyRow;
use crate::store::types::JsonText;
use crate::store::units::UnitRow;
use crate::store::{Conn, StoreError, policies, rules, units};

/// What one transaction has read so far.
#[derive(Debug)]
pub struct Lookups<'a> {
    compiled: &'a CompiledCalendars,
    calendars: HashMap<String, (Calendar, i32)>,
    contents: HashMap<RuleVersionId, Arc<RuleContent>>,
    patches: Option<HashMap<UnitId, Vec<Arc<PolicyRow>>>>,
    /// Units with a policy that cannot be read, and why not.
    unreadable: HashMap<UnitId, String>,
    policies: HashMap<(UnitId, NaiveDate), Arc<LayeredPolicy>>,
    units: HashMap<UnitId, Arc<UnitRow>>,
    /// The units that moved after an instant.
    moved: (Option<DateTime<Utc>>, HashSet<UnitId>),
    /// Policies that obligations were opened with, by their stored text: many share one.
    opened_with: HashMap<String, Arc<Policy>>,
    /// The one of them that was asked for last: comparing a long text is cheaper than hashing it.
    last_opened_with: Option<(String, Arc<Policy>)>,
    /// The ladder that was asked for last.
    pub(crate) last_ladder: Option<LastLadder>,
}

impl<'a> Lookups<'a> {
    /// Nothing read so far.
    pub fn new(compiled: &'a CompiledCalendars) -> Self {
        Self {
            compiled,
            calendars: HashMap::new(),
            contents: HashMap::new(),
            patches: None,
            unreadable: HashMap::new(),
            policies: HashMap::new(),
            units: HashMap::new(),
            moved: (None, HashSet::new()),
            opened_with: HashMap::new(),
            last_opened_with: None,
            last_ladder: None,
        }
    }

    /// A stored policy.
    ///
    /// # Errors
    /// If the text is none.
    pub fn opened_with(&mut self, stored: &JsonText<Policy>) -> Result<Arc<Policy>, StoreError> {
        let text = stored.as_str();
        if let Some((_, policy)) = self
            .last_opened_with
            .as_ref()
            .filter(|(last, _)| last == text)
        {
            return Ok(policy.clone());
        }
        let policy = match self.opened_with.get(text) {
            Some(policy) => policy.clone(),
            None => Arc::new(stored.read()?),
        };
        self.opened_with.insert(text.to_owned(), policy.clone());
        self.last_opened_with = Some((text.to_owned(), policy.clone()));
        Ok(policy)
    }

    /// A calendar and the version of its facts (0: as shipped).
    ///
    /// # Errors
    /// If no calendar has that code, or its stored facts can't be compiled.
    pub fn calendar(&mut self, conn: &mut Conn, code: &str) -> Result<(Calendar, i32), Error> {
        if let Some(found) = self.calendars.get(code) {
            return Ok(found.clone());
        }
        let (calendar, version) = self.compiled.get(conn, code)?;
        self.calendars
            .insert(code.to_owned(), (calendar.clone(), version));
        Ok((calendar, version))
    }

    /// What a version of a rule says.
    pub fn content(
        &mut self,
        conn: &mut Conn,
        rule_version_id: RuleVersionId,
    ) -> Result<Arc<RuleContent>, Error> {
        if !self.contents.contains_key(&rule_version_id) {
            self.read_contents(conn, &[rule_version_id])?;
        }
        let missing = || StoreError::Corrupt(format!("rule version {rule_version_id} is missing"));
        Ok(self
            .contents
            .get(&rule_version_id)
            .cloned()
            .ok_or_else(missing)?)
    }

    /// Reads several versions at once.
    pub fn read_contents(&mut self, conn: &mut Conn, ids: &[RuleVersionId]) -> Result<(), Error> {
        let mut unknown: Vec<RuleVersionId> = ids
            .iter()
            .copied()
            .filter(|id| !self.contents.contains_key(id))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        for row in rules::versions(conn, &unknown)? {
            self.contents.insert(row.id, Arc::new(row.content.0));
        }
        Ok(())
    }

    /// A unit.
    ///
    /// # Errors
    /// If it does not exist.
    pub fn unit(&mut self, conn: &mut Conn, id: UnitId) -> Result<Arc<UnitRow>, Error> {
        if let Some(unit) = self.units.get(&id) {
            return Ok(unit.clone());
        }
        let unit = Arc::new(units::find(conn, id)?.ok_or(Error::not_found("unit"))?);
        self.units.insert(id, unit.clone());
        Ok(unit)
    }

    /// Reads several units at once; those that do not exist stay unknown.
    pub fn read_units(
        &mut self,
        conn: &mut Conn,
        ids: impl Iterator<Item = UnitId>,
    ) -> Result<(), Error> {
        let mut unknown: Vec<UnitId> = ids.filter(|id| !self.units.contains_key(id)).collect();
        unknown.sort_unstable();
        unknown.dedup();
        self.add_units(units::find_many(conn, &unknown)?.into_values());
        Ok(())
    }

    /// Adds units that the caller has read.
    pub fn add_units(&mut self, rows: impl IntoIterator<Item = UnitRow>) {
        self.units
            .extend(rows.into_iter().map(|row| (row.id, Arc::new(row))));
    }

    /// The policy that holds for a unit on a local date.
    pub fn policy(
        &mut self,
        conn: &mut Conn,
        unit_id: UnitId,
        date: NaiveDate,
    ) -> Result<Arc<Policy>, Error> {
        Ok(self.layered_policy(conn, unit_id, date)?.policy.clone())
    }

    /// The policy that held for a unit in the tree of then.
    pub fn policy_at(&mut self, conn: &mut Conn, of: PolicyOf) -> Result<Arc<Policy>, Error> {
        let PolicyOf { unit_id, date, at } = of;
        if !self.moved_after(conn, at)?.contains(&unit_id) {
            return self.policy(conn, unit_id, date);
        }
        let mut above = units::spans_above(conn, &[unit_id])?;
        above.retain(|span| span.contains(at));
        above.sort_by_key(|span| Reverse(span.depth));
        self.read_patches(conn)?;
        let mut policy = Arc::default();
        for span in above {
            policy = self.overlaid(policy, span.ancestor, date);
        }
        Ok(policy.policy.clone())
    }

    /// The units that moved after an instant; most often it is the same one as before.
    fn moved_after(
        &mut self,
        conn: &mut Conn,
        at: DateTime<Utc>,
    ) -> Result<&HashSet<UnitId>, Error> {
        if self.moved.0 != Some(at) {
            let moved = units::moved_after(conn, at)?.into_iter().collect();
            self.moved = (Some(at), moved);
        }
        Ok(&self.moved.1)
    }

    /// The policy that holds for a unit on a local date, and who set its fields: what the unit and
    /// the units above it set by then, nearest first and newest first, over the defaults.
    pub fn layered_policy(
        &mut self,
        conn: &mut Conn,
        unit_id: UnitId,
        date: NaiveDate,
    ) -> Result<Arc<LayeredPolicy>, Error> {
        if let Some(policy) = self.policies.get(&(unit_id, date)) {
            return Ok(policy.clone());
        }
        self.read_patches(conn)?;
        if let Some(why) = self.unreadable.get(&unit_id) {
            return Err(StoreError::Corrupt(why.clone()).into());
        }
        let above = match self.unit(conn, unit_id)?.parent_id {
            Some(parent) => self.layered_policy(conn, parent, date)?,
            None => Arc::default(),
        };
        let policy = self.overlaid(above, unit_id, date);
        self.policies.insert((unit_id, date), policy.clone());
        Ok(policy)
    }

    /// A policy with what a unit had set over it by a local date.
    fn overlaid(
        &self,
        above: Arc<LayeredPolicy>,
        unit_id: UnitId,
        date: NaiveDate,
    ) -> Arc<LayeredPolicy> {
        let patches = self.patches.as_ref().and_then(|all| all.get(&unit_id));
        let own = patches
            .into_iter()
            .flatten()
            .filter(|row| row.valid_from <= date);
        own.fold(above.clone(), |policy, row| {
            Arc::new(policy.overlaid(row, &above))
        })
    }

    /// Reads policies from now on as if this one were stored, in place of that of its unit and date.
    pub fn try_policy(&mut self, conn: &mut Conn, row: PolicyRow) -> Result<(), Error> {
        self.read_patches(conn)?;
        self.policies.clear();
        let own = self.patches.get_or_insert_default().entry(row.unit_id);
        let own = own.or_default();
        own.retain(|known| known.valid_from != row.valid_from);
        own.push(Arc::new(row));
        own.sort_by_key(|row| row.valid_from);
        Ok(())
    }

    /// Reads what units set, oldest first. What cannot be read concerns its unit and those below it
    /// only.
    fn read_patches(&mut self, conn: &mut Conn) -> Result<(), Error> {
        if self.patches.is_some() {
            return Ok(());
        }
        let mut all: HashMap<UnitId, Vec<Arc<PolicyRow>>> = HashMap::new();
        let found = policies::list_readable(conn)?;
        for (id, why) in found.unreadable {
            if let Some(unit_id) = policies::unit_of(conn, id)? {
                self.unreadable
                    .insert(unit_id, format!("policy {id}: {why}"));
            }
        }
        for row in found.rows {
            all.entry(row.unit_id).or_default().push(Arc::new(row));
        }
        for patches in all.values_mut() {
            patches.sort_by_key(|row| row.valid_from);
        }
        self.patches = Some(all);
        Ok(())
    }
}

/// A policy of the past: that of a unit on a local date, in the tree as it stood at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyOf {
    /// The unit.
    pub unit_id: UnitId,
    /// The local date.
    pub date: NaiveDate,
    /// The instant of the tree.
    pub at: DateTime<Utc>,
}

/// A policy and who set its fields.
#[derive(Debug, Clone, Default)]
pub struct LayeredPolicy {
    /// The policy.
    pub policy: Arc<Policy>,
    /// Who set which field; a field that nobody set has its default.
    pub set_by: BTreeMap<&'static str, Arc<PolicyRow>>,
}

impl LayeredPolicy {
    /// This policy with what a unit set over it. A field holds until the same unit or one below it
    /// sets it again, or the unit inherits it again from `above`.
    fn overlaid(&self, row: &Arc<PolicyRow>, above: &Self) -> Self {
        let (patch, mut set_by) = (&row.patch.0, self.set_by.clone());
        let policy = Policy::clone(&self.policy).inheriting(&patch.inherited, &above.policy);
        for name in &patch.inherited {
            set_by.retain(|field, _| field != name);
            let source = above.set_by.get_key_value(name.as_str());
            set_by.extend(source.map(|(field, row)| (*field, row.clone())));
        }
        let fields = patch.fields();
        set_by.extend(fields.into_iter().map(|field| (field, row.clone())));
        Self {
            policy: Arc::new(policy.overlaid(patch)),
            set_by,
        }
    }
}
