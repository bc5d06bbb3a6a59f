//! The addresses of all pages; `handlers` says who answers at each. Addresses are Vietnamese in every
//! language; whatever leads to a page, in code or in a template, names its constant, or the function
//! of `addresses` that fills it in.

pub use super::addresses::*;

mod files;
mod reports;
mod staff;

pub use files::*;
pub use reports::*;
pub use staff::*;

/// The first page.
pub const HOME: &str = "/";

/// The form of signing in.
pub const SIGN_IN: &str = "/dang-nhap";

/// Its second step, a code.
pub const SIGN_IN_CODE: &str = "/dang-nhap/ma";

/// Single sign-on: to the provider by POST, back by GET.
pub const SIGN_ON: &str = "/dang-nhap/mot-lan";

/// Signing out.
pub const SIGN_OUT: &str = "/dang-xuat";

/// The form that asks for a link to a new password.
pub const FORGOTTEN: &str = "/quen-mat-khau";

/// Where an invitation leads: a first password.
pub const INVITED: &str = "/moi/{token}";

/// Where a link to a new password leads.
pub const RESET: &str = "/dat-lai/{token}";

/// The own account.
pub const ACCOUNT: &str = "/tai-khoan";

/// Another password.
pub const PASSWORD: &str = "/tai-khoan/mat-khau";

/// Language and colours of the own account.
pub const DISPLAY: &str = "/tai-khoan/hien-thi";

/// Ending one session.
pub const SESSION: &str = "/tai-khoan/phien/{id}";

/// Ending all sessions.
pub const END_SESSIONS: &str = "/tai-khoan/thoat-het";

/// The second factor. Somebody who has to have one and has none yet may go here and below.
pub const SECOND_FACTOR: &str = "/tai-khoan/buoc-hai";

/// Confirming a second factor that was begun.
pub const CONFIRM_SECOND_FACTOR: &str = "/tai-khoan/buoc-hai/xac-nhan";

/// Turning the second factor off.
pub const DROP_SECOND_FACTOR: &str = "/tai-khoan/buoc-hai/tat";

/// The switch between the languages.
pub const LANGUAGE: &str = "/ngon-ngu";

/// The switch of the colours.
pub const THEME: &str = "/giao-dien";

/// What the words and letters mean, and whom to ask.
pub const HELP: &str = "/tro-giup";

/// A guide of the handbook.
pub const GUIDE: &str = "/tro-giup/{guide}";

/// The day of the department.
pub const TODAY: &str = "/hom-nay";

/// Its parts, fetched again while somebody looks at it.
pub const TODAY_PART: &str = "/hom-nay/phan/{part}";

/// Units and periods.
pub const MAP: &str = "/ban-do";

/// The map as a file.
pub const MAP_CSV: &str = "/ban-do.csv";

/// The map as an Excel file.
pub const MAP_XLSX: &str = "/ban-do.xlsx";

/// The list of units.
pub const UNITS: &str = "/don-vi";

/// One unit.
pub const UNIT: &str = "/don-vi/{id}";

/// Where the links in reminders lead.
pub const LINK: &str = "/thu/{token}";

/// The work of a reader: the home of leaders and contributors.
pub const WORK: &str = "/viec";

/// Lists of obligations: `?xem=` a list of the day or the reader's own, `?don-vi=` those of a unit.
pub const WORKS: &str = "/viec/danh-sach";

/// One obligation.
pub const ONE_WORK: &str = "/viec/{id}";

/// More time for an obligation: asked for by its unit, given by the department.
pub const MORE_TIME: &str = "/viec/{id}/gia-han";

/// Excusing from an obligation.
pub const EXEMPT: &str = "/viec/{id}/mien";

/// Reminding of an obligation.
pub const REMIND: &str = "/viec/{id}/nhac";

/// Reminding of several works at once.
pub const REMIND_MANY: &str = "/viec/nhac";

/// Taking an exemption back.
pub const UNDO_EXEMPTION: &str = "/viec/mien/hoan-tac";

/// One request for more time: granting it.
pub const EXTENSION: &str = "/gia-han/{id}";

/// Refusing it.
pub const REFUSE_EXTENSION: &str = "/gia-han/{id}/khong-cho";

/// Requests for more time.
pub const EXTENSIONS: &str = "/gia-han";

/// Items that wait for the leader's approval.
pub const WAITING_ITEMS: &str = "/tin-bai?tt=submitted";

/// Handing in an item: `?viec=`, `?su-kien=`, `?don-vi=` say what for.
pub const SUBMIT: &str = "/nop";

