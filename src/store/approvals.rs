//! Requests for approval: items that were submitted to the leader of their unit, and whether the mail
//! about that has been queued.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::schema::approval_request;
use super::types::At;
use super::{Conn, StoreError};
use crate::domain::ids::ItemId;

/// A request for approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, HasQuery, Insertable)]
#[diesel(table_name = approval_request, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "columns are documented in migrations/")]
pub struct ApprovalRequestRow {
    pub item_id: ItemId,
    pub item_version: i32,
    pub asked_at: At,
    pub leave_at: At,
    pub settled_at: Option<At>,
}

/// Writes a request.
pub fn insert(conn: &mut Conn, row: &ApprovalRequestRow) -> Result<(), StoreError> {
    diesel::insert_into(approval_request::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}

/// The first `limit` requests whose mail may leave by `now`, those that have waited longest first.
pub fn waiting(
    conn: &mut Conn,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ApprovalRequestRow>, StoreError> {
    Ok(ApprovalRequestRow::query()
        .filter(approval_request::settled_at.is_null())
        .filter(approval_request::leave_at.le(At(now)))
        .order((approval_request::leave_at, approval_request::item_id))
        .limit(limit)
        .load(conn)?)
}

/// The next instant at which a mail about a request may leave.
pub fn next_leave(conn: &mut Conn) -> Result<Option<DateTime<Utc>>, StoreError> {
    let waiting = approval_request::table
        .filter(approval_request::settled_at.is_null())
        .select(approval_request::leave_at);
    let first: Option<At> = waiting
        .order(approval_request::leave_at)
        .first(conn)
        .optional()?;
    Ok(first.map(|at| at.0))
}

/// Lets the mail about a request leave at another instant.
pub fn postpone(
    conn: &mut Conn,
    row: &ApprovalRequestRow,
    leave_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(approval_request::table.find((row.item_id, row.item_version)))
        .set(approval_request::leave_at.eq(At(leave_at)))
        .execute(conn)?;
    Ok(())
}

/// Records that a request needs no mail any more.
pub fn settle(
    conn: &mut Conn,
    row: &ApprovalRequestRow,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    diesel::update(approval_request::table.find((row.item_id, row.item_version)))
        .set(approval_request::settled_at.eq(At(now)))
        .execute(conn)?;
    Ok(())
}
