//! Settings: options before environment before the profile of the configuration file before defaults.

mod columns;
mod kept;
mod marks;
mod profile;

pub use columns::{load_columns, save_columns};
pub use marks::{load_marks, save_marks};
pub use profile::{ConfigError, Profile, load_profile};
