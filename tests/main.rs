//! The integration tests, one binary: what each file proves, and where a new test belongs.
//!
//! Rules about the text of the project: `tidy`. The README's examples: `readme`. Pages and
//! completions made from the command line's definitions: `generated`. The promises of remotes, over
//! every kind: `remote`. What several of them need: `common`.
#![expect(clippy::disallowed_methods, reason = "tests arrange what the program finds")]

mod common;
mod readme;
mod remote;
mod tidy;
