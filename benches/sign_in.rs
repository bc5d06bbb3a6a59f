//! Signing in under load. `cargo bench --bench sign_in`; figures: docs/PERFORMANCE.md.
//!
//! - P14: 64 clients that sign in without pause, beside verifications alone on every processor; what the process holds in
//!   memory meanwhile.
//! - F33: how long a reader waits while 500 sign in at once.
//! - F32: whether the time of a refusal tells a mail that has an account from one that has none.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench reports on standard output and may fail loudly")]

#[path = "support/house.rs"]
mod house;
#[path = "support/mod.rs"]
mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tinbai::app::server;
use tinbai::clock::ManualClock;
use tinbai::config::Settings;
use tinbai::domain::access::{Actor, Role};
use tinbai::domain::account::Purpose;
use tinbai::identity::password;
use tinbai::service::House;
use tinbai::service::accounts::{self, NewAdmin};
use tinbai::service::sign_in::{self, Visitor};
use tinbai::service::tokens::{self, NewToken};
use tinbai::store::{Store, StoreOptions};

use house::{at, clear, federation};
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
    let idle = rss();
    let (house, token) = made();
    let hash = password::hash(PASSWORD).expect("a hash");
    let running = server::start(house.clone(), Arc::new(ManualClock::at(now())), None).expect("a server");
    let address = running.address();
    let load = Load::read();
    let (stop, most) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let watched = watch(stop.clone(), most.clone());
    let rounds = Rounds::run(ROUNDS, || sign_ins(address), || verifications(&hash));
    rounds.print("P14: sign-ins a second, 64 clients", "tinbai", "argon2id alone, a thread a processor");
    stop.store(true, Ordering::Relaxed);
    watched.join().expect("a watcher");
    println!("  memory: {idle} KiB at the start, {} KiB at most", most.load(Ordering::Relaxed));
    let mut quiet = Vec::new();
    let mut flooded = Vec::new();
    for _ in 0..ROUNDS {
        quiet.push(p99(&mut reads(address, &token, READS, || false)));
        flooded.push(p99(&mut in_a_flood(address, &token)));
    }
    println!("\nF33: a reader's 99th percentile, ms, {ROUNDS} rounds in turn, median (least - most) [all]");
    print_figures("quiet", &quiet, 2);
    print_figures("while 500 sign in", &flooded, 2);
    running.stop().expect("an end");
    refusals(&house);
    load.print_foreign();
}

/// Wrong passwords for both mails, in turn, without a network in between.
fn refusals(house: &House) {
    let took = Rounds::run(REFUSALS, || refusal(house, MAIL), || refusal(house, "khong-co@ldld.example"));
    println!("\nF32: {REFUSALS} refusals each, in turn, ms: median (5 % - 95 %)");
    for (name, mut took) in [("a mail with an account", took.ours), ("a mail without one", took.bar)] {
        took.sort_by(f64::total_cmp);
        let at = |percent: usize| took.get((REFUSALS - 1) * percent / 100).copied().unwrap_or_default();
        println!("  {name:<44} {:.2} ({:.2} - {:.2})", at(50), at(5), at(95));
    }
}

/// Milliseconds of one.
fn refusal(house: &House, mail: &str) -> f64 {
    let visitor =
        Visitor { address: "192.0.2.1".into(), agent: "bench".into(), before: None, request_id: "bench".into() };
    let start = Instant::now();
    let refused = sign_in::begin(house, (mail, "mèo vàng leo thang cây"), &visitor, now()).expect("an answer");
    assert!(refused.is_none(), "the password is wrong");
    start.elapsed().as_secs_f64() * 1e3
}

fn now() -> DateTime<Utc> {
    at("2026-11-20T08:00:00+07:00")
}

/// A house with an administrator who has a password, and a token.
fn made() -> (House, String) {
    let file = folder().join("sign-in.db");
    clear(&file);
    federation(&file, now());
    let mut settings = Settings::default();
    settings.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    settings.worker.in_server = false;
    settings.accounts.sign_in_burst = 10_000;
    settings.accounts.sign_in_per_minute = 10_000;
    let house = House::new(Store::open(&StoreOptions::new(file.to_string_lossy())).expect("a database"), settings);
    let new = NewAdmin { name: "Quản trị".into(), mail: MAIL.into(), unit: None, another: false };
    let link = accounts::create_admin(&house, &new, now()).expect("an administrator");
    let secret = link.rsplit('/').next().expect("a link");
    accounts::set_password(&house, Purpose::Invite, secret, (PASSWORD, None), now()).expect("a password");
    let new = NewToken { name: "x".into(), role: Role::Viewer, unit_id: None, person_id: None, days: None };
    let token = tokens::create(&house, &Actor::cli(), &new, now()).expect("a token").secret;
    (house, token)
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
    let request = agent.post(format!("http://{address}/dang-nhap")).header("Origin", "http://localhost:8080");
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

fn verifications(hash: &str) -> f64 {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    per_second(threads, |_| {
        for _ in 0..TIMES / threads {
            assert!(password::verify(PASSWORD, Some(hash)).expect("a verification").good);
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
        let request =
            agent.get(format!("http://{address}/api/v1/me")).header("Authorization", format!("Bearer {token}"));
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

/// Notes the most memory that the process holds, looking every few milliseconds.
fn watch(stop: Arc<AtomicBool>, most: Arc<AtomicU64>) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            most.fetch_max(rss(), Ordering::Relaxed);
            thread::sleep(Duration::from_millis(5));
        }
    })
}

/// KiB in memory.
fn rss() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default()
}
