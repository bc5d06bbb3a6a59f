//! Drafting a plan: from a preset, as a copy of another year's, or empty.

use actix_web::HttpResponse;
use askama::Template;
use chrono::Datelike as _;
use serde::Deserialize;

use crate::domain::error::Invalid;
use crate::domain::ids::{PlanId, UnitId};
use crate::domain::plan::NewPlan;
use crate::domain::text::{code_of, local_date};
use crate::domain::years;
use crate::service::rules::plans::{self, PlanShelf};
use crate::service::rules::presets::{self, DraftPreset};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::Problem;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// From a preset.
pub const PRESET: &str = "mau";

/// As a copy.
pub const COPY: &str = "chep";

/// Without rules.
pub const EMPTY: &str = "trong";

/// The labels of the form.
const FIELDS: &[Field] = &[
    Field::new("nam", "pages.map.year", &["year"]),
    Field::new("don_vi", "pages.plans.unit", &["unit_id", "unit"]),
    Field::new("mau", "pages.new_plan.preset", &["preset"]),
    Field::new("nguon", "pages.new_plan.source", &["source"]),
    Field::new("ten", "pages.plans.plan", &["title", "code"]),
];

/// Where a plan of that name is there already: at what the name came from.
const FIELDS_OF_PRESET: &[Field] = &[
    Field::new("nam", "pages.map.year", &["year"]),
    Field::new("don_vi", "pages.plans.unit", &["unit_id", "unit"]),
    Field::new("mau", "pages.new_plan.preset", &["preset", "code"]),
];

/// What was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    don_vi: String,
    nam: String,
    cach: String,
    mau: String,
    nguon: String,
    ten: String,
}

#[derive(Template)]
#[template(path = "plans/new.html")]
struct Page {
    page: Layout,
    typed: Typed,
    units: Vec<Choice>,
    presets: Vec<Preset>,
    sources: Vec<Choice>,
}

/// A preset as the form offers it.
struct Preset {
    code: &'static str,
    name: String,
    rules: Vec<String>,
}

pub async fn show(call: PageCall) -> Reply {
    let asked: Typed = call.query()?.read()?;
    let year = local_date(call.now()).year();
    let typed = Typed {
        nam: or(asked.nam, || year.to_string()),
        cach: or(asked.cach, || PRESET.to_owned()),
        ..asked
    };
    form(&call, call.layout(), typed).await
}

pub async fn draft(call: PageCall, Sent { typed, form: sent }: Sent<Typed>) -> Reply {
    match try_draft(&call, &typed, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let fields = match typed.cach.as_str() {
                PRESET => FIELDS_OF_PRESET,
                _ => FIELDS,
            };
            let page = call.again(error, &sent, fields)?;
            form(&call, page.comes_back_to(routes::NEW_PLAN), typed).await
        }
    }
}

async fn try_draft(call: &PageCall, typed: &Typed, form: &Form) -> Result<HttpResponse, PageError> {
    form.sent()?;
    let wanted = typed.wanted().map_err(Error::from)?;
    let work = move |tx: &mut Tx<'_>| {
        let id = match &wanted {
            Wanted::Preset(input) => {
                let drafted = presets::draft(tx, input)?;
                let first = drafted.first().ok_or(Error::not_found("plan"))?;
                first.head.id
            }
            Wanted::Copy(source, year) => plans::copy(tx, *source, *year)?.head.id,
            Wanted::Empty(new) => plans::draft(tx, new)?.head.id,
        };
        Ok(Notice::PlanDrafted.at(&routes::plan(id)))
    };
    call.once(form, work).await
}

/// The plan that was asked for.
enum Wanted {
    Preset(DraftPreset),
    Copy(PlanId, i32),
    Empty(NewPlan),
}

impl Typed {
    fn wanted(&self) -> Result<Wanted, Vec<Invalid>> {
        let one = |fault: Invalid| vec![fault];
        let year: i32 = self.nam.trim().parse().map_err(|_| {
            let shown: String = self.nam.chars().take(40).collect();
            one(Invalid::new("year", "typed_number").with("value", shown))
        })?;
        let year = years::check("year", year).map_err(one)?;
        let unit_id: UnitId = self
            .don_vi
            .parse()
            .map_err(|_| one(Invalid::new("unit_id", "required")))?;
        match self.cach.as_str() {
            COPY => {
                let source = self.nguon.parse();
                let source = source.map_err(|_| one(Invalid::new("source", "required")))?;
                Ok(Wanted::Copy(source, year))
            }
            EMPTY => Ok(Wanted::Empty(NewPlan {
                unit_id,
                code: code_of(&self.ten),
                year,
                title: self.ten.clone(),
                document_number: None,
                document_date: None,
                issuer: None,
            })),
            _ => Ok(Wanted::Preset(DraftPreset {
                preset: self.mau.clone(),
                unit_id,
                year,
            })),
        }
    }
}

async fn form(call: &PageCall, page: Layout, mut typed: Typed) -> Reply {
    let shelf = call.read(plans::shelf).await?;
    let Some(first) = shelf.managed.first() else {
        return Err(Problem::from(Error::Forbidden));
    };
    typed.don_vi = or(typed.don_vi, || first.id.to_string());
    typed.nguon = or(typed.nguon, || last_plan(&shelf, &typed.nam));
    let above = page.say("pages.plans.title");
    page.below(above, routes::PLANS).show(|page| Page {
        units: (shelf.managed.iter())
            .map(|unit| Choice::new(unit.id, &unit.name))
            .collect(),
        sources: (shelf.plans.iter())
            .map(|plan| Choice::new(plan.head.id, &plan.head.title))
            .collect(),
        presets: presets::list().into_iter().map(Preset::of).collect(),
        typed,
        page,
    })
}

/// The plan of the year before, which is copied most often.
fn last_plan(shelf: &PlanShelf, year: &str) -> String {
    let year: Option<i32> = year.parse().ok();
    let mut plans = shelf.plans.iter();
    let found = plans.find(|plan| year.is_some_and(|year| plan.head.year == year - 1));
    found.map_or_else(String::new, |plan| plan.head.id.to_string())
}

impl Preset {
    fn of(preset: presets::Preset) -> Self {
        let rules = preset.plans.into_iter().flat_map(|plan| plan.rules);
        Self {
            code: preset.code,
            name: preset.name,
            rules: rules.map(|rule| rule.content.title).collect(),
        }
    }
}

/// A text, or what stands for it where it is empty.
fn or(text: String, otherwise: impl FnOnce() -> String) -> String {
    match text.is_empty() {
        true => otherwise(),
        false => text,
    }
}
