//! Signing in under load. `cargo bench --bench sign_in`; figures: docs/PERFORMANCE.md.
//!
//! - P14: 64 clients that sign in without pause, beside argon2id alone on every processor; what the
//!   process holds in memory meanwhile.
//! - F33: how long a reader waits while 500 sign in at once.
//! - F32: whether the time of a refusal tells a mail that has an account from one that has none.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench reports on standard output and may fail loudly"
)]

#[path = "support/app.rs"]
mod app;
#[path = "support/federation.rs"]
mod federation;
#[path = "support/server.rs"]
mod server;
#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::hint::black_box;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chrono::{DateTime, Utc};
use tinbai::clock::{Clock as _, SystemClock};
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::account::LinkPurpose;
use tinbai::service::App;
use tinbai::service::accounts;
use tinbai::service::accounts::sign_in;
use tinbai::service::accounts::sign_in::{Client, Credentials};
use tinbai::service::accounts::tokens;
use tinbai::service::accounts::tokens::NewToken;
use tinbai::service::accounts::{NewAdmin, NewPassword};

use app::{app, clear};
use federation::federation;
use server::Server;
use support::{Load, Rounds, folder, print_figures};

const ROUNDS: usize = 7;
const CLIENTS: usize = 64;
/// Sign-ins, or verifications, of a round.
const TIMES: usize = 512;
const FLOOD: usize = 500;
const READS: usize = 1_000;
const REFUSALS: usize = 200;
const MAIL: &str = "quan-tri@ldld.example";
const PASSWORD: &str = "mèo vàng leo thang dây";

fn main() {
    let load = Load::read();
    let (file, token) = made();
    let server = Server::start(&file, None);
    let address = server.address;
    reads(address, &token, READS, || false);
    let idle = rss(&server);
    let (stop, most) = (AtomicBool::new(false), AtomicU64::new(0));
    let rounds = thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                most.fetch_max(rss(&server), Ordering::Relaxed);
                thread::sleep(Duration::from_millis(5));
            }
        });
        let rounds = Rounds::run(ROUNDS, || sign_ins(address), verifications);
        stop.store(true, Ordering::Relaxed);
        rounds
    });
    rounds.print(
        "P14: sign-ins a second, 64 clients",
        "tinbai",
        "argon2id alone, a thread a processor",
    );
    println!(
        "  memory of the server, MiB: {} before, {} at most",
        idle / 1_024,
        most.load(Ordering::Relaxed) / 1_024
    );
    let (mut quiet, mut flooded) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        quiet.push(p99(&mut reads(address, &token, READS, || false)));
        flooded.push(p99(&mut in_a_flood(address, &token)));
    }
    println!(
        "\nF33: a reader's 99th percentile, ms, {ROUNDS} rounds in turn, median (least - most) [all]"
    );
    print_figures("quiet", &quiet, 2);
    print_figures("while 500 sign in", &flooded, 2);
    drop(server);
    refusals(&app(&file));
    load.print_foreign();
}

/// KiB that the server holds in memory.
fn rss(server: &Server) -> u64 {
    let status =
        fs::read_to_string(format!("/proc/{}/status", server.process.id())).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap_or_default();
    line.split_whitespace()
        .next()
        .and_then(|kib| kib.parse().ok())
        .unwrap_or_default()
}

/// Wrong passwords for both mails, in turn, without a network in between.
fn refusals(app: &App) {
    let took = Rounds::run(
        REFUSALS,
        || refusal(app, MAIL),
        || refusal(app, "khong-co@ldld.example"),
    );
    println!("\nF32: {REFUSALS} refusals each, in turn, ms: median (5 % - 95 %)");
    for (name, mut took) in [
        ("a mail with an account", took.ours),
        ("a mail without one", took.bar),
    ] {
        took.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            took.get((REFUSALS - 1) * percent / 100)
                .copied()
                .unwrap_or_default()
        };
        println!("  {name:<44} {:.2} ({:.2} - {:.2})", at(50), at(5), at(95));
    }
}

/// Milliseconds of one.
fn refusal(app: &App, mail: &str) -> f64 {
    let client = Client {
        address: "192.0.2.1".into(),
        agent: "bench".into(),
        keeps: false,
        previous_session: None,
        request_id: "bench".into(),
    };
    let typed = Credentials {
        mail: mail.to_owned(),
        password: "mèo vàng leo thang cây".to_owned(),
    };
    let start = Instant::now();
    let refused = sign_in::begin(app, &typed, &client, now()).expect("an answer");
    assert!(refused.is_none(), "the password is wrong");
    start.elapsed().as_secs_f64() * 1e3
}