/// What happens to an item that was handed in.
pub const SUBMITTED: &str = "/nop/{id}/xong";

/// The list of items.
pub const ITEMS: &str = "/tin-bai";

/// The list of items for spreadsheets.
pub const ITEMS_CSV: &str = "/tin-bai.csv";

/// The list of items as an Excel file.
pub const ITEMS_XLSX: &str = "/tin-bai.xlsx";

/// One item.
pub const ITEM: &str = "/tin-bai/{id}";

/// Correcting an item.
pub const EDIT_ITEM: &str = "/tin-bai/{id}/sua";

/// A step of an item.
pub const ITEM_STEP: &str = "/tin-bai/{id}/buoc/{step}";

/// How the service is.
pub const SYSTEM: &str = "/he-thong";

/// The places where things are set and looked after.
pub const SETTINGS: &str = "/cai-dat";

/// The first days: the list of steps.
pub const SETUP: &str = "/thiet-lap";

/// Units from a list.
pub const SETUP_UNITS: &str = "/thiet-lap/don-vi";

/// Entering them.
pub const SETUP_UNITS_ENTER: &str = "/thiet-lap/don-vi/xac-nhan";

/// Office hours, holidays and quotas of a preset.
pub const SETUP_QUOTAS: &str = "/thiet-lap/chi-tieu";

/// A test mail.
pub const SETUP_MAIL: &str = "/thiet-lap/thu-thu";

/// The code in it.
pub const SETUP_MAIL_CODE: &str = "/thiet-lap/thu-thu/ma";

/// Spreadsheets in: choosing a file, and what it would do.
pub const IMPORTS: &str = "/nhap-tep";

/// Entering it.
pub const IMPORTS_ENTER: &str = "/nhap-tep/nhap";

/// The file with remarks.
pub const IMPORTS_REMARKS: &str = "/nhap-tep/ghi-chu";

/// Taking imports back.
pub const IMPORTS_UNDO: &str = "/nhap-tep/hoan-tac";

/// A file to fill in.
pub const IMPORTS_TEMPLATE: &str = "/nhap-tep/mau/{kind}";

/// Saving the filter of a list.
pub const SAVED_VIEWS: &str = "/bo-loc";

/// Deleting a saved filter.
pub const DELETE_SAVED_VIEW: &str = "/bo-loc/{id}/xoa";

/// What waits for an editor.
pub const QUEUE: &str = "/bien-tap";

/// What publishing several items would do.
pub const PUBLISH_MANY_CONFIRM: &str = "/bien-tap/xac-nhan";

/// Publishing several items.
pub const PUBLISH_MANY: &str = "/bien-tap/dang";

/// One item that waits for an editor.
pub const QUEUED: &str = "/bien-tap/{id}";

/// Events that are coming, or for which something is owed.
pub const EVENTS: &str = "/su-kien";

/// Registering an event.
pub const NEW_EVENT: &str = "/su-kien/moi";

/// When an event would be due.
pub const EVENT_DUE: &str = "/su-kien/han";

/// One event.
pub const EVENT: &str = "/su-kien/{id}";

/// Correcting an event.
pub const EDIT_EVENT: &str = "/su-kien/{id}/sua";

/// Emulation scores: leads to the table of this year, or to the reader's own unit.
pub const SCORES_HOME: &str = "/diem";

/// The scores of a category's year.
pub const SCORES: &str = "/diem/{year}";

/// The score of a unit.
pub const SCORE: &str = "/diem/{year}/{unit}";

/// The unit's own assessment.
pub const SELF_ASSESS: &str = "/diem/{year}/{unit}/tu-cham";

/// The department's review of it.
pub const REVIEW_SCORE: &str = "/diem/{year}/{unit}/tham-dinh";

/// Beginning a round of scores.
pub const ROUNDS: &str = "/diem/dot";

/// Computing its sheets.
pub const ROUND_COMPUTE: &str = "/diem/dot/{id}/tinh";

/// Reviewing the sheets that change nothing.
pub const ROUND_UNCHANGED: &str = "/diem/dot/{id}/khong-doi";

/// Which sheets these are.
pub const ROUND_UNCHANGED_CONFIRM: &str = "/diem/dot/{id}/khong-doi/xac-nhan";

/// Publishing a round.
pub const ROUND_PUBLISH: &str = "/diem/dot/{id}/cong-bo";

/// Closing a round for good.
pub const ROUND_FREEZE: &str = "/diem/dot/{id}/khoa";

/// Replacing a round by a new edition.
pub const ROUND_REOPEN: &str = "/diem/dot/{id}/lap-lai";

/// Plans: quotas by year with their legal basis.
pub const PLANS: &str = "/ke-hoach";

