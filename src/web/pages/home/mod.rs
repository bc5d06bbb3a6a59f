//! The first page: what this is, who is signed in, and where to go.

use askama::Template;

use super::call::PageCall;
use super::layout::Layout;
use super::routes;
use crate::domain::account::SessionStage;
use crate::web::call::Reply;

#[derive(Template)]
#[template(path = "home/home.html")]
struct Home {
    page: Layout,
    name: Option<String>,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let signed = call.session_at(SessionStage::Done);
    let name = signed.map(|signed| signed.person.name.clone());
    call.layout().show(|page| Home { page, name })
}
