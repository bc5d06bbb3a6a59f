//! Saved views: filters of a list that the reader keeps under a name. Lists show them above their
//! filters; a name that is refused comes again on a page of its own.

use actix_web::HttpResponse;
use actix_web::web::Path;
use askama::Template;
use serde::Deserialize;

use super::call::PageCall;
use super::error::PageError;
use super::form::{Field, Form, Nothing, Sent};
use super::layout::Layout;
use super::list::Query;
use super::notice::Notice;
use super::routes;
use crate::domain::error::Invalid;
use crate::domain::ids::SavedViewId;
use crate::domain::saved_view::SavedList;
use crate::service::Tx;
use crate::service::accounts::saved_views::{self, NewSavedView, SavedView};
use crate::web::call::Reply;

/// The label of the form.
const FIELDS: &[Field] = &[Field::new("ten", "pages.saved.name", &["name", "query"])];

/// The saved views of a list, and its filter of now, which can be saved.
pub struct Bar {
    /// The list.
    pub list: SavedList,
    /// Its filter of now, as addresses say it; empty where nothing is filtered.
    pub query: String,
    /// The views, each with its address and whether it is shown now.
    pub views: Vec<(SavedView, String, bool)>,
}

impl Bar {
    /// Of a list, with the filter of its address.
    pub(super) fn new(list: SavedList, query: &Query, views: Vec<SavedView>) -> Self {
        let query = query.filters();
        let shown = |view: SavedView| {
            let is_current = view.query == query;
            (view.clone(), address(list, &view.query), is_current)
        };
        Self {
            list,
            views: views.into_iter().map(shown).collect(),
            query,
        }
    }

    /// Whether the filter of now can be saved: there is one, and it is not saved yet.
    pub fn can_save(&self) -> bool {
        !self.query.is_empty() && !self.views.iter().any(|(.., is_current)| *is_current)
    }
}

/// The address of a list with a filter.
fn address(list: SavedList, query: &str) -> String {
    let path = match list {
        SavedList::Items => routes::ITEMS,
        SavedList::Queue => routes::QUEUE,
        SavedList::Map => routes::MAP,
    };
    match query.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{query}"),
    }
}

/// What the form sends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    ten: String,
    danh_sach: Option<SavedList>,
    loc: String,
}

#[derive(Template)]
#[template(path = "saved/form.html")]
struct Again {
    page: Layout,
    typed: Typed,
    list: SavedList,
    back: String,
}

pub(super) async fn save(call: PageCall, sent: Sent<Typed>) -> Reply {
    match try_save(&call, &sent.typed, &sent.form).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            let list = sent.typed.danh_sach.unwrap_or(SavedList::Items);
            let back = address(list, &sent.typed.loc);
            page.comes_back_to(back.clone()).show(|page| Again {
                page,
                typed: sent.typed,
                list,
                back,
            })
        }
    }
}

async fn try_save(call: &PageCall, typed: &Typed, form: &Form) -> Result<HttpResponse, PageError> {
    let list = typed.danh_sach.ok_or(Invalid::new("", "form_choice"))?;
    let new = NewSavedView {
        list,
        name: typed.ten.clone(),
        query: typed.loc.clone(),
    };
    let work = move |tx: &mut Tx<'_>| {
        let view = saved_views::save(tx, &new)?;
        Ok(Notice::ViewSaved.at(&address(list, &view.query)))
    };
    call.once(form, work).await
}

pub(super) async fn delete(call: PageCall, id: Path<SavedViewId>, sent: Sent<Nothing>) -> Reply {
    let id = id.into_inner();
    let work = move |tx: &mut Tx<'_>| {
        let view = saved_views::delete(tx, id)?;
        Ok(Notice::ViewDeleted.at(&address(view.list, "")))
    };
    match call.once(&sent.form, work).await {
        Ok(reply) => Ok(reply),
        Err(error) => {
            let page = call.again(error, &sent.form, FIELDS)?;
            page.comes_back_to(routes::ITEMS).show(|page| Again {
                page,
                typed: Typed::default(),
                list: SavedList::Items,
                back: routes::ITEMS.to_owned(),
            })
        }
    }
}
