//! Schedule, runner and jobs.
