//! Mails: how a stored mail becomes bytes, and how these are sent. The only module that uses
//! lettre.
//!
//! | file | what |
//! |---|---|
//! | `build` | [`Outgoing`] → [`Raw`], the bytes of RFC 5322 with their envelope |
//! | `transport` | where mails go: SMTP, a directory of files, memory |
//! | `outcome` | how a try ended |
//! | `smtp` | one SMTP connection, its time-outs, and what a reply means |
//! | `file`, `memory` | the other two transports |
//! | `settings` | the transport and the sender that the settings ask for |
//! | `render` | the frame of our mails: HTML and text from the same blocks |
//!
//! When to send, what to do after a failure, and how many connections: `worker::delivery`.

mod build;
mod file;
mod memory;
mod outcome;
pub mod render;
mod settings;
mod smtp;
mod transport;

pub use build::{Builder, Raw, Unbuildable};
pub use memory::{Captured, Memory};
pub use outcome::{Outcome, Progress, Unreachable};
pub use settings::from_settings;
pub use smtp::{Login, Offers, SmtpOptions, Timeouts, Tls, probe};
pub use transport::{Link, Transport};

pub use crate::domain::mail::{Extras, Outgoing, message_id};
