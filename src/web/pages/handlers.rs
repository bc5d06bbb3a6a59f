//! Which handler answers at the address of a page.

use actix_web::web::ServiceConfig;

use super::list_file::file;
use super::served::{Served, get, post};
use super::{
    account, admin_accounts, assets, calendars, events, extensions, feeds, help, home, imports,
    items, jobs, ladders, link, mailbox, map, outbox, passwords, people, plans, policies, queue,
    reports, saved, schemes, scores, settings, setup, sign_in, switches, system, today, trail,
    units, work,
};
use crate::service::accounts::trail::TrailFilter;
use crate::service::notices::mails::MailFilter;
use crate::web::pages::routes::*;

/// Adds the routes of all pages.
pub fn configure(config: &mut ServiceConfig) {
    all().add_to(config);
}

/// The pages and their handlers.
pub(super) fn all() -> Served {
    let mut pages = Served::default();
    let topics = [
        list_files,
        overview,
        obligations,
        extensions,
        signing_in,
        passwords,
        account,
        items,
        queue,
        events,
        year_scores,
        staff,
        operation,
        calendar_pages,
        policy_pages,
        plans,
        schemes,
        first_days,
        report_pages,
        feed_pages,
    ];
    for add in topics {
        add(&mut pages);
    }
    pages
}

/// Lists as files for spreadsheets; before the pages of one thing, whose addresses look alike.
fn list_files(pages: &mut Served) {
    pages
        .route(UNITS_XLSX, get().to(file::<units::Listed>))
        .route(UNITS_CSV, get().to(file::<units::Listed>))
        .route(EVENTS_XLSX, get().to(file::<events::Filter>))
        .route(EVENTS_CSV, get().to(file::<events::Filter>))
        .route(WORKS_XLSX, get().to(file::<work::list::Asked>))
        .route(WORKS_CSV, get().to(file::<work::list::Asked>))
        .route(EXTENSIONS_XLSX, get().to(file::<extensions::file::Waiting>))
        .route(EXTENSIONS_CSV, get().to(file::<extensions::file::Waiting>))
        .route(OUTBOX_XLSX, get().to(file::<MailFilter>))
        .route(OUTBOX_CSV, get().to(file::<MailFilter>))
        .route(PEOPLE_XLSX, get().to(file::<people::Filter>))
        .route(PEOPLE_CSV, get().to(file::<people::Filter>))
        .route(SCORES_XLSX, get().to(file::<scores::Asked>))
        .route(SCORES_CSV, get().to(file::<scores::Asked>))
        .route(RULES_XLSX, get().to(file::<plans::file::RulesOf>))
        .route(RULES_CSV, get().to(file::<plans::file::RulesOf>))
        .route(TARGETS_XLSX, get().to(file::<plans::file::TargetsOf>))
        .route(TARGETS_CSV, get().to(file::<plans::file::TargetsOf>))
        .route(DAYS_OFF_XLSX, get().to(file::<calendars::file::DaysOff>))
        .route(DAYS_OFF_CSV, get().to(file::<calendars::file::DaysOff>));
}

fn overview(pages: &mut Served) {
    pages
        .route(HOME, get().to(home::show))
        .route(ASSET, get().to(assets::show))
        .route(HELP, get().to(help::show))
        .route(GUIDE, get().to(help::guide))
        .route(SYSTEM, get().to(system::show))
        .route(SAVED_VIEWS, post().to(saved::save))
        .route(DELETE_SAVED_VIEW, post().to(saved::delete))
        .route(MAP, get().to(map::show))
        .route(MAP_CSV, get().to(map::file))
        .route(MAP_XLSX, get().to(map::file))
        .route(UNITS, get().to(units::list))
        .route(UNIT, get().to(units::one))
        .route(TODAY, get().to(today::show))
        .route(TODAY_PART, get().to(today::part))
        .route(LANGUAGE, post().to(switches::language))
        .route(THEME, post().to(switches::colours))
        .route(LINK, get().to(link::show))
        .route(LINK, post().to(link::answer))
        .route(MAILS, get().to(mailbox::list))
        .route(MAIL, get().to(mailbox::one))
        .route(MAIL_HTML, get().to(mailbox::html));
}

