//! How the service is, for administrators. Looking changes nothing.

use askama::Template;

use super::call::PageCall;
use super::format;
use super::layout::Layout;
use super::routes;
use crate::domain::schedule::RunState;
use crate::domain::words::say;
use crate::service::operation::room::Room;
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

    /// How the backups are, in a sentence.
    fn backups(&self) -> String {
        let backups = &self.system.health.backups;
        let Some((last, age)) = backups.last.as_ref().zip(backups.age) else {
            let never = match backups.directory {
                Some(_) => "pages.system.backup_never",
                None => "pages.system.backup_none",
            };
            return self.page.say(never);
        };
        let key = match backups.is_old {
            true => "pages.system.backup_old",
            false => "pages.system.backup_at",
        };
        let (at, age) = (
            self.page.time(&last.taken_at),
            format::span(self.page.lang(), age),
        );
        say(
            self.page.lang().locale(),
            key,
            &[("at", &at), ("span", &age)],
        )
    }

    /// The room on a disk.
    fn room(&self, room: &Room) -> String {
        let gigabytes = |bytes: u64| {
            let tenths = format!(
                "{}.{}",
                bytes / 1_000_000_000,
                bytes % 1_000_000_000 / 100_000_000
            );
            format::number_text(self.page.lang(), &tenths)
        };
        let (free, total) = (gigabytes(room.free), gigabytes(room.total));
        let values = [("free", free.as_str()), ("total", total.as_str())];
        say(self.page.lang().locale(), "pages.system.room", &values)
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
