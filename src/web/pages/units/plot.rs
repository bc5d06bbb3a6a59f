//! The plot of a year: what has come, what is wanted, and where the pace leads. Lines are drawn by
//! classes; its numbers stand in the table beside it.

use std::fmt::Write as _;

use crate::domain::pace::PacePoint;

const WIDTH: i32 = 640;
const HEIGHT: i32 = 220;
const LEFT: i32 = 36;
const BOTTOM: i32 = 26;
const TOP: i32 = 10;

/// A plot.
pub(super) struct Plot {
    pub(super) view_box: String,
    /// Lines across, each with its number.
    pub(super) grid: Vec<(i32, i32)>,
    /// The months with their places.
    pub(super) months: Vec<(i32, i32)>,
    /// Where the months are written.
    pub(super) base: i32,
    pub(super) left: i32,
    pub(super) right: i32,
    pub(super) wanted: String,
    pub(super) done: String,
    pub(super) ahead: String,
}

/// The plot of a year; none where nothing was ever wanted.
pub(super) fn plot(points: &[PacePoint]) -> Option<Plot> {
    let values = points.iter().flat_map(|point| {
        [Some(point.wanted), point.done, point.forecast]
            .into_iter()
            .flatten()
    });
    let most = values.max().filter(|most| *most > 0)?;
    let step = step(most);
    let top = (most + step - 1) / step * step;
    let x = |month: i32| LEFT + (WIDTH - LEFT - 12) * month / 12;
    let y = |value: i32| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / top;
    let line = |of: fn(&PacePoint) -> Option<i32>, from: Option<(i32, i32)>| {
        let points = points
            .iter()
            .filter_map(|point| Some((point.month, of(point)?)));
        let mut path = String::new();
        for (month, value) in from.into_iter().chain(points) {
            let command = if path.is_empty() { 'M' } else { 'L' };
            // writing into a string does not fail
            let _ = write!(path, "{command}{} {}", x(month), y(value));
        }
        path
    };
    Some(Plot {
        view_box: format!("0 0 {WIDTH} {HEIGHT}"),
        grid: (0..=top / step).map(|n| (n * step, y(n * step))).collect(),
        months: (1..=12).map(|month| (month, x(month))).collect(),
        base: HEIGHT - BOTTOM,
        left: LEFT,
        right: x(12),
        wanted: line(|point| Some(point.wanted), Some((0, 0))),
        done: line(|point| point.done, Some((0, 0))),
        ahead: line(|point| point.forecast, None),
    })
}

/// The distance of the lines across: at most five of them.
fn step(most: i32) -> i32 {
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
    let fits = steps.into_iter().find(|step| most <= step * 5);
    fits.unwrap_or(most / 4 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_drawn_from_its_beginning() {
        let point = |month| PacePoint {
            month,
            wanted: 2 * month,
            done: (month <= 6).then_some(month),
            forecast: (month >= 6).then_some(month),
        };
        let points: Vec<PacePoint> = (1..=12).map(point).collect();
        let plot = plot(&points).unwrap();
        assert!(plot.done.starts_with("M36 194L") && plot.done.matches('L').count() == 6);
        assert_eq!(plot.ahead.matches('L').count(), 6);
        assert_eq!(
            plot.grid.iter().map(|(n, _)| *n).collect::<Vec<_>>(),
            [0, 5, 10, 15, 20, 25]
        );
        assert!(super::plot(&[]).is_none());
    }
}
