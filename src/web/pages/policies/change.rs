//! Changing a field of a policy: the form, what would be sent, and saving it. What it would do is
//! read at an address of its own, which can be opened again.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use chrono::NaiveDate;
use serde::Deserialize;

use super::value::{Control, shown as as_typed};
use super::words;
use crate::domain::ids::UnitId;
use crate::domain::text::{clean, local_date};
use crate::service::notices::forecast::{ForecastDay, ReminderForecast, Sending};
use crate::service::rules::policies::{
    self, ChangeField, EffectiveField, ExampleDeadline, PolicyPreview, PolicySheet,
};
use crate::service::rules::{calendars, kinds};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::{Layout, Said};
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::{format, routes, typed as dates};

/// A unit and a field in an address.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::web::pages) struct Place {
    unit: UnitId,
    field: String,
}

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::pages) struct Typed {
    nguon: String,
    gia_tri: Vec<String>,
    tu: String,
    van_ban: String,
}

/// The word of a field that is inherited again.
const INHERITED: &str = "thua-huong";

/// The word of a field that the unit sets.
const OWN: &str = "rieng";

const FIELDS: &[Field] = &[
    Field::new("gia_tri", "pages.policies.value", &["patch", "value"]),
    Field::new("tu", "pages.policies.from", &["valid_from"]),
    Field::new("van_ban", "pages.policies.basis", &["legal_basis"]),
];

#[derive(Template)]
#[template(path = "policies/form.html")]
struct FormPage {
    page: Layout,
    sheet: PolicySheet,
    field: EffectiveField,
    control: Control,
    choices: Vec<Choice>,
    sources: Vec<Choice>,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "policies/preview.html")]
struct Preview {
    page: Layout,
    preview: PolicyPreview,
    unit: String,
    place: Place,
    typed: Typed,
}

impl Place {
    fn control(&self) -> Result<Control, Problem> {
        Control::of(&self.field).ok_or_else(|| Problem::new(Kind::NotFound))
    }
}

impl Typed {
    fn read(&self, place: &Place) -> Result<ChangeField, PageError> {
        let (date, control) = (dates::date("tu", &self.tu), place.control()?);
        let value = match self.nguon == INHERITED {
            true => Ok(None),
            false => control.read(&self.gia_tri).map(Some),
        };
        match (date, value) {
            (Ok(valid_from), Ok(value)) => Ok(ChangeField {
                valid_from,
                field: place.field.clone(),
                value,
                legal_basis: Some(clean(&self.van_ban)).filter(|basis| !basis.is_empty()),
            }),
            (date, value) => {
                let faults = value.err().into_iter().chain(date.err());
                Err(Error::Invalid(faults.collect()).into())
            }
        }
    }
}

pub(in crate::web::pages) async fn form(call: PageCall, place: Path<Place>) -> Reply {
    let typed: Typed = call.query()?.read()?;
    shown(&call, call.layout(), &place, typed).await
}

async fn shown(call: &PageCall, page: Layout, place: &Place, typed: Typed) -> Reply {
    let (control, unit, today) = (place.control()?, place.unit, local_date(call.now()));
    let read = call.read(move |tx| {
        let sheet = policies::sheet(tx, Some(unit), today)?;
        match sheet.may_change {
            true => Ok((sheet, choices(tx, control)?)),
            false => Err(Error::Forbidden),
        }
    });
    let (sheet, mut choices) = read.await?;
    let field = sheet.fields.iter().find(|field| field.name == place.field);
    let field = field.ok_or_else(|| Problem::new(Kind::NotFound))?.clone();
    choices.extend(control.choices(&page, field.name));
    let typed = match typed.tu.is_empty() && typed.gia_tri.is_empty() {
        true => Typed {
            gia_tri: as_typed(&field.value),
            nguon: if control == Control::Ladders {
                INHERITED
            } else {
                OWN
            }
            .to_owned(),
            tu: format::date(today.succ_opt().unwrap_or(today)),
            van_ban: String::new(),
        },
        false => typed,
    };
    let page = below(page, &sheet.unit.name, place.unit);
    page.show(|page| FormPage {
        sources: sources(&page, control),
        page,
        sheet,
        field,
        control,
        choices,
        typed,
    })
}

/// The calendars or the kinds of item that can be chosen.
fn choices(tx: &mut Tx<'_>, control: Control) -> Result<Vec<Choice>, Error> {
    Ok(match control {
        Control::Calendar => calendar_choices(tx)?,
        Control::Kinds => kinds::list(tx)?
            .into_iter()
            .filter(|kind| kind.reviewed)
            .map(|kind| Choice::theirs(&kind.code, kind.name))
            .collect(),
        _ => Vec::new(),
    })
}

/// The calendars by name; one of a federation says whose it is, as copies keep the name of their
/// original.
fn calendar_choices(tx: &mut Tx<'_>) -> Result<Vec<Choice>, Error> {
    let mut choices = Vec::new();
    for one in calendars::list(tx)? {
        let words = match one.unit_id {
            None => one.spec.name,
            Some(owner) => {
                let owner = &tx.lookups.unit(tx.conn, owner)?.name;
                format!("{} · {}", one.spec.name, format::short_name(owner))
            }
        };
        choices.push(Choice::theirs(&one.spec.code, words));
    }
    Ok(choices)
}

fn sources(page: &Layout, control: Control) -> Vec<Choice> {
    let own = Choice::new(OWN, page.say("pages.policies.source.own"));
    let above = Choice::new(INHERITED, page.say("pages.policies.source.inherited"));
    match control {
        Control::Ladders => vec![above],
        _ => vec![own, above],
    }
}

