//! Changing a calendar: the form, what the change would do, and saving it. What it would do is read
//! at an address of its own, which can be opened again.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::typed::{FIELDS, Typed, What};
use super::{below, is_vietnamese, name};
use crate::domain::calendar::{CalendarEdit, YearMonth};
use crate::domain::text::local_date;
use crate::service::rules::calendars::{self, CalendarImpact, CalendarMonth, MovedDeadline, Told};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// Rows of a list that are shown; how many there are stands above it.
const SHOWN: usize = 200;

/// From how many deadlines on it is said that they move batch by batch.
const MANY: usize = 1_000;

/// A calendar and a change in an address.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::web::pages) struct Place {
    code: String,
    what: String,
}

impl Place {
    fn what(&self) -> Result<What, Problem> {
        What::of(&self.what).ok_or_else(|| Problem::new(Kind::NotFound))
    }
}

#[derive(Template)]
#[template(path = "calendars/form.html")]
struct FormPage {
    page: Layout,
    month: CalendarMonth,
    what: What,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "calendars/preview.html")]
struct Preview {
    page: Layout,
    impact: CalendarImpact,
    edit: CalendarEdit,
    what: What,
    typed: Typed,
}

pub(in crate::web::pages) async fn form(call: PageCall, place: Path<Place>) -> Reply {
    let what = place.what()?;
    let typed: Typed = call.query()?.read()?;
    let typed = match what {
        What::Hours if typed.tu.is_empty() => of_hours(&call, &place.code).await?,
        _ => typed,
    };
    shown(&call, call.layout(), (&place.code, what), typed).await
}

/// The office hours of today, to be changed from tomorrow on.
async fn of_hours(call: &PageCall, code: &str) -> Result<Typed, Problem> {
    let code = code.to_owned();
    let tomorrow = local_date(call.now()).succ_opt().unwrap_or_default();
    let typed = call.read(move |tx| {
        calendars::get(tx, &code)?;
        let (calendar, _) = tx.lookups.calendar(tx.conn, &code)?;
        Ok(Typed::of_hours(&calendar, tomorrow))
    });
    Ok(typed.await?)
}

async fn shown(call: &PageCall, page: Layout, (code, what): (&str, What), typed: Typed) -> Reply {
    let (month, code) = (YearMonth::of(local_date(call.now())), code.to_owned());
    let read = call.read(move |tx| {
        let month = calendars::month(tx, &code, month)?;
        match month.may_change || month.calendar.unit_id.is_none() {
            true => Ok(month),
            false => Err(Error::Forbidden),
        }
    });
    let month = read.await?;
    below(page, &month.calendar).show(|page| FormPage {
        page,
        month,
        what,
        typed,
    })
}

/// What a change would do, before it is saved.
pub(in crate::web::pages) async fn preview(call: PageCall, place: Path<Place>) -> Reply {
    let what = place.what()?;
    let typed: Typed = call.query()?.read()?;
    match impact(&call, &place.code, (what, &typed)).await {
        Ok((edit, impact)) => looked_at(call.layout(), (edit, impact), (what, typed)),
        Err(error) => again(&call, &place.code, (what, typed), error).await,
    }
}

async fn impact(
    call: &PageCall,
    code: &str,
    (what, typed): (What, &Typed),
) -> Result<(CalendarEdit, CalendarImpact), PageError> {
    let edit = typed.read(what).map_err(Error::Invalid)?;
    let (code, locale, asked) = (code.to_owned(), call.locale(), edit.clone());
    let impact = call.read(move |tx| calendars::impact(tx, &code, &asked, locale));
    Ok((edit, impact.await?))
}

fn looked_at(
    page: Layout,
    (edit, impact): (CalendarEdit, CalendarImpact),
    (what, typed): (What, Typed),
) -> Reply {
    let calendar = &impact.calendar;
    let form = form_address(&calendar.spec.code, what, &typed);
    let page = below(page.wide(), calendar)
        .edits(calendar.version)
        .comes_back_to(preview_address(form));
    page.show(|page| Preview {
        page,
        impact,
        edit,
        what,
        typed,
    })
}

/// The form with its faults.
async fn again(
    call: &PageCall,
    code: &str,
    (what, typed): (What, Typed),
    error: PageError,
) -> Reply {
    let page = call.refused_by(error, FIELDS)?;
    shown(call, page, (code, what), typed).await
}

