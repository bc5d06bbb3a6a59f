//! Why a page does not do what was asked, by how it is shown. [`PageError`] is what page handlers
//! work with; at the end either the form comes again ([`PageCall::refused`]), or it becomes a
//! [`Problem`], which the middleware shows as a page of refusal.
//!
//! [`PageCall::refused`]: super::call::PageCall::refused

use crate::domain::error::Invalid;
use crate::service::Error;
use crate::web::error::{Kind, Problem};

/// A request of a page that is not done.
#[derive(Debug)]
pub enum PageError {
    /// What was typed, or the state of things, is at fault: the form comes again, with every fault
    /// at its field.
    Form(Problem),
    /// Too many tries, or the server is busy: the form comes again and says to wait.
    Wait(Problem),
    /// Somebody else saved first: the form comes again, with theirs beside it.
    Stale(Problem),
    /// The form comes back after signing in again: nothing is done until it is sent once more.
    Unsent,
    /// Anything else: a page that says what happened.
    Problem(Problem),
}

impl PageError {
    /// Which kind of refusal it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Form(problem)
            | Self::Wait(problem)
            | Self::Stale(problem)
            | Self::Problem(problem) => problem.kind(),
            Self::Unsent => Kind::Unauthorized,
        }
    }
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        match problem.kind() {
            Kind::TooMany | Kind::Busy => Self::Wait(problem),
            Kind::Stale => Self::Stale(problem),
            Kind::Invalid | Kind::Conflict if !problem.faults().is_empty() => Self::Form(problem),
            _ => Self::Problem(problem),
        }
    }
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        Problem::from(error).into()
    }
}

impl From<Invalid> for PageError {
    fn from(fault: Invalid) -> Self {
        Problem::from(fault).into()
    }
}

/// Outside a form every refusal is a page of its own.
impl From<PageError> for Problem {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Form(problem)
            | PageError::Wait(problem)
            | PageError::Stale(problem)
            | PageError::Problem(problem) => problem,
            PageError::Unsent => Self::new(Kind::Unauthorized),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_shown_by_its_kind() {
        let shown = |error: PageError| match error {
            PageError::Form(_) => "form",
            PageError::Wait(_) => "wait",
            PageError::Stale(_) => "stale",
            PageError::Unsent => "unsent",
            PageError::Problem(_) => "problem",
        };
        assert_eq!(shown(Invalid::new("mail", "mail").into()), "form");
        let conflict = Error::Conflict(Invalid::new("", "reminder_too_late"));
        assert_eq!(shown(conflict.into()), "form");
        assert_eq!(shown(Problem::too_many(5).into()), "wait");
        assert_eq!(shown(Problem::new(Kind::Busy).into()), "wait");
        assert_eq!(shown(Error::Stale.into()), "stale");
        assert_eq!(shown(Error::Forbidden.into()), "problem");
        assert_eq!(shown(Problem::new(Kind::Invalid).into()), "problem");
    }
}
