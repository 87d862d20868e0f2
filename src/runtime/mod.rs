//! What moves: questions driven to their answers, and the loop of the dashboard.

mod asking;
mod dashboard;
pub mod drive;
pub mod told;

pub use asking::Asker;
pub use dashboard::run;
