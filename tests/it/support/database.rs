//! A fresh, migrated database for each test: a file, or a copy of a template on the cluster that
//! `tests/run.sh` starts.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::{Connection as _, PgConnection, RunQueryDsl as _, connection::SimpleConnection as _};
use sha2::{Digest as _, Sha256};
use tinbai::store::{Store, StoreOptions};

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The embedded one.
    Sqlite,
    /// The server.
    Postgres,
}

/// A migrated database that goes away with this value.
pub struct Database {
    kind: Kind,
    url: String,
    name: String,
    /// Holds the file of SQLite.
    _folder: Option<tempfile::TempDir>,
}

impl Database {
    pub fn create(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let file = folder.path().join("tinbai.sqlite");
                std::fs::write(&file, sqlite_template()).expect("a database file");
                let url = format!("sqlite:{}", file.display());
                Self {
                    kind,
                    url,
                    name: String::new(),
                    _folder: Some(folder),
                }
            }
            Kind::Postgres => {
                let name = new_name();
                admin(&format!(
                    "CREATE DATABASE {name} TEMPLATE {}",
                    postgres_template()
                ));
                Self {
                    kind,
                    url: url_of(&name),
                    name,
                    _folder: None,
                }
            }
        }
    }

    /// A place without anything in it: a file that does not exist, or a database without tables.
    pub fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite:{}", folder.path().join("tinbai.sqlite").display());
                Self {
                    kind,
                    url,
                    name: String::new(),
                    _folder: Some(folder),
                }
            }
            Kind::Postgres => {
                let name = new_name();
                admin(&format!("CREATE DATABASE {name} TEMPLATE template0"));
                Self {
                    kind,
                    url: url_of(&name),
                    name,
                    _folder: None,
                }
            }
        }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn open(&self) -> Store {
        open(&self.url)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.kind == Kind::Postgres
            && let Ok(mut conn) = PgConnection::establish(&cluster())
            && let Err(error) = conn.batch_execute(&format!(
                "DROP DATABASE IF EXISTS {} WITH (FORCE)",
                self.name
            ))
        {
            eprintln!("test database {} stays behind: {error}", self.name);
        }
    }
}

/// A name for a database on the cluster.
fn new_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("tinbai_{}_{number}", std::process::id())
}

fn open(url: &str) -> Store {
    let mut options = StoreOptions::new(url);
    options.busy_timeout = Duration::from_secs(20);
    options.acquire_timeout = Duration::from_secs(20);
    Store::open(&options).expect("the test database opens")
}

/// The bytes of a migrated SQLite file, made once a process.
fn sqlite_template() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("template.sqlite");
        let store = open(&format!("sqlite:{}", file.display()));
        store.migrate().expect("migrations run on SQLite");
        // Closing the last connection moves the write-ahead log into the file.
        drop(store);
        wait_until_gone(&folder.path().join("template.sqlite-wal"));
        std::fs::read(&file).expect("the template")
    })
}

/// The pool closes its connections on a thread of its own.
fn wait_until_gone(log: &Path) {
    for _ in 0..1_000 {
        if !log.exists() {
            return;
        }
        std::thread::yield_now();
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("{} is still open", log.display());
}

/// The name of a migrated PostgreSQL database to copy, made once for each state of the migrations,
/// by whichever test process comes first.
fn postgres_template() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let name = format!("tinbai_template_{}", fingerprint(Path::new("migrations/postgres")));
        let mut conn = PgConnection::establish(&cluster()).unwrap_or_else(|e| panic!("{}: {e}", cluster()));
        conn.batch_execute("SELECT pg_advisory_lock(74616961)").expect("the lock on the template");
        if !exists(&mut conn, &name) {
            let raw = format!("{name}_raw");
            conn.batch_execute(&format!("DROP DATABASE IF EXISTS {raw} WITH (FORCE)")).expect("a clean start");
            conn.batch_execute(&format!("CREATE DATABASE {raw}")).expect("the right to create databases");
            let store = open(&url_of(&raw));
            store.migrate().expect("migrations run on PostgreSQL");
            drop(store);
            // A database with connections can neither be renamed nor copied.
            let alone = format!(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{raw}'; \
                 ALTER DATABASE {raw} RENAME TO {name}"
            );
            conn.batch_execute(&alone).expect("the finished template");
        }
        name
    })
}

fn exists(conn: &mut PgConnection, name: &str) -> bool {
    #[derive(diesel::QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let sql = format!("SELECT count(*) AS n FROM pg_database WHERE datname = '{name}'");
    diesel::sql_query(sql)
        .get_result::<Found>(conn)
        .expect("the list of databases")
        .n
        > 0
}

fn admin(sql: &str) {
    let mut conn =
        PgConnection::establish(&cluster()).unwrap_or_else(|e| panic!("{}: {e}", cluster()));
    conn.batch_execute(sql)
        .unwrap_or_else(|e| panic!("{sql}: {e}"));
}

/// Names and contents of all files below a folder, as a short hash.
fn fingerprint(folder: &Path) -> String {
    fn feed(folder: &Path, hash: &mut Sha256) {
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            hash.update(path.to_string_lossy().as_bytes());
            if path.is_dir() {
                feed(&path, hash);
            } else {
                hash.update(std::fs::read(&path).unwrap());
            }
        }
    }
    let mut hash = Sha256::new();
    feed(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        &mut hash,
    );
    hash.finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        })
}

/// The address of the cluster's administrative database.
fn cluster() -> String {
    std::env::var("TINBAI_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "TINBAI_TEST_POSTGRES is not set: start the tests with `bash tests/run.sh`, which brings up a throw-away \
             PostgreSQL (TINBAI_TEST_SQLITE_ONLY=1 leaves these tests out)"
        )
    })
}

/// The cluster's address with another database's name.
fn url_of(name: &str) -> String {
    let cluster = cluster();
    let (address, query) = match cluster.split_once('?') {
        Some((address, query)) => (address.to_owned(), format!("?{query}")),
        None => (cluster.clone(), String::new()),
    };
    let (server, _) = address
        .rsplit_once('/')
        .expect("TINBAI_TEST_POSTGRES ends in /DATABASE");
    format!("{server}/{name}{query}")
}
