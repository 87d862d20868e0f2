//! `spia`: the incident dashboard in a terminal. From a page to the failing service, over Elasticsearch, OpenSearch or a file.
//!
//! ARCHITECTURE.md tells which room answers what, and what may not be there.

pub mod analysis;
pub mod answers;
pub mod app;
pub mod cli;
pub mod config;
pub mod demo;
pub mod export;
pub mod model;
pub mod query;
pub mod runtime;
pub mod schema;
pub mod source;
pub mod terminal;
pub mod ui;
