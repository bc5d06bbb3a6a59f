//! The words of the product: every key in both languages, and no sentence in the code of a page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Files below a folder with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The sentences of all locale files by key and language. The files are nested keys and sentences
/// in quotation marks, nothing else of YAML.
pub(crate) fn sentences() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for file in files("config/locales", "yml") {
        let text = fs::read_to_string(&file).unwrap();
        let mut path: Vec<String> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let depth = (line.len() - line.trim_start().len()) / 2;
            let (key, value) = line.trim().split_once(':').unwrap();
            path.truncate(depth);
            if value.trim().is_empty() {
                path.push(key.to_owned());
            } else if key != "_version" {
                let known = all.entry(path.join(".")).or_default();
                let before = known.insert(key.to_owned(), value.trim().to_owned());
                assert_eq!(before, None, "{} is there twice", path.join("."));
            }
        }
    }
    all
}

/// The names of a sentence's placeholders.
fn placeholders(sentence: &str) -> BTreeSet<&str> {
    let parts = sentence.split("%{").skip(1);
    parts.map(|part| part.split('}').next().unwrap()).collect()
}

#[test]
fn every_sentence_is_there_in_both_languages() {
    let all = sentences();
    assert!(all.len() > 500, "{}", all.len());
    for (key, languages) in &all {
        let names: Vec<&str> = languages.keys().map(String::as_str).collect();
        assert_eq!(names, ["en", "vi"], "{key}");
        assert_eq!(
            placeholders(&languages["vi"]),
            placeholders(&languages["en"]),
            "{key}"
        );
    }
}

/// What the templates and handlers of pages write between quotation marks that begins with `pages.`,
/// with the file.
fn mentioned() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for ending in ["html", "rs"] {
        for file in files("src/web/pages", ending) {
            let text = fs::read_to_string(&file).unwrap();
            let code = text.lines().filter(|line| !line.starts_with("//"));
            for rest in code.flat_map(|line| line.split("\"pages.").skip(1)) {
                let key = rest.split(['"', '{']).next().unwrap();
                found.push((file.clone(), format!("pages.{key}")));
            }
        }
    }
    found
}

#[test]
fn the_words_of_pages_are_there_and_used() {
    let all = sentences();
    let mentioned = mentioned();
    assert!(mentioned.len() > 100, "{}", mentioned.len());
    for (file, key) in &mentioned {
        // a group of sentences is named by what they have in common
        let named = all.contains_key(key)
            || all.contains_key(&format!("{key}.title"))
            || (key.ends_with('.') && all.keys().any(|own| own.starts_with(key)));
        assert!(named, "{}: no words under {key}", file.display());
    }
    for key in all.keys().filter(|key| key.starts_with("pages.")) {
        let group = key.rsplit_once('.').unwrap().0;
        let used = mentioned.iter().any(|(_, own)| {
            own == key || own == group || (own.ends_with('.') && key.starts_with(own))
        });
        assert!(used, "nobody says {key}");
    }
}

#[test]
fn pages_have_no_sentence_of_their_own() {
    for ending in ["html", "rs"] {
        for file in files("src/web/pages", ending) {
            let text = fs::read_to_string(&file).unwrap();
            for (line, text) in text.lines().enumerate() {
                let code = text.trim();
                if code.starts_with("//") {
                    continue;
                }
                assert!(
                    !code.chars().any(|c| !c.is_ascii() && c.is_alphabetic()),
                    "{}:{}: {code}",
                    file.display(),
                    line + 1
                );
            }
        }
    }
}

/// The words between quotation marks that follow a call in the code.
fn written_after<'s>(text: &'s str, call: &str) -> Vec<Vec<&'s str>> {
    let calls = text.split(call).skip(1);
    calls
        .map(|rest| {
            let arguments = rest.split(')').next().unwrap();
            arguments.split('"').skip(1).step_by(2).collect()
        })
        .collect()
}

#[test]
fn every_line_of_the_trail_has_words() {
    let all = sentences();
    let mut found = 0;
    for file in files("src", "rs") {
        let text = fs::read_to_string(&file).unwrap();
        for words in written_after(&text, ".audit(") {
            // the first is what was done, the second to what; either may be computed
            let [action, entity] = words.as_slice() else {
                continue;
            };
            found += 1;
            // the page names no thing where the line is about none
            let entity = Some(entity).filter(|entity| !entity.is_empty());
            let keys = [
                Some(format!("pages.trail.action.{action}")),
                entity.map(|entity| format!("pages.trail.kind.{entity}")),
            ];
            for key in keys.into_iter().flatten() {
                assert!(all.contains_key(&key), "{}: {key}", file.display());
            }
        }
    }
    assert!(found > 20, "{found}");
}
