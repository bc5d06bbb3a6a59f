//! P9: the due instants of 12 working hours after a million random instants, on one thread, beside
//! the time that the same machine takes in the same run to sort a million integers. `cargo bench
//! --bench calendar`; figures: docs/PERFORMANCE.md.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench reports on standard output and may fail loudly"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tinbai::domain::calendar::{Calendar, shipped};

const INSTANTS: usize = 1_000_000;
const ROUNDS: usize = 9;

fn main() {
    let spec = shipped::calendar("ben-tre").expect("a shipped calendar");
    let calendar = Calendar::compile(&spec).expect("it compiles");
    let mut random = StdRng::seed_from_u64(20_261_124);
    // 2021-01-01 to 2027-12-31: the years whose holidays are entered.
    let seconds: Vec<i64> = (0..INSTANTS)
        .map(|_| random.random_range(1_609_434_000..1_830_272_400))
        .collect();
    let instants: Vec<DateTime<Utc>> = seconds
        .iter()
        .filter_map(|at| DateTime::from_timestamp(*at, 0))
        .collect();

    let (mut due, mut sort) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        due.push(due_times(&calendar, &instants));
        sort.push(sorted(seconds.clone()));
    }
    println!("{INSTANTS} instants, {ROUNDS} interleaved rounds, median (least - most), ns each");
    let ratio: Vec<f64> = due
        .iter()
        .zip(&sort)
        .map(|(due, sort)| due / sort)
        .collect();
    for (name, mut figures) in [
        ("due of 12 working hours", due),
        ("sort_unstable of i64", sort),
        ("ratio", ratio),
    ] {
        figures.sort_by(f64::total_cmp);
        let at = |n: usize| figures.get(n).copied().unwrap_or_default();
        println!(
            "{name:<24} {:6.2} ({:.2} - {:.2})",
            at(ROUNDS / 2),
            at(0),
            at(ROUNDS - 1)
        );
    }
}

fn due_times(calendar: &Calendar, instants: &[DateTime<Utc>]) -> f64 {
    let work = TimeDelta::hours(12);
    let start = Instant::now();
    let sum = instants.iter().fold(0_i64, |sum, at| {
        sum ^ calendar
            .add(black_box(*at), work)
            .expect("a due instant")
            .timestamp()
    });
    let took = start.elapsed();
    black_box(sum);
    each(took)
}

fn sorted(mut numbers: Vec<i64>) -> f64 {
    let start = Instant::now();
    black_box(&mut numbers).sort_unstable();
    let took = start.elapsed();
    black_box(numbers);
    each(took)
}

fn each(took: Duration) -> f64 {
    took.as_secs_f64() * 1e9 / 1e6
}
