//! The only room that knows lettre: building and sending mails.
