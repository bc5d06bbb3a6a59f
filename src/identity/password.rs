//! Passwords: argon2id at the parameters of OWASP ASVS 11.4.2 (19 MiB, two passes, one lane), in
//! PHC form. No rules about kinds of characters and no forced change (ASVS 6.2.5, 6.2.10): long
//! enough, and hard to guess.

use std::sync::LazyLock;

use argon2::password_hash::{Ident, Output, ParamsString, PasswordHash, Salt, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use rand::RngExt as _;
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::Score;

use super::{Fault, hashers};
use crate::domain::error::Invalid;
use crate::domain::text;

/// Shortest and longest password, in characters.
pub const LENGTH: std::ops::RangeInclusive<usize> = 12..=128;

/// Longest input that is processed, so that a gigantic one costs nothing.
const BYTES_MAX: usize = 2_048;

/// Characters that a password needs besides its owner's name, mail address and unit.
const LEFT_MIN: usize = 8;

/// Words that somebody who knows where the service runs tries first: the organisation, the product,
/// and what people here choose most often. Folded, without blanks.
const TRIED_FIRST: [&str; 40] = [
    "tinbai",
    "liendoan",
    "laodong",
    "congdoan",
    "tuyengiao",
    "nucong",
    "ldld",
    "cong",
    "doan",
    "lien",
    "lao",
    "dong",
    "tin",
    "bai",
    "tuyen",
    "giao",
    "vietnam",
    "viet",
    "nam",
    "hanoi",
    "saigon",
    "matkhau",
    "mat",
    "khau",
    "password",
    "admin",
    "quantri",
    "dangnhap",
    "anhyeuem",
    "emyeuanh",
    "yeuem",
    "iloveyou",
    "khongbiet",
    "chucmung",
    "xinchao",
    "bentre",
    "thanhhoa",
    "qwerty",
    "abc",
    "123",
];

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What a password is compared with where there is no account: it costs as much and never matches.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| {
    let unknown: [u8; 32] = rand::rng().random();
    hash(&super::secret::hash(&format!("{unknown:?}"))).ok()
});

/// The result of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Whether the password is right.
    pub good: bool,
    /// Whether the hash was computed with other parameters than today's. It should be replaced while
    /// the password is known.
    pub outdated: bool,
}

/// Checks a new password and returns it in NFKC, the form that is hashed. `about` is what an
/// attacker would try: name, mail address, unit.
///
/// # Errors
/// `password_short`, `password_long`, `password_weak`, on `field`.
pub fn check(field: &'static str, password: &str, about: &[&str]) -> Result<String, Invalid> {
    let long = || Invalid::new(field, "password_long").with("max", LENGTH.end());
    if password.len() > BYTES_MAX {
        return Err(long());
    }
    let password = normal(password);
    let length = password.chars().count();
    if length < *LENGTH.start() {
        return Err(Invalid::new(field, "password_short")
            .with("min", LENGTH.start())
            .with("value", length));
    }
    if length > *LENGTH.end() {
        return Err(long());
    }
    // words as an attacker would try them: lower case, also without diacritics
    let about: Vec<String> = about
        .iter()
        .flat_map(|text| [text.to_lowercase(), text::fold(text)])
        .collect();
    let about: Vec<&str> = about
        .iter()
        .flat_map(|text| text.split(['@', ' ', '.', '-']))
        .filter(|w| w.len() > 2)
        .collect();
    // zxcvbn accepts two such words and a year: what is left without them must be long enough itself
    let known = left_of(&password, &about).chars().count() < LEFT_MIN;
    if known || zxcvbn::zxcvbn(&password, &about).score() < Score::Three {
        return Err(Invalid::new(field, "password_weak"));
    }
    Ok(password)
}

/// The letters and digits of a password without words that would be tried first, its owner's and
/// those of everybody, and without years.
fn left_of(password: &str, about: &[&str]) -> String {
    let letters: String = text::fold(password)
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    let years = (1_950..=2_100).map(|year| year.to_string());
    let words = about.iter().chain(&TRIED_FIRST).map(ToString::to_string);
    let mut words: Vec<String> = words.chain(years).collect();
    // the longest first: "congdoan" before "cong"
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
        .iter()
        .fold(letters, |left, word| left.replace(word.as_str(), ""))
}

/// The hash of a password that [`check`] returned. It takes about 25 ms and 19 MiB: never call it
/// inside a transaction or from asynchronous code.
///
/// # Errors
/// [`Fault`] if the library rejects its own parameters or memory is missing.
pub fn hash(password: &str) -> Result<String, Fault> {
    let bytes: [u8; 16] = rand::rng().random();
    let salt = SaltString::encode_b64(&bytes).map_err(Fault::of)?;
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(Fault::of)?;
    let (algorithm, version) = (Algorithm::Argon2id, Version::V0x13);
    let with = Argon2::new(algorithm, version, params.clone());
    let made = hashers::hash(
        with,
        normal(password),
        bytes.to_vec(),
        Params::DEFAULT_OUTPUT_LEN,
    )?;
    let hashed = PasswordHash {
        algorithm: Ident::from(algorithm),
        version: Some(version.into()),
        params: ParamsString::try_from(&params).map_err(Fault::of)?,
        salt: Some(salt.as_salt()),
        hash: Some(Output::new(&made).map_err(Fault::of)?),
    };
    Ok(hashed.to_string())
}

