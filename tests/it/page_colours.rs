//! The contrast of every pair of colours that pages use, computed again from the stylesheet (WCAG
//! 2.2: text at least 4.5, edges of controls at least 3), in both themes.

use std::collections::BTreeMap;

const STYLES: &str = include_str!("../../src/web/assets/tinbai.css");

/// The properties of the first block behind `begin`.
fn properties(begin: &str) -> BTreeMap<String, String> {
    let block = STYLES
        .split_once(begin)
        .unwrap()
        .1
        .split_once('}')
        .unwrap()
        .0;
    let lines = block
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--"));
    lines
        .map(|line| {
            let (name, value) = line.trim_end_matches(';').split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// The relative luminance of `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    assert_eq!(colour.len(), 7, "{colour}");
    let part = |at: usize| {
        let value = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Text, what it stands on, and the contrast that it needs.
const PAIRS: &[(&str, &[&str], f64)] = &[
    ("ink", &["paper", "ground", "raised", "accent-soft"], 4.5),
    ("quiet", &["paper", "ground", "raised"], 4.5),
    ("accent", &["paper", "ground", "raised"], 4.5),
    ("on-accent", &["accent"], 4.5),
    ("good", &["paper", "ground"], 4.5),
    ("soon", &["paper", "ground"], 4.5),
    ("bad", &["paper", "ground"], 4.5),
    ("info", &["paper", "ground"], 4.5),
    ("paper", &["bad"], 4.5),
    ("on-bar", &["bar"], 4.5),
    ("edge", &["paper", "ground"], 3.0),
    ("focus", &["focus-outer"], 3.0),
    ("on-not-yet-due", &["not-yet-due", "ground"], 4.5),
    ("on-on-track", &["on-track", "ground"], 4.5),
    ("on-at-risk", &["at-risk"], 4.5),
    ("on-awaiting-review", &["awaiting-review"], 4.5),
    ("on-met-on-time", &["met-on-time"], 4.5),
    ("on-met-late", &["met-late"], 4.5),
    ("on-missed", &["missed"], 4.5),
    ("on-exempt", &["exempt"], 4.5),
];

const DARK: &str = ":root[data-theme=\"dark\"] {";
const DARK_BY_SYSTEM: &str = ":root:not([data-theme]) {";

#[test]
fn every_text_is_readable_in_both_themes() {
    let light = properties(":root {");
    let mut dark = light.clone();
    dark.extend(properties(DARK));
    for (theme, colours) in [("light", light), ("dark", dark)] {
        for (text, grounds, least) in PAIRS {
            for ground in *grounds {
                let ratio = contrast(&colours[*text], &colours[*ground]);
                assert!(ratio >= *least, "{theme}: {text} on {ground}: {ratio:.2}");
            }
        }
    }
}

#[test]
fn the_dark_theme_is_the_same_by_choice_and_by_system() {
    assert_eq!(properties(DARK), properties(DARK_BY_SYSTEM));
    let light = properties(":root {");
    assert!(properties(DARK).keys().all(|name| light.contains_key(name)));
}

/// What was computed when the colours were chosen, to a tenth.
#[test]
fn contrasts_are_those_that_were_chosen() {
    let light = properties(":root {");
    let dark = properties(DARK);
    for (text, ground, in_light, in_dark) in [
        ("ink", "paper", 16.3, 13.8),
        ("quiet", "paper", 7.4, 7.9),
        ("accent", "paper", 7.6, 8.2),
        ("edge", "paper", 4.5, 4.8),
        ("on-at-risk", "at-risk", 8.8, 5.9),
        ("on-awaiting-review", "awaiting-review", 8.1, 8.5),
        ("on-met-on-time", "met-on-time", 8.0, 8.3),
        ("on-met-late", "met-late", 8.1, 8.2),
        ("on-missed", "missed", 7.5, 9.3),
        ("on-exempt", "exempt", 7.1, 7.2),
        ("on-on-track", "on-track", 7.9, 9.6),
        ("on-not-yet-due", "not-yet-due", 6.2, 7.9),
    ] {
        for (theme, colours, expected) in [("light", &light, in_light), ("dark", &dark, in_dark)] {
            let ratio = contrast(&colours[text], &colours[ground]);
            assert!(
                (ratio - expected).abs() <= 0.1,
                "{theme}: {text} on {ground}: {ratio:.2}, not {expected}"
            );
        }
    }
}

#[test]
fn stylesheet_and_modules_are_small() {
    assert!(STYLES.len() <= 24 * 1024, "{}", STYLES.len());
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/assets");
    let mut modules = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "js") {
            modules += std::fs::read(&path).unwrap().len();
        }
    }
    assert!((1..=20 * 1024).contains(&modules), "{modules}");
}
