//! Changing the ladder of one kind of work: the form, what would be sent, and saving it. What it would
//! do is read at an address of its own, which can be opened again.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::kind as kind_name;
use super::steps::{self, Row, STEPS, Typed, WHEN, WHOM};
use crate::domain::ids::UnitId;
use crate::domain::ladder::{Audience, LadderKind, StepSpec};
use crate::domain::text::{clean, local_date};
use crate::service::rules::policies::{self, ChangeLadder, PolicyPreview, PolicySheet};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::{Kind, Problem};
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, KEY, Sent, VERSION};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::policies::words;
use crate::web::pages::{format, routes, typed as dates};

/// A unit and a ladder in an address.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::web::pages) struct Address {
    unit: UnitId,
    kind: String,
}

/// The ladder of a unit.
#[derive(Debug, Clone, Copy)]
struct Place {
    unit: UnitId,
    kind: LadderKind,
}

impl Address {
    fn place(&self) -> Result<Place, Problem> {
        let mut all = LadderKind::ALL.into_iter();
        let kind = all.find(|kind| kind.as_str() == self.kind);
        let kind = kind.ok_or_else(|| Problem::new(Kind::NotFound))?;
        let unit = self.unit;
        Ok(Place { unit, kind })
    }
}

const FIELDS: &[Field] = &[
    Field::new(STEPS, "pages.ladders.steps", &["ladders", "patch", "steps"]),
    Field::new("tu", "pages.policies.from", &["valid_from"]),
    Field::new("van_ban", "pages.policies.basis", &["legal_basis"]),
];

/// The value of the field that goes back to the defaults.
const DEFAULT: &str = "mac-dinh";

#[derive(Template)]
#[template(path = "ladders/form.html")]
struct FormPage {
    page: Layout,
    sheet: PolicySheet,
    place: Place,
    rows: Vec<Row>,
    when: Vec<Choice>,
    from: String,
    basis: String,
}

#[derive(Template)]
#[template(path = "ladders/preview.html")]
struct Preview {
    page: Layout,
    preview: PolicyPreview,
    unit: String,
    place: Place,
    change: ChangeLadder,
    typed: Typed,
}

pub(in crate::web::pages) async fn form(call: PageCall, address: Path<Address>) -> Reply {
    let (place, typed): (_, Typed) = (address.place()?, call.query()?.read()?);
    shown(&call, call.layout(), place, &typed).await
}

async fn shown(call: &PageCall, page: Layout, place: Place, typed: &Typed) -> Reply {
    let today = local_date(call.now());
    let sheet = call.read(move |tx| {
        let sheet = policies::sheet(tx, Some(place.unit), today)?;
        sheet.may_change.then_some(sheet).ok_or(Error::Forbidden)
    });
    let sheet = sheet.await?;
    let ladder = sheet.ladders.iter().find(|one| one.kind == place.kind);
    let steps: &[StepSpec] = ladder.map_or(&[], |ladder| &ladder.steps);
    let rows = match typed.is_empty() {
        true => steps::rows(steps),
        false => steps::typed_rows(typed),
    };
    let tomorrow = format::date(today.succ_opt().unwrap_or(today));
    let when = |word: &&str| Choice::new(word, page.say(format!("pages.ladders.type.{word}")));
    let when = WHEN.iter().map(when).collect();
    let page = below(page.wide(), &sheet.unit.name, place.unit);
    page.show(|page| FormPage {
        from: typed.get("tu").cloned().unwrap_or(tomorrow),
        basis: typed.get("van_ban").cloned().unwrap_or_default(),
        page,
        sheet,
        place,
        rows,
        when,
    })
}

fn read(place: Place, typed: &Typed) -> Result<ChangeLadder, PageError> {
    let get = |name: &str| typed.get(name).map_or("", String::as_str);
    let date = dates::date("tu", get("tu"));
    let steps = match get("buoc") == DEFAULT {
        true => Ok(None),
        false => steps::read(&steps::typed_rows(typed)).map(Some),
    };
    match (date, steps) {
        (Ok(valid_from), Ok(steps)) => Ok(ChangeLadder {
            valid_from,
            kind: place.kind,
            steps,
            legal_basis: Some(clean(get("van_ban"))).filter(|basis| !basis.is_empty()),
        }),
        (date, steps) => {
            let faults = steps.err().into_iter().flatten().chain(date.err());
            Err(Error::Invalid(faults.collect()).into())
        }
    }
}

