//! The addresses of all pages; `handlers` says who answers at each. Addresses are Vietnamese in every
//! language; whatever leads to a page, in code or in a template, names its constant.

use std::fmt::Display;

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

/// The day of the department.
pub const TODAY: &str = "/hom-nay";

/// Its parts, fetched again while somebody looks at it.
pub const TODAY_PART: &str = "/hom-nay/phan/{part}";

/// Units and periods.
pub const MAP: &str = "/ban-do";

/// The map as a file.
pub const MAP_FILE: &str = "/ban-do.csv";

/// The list of units.
pub const UNITS: &str = "/don-vi";

/// One unit.
pub const UNIT: &str = "/don-vi/{id}";

/// Where the links in reminders lead.
pub const LINK: &str = "/thu/{token}";

/// The work of a reader: the home of leaders and contributors.
pub const WORK: &str = "/viec";

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

/// One item.
pub const ITEM: &str = "/tin-bai/{id}";

/// Correcting an item.
pub const EDIT_ITEM: &str = "/tin-bai/{id}/sua";

/// A step of an item.
pub const ITEM_STEP: &str = "/tin-bai/{id}/buoc/{step}";

/// How the service is.
pub const SYSTEM: &str = "/he-thong";

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

/// Where a saved filter is deleted.
pub fn delete_saved_view(id: impl Display) -> String {
    DELETE_SAVED_VIEW.replace("{id}", &id.to_string())
}

/// A unit.
pub fn unit(id: impl Display) -> String {
    UNIT.replace("{id}", &id.to_string())
}

/// Where one session is ended.
pub fn session(id: impl Display) -> String {
    SESSION.replace("{id}", &id.to_string())
}

/// Where the page of a reminder's link is.
pub fn link(token: &str) -> String {
    LINK.replace("{token}", token)
}

/// Where one obligation is.
pub fn work(id: impl Display) -> String {
    ONE_WORK.replace("{id}", &id.to_string())
}

/// Where more time for an obligation is asked for or given.
pub fn more_time(id: impl Display) -> String {
    MORE_TIME.replace("{id}", &id.to_string())
}

/// Where somebody is excused from an obligation.
pub fn exempt(id: impl Display) -> String {
    EXEMPT.replace("{id}", &id.to_string())
}

/// Where the department reminds of an obligation.
pub fn remind(id: impl Display) -> String {
    REMIND.replace("{id}", &id.to_string())
}

/// Where a request for more time is granted.
pub fn extension(id: impl Display) -> String {
    EXTENSION.replace("{id}", &id.to_string())
}

/// Where it is refused.
pub fn refuse_extension(id: impl Display) -> String {
    REFUSE_EXTENSION.replace("{id}", &id.to_string())
}

/// Where an item is handed in for a piece of work.
pub fn submit_for(work: impl Display) -> String {
    with(SUBMIT, "viec", &work.to_string())
}

/// Where a draft is written on.
pub fn draft(id: impl Display) -> String {
    with(SUBMIT, "nhap", &id.to_string())
}

/// Where an item about an event is handed in.
pub fn submit_about(event: impl Display) -> String {
    with(SUBMIT, "su-kien", &event.to_string())
}

/// Where an event is.
pub fn event(id: impl Display) -> String {
    EVENT.replace("{id}", &id.to_string())
}

/// Where an event is corrected.
pub fn edit_event(id: impl Display) -> String {
    EDIT_EVENT.replace("{id}", &id.to_string())
}

/// Where it is said what happens to an item that was handed in.
pub fn submitted(id: impl Display) -> String {
    SUBMITTED.replace("{id}", &id.to_string())
}

/// Where an item is.
pub fn item(id: impl Display) -> String {
    ITEM.replace("{id}", &id.to_string())
}

/// Where an item is corrected.
pub fn edit_item(id: impl Display) -> String {
    EDIT_ITEM.replace("{id}", &id.to_string())
}

/// Where an editor decides an item.
pub fn queued(id: impl Display) -> String {
    QUEUED.replace("{id}", &id.to_string())
}

/// Where a step of an item is taken.
pub fn item_step(id: impl Display, step: &str) -> String {
    let address = ITEM_STEP.replace("{id}", &id.to_string());
    address.replace("{step}", step)
}

/// Where the scores of a year are.
pub fn scores(year: impl Display) -> String {
    SCORES.replace("{year}", &year.to_string())
}

/// Where the score of a unit is.
pub fn score(year: impl Display, unit: impl Display) -> String {
    of_unit(SCORE, year, unit)
}

/// Where a unit assesses itself.
pub fn self_assess(year: impl Display, unit: impl Display) -> String {
    of_unit(SELF_ASSESS, year, unit)
}

