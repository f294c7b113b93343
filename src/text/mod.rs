//! Text forms.
pub mod escape;
