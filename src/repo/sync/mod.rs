//! Pieces of push, pull and clone: what is asked of a remote, in which order, and what its answers
//! mean (FORMAT 8, rules R1 to R9).
//!
//! Invariants: a version's number is only ever created, never overwritten or deleted, here; only an
//! object at a version's name decides whose commit it is; nothing is cleaned up while that is not
//! known. Everything that came from a remote is checked before it is believed.

mod absorb;
mod clone;
pub mod command;
pub mod commit;
mod cycle;
pub mod glob;
pub mod history;
mod incoming;
mod markers;
pub mod newest;
mod parallel;
mod probe;
#[cfg(test)]
mod protocol_tests;
mod pull;
mod push;
mod run;
mod session;
pub mod strategy;
#[cfg(test)]
mod testing;
pub mod transfer;
