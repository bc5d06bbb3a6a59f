//! What the address of the map asks for, and what can be chosen.

use chrono::{Datelike as _, NaiveDate};
use serde::Deserialize;

use super::{Part, Standing};
use crate::domain::period::PeriodKind;
use crate::domain::unit::Category;
use crate::domain::years;
use crate::service::overview::MapQuery;
use crate::store::views::map::MapFilter;
use crate::web::error::Problem;
use crate::web::pages::layout::Layout;
use crate::web::pages::list::{Active, Choice, Query};

/// The cluster of units that are in none, in addresses.
pub(super) const NO_CLUSTER: &str = "-";

/// How many years back can be chosen.
const YEARS: i32 = 5;

/// The parameters of the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    nam: Option<i32>,
    ky: Option<PeriodKind>,
    loai: Option<Category>,
    cum: Option<String>,
    q: Option<String>,
    tt: Vec<Standing>,
    trang: Option<usize>,
    r#in: Option<u8>,
    ca: Option<u8>,
}

impl Asked {
    /// What it asks for; this year without another.
    ///
    /// # Errors
    /// A year that nobody can mean.
    pub(super) fn query(&self, today: NaiveDate) -> Result<MapQuery, Problem> {
        let year = self.nam.unwrap_or(today.year());
        years::check("nam", year)?;
        Ok(MapQuery {
            units: MapFilter {
                year,
                category: self.loai,
                cluster: self.cum.as_deref().map(|cluster| match cluster {
                    NO_CLUSTER => String::new(),
                    cluster => cluster.to_owned(),
                }),
                search: self.q.clone(),
            },
            period: self.period(),
            standings: self.tt.clone(),
            part: match self.is_whole() {
                true => Part::All,
                false => Part::Page(self.page()),
            },
        })
    }

    /// What the address says of year and columns, as a further parameter of the address of a unit.
    pub(super) fn period_of_unit(&self) -> String {
        let year = self.nam.map(|year| format!("&nam={year}"));
        let kind = Some(self.period()).filter(|kind| *kind != PeriodKind::Month);
        let kind = kind.map(|kind| format!("&ky={kind}"));
        year.into_iter().chain(kind).collect()
    }

    fn period(&self) -> PeriodKind {
        self.ky.unwrap_or(PeriodKind::Month)
    }

    /// The number of the page, from 0.
    pub(super) fn page(&self) -> usize {
        self.trang.unwrap_or(1).saturating_sub(1)
    }

    /// Whether all rows are wanted, to be printed.
    pub(super) fn is_whole(&self) -> bool {
        self.r#in.is_some()
    }

    /// Whether narrow screens show the whole year.
    pub(super) fn shows_year(&self) -> bool {
        self.ca.is_some()
    }

    /// What is chosen of a parameter.
    pub(super) fn chosen(&self, name: &str, year: &i32) -> String {
        match name {
            "nam" => year.to_string(),
            "ky" => self.period().to_string(),
            "loai" => self.loai.map(|one| one.to_string()).unwrap_or_default(),
            "cum" => self.cum.clone().unwrap_or_default(),
            "tt" => self
                .tt
                .first()
                .map(|one| one.to_string())
                .unwrap_or_default(),
            _ => self.q.clone().unwrap_or_default(),
        }
    }
}

pub(super) fn years(today: NaiveDate) -> Vec<Choice> {
    let years = (0..YEARS).map(|back| today.year() + 1 - back);
    years
        .map(|year| Choice::new(year, year.to_string()))
        .collect()
}

pub(super) fn periods(page: &Layout) -> Vec<Choice> {
    let kinds = [
        PeriodKind::Month,
        PeriodKind::Quarter,
        PeriodKind::HalfYear,
        PeriodKind::Year,
    ];
    let choice = |kind| Choice::new(kind, page.say(format!("pages.map.period.{kind}")));
    kinds.into_iter().map(choice).collect()
}

fn all(page: &Layout) -> Choice {
    Choice::new("", page.say("pages.map.all"))
}

pub(super) fn categories(page: &Layout) -> Vec<Choice> {
    let choice = |one: &Category| Choice::new(one, page.say(format!("pages.category.{one}")));
    let choices = Category::ALL.iter().map(choice);
    std::iter::once(all(page)).chain(choices).collect()
}

pub(super) fn clusters(page: &Layout, names: &[String]) -> Vec<Choice> {
    let none = Choice::new(NO_CLUSTER, page.say("pages.map.no_cluster"));
    let choices = names.iter().map(|name| Choice::theirs(name, name.clone()));
    std::iter::once(all(page))
        .chain(choices)
        .chain([none])
        .collect()
}

pub(super) fn standings(page: &Layout) -> Vec<Choice> {
    let choice = |one: &Standing| Choice::new(one, page.standing(one));
    let choices = Standing::ALL.iter().map(choice);
    std::iter::once(all(page)).chain(choices).collect()
}

/// The filters that are active.
pub(super) fn active(page: &Layout, list: &Query, asked: &Asked) -> Vec<Active> {
    let mut active = Vec::new();
    if let Some(category) = asked.loai {
        let words = page.say(format!("pages.category.{category}"));
        active.push(list.active("loai", "", words));
    }
    if let Some(cluster) = &asked.cum {
        active.push(match cluster.as_str() {
            NO_CLUSTER => list.active("cum", "", page.say("pages.map.no_cluster")),
            name => list.active("cum", "", name).theirs(),
        });
    }
    for standing in &asked.tt {
        let words = page.say_with("pages.map.with", "standing", page.standing(standing));
        active.push(list.active("tt", standing.as_str(), words));
    }
    if let Some(search) = &asked.q {
        active.push(list.active("q", "", format!("“{search}”")).theirs());
    }
    active
}