/// Whether a password matches `hash`. `None` stands for an account that does not exist: it costs the
/// same and never matches.
///
/// # Errors
/// As [`hash`]; a stored hash that can't be read.
pub fn verify(password: &str, hash: Option<&str>) -> Result<Verified, Fault> {
    // an input that can't be a password is compared all the same, so that the answer takes as long
    let fits = password.len() <= BYTES_MAX;
    let password = if fits {
        normal(password)
    } else {
        String::new()
    };
    let nobody = NOBODY.as_deref().unwrap_or_default();
    let stored = PasswordHash::new(hash.unwrap_or(nobody)).map_err(Fault::of)?;
    let (Some(salt), Some(expected)) = (stored.salt, stored.hash) else {
        return Err(Fault(
            "a stored hash without its salt or its value".to_owned(),
        ));
    };
    let algorithm = Algorithm::try_from(stored.algorithm).map_err(Fault::of)?;
    let version = stored
        .version
        .map(Version::try_from)
        .transpose()
        .map_err(Fault::of)?
        .unwrap_or_default();
    let params = Params::try_from(&stored).map_err(Fault::of)?;
    let mut bytes = [0; Salt::MAX_LENGTH];
    let bytes = salt.decode_b64(&mut bytes).map_err(Fault::of)?.to_vec();
    let with = Argon2::new(algorithm, version, params);
    let made = hashers::hash(with, password, bytes, expected.len())?;
    // compared in constant time
    let same = Output::new(&made).map_err(Fault::of)? == expected;
    let today = [("m", MEMORY_KIB), ("t", PASSES), ("p", LANES)];
    let outdated = today
        .iter()
        .any(|(name, value)| stored.params.get_decimal(*name) != Some(*value));
    Ok(Verified {
        good: same && fits && hash.is_some(),
        outdated,
    })
}

fn normal(password: &str) -> String {
    password.nfkc().collect()
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher as _;

    use super::*;

    fn told(password: &str) -> &'static str {
        let about = [
            "Nguyễn Văn Thử",
            "nguyen.thu@donvi.example",
            "Công đoàn phường Bến Tre",
        ];
        check("password", password, &about).map_or_else(|fault| fault.code, |_| "fine")
    }

    #[test]
    fn long_ones_are_good_and_guessable_ones_are_not() {
        assert_eq!(told("mèo vàng leo thang dây"), "fine");
        assert_eq!(told(&"ộ".repeat(11)), "password_short");
        for weak in [
            "aaaaaaaaaaaaaaaa",
            "password1234",
            "123456789012",
            "nguyenthu2026!",
            "Liên đoàn Lao động",
            "Tin bài 2026!",
            "Tin bai Cong doan 2026",
            "Congdoan@2026",
            "Cong-Doan Lao-Dong 1929",
            "Ben Tre 2026!!!",
            "matkhau@123456",
            "Anh yêu em 2026",
            "qwertyuiop12",
        ] {
            assert_eq!(told(weak), "password_weak", "{weak}");
        }
        assert_eq!(told(&"khó đoán ".repeat(8)[..64]), "fine");
        assert_eq!(told(&"x".repeat(129)), "password_long");
        assert_eq!(told(&"x".repeat(10_000_000)), "password_long");
    }

    #[test]
    fn a_hash_fits_its_password_however_it_was_typed() {
        let hash = hash("Mật khẩu rất dài 1").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        let decomposed: String = "Mật khẩu rất dài 1".nfd().collect();
        assert_ne!(decomposed, "Mật khẩu rất dài 1");
        assert_eq!(
            verify(&decomposed, Some(&hash)).unwrap(),
            Verified {
                good: true,
                outdated: false
            }
        );
        assert!(!verify("Mật khẩu rất dài 2", Some(&hash)).unwrap().good);
        assert!(!verify(&"x".repeat(10_000_000), Some(&hash)).unwrap().good);
        assert!(!verify("", None).unwrap().good);
    }

    #[test]
    fn a_hash_of_other_parameters_is_known_as_outdated() {
        let weaker = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8_192, 1, 1, None).unwrap(),
        );
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let old = weaker
            .hash_password("mèo vàng leo thang".as_bytes(), &salt)
            .unwrap()
            .to_string();
        assert_eq!(
            verify("mèo vàng leo thang", Some(&old)).unwrap(),
            Verified {
                good: true,
                outdated: true
            }
        );
    }
}
