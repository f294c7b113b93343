//! The integration tests, one program. A module a threat; see each.

mod common;
mod remote;
