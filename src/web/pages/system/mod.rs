//! How the service is, for administrators. Looking changes nothing.

use askama::Template;

use super::call::PageCall;
use super::format;
use super::layout::Layout;
use super::routes;
use crate::domain::schedule::RunState;
use crate::service::overview::{self, System};
use crate::service::schedule::{self, JobLine};
use crate::web::call::Reply;

#[derive(Template)]
#[template(path = "system/system.html")]
struct Page {
    page: Layout,
    system: System,
}

impl Page {
    /// The key of what a job is called.
    fn job(&self, job: &JobLine) -> String {
        format!(
            "pages.system.job.{}",
            schedule::kind_of(&job.name).replace('-', "_")
        )
    }

    /// How late the latest run is.
    fn late(&self) -> String {
        format::span(self.page.lang(), self.system.health.late)
    }

    /// Since when the oldest mail waits.
    fn oldest(&self) -> Option<String> {
        self.system
            .mails
            .oldest_queued
            .map(|at| self.page.time(&at))
    }
}

pub(super) async fn show(call: PageCall) -> Reply {
    let system = call.read(overview::system).await?;
    call.layout().wide().show(|page| Page { page, system })
}