/// Drafting a plan.
pub const NEW_PLAN: &str = "/ke-hoach/moi";

/// One plan.
pub const PLAN: &str = "/ke-hoach/{id}";

/// Its title and legal basis.
pub const PLAN_HEAD: &str = "/ke-hoach/{id}/sua";

/// A step of a plan.
pub const PLAN_STEP: &str = "/ke-hoach/{id}/buoc/{step}";

/// Adding a rule.
pub const NEW_RULE: &str = "/ke-hoach/{id}/quy-tac/moi";

/// Changing a rule.
pub const RULE: &str = "/ke-hoach/{id}/quy-tac/{rule}";

/// Removing a rule.
pub const REMOVE_RULE: &str = "/ke-hoach/{id}/quy-tac/{rule}/bo";

/// Schemes of emulation scores.
pub const SCHEMES: &str = "/thang-diem";

/// A category's scheme of a year.
pub const SCHEME: &str = "/thang-diem/{year}/{category}";

/// Changing it.
pub const EDIT_SCHEME: &str = "/thang-diem/{year}/{category}/sua";

/// Below this address, and behind a key, are the mails of a demonstration.
pub const MAILBOX: &str = "/thu-trinh-dien/";

/// The mails of a demonstration.
pub const MAILS: &str = "/thu-trinh-dien/{key}";

/// One of these mails.
pub const MAIL: &str = "/thu-trinh-dien/{key}/{id}";

/// One of these mails as a mail program shows it.
pub const MAIL_HTML: &str = "/thu-trinh-dien/{key}/{id}/html";

/// Below this address are stylesheets and pictures; open to everybody.
pub const ASSETS: &str = "/assets/";

/// A stylesheet, module or icon.
pub const ASSET: &str = "/assets/{name}";

/// Calendars, and whom each binds.
pub const CALENDARS: &str = "/lich";

/// A calendar: leads to this month.
pub const CALENDAR: &str = "/lich/{code}";

/// A month of a calendar, `2026-11`.
pub const CALENDAR_MONTH: &str = "/lich/{code}/{month}";

/// How far open deadlines have followed a calendar.
pub const CALENDAR_PROGRESS: &str = "/lich/{code}/tien-do";

/// Copying a shipped calendar, to be changed.
pub const CALENDAR_ADOPT: &str = "/lich/{code}/sao-chep";

/// Changing a calendar: the form by GET, saving by POST.
pub const CALENDAR_EDIT: &str = "/lich/{code}/sua/{what}";

/// What a change of a calendar would do.
pub const CALENDAR_PREVIEW: &str = "/lich/{code}/sua/{what}/xac-nhan";

/// The policy of a unit: `?don_vi=`, `?ngay=`.
pub const POLICIES: &str = "/chinh-sach";

/// Changing a field of a policy: the form by GET, saving by POST.
pub const POLICY_FIELD: &str = "/chinh-sach/{unit}/{field}";

/// What a change of a field would do.
pub const POLICY_PREVIEW: &str = "/chinh-sach/{unit}/{field}/xac-nhan";

/// The ladders of reminders of a unit: `?don_vi=`.
pub const LADDERS: &str = "/buoc-nhac";

/// Changing a ladder: the form by GET, saving by POST.
pub const LADDER: &str = "/buoc-nhac/{unit}/{kind}";

/// What a change of a ladder would do.
pub const LADDER_PREVIEW: &str = "/buoc-nhac/{unit}/{kind}/xac-nhan";

/// Where several are reminded of, by POST of their ids in `viec`; asks before it does it.
pub const REMIND_ALL: &str = "/viec/nhac/xac-nhan";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::LinkPurpose;
    use crate::service::accounts::sign_in::openid;
    use crate::service::notices::links;

    /// Mails are written below `web`, and name the same addresses.
    #[test]
    fn the_links_in_mails_lead_to_pages() {
        assert_eq!(format!("{}{{token}}", links::PATH), LINK);
        assert_eq!(openid::BACK, SIGN_ON);
        assert_eq!(format!("{}{{token}}", LinkPurpose::Invite.path()), INVITED);
        assert_eq!(format!("{}{{token}}", LinkPurpose::Reset.path()), RESET);
    }

    #[test]
    fn addresses_are_filled_in() {
        assert_eq!(session(7), "/tai-khoan/phien/7");
        assert_eq!(mail_html("k", 3), "/thu-trinh-dien/k/3/html");
        assert_eq!(with(SIGN_IN, "toi", "/a?b"), "/dang-nhap?toi=%2Fa%3Fb");
    }
}
