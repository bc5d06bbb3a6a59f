//! What the benches of the outbox and of the sweep share: rounds of two sides in turn, and how busy
//! others kept the machine.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]

use std::fs;
use std::path::PathBuf;

/// What one side of a comparison took, round by round, and its ratio to the other side.
pub struct Rounds {
    /// Ours, in the unit of the printed line.
    pub ours: Vec<f64>,
    /// The bar.
    pub bar: Vec<f64>,
}

impl Rounds {
    /// Runs both sides in turn, so that a drift of the machine meets both alike. Sides answer a
    /// figure of the same unit.
    pub fn run(rounds: usize, mut ours: impl FnMut() -> f64, mut bar: impl FnMut() -> f64) -> Self {
        let mut both = Self {
            ours: Vec::new(),
            bar: Vec::new(),
        };
        for round in 0..rounds {
            // Whoever goes second may find the caches of the first: they take turns.
            if round % 2 == 0 {
                both.bar.push(bar());
                both.ours.push(ours());
            } else {
                both.ours.push(ours());
                both.bar.push(bar());
            }
        }
        both
    }

    /// One line each for ours, the bar, and the ratio of each round.
    pub fn print(&self, title: &str, ours: &str, bar: &str) {
        println!(
            "\n{title}: {} interleaved rounds, median (least - most) [all, in order]",
            self.ours.len()
        );
        let ratio: Vec<f64> = self
            .ours
            .iter()
            .zip(&self.bar)
            .map(|(ours, bar)| ours / bar)
            .collect();
        print_figures(ours, &self.ours, 1);
        print_figures(bar, &self.bar, 1);
        print_figures("ratio", &ratio, 2);
    }
}

/// Median, least, most, and all figures in the order in which they were measured.
pub fn print_figures(name: &str, figures: &[f64], digits: usize) {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |n: usize| sorted.get(n).copied().unwrap_or_default();
    let all: Vec<String> = figures
        .iter()
        .map(|figure| format!("{figure:.digits$}"))
        .collect();
    println!(
        "  {name:<44} {:.digits$} ({:.digits$} - {:.digits$})  [{}]",
        at(sorted.len() / 2),
        at(0),
        at(sorted.len().saturating_sub(1)),
        all.join(" ")
    );
}

/// A reading of the processor's time, to tell what others took of it since.
pub struct Load {
    own: u64,
    busy: u64,
    all: u64,
}

impl Load {
    /// Now.
    pub fn read() -> Self {
        let all = fields("/proc/stat", 1, 8);
        let idle: u64 = all.iter().skip(3).take(2).sum();
        let all: u64 = all.iter().sum();
        // Own time in user and system mode, and that of children that have ended.
        let own = fields("/proc/self/stat", 13, 4).iter().sum();
        Self {
            own,
            busy: all - idle,
            all,
        }
    }

    /// Prints the share of all processors that others took since `self`; a run with more than 6 %
    /// is worth nothing.
    pub fn print_foreign(&self) {
        let now = Self::read();
        let foreign = (now.busy - self.busy).saturating_sub(now.own - self.own);
        let share = 100.0 * foreign as f64 / (now.all - self.all).max(1) as f64;
        println!("  taken by other processes meanwhile: {share:.1} % of the processors");
    }
}

fn fields(path: &str, skip: usize, take: usize) -> Vec<u64> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    line.split_whitespace()
        .skip(skip)
        .take(take)
        .filter_map(|field| field.parse().ok())
        .collect()
}

/// The folder below the target folder where benches keep their databases.
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}
