//! What the figures mean: significance, spans, origins. Pure functions of the model's nouns.

pub mod significance;
