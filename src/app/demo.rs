//! Demonstrations: a database of its own whose past was made by the use cases and the scheduler,
//! and tokens for each role.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::clock::ManualClock;
use crate::config::Settings;
use crate::demo;
use crate::demo::credentials::{Credentials, create_credentials};
use crate::demo::scenario::{Scenario, Tree};
use crate::demo::simulation::{create_federation, simulate};
use crate::domain::access::Actor;
use crate::service::{self, App};
use crate::store::StoreError;
use crate::worker::runner::Runner;

pub use crate::web::pages::routes::{MAILBOX, SIGN_IN};

/// Which demonstration to prepare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoOptions {
    /// The tree.
    pub tree: Tree,
    /// Only the federation: no units, no past.
    pub empty: bool,
    /// The same seed gives the same past.
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
    /// How many items were submitted.
    pub items: i64,
    /// The secret part of the address of its mails.
    pub mailbox: String,
    /// New tokens and accounts for each role.
    pub credentials: Vec<Credentials>,
    /// Whether it existed already.
    pub continued: bool,
    /// When its clock starts: the instant that was asked for, but not before the end of its past.
    pub now: DateTime<Utc>,
}

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder.
    #[error("{0}: {1}")]
    Folder(PathBuf, #[source] io::Error),
    /// The folder holds a database that is not a demonstration.
    #[error("thư mục {0} đã có dữ liệu thật; hãy chọn thư mục khác (the folder holds real data)")]
    NotOurs(PathBuf),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A use case refuses what the demonstration does.
    #[error(transparent)]
    Service(#[from] service::Error),
}

/// Creates a folder that only its owner may look into.
///
/// # Errors
/// Those of the system.
pub fn own_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Opens the demonstration in `folder`, or makes it there. One whose creation was interrupted is
/// created again.
///
/// # Errors
/// If the folder can't be used or holds real data.
pub fn prepare(folder: &Path, settings: &Settings, options: DemoOptions) -> Result<Demo, Error> {
    let file = folder.join(FILE);
    let continued = file.exists();
    if !continued {
        make(folder, settings, options)?;
    }
    let app = super::open(at(&file, settings))?;
    let cli = Actor::cli();
    let mailbox = app.read(&cli, options.now, demo::mailbox_key)?;
    let mailbox = mailbox.ok_or_else(|| Error::NotOurs(folder.to_owned()))?;
    let (units, items) = app.read(&cli, options.now, demo::size)?;
    let past_until = app.read(&cli, options.now, demo::past_until)?;
    let now = past_until.map_or(options.now, |until| until.max(options.now));
    let credentials = create_credentials(&app, now)?;
    Ok(Demo {
        app,
        units,
        items,
        mailbox,
        credentials,
        continued,
        now,
    })
}

const FILE: &str = "tinbai.sqlite";

/// Makes the demonstration in a folder of its own and moves it when it is complete.
fn make(folder: &Path, settings: &Settings, options: DemoOptions) -> Result<(), Error> {
    let draft_folder = folder.join("dang-lam");
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |cause| Error::Folder(path, cause)
    };
    if draft_folder.exists() {
        fs::remove_dir_all(&draft_folder).map_err(fault(&draft_folder))?;
    }
    own_folder(&draft_folder).map_err(fault(&draft_folder))?;
    let draft = draft_folder.join(FILE);
    let app = super::open(at(&draft, settings))?;
    app.write(&Actor::cli(), options.now, demo::mark)?;
    if options.empty {
        create_federation(&app, options.tree, options.now)?;
    } else {
        let runner = Runner::new(app.clone(), Arc::new(ManualClock::at(options.now)));
        let scenario = Scenario::year_up_to(options.tree, options.seed, options.now);
        simulate(&app, &scenario, |now| {
            runner.ensure(now)?;
            runner.run_due(now).map(|_| ())
        })?;
    }
    drop(app);
    for ending in ["-wal", ""] {
        let from = with_ending(&draft, ending);
        let to = with_ending(&folder.join(FILE), ending);
        if from.exists() {
            fs::rename(&from, &to).map_err(fault(&to))?;
        }
    }
    fs::remove_dir_all(&draft_folder).map_err(fault(&draft_folder))
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
