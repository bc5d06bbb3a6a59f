//! The binary: parse arguments, call the command, exit.
fn main() {}
