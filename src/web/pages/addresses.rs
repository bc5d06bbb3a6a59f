//! The addresses of pages with their ids and parameters filled in.

use std::fmt::Display;

use super::routes::*;

/// Where a saved filter is deleted.
pub fn delete_saved_view(id: impl Display) -> String {
    DELETE_SAVED_VIEW.replace("{id}", &id.to_string())
}

/// A guide of the handbook.
pub fn guide(slug: &str) -> String {
    GUIDE.replace("{guide}", slug)
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

/// Where all that a unit owes and owed in a year is.
pub fn works_of(unit: impl Display, year: impl Display) -> String {
    let of_unit = with(WORKS, "don-vi", &unit.to_string());
    with(&of_unit, "nam", &year.to_string())
}

/// A file to fill in.
pub fn import_template(kind: &str) -> String {
    IMPORTS_TEMPLATE.replace("{kind}", kind)
}

/// Where all items of a unit are.
pub fn items_of(unit: impl Display) -> String {
    with(ITEMS, "don-vi", &unit.to_string())
}

/// Where all items about an event are.
pub fn items_about(event: impl Display) -> String {
    with(ITEMS, "su-kien", &event.to_string())
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

/// An address with one parameter.
pub fn with(address: &str, name: &str, value: &str) -> String {
    // text pairs always encode
    let query = serde_urlencoded::to_string([(name, value)]).unwrap_or_default();
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{query}")
}
