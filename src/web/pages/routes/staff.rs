//! The addresses of people, accounts, mails, jobs and the trail.

use std::fmt::Display;

use super::with;

/// People.
pub const PEOPLE: &str = "/nguoi";

/// One person.
pub const PERSON: &str = "/nguoi/{id}";

/// Entering a person.
pub const NEW_PERSON: &str = "/nguoi/moi";

/// Changing a person.
pub const EDIT_PERSON: &str = "/nguoi/{id}/sua";

/// Moving a person to another unit.
pub const MOVE_PERSON: &str = "/nguoi/{id}/chuyen";

/// Recording the last day of a person.
pub const LEAVE: &str = "/nguoi/{id}/nghi";

/// What that would do.
pub const LEAVE_CONFIRM: &str = "/nguoi/{id}/nghi/xac-nhan";

/// Granting a person a role.
pub const GRANT_ROLE: &str = "/nguoi/{id}/vai-tro";

/// Revoking it.
pub const REVOKE_ROLE: &str = "/nguoi/{id}/vai-tro/{role}/thu-hoi";

/// Accounts of people, for administrators.
pub const ACCOUNTS: &str = "/quan-tri/tai-khoan";

/// Inviting one person: `?nguoi=`.
pub const INVITE: &str = "/quan-tri/tai-khoan/moi";

/// Inviting everybody who has no account.
pub const INVITE_MANY: &str = "/quan-tri/tai-khoan/moi-tat-ca";

/// Who that is.
pub const INVITE_MANY_CONFIRM: &str = "/quan-tri/tai-khoan/moi-tat-ca/xac-nhan";

/// One account.
pub const ONE_ACCOUNT: &str = "/quan-tri/tai-khoan/{id}";

/// What disabling an account does.
pub const DISABLE_CONFIRM: &str = "/quan-tri/tai-khoan/{id}/khoa/xac-nhan";

/// A step of an account.
pub const ACCOUNT_STEP: &str = "/quan-tri/tai-khoan/{id}/buoc/{step}";

/// Ending a session of an account.
pub const ACCOUNT_SESSION: &str = "/quan-tri/tai-khoan/{id}/phien/{session}";

/// Mails: waiting, sent, given up.
pub const OUTBOX: &str = "/thu-di";

/// One mail.
pub const OUTBOX_MAIL: &str = "/thu-di/{id}";

/// Its HTML, as a mail program shows it.
pub const OUTBOX_HTML: &str = "/thu-di/{id}/html";

/// Trying a mail again.
pub const OUTBOX_AGAIN: &str = "/thu-di/{id}/gui-lai";

/// The scheduled jobs.
pub const JOBS: &str = "/lich-chay";

/// One job with its runs.
pub const JOB: &str = "/lich-chay/{id}";

/// A step of a job.
pub const JOB_STEP: &str = "/lich-chay/{id}/buoc/{step}";

/// Who did what.
pub const TRAIL: &str = "/nhat-ky";

/// The same for spreadsheets.
pub const TRAIL_CSV: &str = "/nhat-ky.csv";

/// The same as an Excel file.
pub const TRAIL_XLSX: &str = "/nhat-ky.xlsx";

/// A person.
pub fn person(id: impl Display) -> String {
    of(PERSON, id)
}

/// Where a role of a person is revoked.
pub fn revoke_role(id: impl Display, role: impl Display) -> String {
    of(REVOKE_ROLE, id).replace("{role}", &role.to_string())
}

/// Where a person is invited.
pub fn invite(person: impl Display) -> String {
    with(INVITE, "nguoi", &person.to_string())
}

/// Where a step of an account is taken.
pub fn account_step(id: impl Display, step: &str) -> String {
    of(ACCOUNT_STEP, id).replace("{step}", step)
}

/// Where a session of an account is ended.
pub fn account_session(id: impl Display, session: impl Display) -> String {
    of(ACCOUNT_SESSION, id).replace("{session}", &session.to_string())
}

/// An address with its number filled in.
pub fn of(address: &str, id: impl Display) -> String {
    address.replace("{id}", &id.to_string())
}

/// Where a step of a job is taken.
pub fn job_step(name: &str, step: &str) -> String {
    of(JOB_STEP, name).replace("{step}", step)
}
