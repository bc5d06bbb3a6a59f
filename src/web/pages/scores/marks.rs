//! The marks of a unit's own assessment, and of the department's review of it. A review leads on to
//! the next unit that waits for one.

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use super::unit::{Of, of};
use crate::domain::error::Invalid;
use crate::domain::ids::SheetId;
use crate::domain::score::{Assessment, Mark, Points, UnitYear};
use crate::service::scores::{self, MarkedCriterion, NewAssessment, UnitYearScore};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Form, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// Who gives the marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// The unit itself.
    Unit,
    /// The department.
    Department,
}

/// What was typed: a value for each criterion that the form shows, in its order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    diem: Vec<String>,
    ly_do: Vec<String>,
    can_cu: Vec<String>,
    nhan_xet: String,
}

/// A criterion of the form.
struct Row {
    criterion: MarkedCriterion,
    points: String,
    reason: String,
    evidence: String,
}

#[derive(Template)]
#[template(path = "scores/marks.html")]
struct MarksPage {
    page: Layout,
    year: UnitYearScore,
    rows: Vec<Row>,
    remark: String,
    by: By,
}

pub async fn show_own(call: PageCall, parts: Of) -> Reply {
    By::Unit.show(call, of(&parts)?).await
}

pub async fn send_own(call: PageCall, parts: Of, sent: Sent<Typed>) -> Reply {
    By::Unit.send(call, of(&parts)?, sent).await
}

pub async fn show_review(call: PageCall, parts: Of) -> Reply {
    By::Department.show(call, of(&parts)?).await
}

pub async fn send_review(call: PageCall, parts: Of, sent: Sent<Typed>) -> Reply {
    By::Department.send(call, of(&parts)?, sent).await
}

impl By {
    fn is_unit(self) -> bool {
        self == Self::Unit
    }

    async fn read(self, call: &PageCall, of: UnitYear) -> Result<UnitYearScore, PageError> {
        let locale = call.locale();
        call.read(move |tx| {
            let year = scores::unit_year(tx, of, locale)?;
            let may = match self {
                Self::Unit => year.may_assess,
                Self::Department => year.may_review,
            };
            match may {
                true => Ok(year),
                false => Err(Error::Forbidden),
            }
        })
        .await
    }

    async fn show(self, call: PageCall, of: UnitYear) -> Reply {
        let year = self.read(&call, of).await?;
        let version = year.sheet.as_ref().map_or(0, |sheet| sheet.version);
        let typed = self.prefilled(&call.layout(), &year);
        self.page(call.layout().edits(version), year, typed)
    }

    async fn send(self, call: PageCall, of: UnitYear, sent: Sent<Typed>) -> Reply {
        let Sent { typed, form } = sent;
        let year = self.read(&call, of).await?;
        let (marks, places) = marks(&year.criteria, &typed);
        let saved = self.save(&call, &year, (marks, &typed), &form).await;
        match saved {
            Ok(reply) => Ok(reply),
            Err(error) => {
                let mut page = call.again(error, &form, &[])?;
                name_faults(&mut page, &year.criteria, &places);
                let back = routes::score(of.year, of.unit_id);
                self.page(page.comes_back_to(back), year, typed)
            }
        }
    }

    async fn save(
        self,
        call: &PageCall,
        year: &UnitYearScore,
        (marks, typed): (Result<Vec<Mark>, Vec<Invalid>>, &Typed),
        form: &Form,
    ) -> Result<HttpResponse, PageError> {
        form.sent()?;
        let version = form.version()?;
        let sheet = year.sheet.as_ref();
        let sheet_id = sheet.map(|sheet| sheet.id).ok_or(Error::Forbidden)?;
        let assessment = NewAssessment {
            marks: marks.map_err(Error::from)?,
            reason: Some(typed.nhan_xet.clone()),
        };
        let of = UnitYear {
            unit_id: year.score.unit.id,
            year: year.score.year,
        };
        let work = move |tx: &mut Tx<'_>| self.record(tx, (sheet_id, version), &assessment, of);
        call.once(form, work).await
    }

    fn record(
        self,
        tx: &mut Tx<'_>,
        (sheet, version): (SheetId, i32),
        assessment: &NewAssessment,
        of: UnitYear,
    ) -> Result<String, Error> {
        let own = routes::score(of.year, of.unit_id);
        match self {
            Self::Unit => {
                scores::self_assess(tx, sheet, assessment, version)?;
                Ok(Notice::SelfAssessed.at(&own))
            }
            Self::Department => {
                let saved = scores::review(tx, sheet, assessment, version)?;
                let next = scores::next_to_review(tx, saved.round_id())?;
                Ok(match next {
                    Some(unit) => Notice::SheetReviewed.at(&routes::review_score(of.year, unit)),
                    None => Notice::SheetReviewed.at(&routes::scores(of.year)),
                })
            }
        }
    }

