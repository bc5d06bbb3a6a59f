//! The schemes that ship with the program.

use super::Scheme;

const FILES: [(&str, &str); 2] = [
    (
        "national",
        include_str!("../../../config/presets/scores-national.json"),
    ),
    (
        "simple",
        include_str!("../../../config/presets/scores-simple.json"),
    ),
];

/// Codes of all presets.
pub fn codes() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(code, _)| *code)
}

/// The preset with this code. That all of them read is tested before they ship.
pub fn get(code: &str) -> Option<Scheme> {
    let (_, text) = FILES.iter().find(|(name, _)| *name == code)?;
    serde_json::from_str(text).ok()
}
