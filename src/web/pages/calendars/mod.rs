//! Calendars: which one binds whom, and a month of one.
//!
//! | file | what is in it |
//! |---|---|
//! | here | the list, a month, a copy |
//! | `change` | changing a calendar: the form, what the change would do, saving it |
//! | `file` | the days off of a year as a file |
//! | `typed` | changes as they are typed |

pub(super) mod change;
pub(super) mod file;
mod typed;

use actix_web::web::Path;
use askama::Template;
use chrono::Datelike as _;
use serde::Deserialize;

use super::call::{PageCall, to};
use super::form::{Nothing, Sent};
use super::fragment::fragment;
use super::layout::Layout;
use super::list::Files;
use super::notice::Notice;
use super::routes;
use crate::domain::calendar::{DayKind, MonthDay, YearMonth};
use crate::domain::text::local_date;
use crate::service::Tx;
use crate::service::rules::calendars::{
    self, AdoptCalendar, CalendarMonth, CalendarUse, CalendarVersion, Settling,
};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use typed::What;

/// A calendar and a month in an address.
#[derive(Debug, Deserialize)]
pub(super) struct Place {
    code: String,
    month: String,
}

#[derive(Template)]
#[template(path = "calendars/list.html")]
struct List {
    page: Layout,
    used: Vec<CalendarUse>,
    others: Vec<CalendarUse>,
}

#[derive(Template)]
#[template(path = "calendars/month.html")]
struct Month {
    page: Layout,
    month: CalendarMonth,
}

#[derive(Template)]
#[template(path = "calendars/progress.html")]
struct Progress {
    page: Layout,
    month: CalendarMonth,
}

pub(super) async fn list(call: PageCall) -> Reply {
    let uses = call.read(calendars::uses).await?;
    let (used, others) = uses.into_iter().partition(|one| one.units > 0);
    call.layout()
        .wide()
        .show(|page| List { page, used, others })
}

/// Leads to this month of a calendar.
pub(super) async fn now(call: PageCall, code: Path<String>) -> Reply {
    let code = code.into_inner();
    let address = routes::calendar_month(&code, YearMonth::of(local_date(call.now())));
    call.read(move |tx| calendars::get(tx, &code)).await?;
    Ok(to(&address))
}

pub(super) async fn month(call: PageCall, place: Path<Place>) -> Reply {
    let month = read(&call, place.into_inner()).await?;
    let page = call.layout().wide();
    below_list(page).show(|page| Month { page, month })
}

/// How far open deadlines have followed, fetched again while somebody looks at it.
pub(super) async fn progress(call: PageCall, code: Path<String>) -> Reply {
    let place = Place {
        code: code.into_inner(),
        month: YearMonth::of(local_date(call.now())).to_string(),
    };
    let month = read(&call, place).await?;
    fragment(&call, |page| Progress { page, month })
}

async fn read(call: &PageCall, Place { code, month }: Place) -> Result<CalendarMonth, Problem> {
    let month: YearMonth = month.parse().map_err(|_| Problem::new(Kind::NotFound))?;
    let month = call.read(move |tx| calendars::month(tx, &code, month));
    Ok(month.await?)
}

/// Copies a shipped calendar for the federation of the reader, to be changed.
pub(super) async fn adopt(call: PageCall, code: Path<String>, sent: Sent<Nothing>) -> Reply {
    let code = code.into_inner();
    let work = move |tx: &mut Tx<'_>| {
        let made = calendars::adopt(tx, &code, AdoptCalendar::default())?;
        Ok(Notice::CalendarCopied.at(&routes::calendar(&made.spec.code)))
    };
    Ok(call.once(&sent.form, work).await?)
}

fn below_list(page: Layout) -> Layout {
    let name = page.say("pages.calendars.title");
    page.below(name, routes::CALENDARS)
}

/// A page below the page of a calendar.
fn below(page: Layout, calendar: &CalendarVersion) -> Layout {
    let address = routes::calendar(&calendar.spec.code);
    let name = name(&page, calendar);
    match is_vietnamese(&page, calendar) {
        true => below_list(page).below_named(name, address),
        false => below_list(page).below(name, address),
    }
}

