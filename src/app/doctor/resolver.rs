//! Asks a name server for the texts of a name (RFC 1035): one question of one kind, which is all
//! that is needed here. A resolver library would bring dozens of crates for it.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(3);
const TRIES: usize = 2;
const TXT: u16 = 16;
/// The flag of an answer that was cut.
const CUT: u8 = 0x02;
/// "No such name", which is an answer too.
const NO_SUCH_NAME: u8 = 3;

/// The first name server of the system.
pub(super) fn of_system() -> Option<SocketAddr> {
    let text = std::fs::read_to_string("/etc/resolv.conf").ok()?;
    let named = text.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver"))
            .then(|| words.next())
            .flatten()
    })?;
    Some(SocketAddr::new(named.parse::<IpAddr>().ok()?, 53))
}

/// The texts of a name; none if there is no such name. A cut answer is asked for again over TCP.
pub(super) fn texts(server: SocketAddr, name: &str) -> Result<Vec<String>, String> {
    let (id, question) = question(name).ok_or_else(|| format!("{name}: not a name"))?;
    let mut answer = Err(io::Error::other("no answer"));
    for _ in 0..TRIES {
        answer = over_udp(server, &question, id);
        if answer.is_ok() {
            break;
        }
    }
    let mut answer = answer.map_err(|cause| format!("{server}: {cause}"))?;
    if answer.get(2).is_some_and(|flags| flags & CUT != 0) {
        answer = over_tcp(server, &question).map_err(|cause| format!("{server}: {cause}"))?;
    }
    match answer.get(3).map(|flags| flags & 0x0f) {
        Some(0) => read(&answer).ok_or_else(|| format!("{server}: the answer can't be read")),
        Some(NO_SUCH_NAME) => Ok(Vec::new()),
        code => Err(format!("{server}: error {}", code.unwrap_or_default())),
    }
}

/// A question with an id that others can't guess, with room for 1232 bytes (EDNS).
fn question(name: &str) -> Option<([u8; 2], Vec<u8>)> {
    let id: [u8; 2] = rand::random();
    let mut bytes = id.to_vec();
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    for label in name.trim_end_matches('.').split('.') {
        let length = u8::try_from(label.len())
            .ok()
            .filter(|length| (1..=63).contains(length))?;
        bytes.push(length);
        bytes.extend(label.as_bytes());
    }
    bytes.extend([0, 0, 16, 0, 1]);
    bytes.extend([0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]);
    Some((id, bytes))
}

fn over_udp(server: SocketAddr, question: &[u8], id: [u8; 2]) -> io::Result<Vec<u8>> {
    let any = if server.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.send(question)?;
    let mut answer = vec![0; 4_096];
    loop {
        let length = socket.recv(&mut answer)?;
        let told = answer.get(..length).unwrap_or_default();
        if told.starts_with(&id) {
            return Ok(told.to_vec());
        }
    }
}

fn over_tcp(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = u16::try_from(question.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), question].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut answer = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

/// The texts of an answer. The names behind an alias are among them: the server followed it.
fn read(answer: &[u8]) -> Option<Vec<String>> {
    let number = |at: usize| Some(u16::from_be_bytes([*answer.get(at)?, *answer.get(at + 1)?]));
    let (questions, answers) = (number(4)?, number(6)?);
    let mut at = 12;
    for _ in 0..questions {
        at = after_name(answer, at)? + 4;
    }
    let mut found = Vec::new();
    for _ in 0..answers {
        at = after_name(answer, at)?;
        let (kind, length) = (number(at)?, usize::from(number(at + 8)?));
        let data = answer.get(at + 10..at + 10 + length)?;
        if kind == TXT {
            found.push(text(data)?);
        }
        at += 10 + length;
    }
    Some(found)
}

/// Where the name that begins at `at` ends.
fn after_name(answer: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *answer.get(at)? {
            0 => return Some(at + 1),
            0xc0.. => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
}

/// The parts of a text, put together.
fn text(mut data: &[u8]) -> Option<String> {
    let mut bytes = Vec::new();
    while let Some((length, rest)) = data.split_first() {
        let length = usize::from(*length);
        bytes.extend(rest.get(..length)?);
        data = rest.get(length..)?;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_a_broken_one_is_not() {
        let (_, mut answer) = question("tinbai.example").unwrap();
        answer.truncate(answer.len() - 11);
        answer[7] = 2;
        answer[11] = 0;
        // an alias, then a text in two parts, both of the name in the question
        answer.extend([0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12]);
        answer.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 9, 0, 10, 4]);
        answer.extend(b"v=sp\x04f1 -");
        assert_eq!(read(&answer), Some(vec!["v=spf1 -".to_owned()]));
        for length in 12..answer.len() {
            assert_eq!(read(&answer[..length]), None, "{length}");
        }
        assert!(question("a..b").is_none() && question(&"x".repeat(64)).is_none());
    }
}
