//! The steps of a round: begun, computed, assessed, reviewed, published, frozen, replaced.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use crate::domain::ids::{RoundId, SheetId, UnitId};
use crate::domain::score::{RoundState, ScoreGroup};
use crate::domain::unit::Category;
use crate::service::scores::{self, PublishRound, ReviewMany, YearBoard};
use crate::service::{Error, Tx};
use crate::store::scores::RoundRow;
use crate::web::call::Reply;
use crate::web::pages::call::PageCall;
use crate::web::pages::confirm::{self, Confirm, Row};
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Field, Form, Nothing, Sent};
use crate::web::pages::layout::Layout;
use crate::web::pages::notice::Notice;
use crate::web::pages::{routes, typed};

/// A step of the task list.
pub(super) struct Step {
    /// What it is called, with how far it has come.
    pub words: String,
    /// Whether it is done.
    pub done: bool,
    /// Whether it is the next one.
    pub current: bool,
}

impl Step {
    /// The six steps of a round.
    pub(super) fn all(page: &Layout, board: &YearBoard) -> Vec<Self> {
        let round = board.round.as_ref();
        let state = round.map(|round| *round.state);
        let all = super::sheets(board);
        let of = |key: &str, n: i64| {
            let words = page.say(format!("pages.scores.step.{key}"));
            match all {
                0 => words,
                _ => format!("{words} {}/{}", page.number(n), page.number(all)),
            }
        };
        let count = |f: fn(&RoundRow) -> i64| round.map(f).unwrap_or_default();
        let assessed = count(|round| round.sheets.self_assessed + round.sheets.reviewed);
        let reviewed = count(|round| round.sheets.reviewed);
        let computed = !matches!(state, None | Some(RoundState::Draft | RoundState::Reopened));
        let published = matches!(state, Some(RoundState::Published | RoundState::Frozen));
        let has_all = |n: i64| published || (computed && all > 0 && n == all);
        let steps = [
            (page.say("pages.scores.step.begin"), round.is_some()),
            (page.say("pages.scores.step.compute"), computed),
            (of("assess", assessed), has_all(assessed)),
            (of("review", reviewed), has_all(reviewed)),
            (page.say("pages.scores.step.publish"), published),
            (
                page.say("pages.scores.step.freeze"),
                state == Some(RoundState::Frozen),
            ),
        ];
        let next = steps.iter().position(|(_, done)| !done);
        let step = |(at, (words, done))| Self {
            words,
            done,
            current: next == Some(at),
        };
        steps.into_iter().enumerate().map(step).collect()
    }
}

/// Which round is begun.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewRound {
    nam: i32,
    loai: Option<Category>,
    don_vi: Option<UnitId>,
}

pub async fn begin(call: PageCall, Sent { typed, form }: Sent<NewRound>) -> Reply {
    let work = move |tx: &mut Tx<'_>| {
        let (Some(category), Some(unit_id)) = (typed.loai, typed.don_vi) else {
            return Err(Error::not_found("score_round"));
        };
        let group = ScoreGroup {
            unit_id,
            year: typed.nam,
            category,
        };
        let round = scores::begin(tx, group)?;
        Ok(Notice::RoundBegun.at(&address(&round)))
    };
    Ok(call.once(&form, work).await?)
}

pub async fn compute(call: PageCall, id: Path<RoundId>, sent: Sent<Nothing>) -> Reply {
    let (id, version) = (id.into_inner(), sent.form.version()?);
    let work = move |tx: &mut Tx<'_>| {
        let round = scores::compute(tx, id, version)?;
        Ok(Notice::RoundComputed.at(&address(&round)))
    };
    Ok(call.once(&sent.form, work).await?)
}

/// The sheets that are to be reviewed together.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    muc: Vec<SheetId>,
}

pub async fn confirm_unchanged(call: PageCall, id: Path<RoundId>) -> Reply {
    let id = id.into_inner();
    let read = call.read(move |tx| {
        let round = scores::round_to_decide(tx, id)?;
        Ok((scores::unchanged_sheets(tx, id)?, round))
    });
    let (sheets, round) = read.await?;
    let page = below(call.layout(), &round).edits(round.version);
    let n = page.number(sheets.len());
    let row = |sheet: scores::UnchangedSheet| Row {
        id: sheet.id.to_string(),
        name: sheet.unit_name,
    };
    let confirm = Confirm {
        title: match sheets.is_empty() {
            true => page.say("pages.scores.unchanged.none"),
            false => page.say_with("pages.scores.unchanged.title", "n", &n),
        },
        text: page.say("pages.scores.unchanged.text"),
        rows: sheets.into_iter().map(row).collect(),
        skipped: Vec::new(),
        action: routes::round_unchanged(id),
        fields: Vec::new(),
        button: page.say_with("pages.scores.unchanged.button", "n", n),
        back: address(&round),
    };
    confirm::show(page, confirm)
}

