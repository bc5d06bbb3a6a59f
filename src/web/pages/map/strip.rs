//! The picture of a cluster: a column a unit, a row a period. One path a standing; neighbours that
//! stand alike are one line of it.

use std::fmt::Write as _;

use super::{ClusterLine, Standing};

/// A path of the picture.
pub(super) struct Path {
    pub(super) standing: Standing,
    pub(super) lines: String,
}

/// The paths of a cluster, those that nobody has to look at first: what is loud lies on top.
pub(super) fn paths(line: &ClusterLine) -> Vec<Path> {
    let path = |standing: &Standing| {
        let mut lines = String::new();
        for (row, units) in line.columns.iter().enumerate() {
            let mut at = 0;
            for run in units.chunk_by(|one, next| one == next) {
                if run.first() == Some(&Some(*standing)) {
                    // writing into a string does not fail
                    let _ = write!(lines, "M{at} {row}h{}", run.len());
                }
                at += run.len();
            }
        }
        let standing = *standing;
        (!lines.is_empty()).then_some(Path { standing, lines })
    };
    Standing::ALL.iter().filter_map(path).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn neighbours_that_stand_alike_are_one_line() {
        use Standing::{Missed, OnTrack};
        let line = ClusterLine {
            cluster: None,
            units: 4,
            standings: BTreeMap::new(),
            columns: vec![
                vec![Some(Missed), Some(Missed), None, Some(OnTrack)],
                vec![Some(OnTrack), Some(Missed), Some(Missed), Some(Missed)],
            ],
        };
        let shown: Vec<(Standing, String)> = paths(&line)
            .into_iter()
            .map(|path| (path.standing, path.lines))
            .collect();
        assert_eq!(
            shown,
            [
                (OnTrack, "M3 0h1M0 1h1".to_owned()),
                (Missed, "M0 0h2M1 1h3".to_owned()),
            ]
        );
    }
}