/// Where the department reviews the score of a unit.
pub fn review_score(year: impl Display, unit: impl Display) -> String {
    of_unit(REVIEW_SCORE, year, unit)
}

fn of_unit(address: &str, year: impl Display, unit: impl Display) -> String {
    let address = address.replace("{year}", &year.to_string());
    address.replace("{unit}", &unit.to_string())
}

/// Where a step of a round is taken.
pub fn round(address: &str, id: impl Display) -> String {
    address.replace("{id}", &id.to_string())
}

/// Where the sheets of a round that change nothing are reviewed.
pub fn round_unchanged(id: impl Display) -> String {
    round(ROUND_UNCHANGED, id)
}

/// Where a plan is.
pub fn plan(id: impl Display) -> String {
    of_plan(PLAN, id)
}

/// Where something of a plan is: one of the addresses with `{id}`.
pub fn of_plan(address: &str, id: impl Display) -> String {
    address.replace("{id}", &id.to_string())
}

/// Where a step of a plan is taken.
pub fn plan_step(id: impl Display, step: &str) -> String {
    of_plan(PLAN_STEP, id).replace("{step}", step)
}

/// Where a rule is changed or removed: one of the addresses with `{rule}`.
pub fn rule(address: &str, plan: impl Display, rule: impl Display) -> String {
    of_plan(address, plan).replace("{rule}", &rule.to_string())
}

/// Where a scheme of scores is shown or changed.
pub fn scheme(address: &str, year: impl Display, category: &str) -> String {
    let address = address.replace("{year}", &year.to_string());
    address.replace("{category}", category)
}

/// Where the mails of a demonstration with this key are listed.
pub fn mails(key: &str) -> String {
    MAILS.replace("{key}", key)
}

/// Where one of these mails is.
pub fn mail(key: &str, id: impl Display) -> String {
    MAIL.replace("{key}", key).replace("{id}", &id.to_string())
}

/// Where it is shown as a mail program shows it.
pub fn mail_html(key: &str, id: impl Display) -> String {
    MAIL_HTML
        .replace("{key}", key)
        .replace("{id}", &id.to_string())
}

/// Where a calendar is: this month of it.
pub fn calendar(code: &str) -> String {
    of_calendar(CALENDAR, code)
}

/// Where a month of a calendar is.
pub fn calendar_month(code: &str, month: impl Display) -> String {
    of_calendar(CALENDAR_MONTH, code).replace("{month}", &month.to_string())
}

/// Where it is said how far open deadlines have followed a calendar.
pub fn calendar_progress(code: &str) -> String {
    of_calendar(CALENDAR_PROGRESS, code)
}

/// Where a shipped calendar is copied.
pub fn calendar_adopt(code: &str) -> String {
    of_calendar(CALENDAR_ADOPT, code)
}

/// Where a calendar is changed.
pub fn calendar_edit(code: &str, what: &str) -> String {
    of_calendar(CALENDAR_EDIT, code).replace("{what}", what)
}

/// Where it is said what a change of a calendar would do.
pub fn calendar_preview(code: &str, what: &str) -> String {
    of_calendar(CALENDAR_PREVIEW, code).replace("{what}", what)
}

/// Where the policy of a unit is.
pub fn policy_of(unit: impl Display) -> String {
    with(POLICIES, "don_vi", &unit.to_string())
}

/// Where a field of a policy is changed.
pub fn policy_field(unit: impl Display, field: &str) -> String {
    POLICY_FIELD
        .replace("{unit}", &unit.to_string())
        .replace("{field}", field)
}

/// Where it is said what a change of a field would do.
pub fn policy_preview(unit: impl Display, field: &str) -> String {
    format!("{}/xac-nhan", policy_field(unit, field))
}

/// Where the ladders of a unit are.
pub fn ladders_of(unit: impl Display) -> String {
    with(LADDERS, "don_vi", &unit.to_string())
}

/// Where a ladder is changed.
pub fn ladder(unit: impl Display, kind: &str) -> String {
    LADDER
        .replace("{unit}", &unit.to_string())
        .replace("{kind}", kind)
}

/// Where it is said what a change of a ladder would do.
pub fn ladder_preview(unit: impl Display, kind: &str) -> String {
    format!("{}/xac-nhan", ladder(unit, kind))
}

fn of_calendar(address: &str, code: &str) -> String {
    address.replace("{code}", code)
}

/// An address with one parameter.
pub fn with(address: &str, name: &str, value: &str) -> String {
    // text pairs always encode
    let query = serde_urlencoded::to_string([(name, value)]).unwrap_or_default();
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{query}")
}

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
