//! The first page: leads to the home of the role, or to the set-up of a federation that has not begun;
//! without one it says what this is and where to go.

use askama::Template;

use super::call::{PageCall, to};
use super::layout::Layout;
use super::{places, routes};
use crate::domain::account::SessionStage;
use crate::service::setup;
use crate::web::call::Reply;

#[derive(Template)]
#[template(path = "home/home.html")]
struct Home {
    page: Layout,
    name: Option<String>,
}

pub(super) async fn show(call: PageCall) -> Reply {
    let signed = call.session_at(SessionStage::Done);
    if let Some(home) = signed.and_then(|signed| places::home(&signed.actor)) {
        let needs_setup = call.read(setup::needs_setup).await?;
        return Ok(to(if needs_setup { routes::SETUP } else { home }));
    }
    let name = signed.map(|signed| signed.person.name.clone());
    call.layout().show(|page| Home { page, name })
}
