//! What a page says about the step before it. The address carries the code of the sentence
//! (`?xong=mat-khau`), never the sentence: nobody can put words of their own on a page.

use super::routes;

/// The parameter that carries the code.
pub const PARAMETER: &str = "xong";

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Another password is set.
    PasswordChanged,
    /// The second factor is off.
    SecondFactorOff,
    /// One session is ended.
    SessionEnded,
    /// The reader is signed out.
    SignedOut,
}

impl Notice {
    const ALL: [Self; 4] = [
        Self::PasswordChanged,
        Self::SecondFactorOff,
        Self::SessionEnded,
        Self::SignedOut,
    ];

    /// Its code in addresses.
    const fn code(self) -> &'static str {
        match self {
            Self::PasswordChanged => "mat-khau",
            Self::SecondFactorOff => "buoc-hai",
            Self::SessionEnded => "phien",
            Self::SignedOut => "dang-xuat",
        }
    }

    /// The key of its sentence.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::PasswordChanged => "pages.notice.password_changed",
            Self::SecondFactorOff => "pages.notice.second_factor_off",
            Self::SessionEnded => "pages.notice.session_ended",
            Self::SignedOut => "pages.notice.signed_out",
        }
    }

    /// The notice with this code.
    pub fn coded(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.code() == code)
    }

    /// The address of a page that shows it.
    pub(super) fn at(self, page: &str) -> String {
        routes::with(page, PARAMETER, self.code())
    }
}
