//! Which stored field means what, decided once.
//!
//! A *preset* is a table: for each field in this program's words the places where a schema keeps it. Detection joins a preset
//! with what the source says of its fields; indices that come out alike form one *group*, and every search is sent once for each.

mod attributes;
mod detect;
mod envelope;
mod field;
mod map;
mod passed_on;
mod presets;
mod record;

pub use detect::{Caps, Kind, Schemas, detect, service_of_index};
pub use envelope::{is_envelope, unpack};
pub use field::Field;
pub use map::{FieldMap, Group, Mapping, Only, minus};
pub use presets::{ANYWHERE, Attributes, DEFAULT_PRESET, PRESETS, Preset, preset_named};
pub use record::{lookup, read_record, read_records};
