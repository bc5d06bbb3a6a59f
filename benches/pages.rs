//! How long a page takes beside its reads alone, and a signed-in read beside a bare reply.
//! `cargo bench --bench pages`; figures: docs/PERFORMANCE.md.
//!
//! - Time to the first byte of Today, the map, the scores of a year, a unit and a work, over HTTP with a session, beside
//!   the use case that reads them, called in this process on the same file. The federation of the
//!   demonstration, and the same with 4,000 grassroots unions more.
//! - P7: a unit read by 64 connections with a session, beside a server that answers "hello" from
//!   as many threads.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench reports on standard output and may fail loudly"
)]

#[path = "support/app.rs"]
mod app;
#[path = "support/cli.rs"]
mod cli;
#[path = "support/http.rs"]
mod http;
#[path = "support/server.rs"]
mod server;
#[path = "support/mod.rs"]
mod support;
#[path = "support/unions.rs"]
#[expect(dead_code, reason = "other benches take the rest")]
mod unions;

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use chrono::{DateTime, Utc};
use tinbai::app::demo::{DemoOptions, prepare};
use tinbai::config::Settings;
use tinbai::demo::scenario::Tree;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::ids::{ObligationId, UnitId};
use tinbai::domain::period::PeriodKind;
use tinbai::domain::score::{ScoreGroup, UnitYear};
use tinbai::domain::unit::Category;
use tinbai::service::accounts::sign_in;
use tinbai::service::obligations::work;
use tinbai::service::overview::{self, MapQuery, Part};
use tinbai::service::scores::{self, PutScheme};
use tinbai::service::units::import;
use tinbai::service::{App, Error, Tx};
use tinbai::store::units;
use tinbai::store::views::map::MapFilter;

use app::{app, clear};
use http::Connection;
use server::Server;
use support::{Load, Rounds, folder};
use unions::at;

const ROUNDS: usize = 7;
/// Requests of a round; the round's figure is their median.
const REQUESTS: usize = 15;
const CONNECTIONS: usize = 64;
const READS: usize = 100;
const NOW: &str = "2026-11-20T15:20:00+07:00";
const UNITS: usize = 4_000;
/// The cluster of the unions that are added.
const CLUSTER: &str = "Cum co so";

fn main() {
    if std::env::args().any(|arg| arg == "hello") {
        return http::say_hello();
    }
    let small = World::demonstration();
    let large = World::large(&small);
    let load = Load::read();
    for world in [&small, &large] {
        world.measure();
    }
    small.point_read();
    load.print_foreign();
}

/// A database that is served, and who reads it.
struct World {
    name: &'static str,
    file: PathBuf,
    sign_in: (String, String),
    /// A unit that owes something, and what it owes.
    unit: UnitId,
    work: ObligationId,
}

impl World {
    /// The demonstration, made once and kept below the target folder.
    fn demonstration() -> Self {
        let folder = folder().join("pages-demo");
        fs::create_dir_all(&folder).expect("a folder");
        let options = DemoOptions {
            tree: Tree::BenTre,
            empty: false,
            seed: 1,
            now: at(NOW),
        };
        let demo = prepare(&folder, &Settings::default(), options).expect("a demonstration");
        println!(
            "the demonstration: {} units, {} items",
            demo.units, demo.items
        );
        let department = demo
            .credentials
            .iter()
            .find(|one| one.role == Role::Department);
        let sign_in = department.and_then(|one| one.sign_in.clone());
        Self::of(
            "the demonstration",
            folder.join("tinbai.sqlite"),
            sign_in.expect("an account of the department"),
        )
    }

    /// A copy with 4,000 grassroots unions more, which owe the whole year.
    fn large(small: &Self) -> Self {
        let file = folder().join("pages-large.db");
        clear(&file);
        cli::run(&small.file, "PRAGMA wal_checkpoint(TRUNCATE);");
        fs::copy(&small.file, &file).expect("a copy");
        let app = app(&file);
        let federation = app.store.read(units::federations).expect("a read");
        let above = &federation.first().expect("a federation").code;
        let line = |i| format!("cs-{i},Công đoàn cơ sở số {i},grassroots,{above},{CLUSTER}\n");
        let list: String = (1..=UNITS).map(line).collect();
        let list = format!("code,name,category,parent_code,cluster\n{list}");
        let since = "2026-01-01".parse().expect("a date");
        let entered = app.write(&Actor::cli(), now(), |tx| {
            import::units(tx, list.as_bytes(), Some(since))
        });
        assert_eq!(entered.expect("the unions").new.len(), UNITS);
        Self::of("4,000 units more", file, small.sign_in.clone())
    }

    fn of(name: &'static str, file: PathBuf, sign_in: (String, String)) -> Self {
        let owed = cli::run(
            &file,
            "SELECT unit_id, id FROM obligation WHERE state = 'open' AND unit_id IS NOT NULL ORDER BY due_at, id LIMIT 1;",
        );
        let mut ids = owed.trim().split('|').map(str::parse::<i32>);
        let mut id = || ids.next().expect("something is owed").expect("an id");
        Self {
            name,
            file,
            sign_in,
            unit: UnitId(id().into()),
            work: ObligationId(id().into()),
        }
    }

