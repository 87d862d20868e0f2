//! Settings: options before environment before the profile of the configuration file before defaults.

mod profile;

pub use profile::{ConfigError, Profile, load_profile};
