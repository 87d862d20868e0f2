//! Settings: options before environment before the profile of the configuration file before defaults.

mod marks;
mod profile;

pub use marks::{load_marks, save_marks};
pub use profile::{ConfigError, Profile, load_profile};
