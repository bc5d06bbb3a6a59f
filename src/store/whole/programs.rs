//! The programs of PostgreSQL that dump and restore, found on the path. A password reaches them by
//! their environment: everybody can read the arguments of a process.

use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::store::StoreError;

/// Longest word of a program that is repeated, in characters.
const SAID_MAX: usize = 400;

/// A server as the programs are told of it.
pub(super) struct Server {
    /// Without a password.
    address: String,
    password: Option<String>,
}

impl Server {
    /// Takes the password out of an address.
    ///
    /// # Errors
    /// If the address has the password of a key, which could only be told as an argument.
    pub(super) fn at(url: &str) -> Result<Self, StoreError> {
        let (address, query) = url.split_once('?').unwrap_or((url, ""));
        if query.contains("sslpassword=") {
            return Err(StoreError::Unavailable(
                "sslpassword is not given to pg_dump; use a key without a password or a service file".to_owned(),
            ));
        }
        let (address, in_login) = without_password(address);
        let (in_query, rest): (Vec<&str>, Vec<&str>) = query
            .split('&')
            .filter(|part| !part.is_empty())
            .partition(|part| part.starts_with("password="));
        let in_query = in_query
            .first()
            .map(|part| part.replacen("password=", "", 1));
        let query = if rest.is_empty() {
            String::new()
        } else {
            format!("?{}", rest.join("&"))
        };
        Ok(Self {
            address: format!("{address}{query}"),
            password: in_login.or(in_query).map(|password| decoded(&password)),
        })
    }

    /// Dumps the database into a file, as the exported snapshot sees it.
    pub(super) fn dump(&self, snapshot: &str, to: &Path) -> Result<(), StoreError> {
        let mut command = self.command("pg_dump");
        command
            .args(["--format=custom", "--no-owner", "--no-privileges"])
            .arg(format!("--snapshot={snapshot}"))
            .arg(format!("--dbname={}", self.address))
            .arg("--file")
            .arg(to);
        ended("pg_dump", command.stdin(Stdio::null()).output())
    }

    /// Restores a dump in one transaction: all of it or nothing.
    pub(super) fn restore(&self, from: &mut dyn Read) -> Result<(), StoreError> {
        let mut command = self.command("pg_restore");
        command
            .args(["--exit-on-error", "--single-transaction"])
            .args(["--no-owner", "--no-privileges"])
            .arg(format!("--dbname={}", self.address))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut running = command
            .spawn()
            .map_err(|cause| missing("pg_restore", &cause))?;
        let fed = running.stdin.take().map(|mut to| io::copy(from, &mut to));
        ended("pg_restore", running.wait_with_output())?;
        // a program that fails stops reading: its own words say more
        fed.transpose()
            .map(|_| ())
            .map_err(|cause| StoreError::Unavailable(format!("pg_restore: {cause}")))
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.arg("--no-password").env("LC_MESSAGES", "C");
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        command
    }
}

/// Reads all of a dump, without a server.
pub(super) fn read_through(dump: &Path) -> Result<(), StoreError> {
    let mut command = Command::new("pg_restore");
    command
        .env("LC_MESSAGES", "C")
        .arg("--file=/dev/null")
        .arg(dump);
    ended("pg_restore", command.stdin(Stdio::null()).output())
}

fn missing(program: &str, cause: &io::Error) -> StoreError {
    StoreError::Unavailable(format!(
        "{program}: {cause} (install the package postgresql-client, of the server's version or newer)"
    ))
}

fn ended(program: &str, output: io::Result<Output>) -> Result<(), StoreError> {
    let output = output.map_err(|cause| missing(program, &cause))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said: Vec<&str> = said.split_whitespace().collect();
    let said: String = said.join(" ").chars().take(SAID_MAX).collect();
    let said = match said.is_empty() {
        true => format!("{program}: {}", output.status),
        false => said,
    };
    // a file longer than the system allows (`ulimit -f`) ends the program by this signal
    let full = ["No space left", "File too large", "Disk quota", "SIGXFSZ"];
    Err(match full.iter().any(|words| said.contains(words)) {
        true => StoreError::Unwritable(said),
        false => StoreError::Unavailable(said),
    })
}

/// An address `scheme://user:password@host/name` without its password, and the password.
fn without_password(address: &str) -> (String, Option<String>) {
    let parts = address
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?)))
        .and_then(|(scheme, (login, place))| Some((scheme, login.split_once(':')?, place)));
    match parts {
        Some((scheme, (user, password), place)) => (
            format!("{scheme}://{user}@{place}"),
            Some(password.to_owned()),
        ),
        None => (address.to_owned(), None),
    }
}

/// A text of an address with its `%20` read.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let code = after
            .get(..2)
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(code.unwrap_or(b'%'));
        rest = match code {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_part_of_the_address() {
        for (url, address, password) in [
            ("postgres://t@db/x", "postgres://t@db/x", None),
            (
                "postgres://t:m%E1%BB%9F@db:5432/x?sslmode=require",
                "postgres://t@db:5432/x?sslmode=require",
                Some("mở"),
            ),
            (
                "postgresql://db/x?password=a%20b&user=t",
                "postgresql://db/x?user=t",
                Some("a b"),
            ),
            (
                "postgres://t:p%@db/x?password=q",
                "postgres://t@db/x",
                Some("p%"),
            ),
            (
                "postgres://t@%2Ftmp%2Fpg/x",
                "postgres://t@%2Ftmp%2Fpg/x",
                None,
            ),
        ] {
            let server = Server::at(url).unwrap();
            assert_eq!(
                (server.address.as_str(), server.password.as_deref()),
                (address, password),
                "{url}"
            );
        }
        assert!(Server::at("postgres://t@db/x?sslpassword=s").is_err());
    }
}