pub async fn review_unchanged(
    call: PageCall,
    id: Path<RoundId>,
    Sent { typed, form }: Sent<Chosen>,
) -> Reply {
    let (id, version) = (id.into_inner(), form.version()?);
    let many = ReviewMany { ids: typed.muc };
    let work = move |tx: &mut Tx<'_>| {
        let done = scores::review_unchanged(tx, id, &many, version)?;
        let round = scores::get_round(tx, id)?;
        let counts = (done.reviewed, done.skipped);
        Ok(Notice::SheetsReviewed.at_counted(&address(&round), counts, &[]))
    };
    Ok(call.once(&form, work).await?)
}

/// What was typed: the decision that publishes, or why a round is replaced.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    so: String,
    ngay: String,
    ly_do: String,
}

const FIELDS: &[Field] = &[
    Field::new("so", "pages.scores.publish.number", &["decision_number"]),
    Field::new("ngay", "pages.scores.publish.date", &["decision_date"]),
    Field::new("ly_do", "pages.scores.reopen.reason", &["reason"]),
];

#[derive(Template)]
#[template(path = "scores/publish.html")]
struct PublishPage {
    page: Layout,
    round: RoundRow,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "scores/freeze.html")]
struct FreezePage {
    page: Layout,
    round: RoundRow,
}

#[derive(Template)]
#[template(path = "scores/reopen.html")]
struct ReopenPage {
    page: Layout,
    round: RoundRow,
    typed: Typed,
}

/// A page about a step of one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Publish,
    Freeze,
    Reopen,
}

impl About {
    fn page(self, page: Layout, round: RoundRow, typed: Typed) -> Reply {
        let page = below(page, &round);
        let page = match page.version {
            Some(_) => page,
            None => page.edits(round.version),
        };
        match self {
            Self::Publish => page.show(|page| PublishPage { page, round, typed }),
            Self::Freeze => page.show(|page| FreezePage { page, round }),
            Self::Reopen => page.show(|page| ReopenPage { page, round, typed }),
        }
    }

    async fn show(self, call: PageCall, id: RoundId) -> Reply {
        let round = call.read(move |tx| scores::round_to_decide(tx, id)).await?;
        self.page(call.layout(), round, Typed::default())
    }

    async fn send(self, call: PageCall, id: RoundId, sent: Sent<Typed>) -> Reply {
        let Sent { typed, form } = sent;
        match self.act(&call, id, (&typed, &form)).await {
            Ok(reply) => Ok(reply),
            Err(error) => {
                let round = call.read(move |tx| scores::round_to_decide(tx, id)).await?;
                let page = call.again(error, &form, FIELDS)?;
                self.page(page.comes_back_to(address(&round)), round, typed)
            }
        }
    }

    async fn act(
        self,
        call: &PageCall,
        id: RoundId,
        (typed, form): (&Typed, &Form),
    ) -> Result<HttpResponse, PageError> {
        form.sent()?;
        let version = form.version()?;
        let decision = match self {
            Self::Publish => Some(PublishRound {
                decision_date: typed::date("decision_date", &typed.ngay)?,
                decision_number: typed.so.clone(),
            }),
            _ => None,
        };
        let reason = typed.ly_do.clone();
        let work = move |tx: &mut Tx<'_>| {
            let (round, notice) = match (self, &decision) {
                (Self::Publish, Some(decision)) => (
                    scores::publish(tx, id, decision, version)?,
                    Notice::RoundPublished,
                ),
                (Self::Reopen, _) => (
                    scores::reopen(tx, id, &reason, version)?,
                    Notice::RoundReopened,
                ),
                _ => (scores::freeze(tx, id, version)?, Notice::RoundFrozen),
            };
            Ok(notice.at(&address(&round)))
        };
        call.once(form, work).await
    }
}

pub async fn show_publish(call: PageCall, id: Path<RoundId>) -> Reply {
    About::Publish.show(call, *id).await
}

pub async fn publish(call: PageCall, id: Path<RoundId>, sent: Sent<Typed>) -> Reply {
    About::Publish.send(call, *id, sent).await
}

pub async fn show_freeze(call: PageCall, id: Path<RoundId>) -> Reply {
    About::Freeze.show(call, *id).await
}

pub async fn freeze(call: PageCall, id: Path<RoundId>, sent: Sent<Typed>) -> Reply {
    About::Freeze.send(call, *id, sent).await
}

pub async fn show_reopen(call: PageCall, id: Path<RoundId>) -> Reply {
    About::Reopen.show(call, *id).await
}

pub async fn reopen(call: PageCall, id: Path<RoundId>, sent: Sent<Typed>) -> Reply {
    About::Reopen.send(call, *id, sent).await
}

/// Where the table of a round is.
pub(super) fn address(round: &RoundRow) -> String {
    let year = routes::scores(round.year);
    let year = routes::with(&year, "loai", round.category.as_str());
    routes::with(&year, "don_vi", &round.unit_id.to_string())
}

fn below(page: Layout, round: &RoundRow) -> Layout {
    let name = page.say_with("pages.scores.title", "year", round.year);
    page.below(name, address(round))
}
