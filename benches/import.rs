//! P12: reading a workbook of 100,000 units as an import does, with its limits, its header and its cells
//! as the use case wants them, beside the time that the streaming reader of calamine takes for the cells
//! alone. The memory that reading adds is shown beside it. `cargo bench --bench import`; figures:
//! docs/PERFORMANCE.md.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench reports on standard output and may fail loudly"
)]

#[expect(dead_code, reason = "other benches take the rest")]
#[path = "support/mod.rs"]
mod support;

use std::fs;
use std::hint::black_box;
use std::io::Cursor;
use std::time::Instant;

use calamine::{Reader as _, Xlsx};
use rust_xlsxwriter::Workbook;
use support::Rounds;
use tinbai::service::imports::{self, ImportKind, Options};

const ROWS: u32 = 100_000;
const ROUNDS: usize = 7;

fn main() {
    let file = workbook();
    println!("{ROWS} rows, {} KiB", file.len() >> 10);
    println!(
        "memory that reading adds: {} MiB",
        memory(|| ours(&file)) >> 10
    );
    Rounds::run(ROUNDS, || timed(|| ours(&file)), || timed(|| cells(&file))).print(
        "reading a workbook, ms",
        "as an import",
        "the cells alone",
    );
}

/// The trees of units that departments keep: code, name, category, unit above, cluster, first day.
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    let header = ["Mã", "Tên", "Loại", "Mã cấp trên", "Cụm", "Ngày thành lập"];
    let mut write = |row: u32, cells: [&str; 6]| {
        for (column, cell) in (0..).zip(cells) {
            page.write_string(row, column, cell).expect("a cell");
        }
    };
    write(0, header);
    write(1, ["tinh", "LĐLĐ tỉnh", "liên đoàn", "", "", ""]);
    for row in 2..=ROWS {
        let (code, name) = (format!("cs-{row}"), format!("Công đoàn cơ sở số {row}"));
        write(
            row,
            [&code, &name, "cơ sở", "tinh", "Cụm một", "01/07/2026"],
        );
    }
    book.save_to_buffer().expect("a workbook")
}

fn ours(file: &[u8]) {
    let read = imports::read(ImportKind::Units, file, &Options::default());
    black_box(read.expect("a good file").rows());
}

fn cells(file: &[u8]) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).expect("a workbook");
    let mut cells = book.worksheet_cells_reader("Sheet1").expect("a sheet");
    while let Some(cell) = cells.next_cell().expect("a cell") {
        black_box(cell);
    }
}

/// How many KiB of memory a piece of work needs beside what the process held before, at most.
fn memory(work: impl FnOnce()) -> u64 {
    // 5: the peak begins anew at what is held now, see proc(5)
    fs::write("/proc/self/clear_refs", "5").expect("Linux");
    let before = peak();
    work();
    peak().saturating_sub(before)
}

/// The most memory that was held since the peak began anew, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.expect("a peak").parse().expect("a number")
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64() * 1_000.0
}