fn report_pages(pages: &mut Served) {
    pages
        .route(REPORTS, get().to(reports::show))
        .route(MONTHLY_XLSX, get().to(reports::monthly))
        .route(MONTHLY_CSV, get().to(reports::monthly))
        .route(EMULATION_XLSX, get().to(reports::emulation))
        .route(EMULATION_CSV, get().to(reports::emulation))
        .route(DOCUMENT, get().to(reports::document))
        .route(LETTERHEAD, get().to(reports::letterhead::show))
        .route(LETTERHEAD, post().to(reports::letterhead::save))
        .route(TEMPLATE, get().to(reports::template::show))
        .route(TEMPLATE, post().to(reports::template::save));
}

fn feed_pages(pages: &mut Served) {
    pages
        .route(FEED, get().to(feeds::calendar))
        .route(OWN_FEEDS, get().to(feeds::own))
        .route(OWN_FEEDS, post().to(feeds::create_own))
        .route(REVOKE_FEED, post().to(feeds::revoke_own))
        .route(UNIT_FEEDS, get().to(feeds::of_unit))
        .route(UNIT_FEEDS, post().to(feeds::create_for_unit))
        .route(REVOKE_UNIT_FEED, post().to(feeds::revoke_of_unit));
}

fn obligations(pages: &mut Served) {
    pages
        .route(WORK, get().to(work::home))
        .route(REMIND_ALL, post().to(work::remind::confirm))
        .route(REMIND_MANY, post().to(work::remind::many))
        .route(UNDO_EXEMPTION, post().to(work::exempt::undo))
        .route(WORKS, get().to(work::list::show))
        .route(ONE_WORK, get().to(work::one))
        .route(MORE_TIME, get().to(work::more_time::show))
        .route(MORE_TIME, post().to(work::more_time::send))
        .route(EXEMPT, get().to(work::exempt::show))
        .route(EXEMPT, post().to(work::exempt::send))
        .route(REMIND, get().to(work::remind::show))
        .route(REMIND, post().to(work::remind::send));
}

fn extensions(pages: &mut Served) {
    pages
        .route(EXTENSIONS, get().to(extensions::list))
        .route(EXTENSION, post().to(extensions::grant))
        .route(REFUSE_EXTENSION, get().to(extensions::ask_refusal))
        .route(REFUSE_EXTENSION, post().to(extensions::refuse));
}

fn signing_in(pages: &mut Served) {
    pages
        .route(SIGN_IN, get().to(sign_in::show))
        .route(SIGN_IN, post().to(sign_in::begin))
        .route(SIGN_IN_CODE, get().to(sign_in::code::show))
        .route(SIGN_IN_CODE, post().to(sign_in::code::enter))
        .route(SIGN_ON, post().to(sign_in::sign_on::begin))
        .route(SIGN_ON, get().to(sign_in::sign_on::finish))
        .route(SIGN_OUT, post().to(sign_in::sign_out));
}

fn passwords(pages: &mut Served) {
    pages
        .route(FORGOTTEN, get().to(passwords::forgotten::show))
        .route(FORGOTTEN, post().to(passwords::forgotten::send))
        .route(INVITED, get().to(passwords::show_invited))
        .route(INVITED, post().to(passwords::set_invited))
        .route(RESET, get().to(passwords::show_reset))
        .route(RESET, post().to(passwords::set_reset));
}

fn account(pages: &mut Served) {
    pages
        .route(ACCOUNT, get().to(account::show))
        .route(PASSWORD, post().to(account::change_password))
        .route(DISPLAY, post().to(account::display::save))
        .route(SESSION, post().to(account::end_session))
        .route(END_SESSIONS, post().to(account::end_sessions))
        .route(SECOND_FACTOR, get().to(account::second_factor::show))
        .route(SECOND_FACTOR, post().to(account::second_factor::begin))
        .route(
            CONFIRM_SECOND_FACTOR,
            post().to(account::second_factor::confirm),
        )
        .route(
            DROP_SECOND_FACTOR,
            post().to(account::second_factor::turn_off),
        );
}

fn items(pages: &mut Served) {
    pages
        .route(SUBMIT, get().to(items::submit::show))
        .route(SUBMIT, post().to(items::submit::send))
        .route(SUBMITTED, get().to(items::submit::done))
        .route(ITEMS, get().to(items::list::show))
        .route(ITEMS_CSV, get().to(items::list::file))
        .route(ITEMS_XLSX, get().to(items::list::file))
        .route(ITEM, get().to(items::one::show))
        .route(EDIT_ITEM, get().to(items::edit::show))
        .route(EDIT_ITEM, post().to(items::edit::save))
        .route(ITEM_STEP, post().to(items::one::step));
}

