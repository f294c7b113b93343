//! The integration tests, one binary: what each file proves, and where a new test belongs.
//!
//! Rules about the text of the project: `tidy`. The README's examples: `readme`. Pages and
//! completions made from the command line's definitions: `generated`. Every command as a script
//! sees it: `commands`; import, export and transactions: `pairs`. The promises of remotes, over
//! every kind: `remote`. Power loss and failing calls, in memory: `durability`; the program killed
//! at any moment: `kill`; sizes, bad input, locks: `limits`; full and read-only disks: `full_disk`.
//! What several of them need: `common`.
#![allow(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::format_collect,
    unreachable_pub,
    reason = "tests arrange what the program finds, and fail by panics; also in their helpers"
)]

mod commands;
mod common;
mod durability;
mod full_disk;
mod generated;
mod kill;
mod limits;
mod pairs;
mod readme;
mod remote;
mod tidy;
