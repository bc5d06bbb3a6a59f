//! Units from a list: cells copied from a sheet, a file, or a shipped example. The list is looked at and
//! entered as any other file is; its units belong to the federation that is set up.

use askama::Template;
use serde::Deserialize;

use super::super::call::PageCall;
use super::super::error::PageError;
use super::super::form::Field;
use super::super::imports::{self, SentFile, Way};
use super::super::layout::Layout;
use super::super::routes;
use super::below;
use crate::domain::import::ImportKind;
use crate::service::setup;
use crate::web::call::Reply;
use crate::web::page::Params;

/// The field of the list; faults of its lines belong to it.
const FIELDS: &[Field] = &[Field::new(
    "danh_sach",
    "pages.setup.units.list",
    &["text", "file", "map"],
)];

const WAY: Way = Way {
    look: routes::SETUP_UNITS,
    enter: routes::SETUP_UNITS_ENTER,
    form: routes::SETUP_UNITS,
    done: routes::SETUP,
};

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
}

impl Page {
    fn examples(&self) -> &'static [setup::Example] {
        setup::examples()
    }
}

pub async fn show(call: PageCall, Params(wanted): Params<Wanted>) -> Reply {
    // the page is for those who may enter units
    call.read(setup::federation_code).await?;
    let example = setup::examples()
        .iter()
        .find(|example| example.code == wanted.mau);
    let list = example.map(setup::Example::as_cells);
    page(call.layout(), list.unwrap_or_default())
}

fn page(page: Layout, list: String) -> Reply {
    let page = below(page);
    page.show(|page| Page { page, list })
}

/// Shows what would be entered.
pub async fn preview(call: PageCall, sent: SentFile) -> Reply {
    let sent = of_federation(&call, sent).await?;
    match imports::looked_at(&call, &sent).await {
        Ok((_, report)) => {
            let page = below(call.layout());
            imports::previewed(&call, page, (report, sent), WAY)
        }
        Err(error) => refused(&call, error, &sent),
    }
}

/// A list of units of the federation that is set up.
async fn of_federation(call: &PageCall, sent: SentFile) -> Result<SentFile, PageError> {
    Ok(SentFile {
        kind: ImportKind::Units.to_string(),
        within: call.read(setup::federation_code).await?,
        ..sent
    })
}

/// Enters the units.
pub async fn enter(call: PageCall, sent: SentFile) -> Reply {
    let sent = of_federation(&call, sent).await?;
    match imports::write(&call, &sent, WAY).await {
        Ok(reply) => Ok(reply),
        Err(error) => refused(&call, error, &sent),
    }
}

/// The form again, with what is wrong.
fn refused(call: &PageCall, error: PageError, sent: &SentFile) -> Reply {
    let again = call.again(error, &sent.form, FIELDS)?;
    let list = sent.cells().unwrap_or_default().to_owned();
    page(again.comes_back_to(routes::SETUP_UNITS), list)
}
