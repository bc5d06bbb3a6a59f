//! Office hours, holidays and quotas of a preset, with the document that sets the quotas. What they
//! ask for is shown before they are applied.

use actix_web::HttpResponse;
use askama::Template;
use chrono::Datelike as _;
use serde::Deserialize;

use super::super::call::PageCall;
use super::super::error::PageError;
use super::super::form::{Field, Form, Sent};
use super::super::layout::Layout;
use super::super::list::Choice;
use super::super::notice::Notice;
use super::super::{routes, typed};
use super::below;
use crate::domain::error::Invalid;
use crate::domain::text::local_date;
use crate::domain::years;
use crate::service::rules::presets::{self, Step};
use crate::service::setup::{self, ApplyQuotas, Quotas};
use crate::service::{Error, Tx};
use crate::web::call::Reply;

const FIELDS: &[Field] = &[
    Field::new("mau", "pages.setup.quotas.preset", &["preset"]),
    Field::new("nam", "pages.setup.quotas.year", &["year"]),
    Field::new("tu_ngay", "pages.setup.quotas.from", &["from"]),
    Field::new("so", "pages.setup.quotas.number", &["document_number"]),
    Field::new("ngay", "pages.setup.quotas.date", &["document_date"]),
    Field::new("nguoi_ky", "pages.setup.quotas.issuer", &["issuer"]),
];

/// The preset of the demonstration, which no federation starts with.
const DEMO: &str = "demo";

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    mau: String,
    nam: String,
    tu_ngay: String,
    so: String,
    ngay: String,
    nguoi_ky: String,
    /// Set by the button that applies what was shown.
    ap_dung: String,
}

#[derive(Template)]
#[template(path = "setup/quotas.html")]
struct Page {
    page: Layout,
    typed: Typed,
    shown: Option<Quotas>,
}

impl Page {
    fn presets(&self) -> Vec<Choice> {
        let choice = |preset: presets::Preset| Choice::new(preset.code, preset.name);
        let of_provinces = presets::list().into_iter().filter(|one| one.code != DEMO);
        of_provinces.map(choice).collect()
    }

    /// A part of a preset and what becomes of it.
    fn step(&self, step: &Step) -> String {
        let part = self
            .page
            .say(format!("pages.setup.part.{}", word(&step.part)));
        let outcome = format!("pages.setup.outcome.{}", word(&step.outcome));
        format!("{part}: {}", self.page.say(outcome))
    }
}

/// The word that the API writes for a value.
fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

pub async fn show(call: PageCall) -> Reply {
    call.read(setup::setup).await?;
    let typed = Typed {
        nam: local_date(call.now()).year().to_string(),
        ..Typed::default()
    };
    page(call.layout(), typed, None)
}

fn page(page: Layout, typed: Typed, shown: Option<Quotas>) -> Reply {
    let page = below(page);
    page.show(|page| Page { page, typed, shown })
}

/// Shows what would be done, or does it.
pub async fn send(call: PageCall, Sent { typed, form }: Sent<Typed>) -> Reply {
    let done = match typed.ap_dung.is_empty() {
        true => preview(&call, &typed, &form).await,
        false => apply(&call, &typed, &form).await,
    };
    match done {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let layout = call.again(error, &form, FIELDS)?;
            page(layout, typed, None)
        }
    }
}

async fn preview(call: &PageCall, typed: &Typed, form: &Form) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let input = input(typed)?;
    let read = call.read(move |tx| setup::preview_quotas(tx, &input));
    let shown = read.await?;
    page(call.layout(), typed.clone(), Some(shown)).map_err(PageError::from)
}

async fn apply(call: &PageCall, typed: &Typed, form: &Form) -> Result<HttpResponse, PageError> {
    let input = input(typed)?;
    let work = move |tx: &mut Tx<'_>| {
        setup::apply_quotas(tx, &input)?;
        Ok(Notice::QuotasApplied.at(routes::SETUP))
    };
    call.once(form, work).await
}

/// What was typed, read.
fn input(typed: &Typed) -> Result<ApplyQuotas, Error> {
    let mut faults = Vec::new();
    if typed.mau.is_empty() {
        faults.push(Invalid::new("preset", "required"));
    }
    let unread = |_| Invalid::new("year", "typed_year").with("value", short(&typed.nam));
    let year = typed.nam.trim().parse::<i32>().map_err(unread);
    let year = year.and_then(|year| years::check("year", year));
    let year = year.unwrap_or_else(|fault| {
        faults.push(fault);
        0
    });
    let mut date = |field: &'static str, text: &str| {
        typed::optional_date(field, text).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let (from, document_date) = (
        date("from", &typed.tu_ngay),
        date("document_date", &typed.ngay),
    );
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.trim().is_empty());
    match faults.is_empty() {
        true => Ok(ApplyQuotas {
            preset: typed.mau.clone(),
            document_number: given(&typed.so),
            issuer: given(&typed.nguoi_ky),
            document_date,
            from,
            year,
        }),
        false => Err(Error::Invalid(faults)),
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
