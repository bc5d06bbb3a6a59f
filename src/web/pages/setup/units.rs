//! Units from a list: cells copied from a sheet, or the text of a CSV file. What would be entered is
//! shown before it is.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use askama::Template;
use serde::Deserialize;

use super::super::call::{PageCall, to};
use super::super::confirm::{self, Confirm, Row};
use super::super::error::PageError;
use super::super::form::Field;
use super::super::imports::SentFile;
use super::super::layout::Layout;
use super::super::notice::Notice;
use super::super::routes;
use super::below;
use crate::domain::error::Invalid;
use crate::service::Tx;
use crate::service::imports::{ListedUnits, Made};
use crate::service::setup::{self, UnitList};
use crate::service::units::import;
use crate::web::call::Reply;
use crate::web::page::Params;

/// Names on the page before the units are entered; the others are counted.
const NAMED: usize = 200;

/// The field of the list; faults of its lines belong to it.
const FIELDS: &[Field] = &[Field::new(
    "danh_sach",
    "pages.setup.units.list",
    &["text", "file"],
)];

/// Which example fills the form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    mau: String,
}

#[derive(Template)]
#[template(path = "setup/units.html")]
struct Page {
    page: Layout,
    list: String,
    faults: Vec<String>,
}

impl Page {
    fn examples(&self) -> &'static [setup::Example] {
        setup::examples()
    }
}

pub async fn show(call: PageCall, Params(wanted): Params<Wanted>) -> Reply {
    // the page is for those who may enter units
    call.read(setup::setup).await?;
    let example = setup::examples()
        .iter()
        .find(|example| example.code == wanted.mau);
    let list = example.map(setup::Example::as_cells);
    page(call.layout(), list.unwrap_or_default(), Vec::new())
}

fn page(page: Layout, list: String, faults: Vec<String>) -> Reply {
    let page = below(page);
    page.show(|page| Page { page, list, faults })
}

/// Shows what would be entered.
pub async fn preview(call: PageCall, sent: SentFile) -> Reply {
    match read(&call, &sent).await {
        Ok(found) => confirmed(&call, &found, sent),
        Err(error) => refused(&call, error, sent),
    }
}

async fn read(call: &PageCall, sent: &SentFile) -> Result<ListedUnits, PageError> {
    sent.form.sent()?;
    let list = list(sent);
    call.write(move |tx| setup::preview_units(tx, &list)).await
}

fn list(sent: &SentFile) -> UnitList {
    UnitList {
        file: sent.file.clone(),
        name: sent.name.clone(),
    }
}

fn confirmed(call: &PageCall, found: &ListedUnits, sent: SentFile) -> Reply {
    let page = call.layout();
    let n = found.new.len() + found.changed.len();
    if n == 0 {
        return Ok(to(&Notice::UnitsUnchanged.at(routes::SETUP)));
    }
    let mut text = page.say_all(
        "pages.setup.units.would",
        &[
            ("new", page.number(found.new.len())),
            ("changed", page.number(found.changed.len())),
            ("unchanged", page.number(found.unchanged)),
        ],
    );
    if n > NAMED {
        let more = page.say_with("pages.setup.units.more", "n", page.number(n - NAMED));
        let _infallible = write!(text, " {more}");
    }
    let names = found.new.iter().chain(&found.changed).take(NAMED);
    let rows = names.zip(1..).map(|(unit, number): (&Made, i32)| Row {
        id: number.to_string(),
        name: unit.name.clone(),
    });
    let confirm = Confirm {
        title: page.say("pages.setup.units.confirm"),
        text,
        rows: rows.collect(),
        skipped: Vec::new(),
        action: routes::SETUP_UNITS_ENTER.to_owned(),
        // what was shown is what is entered: a file that was chosen goes before cells
        fields: match sent.pasted.as_bytes() == sent.file {
            true => vec![("danh_sach", sent.pasted)],
            false => vec![("tep_mang", sent.carried()), ("ten", sent.name)],
        },
        button: page.say_with("pages.setup.units.enter", "n", page.number(n)),
        back: routes::SETUP_UNITS.to_owned(),
    };
    confirm::show(page, confirm)
}

/// Enters the units.
pub async fn enter(call: PageCall, sent: SentFile) -> Reply {
    match write(&call, &sent).await {
        Ok(reply) => Ok(reply),
        Err(error) => refused(&call, error, sent),
    }
}

async fn write(call: &PageCall, sent: &SentFile) -> Result<HttpResponse, PageError> {
    let list = list(sent);
    let work = move |tx: &mut Tx<'_>| {
        let entered = setup::enter_units(tx, &list)?;
        let n = entered.new.len() + entered.changed.len();
        Ok(Notice::UnitsEntered.at_counted(routes::SETUP, (n, 0), &[]))
    };
    call.once(&sent.form, work).await
}

/// The form again, every fault with its line below it.
fn refused(call: &PageCall, error: PageError, sent: SentFile) -> Reply {
    let layout = call.layout();
    let faults: Vec<String> = match &error {
        PageError::Form(problem) => {
            let faults = problem.faults().iter();
            faults.filter_map(|fault| of_line(&layout, fault)).collect()
        }
        _ => Vec::new(),
    };
    let error = match faults.len() {
        0 => error,
        n => Invalid::new("text", "unit_list_faults").with("n", n).into(),
    };
    let again = call.again(error, &sent.form, FIELDS)?;
    page(
        again.comes_back_to(routes::SETUP_UNITS),
        sent.pasted,
        faults,
    )
}

/// A fault of a line of the list, with the line's number and the name of the column.
fn of_line(page: &Layout, fault: &Invalid) -> Option<String> {
    let place = fault.field.strip_prefix("line ")?;
    let (line, column) = place.split_once('.').unwrap_or((place, ""));
    let place = match import::COLUMNS.iter().any(|known| known.key == column) {
        true => {
            let column = page.say(format!("pages.setup.units.column.{column}.name"));
            format!("{line}, {column}")
        }
        false => line.to_owned(),
    };
    let message = fault.message(page.locale());
    Some(page.say_two(
        "pages.setup.units.fault",
        ("line", place),
        ("fault", message),
    ))
}