fn queue(pages: &mut Served) {
    pages
        .route(QUEUE, get().to(queue::show))
        .route(PUBLISH_MANY_CONFIRM, post().to(queue::many::confirm))
        .route(PUBLISH_MANY, post().to(queue::many::publish))
        .route(QUEUED, get().to(queue::one::show))
        .route(QUEUED, post().to(queue::one::decide));
}

fn events(pages: &mut Served) {
    pages
        .route(EVENTS, get().to(events::show))
        .route(NEW_EVENT, get().to(events::form::show))
        .route(NEW_EVENT, post().to(events::form::register))
        .route(EVENT_DUE, get().to(events::form::due_only))
        .route(EVENT, get().to(events::one::show))
        .route(EVENT, post().to(events::one::step))
        .route(EDIT_EVENT, get().to(events::form::edit))
        .route(EDIT_EVENT, post().to(events::form::change));
}

fn year_scores(pages: &mut Served) {
    pages
        .route(SCORES_HOME, get().to(scores::home))
        .route(ROUNDS, post().to(scores::round::begin))
        .route(ROUND_COMPUTE, post().to(scores::round::compute))
        .route(
            ROUND_UNCHANGED_CONFIRM,
            get().to(scores::round::confirm_unchanged),
        )
        .route(ROUND_UNCHANGED, post().to(scores::round::review_unchanged))
        .route(ROUND_PUBLISH, get().to(scores::round::show_publish))
        .route(ROUND_PUBLISH, post().to(scores::round::publish))
        .route(ROUND_FREEZE, get().to(scores::round::show_freeze))
        .route(ROUND_FREEZE, post().to(scores::round::freeze))
        .route(ROUND_REOPEN, get().to(scores::round::show_reopen))
        .route(ROUND_REOPEN, post().to(scores::round::reopen))
        .route(SCORES, get().to(scores::year))
        .route(SCORE, get().to(scores::unit::show))
        .route(SELF_ASSESS, get().to(scores::marks::show_own))
        .route(SELF_ASSESS, post().to(scores::marks::send_own))
        .route(REVIEW_SCORE, get().to(scores::marks::show_review))
        .route(REVIEW_SCORE, post().to(scores::marks::send_review));
}

fn plans(pages: &mut Served) {
    pages
        .route(PLANS, get().to(plans::list))
        .route(NEW_PLAN, get().to(plans::new::show))
        .route(NEW_PLAN, post().to(plans::new::draft))
        .route(PLAN_HEAD, get().to(plans::head::show))
        .route(PLAN_HEAD, post().to(plans::head::save))
        .route(PLAN_STEP, get().to(plans::step::show))
        .route(PLAN_STEP, post().to(plans::step::take))
        .route(NEW_RULE, get().to(plans::rule::show_new))
        .route(NEW_RULE, post().to(plans::rule::add))
        .route(REMOVE_RULE, get().to(plans::rule::show_remove))
        .route(REMOVE_RULE, post().to(plans::rule::remove))
        .route(RULE, get().to(plans::rule::show))
        .route(RULE, post().to(plans::rule::change))
        .route(PLAN, get().to(plans::one));
}

fn schemes(pages: &mut Served) {
    pages
        .route(SCHEMES, get().to(schemes::list))
        .route(SCHEME, get().to(schemes::one))
        .route(EDIT_SCHEME, get().to(schemes::edit::show))
        .route(EDIT_SCHEME, post().to(schemes::edit::save));
}