pub(in crate::web::pages) async fn preview(call: PageCall, address: Path<Address>) -> Reply {
    let (place, typed): (_, Typed) = (address.place()?, call.query()?.read()?);
    match looked_at(&call, place, &typed).await {
        Ok(found) => previewed(call.layout(), found, (place, typed)),
        Err(error) => again(&call, place, &typed, error).await,
    }
}

/// A change, what it would do, and the name of its unit.
type Found = (ChangeLadder, PolicyPreview, String);

async fn looked_at(call: &PageCall, place: Place, typed: &Typed) -> Result<Found, PageError> {
    let change = read(place, typed)?;
    let found = call.read(move |tx| {
        let preview = policies::preview_ladder(tx, place.unit, &change)?;
        let unit = tx.lookups.unit(tx.conn, place.unit)?;
        Ok((change, preview, unit.name.clone()))
    });
    found.await
}

fn previewed(
    page: Layout,
    (change, preview, unit): Found,
    (place, typed): (Place, Typed),
) -> Reply {
    let page = below(page.wide(), &unit, place.unit).edits(preview.version);
    let address = routes::ladder_preview(place.unit, place.kind.as_str());
    let page = page.comes_back_to(format!("{address}?{}", query(&typed)));
    page.show(|page| Preview {
        page,
        preview,
        unit,
        place,
        change,
        typed,
    })
}

async fn again(call: &PageCall, place: Place, typed: &Typed, error: PageError) -> Reply {
    let page = call.refused_by(error, FIELDS)?;
    shown(call, page, place, typed).await
}

pub(in crate::web::pages) async fn save(
    call: PageCall,
    address: Path<Address>,
    Sent { mut typed, form }: Sent<Typed>,
) -> Reply {
    let place = address.place()?;
    typed.retain(|name, _| name != KEY && name != VERSION);
    match act(&call, place, &typed, &form).await {
        Ok(reply) => Ok(reply),
        // somebody set the same day meanwhile: what the change would do now
        Err(error @ (PageError::Stale(_) | PageError::Unsent)) => {
            match looked_at(&call, place, &typed).await {
                Ok(found) => previewed(call.refused(error)?, found, (place, typed)),
                Err(fault) => again(&call, place, &typed, fault).await,
            }
        }
        Err(error) => again(&call, place, &typed, error).await,
    }
}

async fn act(
    call: &PageCall,
    place: Place,
    typed: &Typed,
    form: &Form,
) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let (version, change) = (form.version()?, read(place, typed)?);
    let work = move |tx: &mut Tx<'_>| {
        policies::change_ladder(tx, place.unit, &change, version)?;
        Ok(Notice::LadderChanged.at(&routes::ladders_of(place.unit)))
    };
    call.once(form, work).await
}

fn below(page: Layout, unit: &str, id: UnitId) -> Layout {
    let title = page.say("pages.ladders.title");
    page.below(title, routes::LADDERS)
        .below_named(unit, routes::ladders_of(id))
}

fn query(typed: &Typed) -> String {
    serde_urlencoded::to_string(typed).unwrap_or_default()
}

fn form_address(place: &Place, typed: &Typed) -> String {
    let path = routes::ladder(place.unit, place.kind.as_str());
    format!("{path}?{}", query(typed))
}

fn heading(page: &Layout, place: &Place) -> String {
    kind_name(page, &place.kind)
}

/// The name of the box that has a row reach somebody.
fn whom_field(row: &Row, word: &str) -> String {
    format!("cho{}.{word}", row.at)
}

fn audience(page: &Layout, one: &Audience) -> String {
    words::audience(page, *one)
}

/// The steps as they would be.
fn steps_of(change: &ChangeLadder) -> Vec<StepSpec> {
    let steps = change.steps.clone();
    steps.unwrap_or_else(|| change.kind.default_steps())
}

fn number(row: &Row) -> usize {
    row.at + 1
}
