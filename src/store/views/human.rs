//! What is a human being's own, under whichever post, as conditions of queries.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Bool, HasSqlType};

use crate::domain::ids::PersonId;
use crate::store::schema::{item, obligation};

/// That the row belongs to the human being behind a person.
#[derive(Debug, Clone, QueryId)]
pub struct OfHuman<C> {
    column: C,
    select: &'static str,
    person: PersonId,
}

/// That they owe the obligation.
pub(super) fn owed_by(person: PersonId) -> OfHuman<obligation::person_id> {
    OfHuman {
        column: obligation::person_id,
        select: "SELECT first_id FROM person WHERE id = ",
        person,
    }
}

/// That they are among the authors of the item.
pub(super) fn written_by(person: PersonId) -> OfHuman<item::id> {
    OfHuman {
        column: item::id,
        select: "SELECT item_author.item_id FROM person AS own \
            JOIN person AS post ON post.first_id = own.first_id \
            JOIN item_author ON item_author.person_id = post.id WHERE own.id = ",
        person,
    }
}

impl<C, DB> QueryFragment<DB> for OfHuman<C>
where
    DB: Backend + HasSqlType<BigInt>,
    C: QueryFragment<DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        out.push_sql(self.select);
        out.push_bind_param::<BigInt, _>(&self.person.0)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C> Expression for OfHuman<C> {
    type SqlType = Bool;
}

impl<C, From> AppearsOnTable<From> for OfHuman<C> where C: AppearsOnTable<From> {}

impl<C, From> SelectableExpression<From> for OfHuman<C> where C: SelectableExpression<From> {}

impl<C, Group> ValidGrouping<Group> for OfHuman<C> {
    type IsAggregate = is_aggregate::No;
}