pub(in crate::web::pages) async fn preview(call: PageCall, place: Path<Place>) -> Reply {
    let (typed, place): (Typed, _) = (call.query()?.read()?, place.into_inner());
    match looked_at(&call, &place, &typed).await {
        Ok((preview, unit)) => previewed(call.layout(), (preview, unit), (place, typed)),
        Err(error) => again(&call, &place, typed, error).await,
    }
}

async fn looked_at(
    call: &PageCall,
    place: &Place,
    typed: &Typed,
) -> Result<(PolicyPreview, String), PageError> {
    let (change, unit) = (typed.read(place)?, place.unit);
    let read = call.read(move |tx| {
        let preview = policies::preview_field(tx, unit, &change)?;
        Ok((preview, tx.lookups.unit(tx.conn, unit)?.name.clone()))
    });
    read.await
}

fn previewed(
    page: Layout,
    (preview, unit): (PolicyPreview, String),
    (place, typed): (Place, Typed),
) -> Reply {
    let page = below(page.wide(), &unit, place.unit).edits(preview.version);
    let page = page.comes_back_to(preview_address(&place, &typed));
    page.show(|page| Preview {
        page,
        preview,
        unit,
        place,
        typed,
    })
}

async fn again(call: &PageCall, place: &Place, typed: Typed, error: PageError) -> Reply {
    let page = call.refused_by(error, FIELDS)?;
    shown(call, page, place, typed).await
}

pub(in crate::web::pages) async fn save(
    call: PageCall,
    place: Path<Place>,
    Sent { typed, form }: Sent<Typed>,
) -> Reply {
    match act(&call, &place, &typed, &form).await {
        Ok(reply) => Ok(reply),
        // somebody set the same day meanwhile: what the change would do now
        Err(error @ (PageError::Stale(_) | PageError::Unsent)) => {
            match looked_at(&call, &place, &typed).await {
                Ok(found) => previewed(call.refused(error)?, found, (place.into_inner(), typed)),
                Err(fault) => again(&call, &place, typed, fault).await,
            }
        }
        Err(error) => again(&call, &place, typed, error).await,
    }
}

async fn act(
    call: &PageCall,
    place: &Place,
    typed: &Typed,
    form: &Form,
) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let (version, change, unit) = (form.version()?, typed.read(place)?, place.unit);
    let work = move |tx: &mut Tx<'_>| {
        policies::change_field(tx, unit, &change, version)?;
        Ok(Notice::PolicyChanged.at(&routes::policy_of(unit)))
    };
    call.once(form, work).await
}

fn below(page: Layout, unit: &str, id: UnitId) -> Layout {
    let title = page.say("pages.policies.title");
    page.below(title, routes::POLICIES)
        .below_named(unit, routes::policy_of(id))
}

/// The fields as the form was filled in.
fn query(typed: &Typed) -> String {
    let one = [
        ("nguon", typed.nguon.as_str()),
        ("tu", &typed.tu),
        ("van_ban", &typed.van_ban),
    ];
    let values = typed
        .gia_tri
        .iter()
        .map(|value| ("gia_tri", value.as_str()));
    let all: Vec<(&str, &str)> = one.into_iter().chain(values).collect();
    serde_urlencoded::to_string(all).unwrap_or_default()
}

fn preview_address(place: &Place, typed: &Typed) -> String {
    let path = routes::policy_preview(place.unit, &place.field);
    format!("{path}?{}", query(typed))
}

fn form_address(place: &Place, typed: &Typed) -> String {
    let path = routes::policy_field(place.unit, &place.field);
    format!("{path}?{}", query(typed))
}

/// The last day that is looked at, and the first one.
pub(in crate::web::pages) fn span(page: &Layout, forecast: &ReminderForecast) -> String {
    let (from, to) = (page.date(&forecast.from), page.date(&forecast.to));
    page.say_two("pages.policies.span", ("from", from), ("to", to))
}

/// How much is sent on a day.
pub(in crate::web::pages) fn sending(page: &Layout, sending: &Sending) -> String {
    match sending.mails {
        0 => "–".to_owned(),
        mails => {
            let (mails, people) = (page.number(mails), page.number(sending.people));
            page.say_two(
                "pages.policies.sending",
                ("mails", mails),
                ("people", people),
            )
        }
    }
}

/// An event that would be due at another instant.
pub(in crate::web::pages) fn example(page: &Layout, one: &ExampleDeadline) -> String {
    let key = format!("pages.policies.example.{}", one.kind);
    let (from, to) = (page.due(&one.starts_at), page.due(&one.ends_at));
    page.say_two(key, ("from", from), ("to", to))
}

pub(in crate::web::pages) fn differs(day: &ForecastDay) -> bool {
    day.before != day.after
}

/// What is said of work that keeps its policy, and of what opens meanwhile.
pub(in crate::web::pages) fn open_line(page: &Layout, forecast: &ReminderForecast) -> String {
    let (open, opening) = (page.number(forecast.open), page.number(forecast.opening));
    page.say_two("pages.policies.open", ("open", open), ("opening", opening))
}

/// Where a field comes from.
pub(in crate::web::pages) fn source(page: &Layout, field: &EffectiveField) -> Said {
    match &field.source {
        None => Said::ours(page.say("pages.units.by_default")),
        Some(source) if source.own => Said::ours(page.say("pages.units.own")),
        Some(source) => Said::theirs(page.short(&source.unit_name)),
    }
}

fn date_of(typed: &Typed) -> NaiveDate {
    dates::date("tu", &typed.tu).unwrap_or_default()
}

fn is_chosen(typed: &Typed, choice: &Choice) -> bool {
    typed.gia_tri.contains(&choice.value)
}

fn first_value(typed: &Typed) -> &str {
    typed.gia_tri.first().map_or("", String::as_str)
}