    /// What stands in the form at first: the own marks, for a review those of the unit until there
    /// are marks of the department.
    fn prefilled(self, page: &Layout, year: &UnitYearScore) -> Typed {
        let mut typed = Typed::default();
        for one in &year.criteria {
            let mark = match self {
                Self::Unit => one.own.as_ref(),
                Self::Department => one.review.as_ref().or(one.own.as_ref()),
            };
            let points = mark.map(|mark| mark.points).or(one.computed);
            typed
                .diem
                .push(points.map_or_else(String::new, |points| points.to_text(page.locale())));
            let text = |of: fn(&Mark) -> Option<&String>| mark.and_then(of).cloned();
            typed
                .ly_do
                .push(text(|mark| mark.reason.as_ref()).unwrap_or_default());
            typed
                .can_cu
                .push(text(|mark| mark.evidence.as_ref()).unwrap_or_default());
        }
        let sheet = year.sheet.as_ref();
        let kept = sheet.and_then(|sheet| match self {
            Self::Unit => sheet.self_assessment.as_ref(),
            Self::Department => sheet.review.as_ref(),
        });
        typed.nhan_xet = kept
            .and_then(|kept| kept.reason.clone())
            .unwrap_or_default();
        typed
    }

    fn page(self, page: Layout, year: UnitYearScore, typed: Typed) -> Reply {
        let rows: Vec<Row> = year
            .criteria
            .iter()
            .enumerate()
            .map(|(at, criterion)| Row {
                criterion: criterion.clone(),
                points: typed.diem.get(at).cloned().unwrap_or_default(),
                reason: typed.ly_do.get(at).cloned().unwrap_or_default(),
                evidence: typed.can_cu.get(at).cloned().unwrap_or_default(),
            })
            .collect();
        let name = page.short(&year.score.unit.name);
        let above = routes::score(year.score.year, year.score.unit.id);
        page.wide().below_named(name, above).show(|page| MarksPage {
            rows,
            remark: typed.nhan_xet,
            by: self,
            page,
            year,
        })
    }
}

/// The marks that were typed, and which criterion each is for, by its place. Without points a
/// criterion gets no mark.
fn marks(
    criteria: &[MarkedCriterion],
    typed: &Typed,
) -> (Result<Vec<Mark>, Vec<Invalid>>, Vec<usize>) {
    let (mut marks, mut places, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (at, (one, text)) in criteria.iter().zip(&typed.diem).enumerate() {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let fault = || {
            let field = format!("marks[{}].points", places.len());
            Invalid::new(field, "typed_points")
                .with("value", text.chars().take(40).collect::<String>())
        };
        let points = match Points::typed(text) {
            Some(points) => points,
            None => {
                faults.push(fault());
                Points::ZERO
            }
        };
        places.push(at);
        marks.push(Mark {
            criterion: one.code.clone(),
            points,
            reason: typed.ly_do.get(at).cloned(),
            evidence: typed.can_cu.get(at).cloned(),
        });
    }
    match faults.is_empty() {
        true => (Ok(marks), places),
        false => (Err(faults), places),
    }
}

/// Puts each fault of a mark at its input, and names the criterion.
fn name_faults(page: &mut Layout, criteria: &[MarkedCriterion], places: &[usize]) {
    let mut faults = std::mem::take(&mut page.faults);
    for fault in &mut faults {
        if fault.field == "reason" {
            fault.field = "nhan_xet".to_owned();
            fault.label = Some(page.say("pages.scores.marks.remark"));
            continue;
        }
        let Some((mark, field)) = fault
            .field
            .strip_prefix("marks[")
            .and_then(|rest| rest.split_once("]."))
        else {
            continue;
        };
        let at = mark
            .parse()
            .ok()
            .and_then(|mark: usize| places.get(mark).copied());
        let Some((at, criterion)) = at.and_then(|at| Some((at, criteria.get(at)?))) else {
            continue;
        };
        let (input, label) = match field {
            "reason" => ("ly_do", "pages.scores.marks.reason"),
            "evidence" => ("can_cu", "pages.scores.marks.evidence"),
            _ => ("diem", "pages.scores.marks.points"),
        };
        fault.field = format!("{input}-{at}");
        fault.label = Some(format!("{}, {}", criterion.name, page.say(label)));
    }
    page.faults = faults;
}

/// The unit's own assessment, for the reviewer.
fn own_assessment<'y>(by: &By, year: &'y UnitYearScore) -> Option<&'y Assessment> {
    match by {
        By::Unit => None,
        By::Department => year.sheet.as_ref()?.self_assessment.as_ref(),
    }
}

/// What a criterion computes to.
fn computed(page: &Layout, one: &MarkedCriterion) -> String {
    match one.computed {
        Some(points) => points.to_text(page.locale()),
        None => page.say("pages.scores.marks.manual"),
    }
}

/// The unit's own mark, for the reviewer.
fn own(page: &Layout, one: &MarkedCriterion) -> String {
    let own = one.own.as_ref();
    own.map_or_else(|| "–".to_owned(), |mark| mark.points.to_text(page.locale()))
}
