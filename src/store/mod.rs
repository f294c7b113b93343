//! The local store (being built).

mod api;

pub use api::*;
