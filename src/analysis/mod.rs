//! What the figures mean: significance, spans, origins. Pure functions of the model's nouns.

pub mod assemble;
pub mod critical_path;
pub mod origin;
pub mod shapes;
pub mod significance;