fn now() -> DateTime<Utc> {
    SystemClock::new().now()
}

/// A database with an administrator who has a password, and a token.
fn made() -> (PathBuf, String) {
    let file = folder().join("sign-in.db");
    clear(&file);
    let root = federation(&file, now());
    let app = app(&file);
    let new = NewAdmin {
        name: "Quản trị".into(),
        mail: MAIL.into(),
        federation: None,
        code: None,
        unit: None,
        another: false,
    };
    let cli = Actor::cli();
    let link = app
        .write(&cli, now(), |tx| accounts::create_admin(tx, &new))
        .expect("an administrator");
    let new = NewPassword {
        purpose: LinkPurpose::Invite,
        link: link.rsplit('/').next().expect("a link").to_owned(),
        password: PASSWORD.to_owned(),
    };
    accounts::set_password(&app, &Actor::visitor(), &new, now()).expect("a password");
    let new = NewToken {
        name: "x".into(),
        role: Role::Viewer,
        unit_id: Some(root),
        person_id: None,
        days: None,
    };
    let issued = app
        .write(&cli, now(), |tx| tokens::create(tx, &new))
        .expect("a token");
    (file, issued.secret)
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .into()
}

fn enter(agent: &ureq::Agent, address: SocketAddr) -> u16 {
    let form = [("mail", MAIL), ("password", PASSWORD)];
    let request = agent
        .post(format!("http://{address}/dang-nhap"))
        .header("Origin", "http://localhost:8080");
    request.send_form(form).expect("a reply").status().as_u16()
}

fn sign_ins(address: SocketAddr) -> f64 {
    per_second(CLIENTS, |_| {
        let agent = agent();
        for _ in 0..TIMES / CLIENTS {
            assert_eq!(enter(&agent, address), 303, "signed in");
        }
    })
}

/// The library alone, each thread with memory that it uses again.
fn verifications() -> f64 {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    per_second(threads, |_| {
        let argon2 = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(19_456, 2, 1, None).expect("params"),
        );
        let mut memory = vec![Block::new(); argon2.params().block_count()];
        for _ in 0..TIMES / threads {
            let mut out = [0; 32];
            let made = argon2.hash_password_into_with_memory(
                PASSWORD.as_bytes(),
                &[7; 16],
                &mut out,
                &mut memory,
            );
            made.expect("a hash");
            black_box(out);
        }
    })
}

fn per_second(threads: usize, work: impl Fn(usize) + Sync) -> f64 {
    let start = Instant::now();
    thread::scope(|scope| {
        for number in 0..threads {
            let work = &work;
            scope.spawn(move || work(number));
        }
    });
    TIMES as f64 / start.elapsed().as_secs_f64()
}

/// Milliseconds of each of at least `least` reads by one client, going on while `more` says so.
fn reads(address: SocketAddr, token: &str, least: usize, more: impl Fn() -> bool) -> Vec<f64> {
    let agent = agent();
    let mut took = Vec::new();
    while took.len() < least || more() {
        let start = Instant::now();
        let request = agent
            .get(format!("http://{address}/api/v1/me"))
            .header("Authorization", format!("Bearer {token}"));
        let mut reply = request.call().expect("a reply");
        assert_eq!(reply.status(), 200);
        reply.body_mut().read_to_string().expect("a body");
        took.push(start.elapsed().as_secs_f64() * 1e3);
    }
    took
}

fn in_a_flood(address: SocketAddr, token: &str) -> Vec<f64> {
    let going = AtomicU64::new(FLOOD as u64);
    thread::scope(|scope| {
        for _ in 0..FLOOD {
            let going = &going;
            scope.spawn(move || {
                let status = enter(&agent(), address);
                assert!(matches!(status, 303 | 429 | 503), "{status}");
                going.fetch_sub(1, Ordering::Relaxed);
            });
        }
        reads(address, token, 1, || going.load(Ordering::Relaxed) > 0)
    })
}

fn p99(took: &mut [f64]) -> f64 {
    took.sort_by(f64::total_cmp);
    took.get(took.len() * 99 / 100).copied().unwrap_or_default()
}
