//! Secrets that the service generates: 256 random bits, of which the database stores the SHA-256
//! only. As they are random, a fast hash is enough: there is nothing to guess.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngExt as _;
use sha2::{Digest as _, Sha256};

/// Letters of generated words: no vowels, and none that looks like another.
const LETTERS: &[u8; 24] = b"BCDFGHJKLMNPQRSTVWXZ2456";

/// Characters of a secret.
pub const LENGTH: usize = 43;

/// A new secret, which can be part of cookies and addresses.
pub fn fresh() -> String {
    let bytes: [u8; 32] = rand::rng().random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The hash of a secret, which is stored.
pub fn hash(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()))
}

/// `groups` groups of four random letters, for people to type: 18 bits for each group.
pub fn words(groups: usize) -> String {
    let mut rng = rand::rng();
    let mut letter = || {
        LETTERS
            .get(rng.random_range(0..LETTERS.len()))
            .copied()
            .map_or('X', char::from)
    };
    let group: Vec<String> = (0..groups)
        .map(|_| (0..4).map(|_| letter()).collect())
        .collect();
    group.join("-")
}
