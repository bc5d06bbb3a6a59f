//! Demonstrations: an installation of its own whose past was played through the use cases and the
//! scheduler, and tokens for each role.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::clock::ManualClock;
use crate::config::Settings;
use crate::demo;
use crate::demo::passes::{Pass, hand_out};
use crate::demo::play::{Scene, Tree, federation_only, play};
use crate::service;
use crate::service::App;
use crate::store::StoreError;
use crate::worker::runner::Runner;

pub use crate::web::pages::routes::MAILBOX;

/// What to prepare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// The tree.
    pub tree: Tree,
    /// Only the federation: no units, no past.
    pub empty: bool,
    /// The same seed plays the same year.
    pub seed: u64,
    /// The instant at which the demonstration begins.
    pub now: DateTime<Utc>,
}

/// A demonstration that can be served.
#[derive(Debug)]
pub struct Demo {
    /// The app.
    pub app: App,
    /// How many units it has.
    pub units: usize,
    /// How many items were handed in.
    pub items: i64,
    /// The secret part of the address of its mails.
    pub mailbox: String,
    /// New tokens for each role.
    pub passes: Vec<Pass>,
    /// Whether it was there already.
    pub continued: bool,
    /// When its clock starts: the instant that was asked for, but never before what it has lived
    /// through.
    pub now: DateTime<Utc>,
}

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder.
    #[error("{0}: {1}")]
    Folder(PathBuf, #[source] io::Error),
    /// The folder holds a database that is none.
    #[error("thư mục {0} đã có dữ liệu thật; hãy chọn thư mục khác (the folder holds real data)")]
    NotOurs(PathBuf),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A use case: the story does not fit the installation.
    #[error(transparent)]
    Service(#[from] service::Error),
}

/// Opens the demonstration in `folder`, or makes it there; one whose making was cut short is made
/// anew.
///
/// # Errors
/// If the folder can't be used or holds real data.
pub fn prepare(folder: &Path, settings: &Settings, wish: Wish) -> Result<Demo, Error> {
    let file = folder.join(FILE);
    let continued = file.exists();
    if !continued {
        make(folder, settings, wish)?;
    }
    let app = super::open(at(&file, settings))?;
    let mailbox = demo::mailbox_key(&app)?.ok_or_else(|| Error::NotOurs(folder.to_owned()))?;
    let (units, items) = demo::size(&app)?;
    let now = demo::lived_until(&app)?.map_or(wish.now, |until| until.max(wish.now));
    let passes = hand_out(&app, now)?;
    Ok(Demo {
        app,
        units,
        items,
        mailbox,
        passes,
        continued,
        now,
    })
}

const FILE: &str = "tinbai.sqlite";

/// In a folder beside its place, so that only whole demonstrations ever stand there.
fn make(folder: &Path, settings: &Settings, wish: Wish) -> Result<(), Error> {
    let workshop = folder.join("dang-lam");
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |cause| Error::Folder(path, cause)
    };
    if workshop.exists() {
        fs::remove_dir_all(&workshop).map_err(fault(&workshop))?;
    }
    fs::create_dir_all(&workshop).map_err(fault(&workshop))?;
    let draft = workshop.join(FILE);
    let app = super::open(at(&draft, settings))?;
    demo::mark(&app)?;
    if wish.empty {
        federation_only(&app, wish.tree, wish.now)?;
    } else {
        let runner = Runner::new(app.clone(), Arc::new(ManualClock::at(wish.now)));
        let scene = Scene::year_up_to(wish.tree, wish.seed, wish.now);
        play(&app, &scene, |now| {
            runner.ensure(now)?;
            runner.run_due(now).map(|_| ())
        })?;
    }
    drop(app);
    for ending in ["-wal", ""] {
        let (from, to) = (
            with_ending(&draft, ending),
            with_ending(&folder.join(FILE), ending),
        );
        if from.exists() {
            fs::rename(&from, &to).map_err(fault(&to))?;
        }
    }
    fs::remove_dir_all(&workshop).map_err(fault(&workshop))
}

fn at(file: &Path, settings: &Settings) -> Settings {
    let mut settings = settings.clone();
    settings.database.url =
        crate::config::secret::DatabaseUrl::new(format!("sqlite:{}", file.display()));
    settings.database.url_file = None;
    settings
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
