//! The form of a scheme. It is tried before it is saved: old and new points, ranks and bands of every
//! unit side by side.

use actix_web::HttpResponse;
use askama::Template;

use super::typed_scheme::{Pairs, Places, TypedBand, TypedCriterion, TypedScheme};
use super::{Parts, address, read};
use crate::domain::obligation::ObligationKind;
use crate::domain::period::PeriodKind;
use crate::domain::score::{Measure, ScoreGroup};
use crate::service::rules::kinds;
use crate::service::scores::{
    self, BoardQuery, PutScheme, SchemeChoice, SchemeOverview, ScoreRow, TrialMove, TrialRow,
    TrialTable,
};
use crate::service::{Error, Tx};
use crate::web::call::Reply;
use crate::web::error::Problem;
use crate::web::pages::call::PageCall;
use crate::web::pages::error::PageError;
use crate::web::pages::form::{Form, Sent};
use crate::web::pages::layout::{FieldFault, Layout};
use crate::web::pages::list::Choice;
use crate::web::pages::notice::Notice;
use crate::web::pages::routes;

/// The form begins with the scheme of the year before.
pub const LAST_YEAR: &str = "nam-truoc";

/// How many units the trial shows.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "schemes/edit.html")]
struct Page {
    page: Layout,
    overview: SchemeOverview,
    typed: TypedScheme,
    measures: Vec<Choice>,
    kinds: Vec<Choice>,
    deadlines: Vec<Choice>,
    periods: Vec<Choice>,
    trial: Option<TrialTable>,
}

/// What a form led to.
enum Done {
    Saved(HttpResponse),
    Tried(TrialTable),
}

pub async fn show(call: PageCall, parts: Parts) -> Reply {
    let overview = editable(&call, &parts).await?;
    let query = call.query()?;
    let (from, locale) = (query.get("tu"), call.locale());
    let typed = first_typed(&call, &overview, from).await?;
    let typed = typed.unwrap_or_else(|| {
        let view = overview.scheme.as_ref();
        view.map_or_else(TypedScheme::default, |view| {
            TypedScheme::of_view(view, locale)
        })
    });
    page(&call, call.layout(), overview, (typed, None)).await
}

pub async fn save(call: PageCall, parts: Parts, sent: Sent<Pairs>) -> Reply {
    let overview = editable(&call, &parts).await?;
    let Sent { typed, form } = sent;
    let typed = TypedScheme::of_pairs(&typed);
    let here = address(routes::EDIT_SCHEME, &overview);
    let mut places = Places::default();
    match act(&call, &overview, (&typed, &form), &mut places).await {
        Ok(Done::Saved(reply)) => Ok(reply),
        Ok(Done::Tried(trial)) => {
            let layout = call.layout().comes_back_to(here).of_form(&form);
            page(&call, layout, overview, (typed, Some(trial))).await
        }
        Err(error) => {
            let (mut layout, words) = (call.again(error, &form, &[])?, call.layout());
            for fault in &mut layout.faults {
                name(&words, fault, &places);
            }
            page(&call, layout.comes_back_to(here), overview, (typed, None)).await
        }
    }
}

/// The scheme, if the reader may change schemes.
async fn editable(call: &PageCall, parts: &Parts) -> Result<SchemeOverview, PageError> {
    let overview = read(call, parts).await?;
    match overview.may_manage {
        true => Ok(overview),
        false => Err(Problem::from(Error::Forbidden).into()),
    }
}

/// What the form begins with: a preset by its code, or last year's scheme.
async fn first_typed(
    call: &PageCall,
    overview: &SchemeOverview,
    from: &str,
) -> Result<Option<TypedScheme>, PageError> {
    let locale = call.locale();
    if from == LAST_YEAR {
        let before = overview.last_year.as_ref();
        return Ok(before.map(|view| TypedScheme::of(&view.scheme, locale)));
    }
    let presets = call
        .read(move |tx| scores::preset_schemes(tx, locale))
        .await?;
    let preset = presets.iter().find(|preset| preset.code == from);
    Ok(preset.map(|preset| TypedScheme::of(&preset.scheme, locale)))
}

