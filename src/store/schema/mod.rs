//! The tables as diesel sees them, in the types common to SQLite and PostgreSQL: instants and ids
//! `BigInt`, dates `Date`, JSON and enums `Text`. One file a family of tables.

#![expect(missing_docs, reason = "columns are documented in migrations/")]

mod accounts;
mod documents;
mod obligations;
mod operation;
mod rules;
mod scores;
mod submissions;
mod units;

pub use accounts::{
    access_token, account, account_link, audit, audit_horizon, calendar_feed, recovery_code,
    saved_view, session,
};
pub use documents::{document_template, letterhead};
pub use obligations::{acknowledgement, credit, exemption, extension, obligation, reminder};
pub use operation::{idempotency, job, job_run, message, meta, queue, set_aside};
pub use rules::{calendar, item_kind, plan, policy, rule, rule_version};
pub use scores::{score_round, score_scheme, score_sheet};
pub use submissions::{
    approval_request, event, file_import, item, item_author, item_draft, item_step,
};
pub use units::{person, role_grant, unit, unit_ancestor, unit_ancestor_past};

diesel::allow_tables_to_appear_in_same_query!(
    meta,
    score_scheme,
    score_round,
    score_sheet,
    unit,
    unit_ancestor,
    unit_ancestor_past,
    person,
    role_grant,
    calendar,
    item_kind,
    policy,
    plan,
    rule,
    rule_version,
    approval_request,
    event,
    file_import,
    item,
    item_author,
    item_draft,
    item_step,
    obligation,
    credit,
    extension,
    exemption,
    reminder,
    acknowledgement,
    job,
    job_run,
    message,
    queue,
    access_token,
    idempotency,
    audit,
    audit_horizon,
    account,
    account_link,
    recovery_code,
    saved_view,
    session,
    calendar_feed,
    letterhead,
    document_template,
);
