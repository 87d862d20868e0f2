//! What the figures mean: significance, spans, origins. Pure functions of the model's nouns.

pub mod assemble;
mod clocks;
mod critical_path;
mod foretold;
mod hints;
pub mod incident;
mod nesting;
pub mod origin;
mod outside;
mod parties;
pub mod patterns;
mod remarks;
mod requests;
pub mod shapes;
pub mod significance;
mod spans;
mod told;
mod tree;
mod waited;
