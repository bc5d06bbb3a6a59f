//! Integration tests, through the doors that users use.
