//! Until when a certificate holds. Only that date is read (X.509, DER); whether the certificate is
//! good is decided by the encryption.

use chrono::{DateTime, NaiveDateTime, Utc};

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERAL_TIME: u8 = 0x18;

/// The end of a certificate's time; nothing if it can't be read.
pub(super) fn ends(certificate: &[u8]) -> Option<DateTime<Utc>> {
    let (_, whole, _) = part(certificate)?;
    let (_, mut fields, _) = part(whole)?;
    // the version may be left out; then number, algorithm, issuer
    if fields.first() == Some(&VERSION) {
        fields = part(fields)?.2;
    }
    for _ in 0..3 {
        fields = part(fields)?.2;
    }
    let (SEQUENCE, validity, _) = part(fields)? else {
        return None;
    };
    let (kind, text, _) = part(part(validity)?.2)?;
    let text = std::str::from_utf8(text).ok()?;
    let text = match kind {
        // years of two digits are those up to 2049 (RFC 5280, 4.1.2.5.1)
        UTC_TIME if text.get(..2)? < "50" => format!("20{text}"),
        UTC_TIME => format!("19{text}"),
        GENERAL_TIME => text.to_owned(),
        _ => return None,
    };
    let at = NaiveDateTime::parse_from_str(&text, "%Y%m%d%H%M%SZ").ok()?;
    Some(at.and_utc())
}

/// The kind and the content of the first part, and what follows it.
fn part(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&kind, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        ..=0x7f => (usize::from(first), rest),
        0x80..=0x84 => {
            let digits = usize::from(first & 0x7f);
            let length = rest.get(..digits)?;
            let length = length
                .iter()
                .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (length, rest.get(digits..)?)
        }
        _ => return None,
    };
    Some((kind, rest.get(..length)?, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_and_a_broken_certificate_is_not() {
        let mut params = rcgen::CertificateParams::new(vec!["mail.example".to_owned()]).unwrap();
        for (year, end) in [
            (2027, "2027-03-04T00:00:00Z"),
            (2051, "2051-03-04T00:00:00Z"),
        ] {
            params.not_after = rcgen::date_time_ymd(year, 3, 4);
            let key = rcgen::KeyPair::generate().unwrap();
            let made = params.self_signed(&key).unwrap();
            let der: &[u8] = made.der();
            assert_eq!(ends(der), Some(end.parse().unwrap()));
            for length in 0..der.len() {
                assert_eq!(ends(&der[..length]), None, "{length}");
            }
        }
    }
}
