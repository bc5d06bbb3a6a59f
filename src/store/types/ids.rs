//! Ids: stored as integers.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::BigInt;
use diesel::sqlite::Sqlite;

use crate::domain::ids::{
    AccountId, DraftId, EventId, ExtensionId, FeedId, GrantId, ImportId, ItemId, MailId,
    ObligationId, PersonId, PlanId, RoundId, RuleId, RuleVersionId, SavedViewId, SchemeId,
    SessionId, SheetId, TokenId, UnitId,
};
use crate::store::multi::MultiBackend;

/// Gives types of ids their column: `domain` knows nothing of the database.
macro_rules! columns {
    ($($id:ident $column:ident;)+) => {$(
        #[derive(AsExpression, FromSqlRow)]
        #[diesel(foreign_derive, sql_type = BigInt)]
        #[expect(dead_code, reason = "it only stands for the foreign type")]
        struct $column($id);

        impl<DB: Backend> FromSql<BigInt, DB> for $id
        where
            i64: FromSql<BigInt, DB>,
        {
            fn from_sql(raw: DB::RawValue<'_>) -> deserialize::Result<Self> {
                i64::from_sql(raw).map(Self)
            }
        }

        written_as!(BigInt, [], $id, id => id.0);
    )+};
}

columns! {
    AccountId AccountIdColumn;
    DraftId DraftIdColumn;
    EventId EventIdColumn;
    ExtensionId ExtensionIdColumn;
    GrantId GrantIdColumn;
    ItemId ItemIdColumn;
    MailId MailIdColumn;
    ObligationId ObligationIdColumn;
    PersonId PersonIdColumn;
    PlanId PlanIdColumn;
    RoundId RoundIdColumn;
    RuleId RuleIdColumn;
    RuleVersionId RuleVersionIdColumn;
    ImportId ImportIdColumn;
    SavedViewId SavedViewIdColumn;
    FeedId FeedIdColumn;
    SchemeId SchemeIdColumn;
    SessionId SessionIdColumn;
    SheetId SheetIdColumn;
    TokenId TokenIdColumn;
    UnitId UnitIdColumn;
}
