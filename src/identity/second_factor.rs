//! The second factor: codes by time (TOTP, RFC 6238: SHA-1, six digits, 30 s, one step of drift),
//! and recovery codes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use qrcode::QrCode;
use qrcode::render::svg;
use rand::RngExt as _;
use totp_rs::{Algorithm, Secret, TOTP};

use super::{Fault, secret};

/// Seconds of a step.
const STEP: u64 = 30;

/// The number of recovery codes of an account.
pub const RECOVERY_CODES: usize = 10;

/// A new secret, base32, 160 bits.
pub fn fresh() -> String {
    let bytes: [u8; 20] = rand::rng().random();
    Secret::Raw(bytes.to_vec()).to_encoded().to_string()
}

/// The time step of a code, if the code is valid at `now` and its step is later than `last`: a code
/// can be used once.
///
/// # Errors
/// A stored secret that can't be read.
pub fn verify(
    secret: &str,
    code: &str,
    last: Option<i64>,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Fault> {
    let (code, totp) = (compact(code), totp(secret)?);
    let step = u64::try_from(now.timestamp()).unwrap_or_default() / STEP;
    let mut found = None;
    for step in step.saturating_sub(1)..=step + 1 {
        let number = i64::try_from(step).unwrap_or(i64::MAX);
        if totp.generate(step * STEP) == code && last.is_none_or(|last| number > last) {
            found = Some(number);
        }
    }
    Ok(found)
}

/// The code of a secret at an instant, as an authenticator app shows it.
///
/// # Errors
/// A secret that can't be read.
pub fn code_at(secret: &str, at: DateTime<Utc>) -> Result<String, Fault> {
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    Ok(totp(secret)?.generate(seconds))
}

fn totp(secret: &str) -> Result<TOTP, Fault> {
    let fault = |error: String| Fault(format!("second factor: {error}"));
    let bytes = Secret::Encoded(secret.to_owned())
        .to_bytes()
        .map_err(|error| fault(format!("{error:?}")))?;
    TOTP::new(Algorithm::SHA1, 6, 1, STEP, bytes).map_err(|error| fault(error.to_string()))
}

/// New recovery codes: 72 bits each.
pub fn recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| secret::words(4)).collect()
}

/// The hash of a recovery code, with or without spaces and hyphens, in upper or lower case.
pub fn recovery_hash(code: &str) -> String {
    secret::hash(&compact(code).to_uppercase())
}

fn compact(code: &str) -> String {
    code.chars()
        .take(100)
        .filter(|c| c.is_ascii_alphanumeric())
        .collect()
}

/// A QR code (SVG as a data address) from which authenticator apps read the secret.
///
/// # Errors
/// A mail address that is too long for a QR code.
pub fn picture(secret: &str, mail: &str) -> Result<String, Fault> {
    let label: String = mail
        .bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect();
    let address = format!("otpauth://totp/Tinbai:{label}?secret={secret}&issuer=Tinbai");
    let code = QrCode::new(address.as_bytes()).map_err(|error| Fault(error.to_string()))?;
    let drawn = code
        .render::<svg::Color<'_>>()
        .min_dimensions(240, 240)
        .build();
    Ok(format!(
        "data:image/svg+xml;base64,{}",
        STANDARD.encode(drawn)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_standard_and_good_once() {
        // RFC 6238 appendix B, SHA-1: the last six of eight digits
        let secret = Secret::Raw(b"12345678901234567890".to_vec())
            .to_encoded()
            .to_string();
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (2_000_000_000, "279037"),
        ] {
            let step = verify(&secret, code, None, at(second)).unwrap().unwrap();
            assert_eq!(step, second / 30);
            assert_eq!(
                verify(&secret, code, Some(step), at(second)).unwrap(),
                None,
                "taken before"
            );
            assert!(
                verify(&secret, code, None, at(second + 30))
                    .unwrap()
                    .is_some()
            );
            assert!(
                verify(&secret, code, None, at(second + 60))
                    .unwrap()
                    .is_none()
            );
        }
        assert_eq!(verify(&secret, "", None, at(59)).unwrap(), None);
        assert_eq!(verify(&secret, "287 082", None, at(59)).unwrap(), Some(1));
    }

    #[test]
    fn recovery_codes_are_known_however_they_are_typed() {
        let codes = recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        assert_eq!(
            recovery_hash(&codes[0]),
            recovery_hash(&codes[0].replace('-', " ").to_lowercase())
        );
        assert_ne!(recovery_hash(&codes[0]), recovery_hash(&codes[1]));
    }
}