async fn act(
    call: &PageCall,
    overview: &SchemeOverview,
    (typed, form): (&TypedScheme, &Form),
    places: &mut Places,
) -> Result<Done, PageError> {
    form.sent()?;
    let (put, made_of) = typed.scheme().map_err(Error::from)?;
    *places = made_of;
    let group = ScoreGroup {
        unit_id: overview.federation.id,
        year: overview.year,
        category: overview.category,
    };
    if typed.tries {
        let trial = call.read(move |tx| try_scheme(tx, group, put));
        return Ok(Done::Tried(trial.await?));
    }
    let version = form.version()?;
    let back = address(routes::SCHEME, overview);
    let work = move |tx: &mut Tx<'_>| {
        scores::save_scheme(tx, group, &put, version)?;
        Ok(Notice::SchemeSaved.at(&back))
    };
    Ok(Done::Saved(call.once(form, work).await?))
}

fn try_scheme(tx: &mut Tx<'_>, group: ScoreGroup, put: PutScheme) -> Result<TrialTable, Error> {
    let query = BoardQuery { group, at: None };
    let choice = SchemeChoice {
        preset: None,
        scheme: put.scheme,
    };
    scores::try_scheme(tx, query, &choice)
}

async fn page(
    call: &PageCall,
    page: Layout,
    overview: SchemeOverview,
    (mut typed, trial): (TypedScheme, Option<TrialTable>),
) -> Reply {
    let kinds = call.read(kinds::list).await?;
    let version = overview.scheme.as_ref().map_or(0, |scheme| scheme.version);
    // a place for one more of each
    if !typed.criteria.last().is_some_and(is_blank) {
        typed.criteria.push(TypedCriterion::default());
    }
    if !typed.bands.last().is_some_and(|band| band.name.is_empty()) {
        typed.bands.push(TypedBand::default());
    }
    let above = page.say_with("pages.schemes.of_year", "year", overview.year);
    let list = page.say("pages.schemes.title");
    let page = page
        .below(list, routes::SCHEMES)
        .below(above, address(routes::SCHEME, &overview));
    page.wide().edits(version).show(|page| Page {
        measures: choices(Measure::ALL.iter().map(|one| {
            let word = one.as_str();
            (word, page.say(format!("pages.schemes.measure.{word}")))
        })),
        deadlines: choices(ObligationKind::ALL.iter().map(|one| {
            let word = one.as_str();
            (word, page.say(format!("score.select.deadline.{word}")))
        })),
        periods: choices(PeriodKind::ALL.iter().map(|one| {
            let word = one.as_str();
            (word, page.say(format!("score.select.period.{word}")))
        })),
        kinds: (kinds.into_iter())
            .map(|kind| Choice::new(kind.code, kind.name))
            .collect(),
        trial,
        typed,
        overview,
        page,
    })
}

fn is_blank(one: &TypedCriterion) -> bool {
    one.name.is_empty() && one.points.is_empty()
}