/// Whether the name is shown as people wrote it.
fn is_vietnamese(page: &Layout, calendar: &CalendarVersion) -> bool {
    calendar.spec.name_en.as_ref() != Some(&name(page, calendar))
}

/// What a calendar is called in the reader's language.
fn name(page: &Layout, calendar: &CalendarVersion) -> String {
    let spec = &calendar.spec;
    match (page.locale(), &spec.name_en) {
        ("en", Some(name)) => name.clone(),
        _ => spec.name.clone(),
    }
}

/// How far open deadlines have followed.
fn settling_line(page: &Layout, settling: &Settling) -> String {
    let (left, of) = (page.number(settling.left), page.number(settling.of));
    page.say_two("pages.calendars.settling", ("left", left), ("of", of))
}

/// That the holidays of a year are missing in a calendar.
fn missing_line(page: &Layout, one: &CalendarUse, year: &i32) -> String {
    let name = name(page, &one.calendar);
    page.say_two("pages.calendars.missing_of", ("name", name), ("year", year))
}

/// The days off of the month's year as files for spreadsheets.
fn day_off_files(month: &CalendarMonth) -> Files {
    let year = month.month.first().year().to_string();
    let address = |file| {
        let calendar = routes::with(file, "lich", &month.calendar.spec.code);
        routes::with(&calendar, "nam", &year)
    };
    Files {
        xlsx: address(routes::DAYS_OFF_XLSX),
        csv: address(routes::DAYS_OFF_CSV),
    }
}

/// The heading of a month: `Tháng 11/2026`.
fn heading(page: &Layout, month: &YearMonth) -> String {
    page.say_with(
        "pages.calendars.month",
        "month",
        month.first().format("%m/%Y"),
    )
}

/// The day of a month in its cell.
fn day_of(day: &MonthDay) -> u32 {
    day.date.day()
}

/// The label of a day where the table is a list: `T2 02/11/2026`.
fn label(page: &Layout, day: &MonthDay) -> String {
    page.weekday_date(&day.date)
}

/// The heads of the columns, from Monday on.
fn weekdays(page: &Layout, month: &CalendarMonth) -> Vec<String> {
    let week = month.weeks.first().into_iter().flatten();
    week.map(|day| super::format::weekday(page.lang(), day.date))
        .collect()
}

/// What a day is, where it is no usual one.
fn kind(page: &Layout, day: &MonthDay) -> Option<String> {
    let usual = matches!(day.kind, DayKind::Working);
    (!usual).then(|| page.say(format!("pages.calendars.kind.{}", day.kind)))
}

/// The class of a day's cell.
fn class(day: &MonthDay) -> &'static str {
    match day.kind {
        DayKind::Working => "",
        DayKind::Worked | DayKind::OwnHours => "worked",
        DayKind::Holiday | DayKind::DayOff => "named",
        DayKind::Weekend | DayKind::WeeklyRest => "off",
    }
}

fn is_today(page: &Layout, day: &MonthDay) -> bool {
    day.date == local_date(page.now)
}

/// Where a day is swapped: a working one as the day off, another one as the day worked.
fn swap_address(month: &CalendarMonth, day: &MonthDay) -> String {
    let form = routes::calendar_edit(&month.calendar.spec.code, What::Swap.word());
    let field = if day.kind.is_off() { "lam" } else { "nghi" };
    routes::with(&form, field, &super::format::date(day.date))
}

/// Where what is written for a day is taken away.
fn clear_address(month: &CalendarMonth, day: &MonthDay) -> String {
    let form = routes::calendar_preview(&month.calendar.spec.code, What::Clear.word());
    routes::with(&form, "ngay", &super::format::date(day.date))
}

/// Where a year is said to be entered.
fn cover_address(month: &CalendarMonth, year: &i32) -> String {
    let form = routes::calendar_preview(&month.calendar.spec.code, What::Cover.word());
    routes::with(&form, "nam", &year.to_string())
}

fn edit_address(month: &CalendarMonth, what: What) -> String {
    routes::calendar_edit(&month.calendar.spec.code, what.word())
}

/// The years of which some holidays are not announced.
fn years(all: &[i32]) -> String {
    let all: Vec<String> = all.iter().map(i32::to_string).collect();
    all.join(", ")
}