fn staff(pages: &mut Served) {
    pages
        .route(ACCOUNTS, get().to(admin_accounts::list))
        .route(INVITE, get().to(admin_accounts::invite::show))
        .route(INVITE, post().to(admin_accounts::invite::send))
        .route(
            INVITE_MANY_CONFIRM,
            get().to(admin_accounts::invite::confirm_many),
        )
        .route(INVITE_MANY, post().to(admin_accounts::invite::many))
        .route(ONE_ACCOUNT, get().to(admin_accounts::one::show))
        .route(
            DISABLE_CONFIRM,
            get().to(admin_accounts::one::confirm_disabling),
        )
        .route(ACCOUNT_STEP, post().to(admin_accounts::one::step))
        .route(ACCOUNT_SESSION, post().to(admin_accounts::one::end_session))
        .route(PEOPLE, get().to(people::list))
        .route(NEW_PERSON, get().to(people::form::show))
        .route(NEW_PERSON, post().to(people::form::enter))
        .route(PERSON, get().to(people::one::show))
        .route(EDIT_PERSON, get().to(people::form::edit))
        .route(EDIT_PERSON, post().to(people::form::change))
        .route(MOVE_PERSON, get().to(people::relocate::show))
        .route(MOVE_PERSON, post().to(people::relocate::send))
        .route(LEAVE, get().to(people::leave::show))
        .route(LEAVE_CONFIRM, post().to(people::leave::confirm))
        .route(LEAVE, post().to(people::leave::send))
        .route(GRANT_ROLE, get().to(people::roles::show))
        .route(GRANT_ROLE, post().to(people::roles::grant))
        .route(REVOKE_ROLE, get().to(people::roles::show_revoke))
        .route(REVOKE_ROLE, post().to(people::roles::revoke));
}

fn operation(pages: &mut Served) {
    pages
        .route(OUTBOX, get().to(outbox::list))
        .route(OUTBOX_MAIL, get().to(outbox::one::show))
        .route(OUTBOX_HTML, get().to(outbox::one::html))
        .route(OUTBOX_AGAIN, post().to(outbox::one::again))
        .route(JOBS, get().to(jobs::list))
        .route(JOB, get().to(jobs::show))
        .route(JOB, post().to(jobs::change))
        .route(JOB_STEP, post().to(jobs::step))
        .route(TRAIL, get().to(trail::list))
        .route(TRAIL_CSV, get().to(file::<TrailFilter>))
        .route(TRAIL_XLSX, get().to(file::<TrailFilter>));
}

fn calendar_pages(pages: &mut Served) {
    pages
        .route(CALENDARS, get().to(calendars::list))
        .route(CALENDAR, get().to(calendars::now))
        .route(CALENDAR_PROGRESS, get().to(calendars::progress))
        .route(CALENDAR_ADOPT, post().to(calendars::adopt))
        .route(CALENDAR_MONTH, get().to(calendars::month))
        .route(CALENDAR_EDIT, get().to(calendars::change::form))
        .route(CALENDAR_EDIT, post().to(calendars::change::save))
        .route(CALENDAR_PREVIEW, get().to(calendars::change::preview));
}

fn policy_pages(pages: &mut Served) {
    pages
        .route(POLICIES, get().to(policies::show))
        .route(POLICY_FIELD, get().to(policies::change::form))
        .route(POLICY_FIELD, post().to(policies::change::save))
        .route(POLICY_PREVIEW, get().to(policies::change::preview))
        .route(LADDERS, get().to(ladders::show))
        .route(LADDER, get().to(ladders::change::form))
        .route(LADDER, post().to(ladders::change::save))
        .route(LADDER_PREVIEW, get().to(ladders::change::preview));
}

fn first_days(pages: &mut Served) {
    pages
        .route(SETTINGS, get().to(settings::show))
        .route(SETUP, get().to(setup::show))
        .route(IMPORTS, get().to(imports::list))
        .route(IMPORTS, post().to(imports::preview))
        .route(IMPORTS_ENTER, post().to(imports::enter))
        .route(IMPORTS_REMARKS, post().to(imports::remarks))
        .route(IMPORTS_UNDO, post().to(imports::undo))
        .route(IMPORTS_TEMPLATE, get().to(imports::template))
        .route(SETUP_UNITS, get().to(setup::units::show))
        .route(SETUP_UNITS, post().to(setup::units::preview))
        .route(SETUP_UNITS_ENTER, post().to(setup::units::enter))
        .route(SETUP_QUOTAS, get().to(setup::quotas::show))
        .route(SETUP_QUOTAS, post().to(setup::quotas::send))
        .route(SETUP_MAIL, get().to(setup::test_mail::show))
        .route(SETUP_MAIL, post().to(setup::test_mail::send))
        .route(SETUP_MAIL_CODE, post().to(setup::test_mail::confirm));
}
