//! Use cases: one function, one write transaction, one audit line.