    fn measure(&self) {
        let server = Server::start(&self.file, Some(NOW));
        let mut browser = Connection::open(server.address);
        let (mail, password) = &self.sign_in;
        let cookie = browser.sign_in(mail, password);
        let app = app(&self.file);
        let session = sign_in::authenticate(&app, &cookie, at(NOW)).expect("a read");
        let mut pages = Pages {
            browser,
            cookie,
            reads: Reads {
                actor: session.expect("a session").actor,
                app,
            },
            of: self.name,
        };
        let (unit, work_id) = (self.unit, self.work);
        pages.compare("/hom-nay", |tx| overview::today(tx, "vi"));
        pages.compare("/ban-do", |tx| overview::map(tx, &whole(0)));
        let of_cluster = format!("/ban-do?cum={}&trang=2", CLUSTER.replace(' ', "%20"));
        pages.compare(&of_cluster, |tx| {
            let mut second = whole(1);
            second.units.cluster = Some(CLUSTER.to_owned());
            overview::map(tx, &second)
        });
        let group = scored(&pages.reads.app);
        let scores = format!(
            "/diem/2026?loai={}&don_vi={}",
            group.category, group.unit_id
        );
        pages.compare(&scores, |tx| scores::year_board(tx, group));
        pages.compare(&format!("/don-vi/{unit}"), |tx| {
            let of = UnitYear {
                unit_id: unit,
                year: 2026,
            };
            overview::unit(tx, of, "vi")
        });
        pages.compare(&format!("/viec/{work_id}"), |tx| {
            work::show(tx, work_id, "vi")
        });
    }

    /// P7.
    fn point_read(&self) {
        let server = Server::start(&self.file, Some(NOW));
        let (mail, password) = &self.sign_in;
        let cookie = Connection::open(server.address).sign_in(mail, password);
        let path = format!("/api/v1/units/{}", self.unit);
        let mut program = Command::new(std::env::current_exe().expect("this program"));
        program.arg("hello");
        let hello = Server::of(program);
        let (mut ours, mut bar) = (Vec::new(), Vec::new());
        let rounds = Rounds::run(
            ROUNDS,
            || {
                let took = http::flood(server.address, (CONNECTIONS, READS), &path, &cookie);
                ours.push(took.p99);
                took.per_second
            },
            || {
                let took = http::flood(hello.address, (CONNECTIONS, READS), "/", "");
                bar.push(took.p99);
                took.per_second
            },
        );
        rounds.print(
            "P7: reads a second, 64 connections",
            "a unit, signed in",
            "hello",
        );
        support::print_figures("99th percentile of a unit, ms", &ours, 2);
        support::print_figures("99th percentile of hello, ms", &bar, 2);
    }
}

/// A browser that is signed in, and the reads of the same person in this process.
struct Pages {
    browser: Connection,
    cookie: String,
    reads: Reads,
    of: &'static str,
}

struct Reads {
    app: App,
    actor: Actor,
}

impl Pages {
    fn compare<T>(&mut self, path: &str, read: impl Fn(&mut Tx<'_>) -> Result<T, Error>) {
        let Self {
            browser,
            cookie,
            reads,
            of,
        } = self;
        let mut bytes = 0;
        let rounds = Rounds::run(
            ROUNDS,
            || {
                median(|| {
                    let reply = browser.get(path, cookie);
                    assert_eq!(reply.status, 200, "{path}");
                    bytes = reply.bytes;
                    reply.first_byte
                })
            },
            || median(|| reads.time(&read)),
        );
        rounds.print(
            &format!("{path}, {of}, {bytes} bytes, ms"),
            "time to the first byte",
            "its reads alone",
        );
    }
}

impl Reads {
    /// Milliseconds of a read.
    fn time<T>(&self, read: &impl Fn(&mut Tx<'_>) -> Result<T, Error>) -> f64 {
        let start = Instant::now();
        let done = self.app.read(&self.actor, now(), |tx| read(tx));
        black_box(done.expect("a read"));
        start.elapsed().as_secs_f64() * 1e3
    }
}

/// The grassroots unions of the federation, with a scheme of the year.
fn scored(app: &App) -> ScoreGroup {
    let federations = app.store.read(units::federations).expect("a read");
    let group = ScoreGroup {
        unit_id: federations.first().expect("a federation").id,
        year: 2026,
        category: Category::Grassroots,
    };
    let scheme = PutScheme {
        preset: Some("simple".into()),
        scheme: None,
        document_number: "12/HD-LĐLĐ".into(),
        document_date: None,
    };
    let saved = app.write(&Actor::cli(), now(), |tx| {
        match scores::get_scheme(tx, group, "vi") {
            Err(Error::NotFound { .. }) => scores::save_scheme(tx, group, &scheme, 0).map(drop),
            known => known.map(drop),
        }
    });
    saved.expect("a scheme");
    group
}

fn now() -> DateTime<Utc> {
    at(NOW)
}

fn whole(page: usize) -> MapQuery {
    MapQuery {
        units: MapFilter {
            year: 2026,
            category: None,
            cluster: None,
            search: None,
        },
        period: PeriodKind::Month,
        standings: Vec::new(),
        part: Part::Page(page),
    }
}

fn median(mut one: impl FnMut() -> f64) -> f64 {
    let mut took: Vec<f64> = (0..REQUESTS).map(|_| one()).collect();
    took.sort_by(f64::total_cmp);
    took.get(REQUESTS / 2).copied().unwrap_or_default()
}
