//! The switch between the languages: it keeps the choice in a cookie and comes back to the page
//! that it stood on.

use serde::Deserialize;

use super::call::to;
use super::sign_in::within;
use crate::web::body::Form;
use crate::web::call::Reply;
use crate::web::context::Lang;
use crate::web::cookies;

/// What the switch sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    lang: String,
    toi: String,
}

pub(super) async fn switch(form: Form<Chosen>) -> Reply {
    let mut reply = to(within(&form.0.toi));
    if let Some(lang) = Lang::named(&form.0.lang) {
        cookies::set_language(&mut reply, lang)?;
    }
    Ok(reply)
}
