//! The local store (being built).

mod api;
pub mod layout;

pub use api::*;
