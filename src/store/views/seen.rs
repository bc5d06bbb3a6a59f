//! Whether the reader sees a unit, as a condition of SQL.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType};

use crate::domain::access::Scope;
use crate::domain::ids::UnitId;

/// Statements that name more units are compiled each time that they run: a connection keeps every
/// other text.
const FEW: usize = 4;

/// That the unit `unit`, a column, is seen by the reader. The one place that says which units are.
#[derive(Debug, Clone)]
pub(super) struct Seen<U> {
    unit: U,
    /// Units that are seen with everything below them; `None` = all.
    below: Option<Vec<UnitId>>,
    /// Units that are seen without what is below them.
    alone: Vec<UnitId>,
}

/// That the reader sees the unit.
pub(super) fn seen<U>(scope: &Scope, unit: U) -> Seen<U> {
    let (below, alone) = match scope {
        Scope::All => (None, Vec::new()),
        Scope::Below(below) => (Some(below.clone()), Vec::new()),
        Scope::Own(own) => (Some(own.below.clone()), own.units.clone()),
    };
    Seen { unit, below, alone }
}

/// That the reader sees the people of the unit, and what is theirs, in full.
pub(super) fn in_full<U>(scope: &Scope, unit: U) -> Seen<U> {
    Seen {
        alone: Vec::new(),
        ..seen(scope, unit)
    }
}

impl<U, DB> QueryFragment<DB> for Seen<U>
where
    DB: Backend + HasSqlType<BigInt>,
    U: QueryFragment<DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        // the text depends on how many units there are: most readers have one or two
        if self.below.iter().flatten().chain(&self.alone).count() > FEW {
            out.unsafe_to_cache_prepared();
        }
        let Some(below) = &self.below else {
            out.push_sql("TRUE");
            return Ok(());
        };
        out.push_sql("EXISTS (SELECT 1 FROM unit_ancestor WHERE unit_ancestor.unit_id = ");
        self.unit.walk_ast(out.reborrow())?;
        out.push_sql(" AND (");
        push_ancestor_filter(below, out.reborrow())?;
        if !self.alone.is_empty() {
            out.push_sql(" OR unit_ancestor.depth = 0 AND ");
            push_ancestor_filter(&self.alone, out.reborrow())?;
        }
        out.push_sql("))");
        Ok(())
    }
}

fn push_ancestor_filter<'b, DB>(
    units: &'b [UnitId],
    mut out: AstPass<'_, 'b, DB>,
) -> QueryResult<()>
where
    DB: Backend + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
{
    // `IN ()` is no SQL of PostgreSQL, and no unit has this id
    const NONE: &[UnitId] = &[UnitId::NONE];
    let units = if units.is_empty() { NONE } else { units };
    out.push_sql("unit_ancestor.ancestor_id IN (");
    for (number, unit) in units.iter().enumerate() {
        if number > 0 {
            out.push_sql(", ");
        }
        out.push_bind_param::<BigInt, _>(&unit.0)?;
    }
    out.push_sql(")");
    Ok(())
}

impl<U> QueryId for Seen<U> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<U> Expression for Seen<U> {
    type SqlType = Bool;
}

impl<U, From> AppearsOnTable<From> for Seen<U> where U: AppearsOnTable<From> {}

impl<U, From> SelectableExpression<From> for Seen<U> where U: SelectableExpression<From> {}

impl<U, Group> ValidGrouping<Group> for Seen<U> {
    type IsAggregate = is_aggregate::No;
}
