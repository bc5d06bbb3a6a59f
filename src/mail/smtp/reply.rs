//! Replies of a mail server (RFC 5321, 4.2). The code alone decides; the text is for people and may
//! be missing or in any encoding.

/// Longest reply that is read, in bytes.
const MAX_REPLY: usize = 64 * 1024;

/// A whole reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// The code of its last line.
    pub(super) code: u16,
    /// The texts of its lines; what is not UTF-8 is replaced.
    pub(super) lines: Vec<String>,
}

/// What the server sent is no reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) String);

impl Reply {
    /// Takes the first reply out of `received`; `None` if it is not complete yet.
    pub(super) fn take(received: &mut Vec<u8>) -> Result<Option<Self>, Malformed> {
        let (mut lines, mut used) = (Vec::new(), 0);
        while let Some(line) = next_line(received.get(used..).unwrap_or_default()) {
            used += line.len();
            let text = line.trim_ascii();
            if text.is_empty() {
                continue;
            }
            let (code, is_last, text) = parts(text)?;
            lines.push(String::from_utf8_lossy(text).into_owned());
            if is_last {
                received.drain(..used);
                return Ok(Some(Self { code, lines }));
            }
        }
        if received.len() > MAX_REPLY {
            return Err(Malformed("the reply does not end".to_owned()));
        }
        Ok(None)
    }

    /// The enhanced status code (RFC 3463) that a text begins with, if one does.
    pub(super) fn enhanced(&self) -> Option<(u16, u16, u16)> {
        let word = self.lines.last()?.split_whitespace().next()?;
        let mut numbers = word.split('.').map(|number| number.parse().ok());
        let code = (numbers.next()??, numbers.next()??, numbers.next()??);
        numbers.next().is_none().then_some(code)
    }

    /// Code and text in one line.
    pub(super) fn words(&self) -> String {
        format!("{} {}", self.code, self.lines.join(" "))
            .trim_end()
            .to_owned()
    }
}

/// The bytes up to the first line end, with it.
fn next_line(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    bytes.get(..=end)
}

/// Code, whether the line is the last of its reply, and text.
fn parts(line: &[u8]) -> Result<(u16, bool, &[u8]), Malformed> {
    let malformed = || Malformed(format!("no reply: {}", String::from_utf8_lossy(line)));
    let (digits, rest) = line.split_at_checked(3).ok_or_else(malformed)?;
    let code = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
        .and_then(|digits| digits.parse().ok())
        .filter(|code| (200..600).contains(code))
        .ok_or_else(malformed)?;
    match rest.split_first() {
        Some((b'-', text)) => Ok((code, false, text)),
        Some((b' ' | b'\t', text)) => Ok((code, true, text)),
        Some(_) => Ok((code, true, rest)),
        None => Ok((code, true, rest)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> (u16, Vec<String>) {
        let mut received = bytes.to_vec();
        let reply = Reply::take(&mut received).unwrap().unwrap();
        assert!(received.is_empty());
        (reply.code, reply.lines)
    }

    #[test]
    fn the_code_alone_decides() {
        assert_eq!(
            read(b"250 2.0.0 fine\r\n"),
            (250, vec!["2.0.0 fine".into()])
        );
        assert_eq!(read(b"250\r\n"), (250, vec![String::new()]));
        assert_eq!(read(b"250 \n"), (250, vec![String::new()]));
        assert_eq!(read(b"250f\xfcr\r\n").0, 250);
        assert_eq!(
            read(b"250 f\xfcr Zustellung\r\n"),
            (250, vec!["f\u{fffd}r Zustellung".into()])
        );
        let lines = vec!["a".into(), String::new(), "b".into()];
        assert_eq!(read(b"250-a\r\n250-\r\n250 b\r\n"), (250, lines));
        assert_eq!(read(b"250-a\r\n250\r\n").0, 250);
        assert_eq!(read(b"\r\n220 ready\r\n").0, 220);
    }

    #[test]
    fn half_a_reply_waits_and_the_next_one_stays() {
        let mut received = b"250-a\r\n25".to_vec();
        assert_eq!(Reply::take(&mut received), Ok(None));
        received.extend_from_slice(b"0 b\r\n421 bye\r\n");
        assert_eq!(Reply::take(&mut received).unwrap().unwrap().code, 250);
        assert_eq!(Reply::take(&mut received).unwrap().unwrap().code, 421);
    }

    #[test]
    fn what_has_no_code_is_no_reply() {
        for bytes in [
            &b"ok\r\n"[..],
            b"25 x\r\n",
            b"999 x\r\n",
            b"199 x\r\n",
            b"2\xfc0 x\r\n",
        ] {
            assert!(Reply::take(&mut bytes.to_vec()).is_err(), "{bytes:?}");
        }
        assert!(Reply::take(&mut vec![b'2'; MAX_REPLY + 1]).is_err());
    }

    #[test]
    fn enhanced_codes_are_read_where_they_stand() {
        let enhanced = |text: &str| {
            let lines = vec![text.to_owned()];
            Reply { code: 550, lines }.enhanced()
        };
        assert_eq!(enhanced("5.1.1 no such user"), Some((5, 1, 1)));
        assert_eq!(enhanced("no such user 5.1.1"), None);
        assert_eq!(enhanced("1.2.3.4 refused"), None);
        assert_eq!(enhanced(""), None);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Reply::take(&mut bytes.clone());
        }

        #[test]
        fn any_text_leaves_the_code(code in 200_u16..600, text in prop::collection::vec(any::<u8>(), 0..80)) {
            let text: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\n').collect();
            let mut received = format!("{code} ").into_bytes();
            received.extend(text);
            received.extend(b"\r\n");
            prop_assert_eq!(Reply::take(&mut received).unwrap().unwrap().code, code);
        }
    }
}