pub(in crate::web::pages) async fn save(
    call: PageCall,
    place: Path<Place>,
    sent: Sent<Typed>,
) -> Reply {
    let (what, Sent { typed, form }) = (place.what()?, sent);
    match act(&call, &place.code, (what, &typed), &form).await {
        Ok(reply) => Ok(reply),
        // somebody changed the calendar meanwhile: what the change would do now
        Err(error @ (PageError::Stale(_) | PageError::Unsent)) => {
            match impact(&call, &place.code, (what, &typed)).await {
                Ok(found) => looked_at(call.refused(error)?, found, (what, typed)),
                Err(fault) => again(&call, &place.code, (what, typed), fault).await,
            }
        }
        Err(error) => again(&call, &place.code, (what, typed), error).await,
    }
}

async fn act(
    call: &PageCall,
    code: &str,
    (what, typed): (What, &Typed),
    form: &Form,
) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let version = form.version()?;
    let edit = typed.read(what).map_err(Error::Invalid)?;
    let (code, month) = (code.to_owned(), month_of(&edit, call));
    let work = move |tx: &mut Tx<'_>| {
        calendars::edit(tx, &code, &edit, version)?;
        Ok(Notice::CalendarChanged.at(&routes::calendar_month(&code, month)))
    };
    call.once(form, work).await
}

/// The month that shows a change.
fn month_of(edit: &CalendarEdit, call: &PageCall) -> YearMonth {
    YearMonth::of(match edit {
        CalendarEdit::Swap(swap) => swap.day_off,
        CalendarEdit::AddDayOff(day) => day.date,
        CalendarEdit::Clear(day) => day.date,
        CalendarEdit::Hours(hours) => hours.from,
        CalendarEdit::Covered(_) => local_date(call.now()),
    })
}

/// The form as it was filled in.
fn form_address(code: &str, what: What, typed: &Typed) -> String {
    let form = routes::calendar_edit(code, what.word());
    let fields = typed.filled().into_iter();
    fields.fold(form, |address, (field, value)| {
        routes::with(&address, field, value)
    })
}

fn preview_address(form: String) -> String {
    match form.split_once('?') {
        Some((path, query)) => format!("{path}/xac-nhan?{query}"),
        None => form,
    }
}

/// What a change does, in one sentence.
fn sentence(page: &Layout, edit: &CalendarEdit) -> String {
    let day = |date| page.weekday_date(date);
    match edit {
        CalendarEdit::Swap(swap) => page.say_two(
            "pages.calendars.change.swap",
            ("off", day(&swap.day_off)),
            ("worked", day(&swap.worked)),
        ),
        CalendarEdit::AddDayOff(new) => {
            page.say_with("pages.calendars.change.add", "date", day(&new.date))
        }
        CalendarEdit::Clear(one) => {
            page.say_with("pages.calendars.change.clear", "date", day(&one.date))
        }
        CalendarEdit::Hours(new) => {
            page.say_with("pages.calendars.change.hours", "date", day(&new.from))
        }
        CalendarEdit::Covered(one) => {
            page.say_with("pages.calendars.change.cover", "year", one.year)
        }
    }
}

/// The name of a new day off.
fn named_day(edit: &CalendarEdit) -> Option<&str> {
    match edit {
        CalendarEdit::AddDayOff(new) => Some(&new.name),
        _ => None,
    }
}

/// The button, which says what it does to how many.
fn button(page: &Layout, what: &What, impact: &CalendarImpact) -> String {
    match impact.moves.len() {
        0 => page.say(format!("pages.calendars.save.{}", what.key())),
        n => page.say_with(
            format!("pages.calendars.save_moving.{}", what.key()),
            "n",
            page.number(n),
        ),
    }
}

fn first<T>(all: &[T]) -> &[T] {
    all.get(..SHOWN).unwrap_or(all)
}

/// How many of a list are not shown.
fn rest<T>(all: &[T]) -> usize {
    all.len().saturating_sub(SHOWN)
}

/// An instant as it is when it lies on another day than the other.
fn moved(page: &Layout, one: &MovedDeadline) -> (String, String) {
    (page.due(&one.due_before), page.due(&one.due_after))
}

fn told_of(page: &Layout, told: &Told) -> String {
    page.say_with(
        "pages.calendars.told_of",
        "n",
        page.number(told.works.len()),
    )
}

fn past(impact: &CalendarImpact) -> usize {
    impact.moves.iter().filter(|one| one.is_past).count()
}

fn is_many(impact: &CalendarImpact) -> bool {
    impact.moves.len() >= MANY
}

fn title_key(what: &What) -> String {
    format!("pages.calendars.title_of.{}", what.key())
}