fn choices(words: impl Iterator<Item = (&'static str, String)>) -> Vec<Choice> {
    words.map(|(word, said)| Choice::new(word, said)).collect()
}

/// Fields of the use case, each with its input and the label of that.
const INPUTS: [(&str, &str, &str); 9] = [
    ("document_number", "so", "pages.plans.number"),
    ("document_date", "ngay", "pages.plans.date"),
    ("title", "ten", "pages.schemes.name"),
    ("bonus_cap", "tran_thuong", "pages.schemes.bonus_cap"),
    ("tran_thuong", "tran_thuong", "pages.schemes.bonus_cap"),
    ("penalty_cap", "tran_tru", "pages.schemes.penalty_cap"),
    ("tran_tru", "tran_tru", "pages.schemes.penalty_cap"),
    ("criteria", "tong", "pages.schemes.base"),
    ("bands", "cac-muc", "pages.schemes.bands"),
];

/// Inputs of a criterion or band by the field of the use case; any other is the name.
const NUMBERED: [(&str, &str); 6] = [
    ("points", "diem"),
    ("from", "tu"),
    ("target_percent", "muc_tieu"),
    ("group", "nhom"),
    ("select", "loai"),
    ("conditions", "loai"),
];

/// Puts a fault of the use case at its input, with the label that the person sees.
fn name(page: &Layout, fault: &mut FieldFault, places: &Places) {
    let path = fault.field.strip_prefix("scheme.").unwrap_or(&fault.field);
    let known = INPUTS.iter().find(|(field, ..)| *field == path);
    let known = known.map(|(_, input, label)| ((*input).to_owned(), *label));
    let Some((input, label)) = known.or_else(|| numbered(path, places)) else {
        return;
    };
    fault.label = Some(page.say(label));
    fault.field = input;
}

/// The input of a numbered thing: `criteria[2].points` is `tc-3-diem`, if the third criterion of the
/// scheme was the fourth one of the form.
fn numbered(path: &str, places: &Places) -> Option<(String, &'static str)> {
    if let Some((_, field)) = path.rsplit_once('-')
        && (path.starts_with("tc-") || path.starts_with("m-"))
    {
        return Some((path.to_owned(), label_of(path, field)));
    }
    let (list, rest) = path.split_once('[')?;
    let (number, field) = rest.split_once("].")?;
    let number: usize = number.parse().ok()?;
    let (prefix, place) = match list {
        "criteria" => ("tc", places.criteria.get(number)?),
        "bands" => ("m", places.bands.get(number)?),
        _ => return None,
    };
    let first = field.split(['.', '[']).next()?;
    let known = NUMBERED.iter().find(|(name, _)| *name == first);
    let input = match known {
        Some((_, "loai")) if field.starts_with("select") && field.contains("rules") => "quy_tac",
        Some((_, input)) => input,
        None => "ten",
    };
    let own = format!("{prefix}-{place}-{input}");
    let label = label_of(&own, input);
    Some((own, label))
}

/// The label of an input of a criterion or a band, `tc-3-diem`, by the last part of its name.
fn label_of(own: &str, input: &str) -> &'static str {
    match input {
        "diem" => "pages.schemes.points",
        "tu" => "pages.schemes.limit",
        "muc_tieu" => "pages.schemes.target",
        "nhom" => "pages.schemes.group",
        "quy_tac" => "pages.schemes.rules",
        "loai" => "pages.schemes.kinds",
        _ if own.starts_with("m-") => "pages.schemes.band",
        _ => "pages.schemes.criterion",
    }
}

/// The name of a numbered input.
fn input(prefix: &str, at: &usize, field: &str) -> String {
    format!("{prefix}-{at}-{field}")
}

/// Whether what a criterion looks at is shown: something of it is at fault.
fn opens(page: &Layout, at: &usize) -> bool {
    let fields = ["muc_tieu", "loai", "quy_tac", "nhom"];
    let mut inputs = fields.iter().map(|field| input("tc", at, field));
    inputs.any(|input| page.fault_of(&input).is_some())
}

/// The units that a trial shows: those for which something changes.
fn changed(trial: &TrialTable) -> Vec<&TrialRow> {
    let changed = trial
        .rows
        .iter()
        .filter(|row| trial.is_first || row.changes());
    changed.take(SHOWN).collect()
}

/// How many units would rise, fall, or keep everything.
fn counts(page: &Layout, trial: &TrialTable) -> String {
    let of = |moves: TrialMove| trial.rows.iter().filter(|row| row.moves == moves).count();
    let (rises, falls) = (of(TrialMove::Rises), of(TrialMove::Falls));
    let same = trial.rows.iter().filter(|row| !row.changes()).count();
    let moved = page.say_two(
        "pages.schemes.trial.moved",
        ("rises", page.number(rises)),
        ("falls", page.number(falls)),
    );
    let same = page.say_with("pages.schemes.trial.same", "n", page.number(same));
    format!("{moved} {same}")
}

/// Points, rank and band in one cell: `91,50 (hạng 2), hoàn thành tốt`.
fn standing(page: &Layout, row: &ScoreRow) -> String {
    let Some(total) = row.total else {
        return "–".to_owned();
    };
    let total = total.to_text(page.locale());
    let ranked = row.rank.map(|rank| {
        page.say_two(
            "pages.schemes.trial.ranked",
            ("total", &total),
            ("rank", rank),
        )
    });
    let band = row.band.iter().map(|band| format!(", {band}"));
    ranked.unwrap_or(total) + &band.collect::<String>()
}
