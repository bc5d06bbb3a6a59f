//! What the map weighs: a page of 100 units, and the overview of 4,000 (docs/ARCHITECTURE.md).

use std::io::Write as _;

use actix_web::test::TestRequest;
use askama::Template as _;
use chrono::DateTime;
use flate2::Compression;
use flate2::write::GzEncoder;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::filter::Asked;
use super::{Layout, Map, Query};
use crate::domain::ids::{ObligationId, UnitId};
use crate::domain::obligation::Standing;
use crate::domain::preference::Lang;
use crate::service::obligations::standings::Named;
use crate::service::overview::{ClusterLine, MapCell, MapLine, UnitMap};
use crate::web::context::RequestContext;

/// How often something stands so, of 100, in a year that goes as years go.
const MIX: [(Standing, u32); 5] = [
    (Standing::MetOnTime, 78),
    (Standing::MetLate, 8),
    (Standing::Missed, 7),
    (Standing::AtRisk, 4),
    (Standing::Exempt, 3),
];

fn standing(rng: &mut StdRng) -> Standing {
    let mut at = rng.random_range(0..100);
    for (standing, share) in MIX {
        if at < share {
            return standing;
        }
        at -= share;
    }
    Standing::MetOnTime
}

fn map(rows: Vec<MapLine>, clusters: Vec<ClusterLine>, total: usize) -> UnitMap {
    UnitMap {
        year: 2026,
        columns: (1..=12).map(|month| format!("2026-M{month:02}")).collect(),
        current: 10,
        total,
        before: 0,
        rows,
        clusters,
        cluster_names: (1..=20)
            .map(|n| format!("C\u{1ee5}m thi \u{111}ua s\u{1ed1} {n}"))
            .collect(),
    }
}

fn rendered(map: UnitMap, lang: Lang) -> String {
    let context = RequestContext {
        now: "2026-11-20T15:20:00+07:00".parse().unwrap(),
        lang,
        ..RequestContext::unread(DateTime::UNIX_EPOCH)
    };
    let list = Query::of(&TestRequest::with_uri("/ban-do").to_http_request()).unwrap();
    let page = Layout::new(&context, None).wide();
    Map::of(page, map, (Asked::default(), list), Vec::new())
        .render()
        .unwrap()
}

/// Bytes of the page, and of it as gzip packs it by default; the server's own level is faster and
/// packs a third less.
fn weights(html: &str) -> (usize, usize) {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(html.as_bytes()).unwrap();
    (html.len(), gzip.finish().unwrap().len())
}

fn elements(html: &str) -> usize {
    let starts = html.match_indices('<').map(|(at, _)| &html[at + 1..]);
    starts
        .filter(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        .count()
}

#[test]
fn a_page_of_a_hundred_units_is_light() {
    let mut rng = StdRng::seed_from_u64(1);
    let line = |number: i64, rng: &mut StdRng| MapLine {
        unit: Named {
            id: UnitId(1_000 + number),
            name: format!(
                "C\u{f4}ng \u{111}o\u{e0}n c\u{1a1} s\u{1edf} C\u{f4}ng ty TNHH May m\u{1eb7}c xu\u{1ea5}t kh\u{1ea9}u s\u{1ed1} {number}"
            ),
        },
        cluster: None,
        cells: (0..12)
            .map(|month| {
                Some(MapCell {
                    standing: standing(rng),
                    done: 1,
                    required: 2,
                    missing: 1,
                    obligations: vec![ObligationId(50_000 + number + month * 4_003)],
                })
            })
            .collect(),
        of_year: Some(MapCell {
            standing: standing(rng),
            done: 1,
            required: 3,
            missing: 2,
            obligations: vec![ObligationId(90_000 + number)],
        }),
        done: 12,
        required: 24,
    };
    let rows: Vec<MapLine> = (0..100).map(|number| line(number, &mut rng)).collect();
    for lang in [Lang::Vi, Lang::En] {
        let html = rendered(map(rows.clone(), Vec::new(), 4_000), lang);
        let (whole, sent) = weights(&html);
        assert!(
            whole <= 100_000 && sent <= 10_000,
            "{lang:?}: {whole} bytes, {sent} sent"
        );
        assert!(elements(&html) <= 5_000, "{}", elements(&html));
    }
}

#[test]
fn the_overview_of_four_thousand_units_is_light() {
    let mut rng = StdRng::seed_from_u64(2);
    let line = |number: usize, rng: &mut StdRng| ClusterLine {
        cluster: Some(format!("C\u{1ee5}m thi \u{111}ua s\u{1ed1} {number}")),
        units: 200,
        standings: MIX.iter().map(|(standing, _)| (*standing, 40)).collect(),
        columns: (0..12)
            .map(|_| (0..200).map(|_| Some(standing(rng))).collect())
            .collect(),
    };
    let clusters = (1..=20).map(|number| line(number, &mut rng)).collect();
    let html = rendered(map(Vec::new(), clusters, 4_000), Lang::Vi);
    let (whole, sent) = weights(&html);
    assert!(
        whole <= 450_000 && sent <= 90_000,
        "{whole} bytes, {sent} sent"
    );
    assert!(elements(&html) <= 1_500, "{}", elements(&html));
}
