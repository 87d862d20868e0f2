//! What moves: questions driven to their answers, and the loop of the dashboard.

pub mod drive;
