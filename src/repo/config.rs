//! Settings (being built).
/// All settings that are in force.
#[derive(Clone, Debug, Default)]
pub struct Config {}
