//! What the services write: one record, before it is dressed in a schema.

use crate::model::{Level, Timestamp};

/// One record of the made-up system, and where it really belongs.
#[derive(Clone, PartialEq, Debug)]
pub struct Made {
    /// When it was written.
    pub at: Timestamp,
    /// When it reaches the pipeline.
    pub arrived: Timestamp,
    pub level: Level,
    /// Index into `SERVICES`.
    pub service: usize,
    pub version: &'static str,
    pub pod: String,
    pub node: String,
    pub trace_id: String,
    pub span_id: String,
    /// The true parent, which is not written.
    pub parent_span: Option<String>,
    pub user: String,
    pub request_id: String,
    pub message: String,
    pub function: &'static str,
    pub line: u32,
    pub method: &'static str,
    pub path: &'static str,
    pub status: Option<u16>,
    pub duration_ms: Option<f64>,
    pub error_code: Option<&'static str>,
    pub amount: Option<f64>,
    pub payment_method: Option<&'static str>,
    pub tenant: Option<&'static str>,
    pub user_agent: Option<&'static str>,
    /// Type, message, traceback.
    pub exception: Option<(&'static str, String, String)>,
    pub memory_mb: f64,
}

impl Made {
    /// ERROR or worse.
    pub fn is_error(&self) -> bool {
        self.level >= Level::Error
    }

    /// It closes a request.
    pub fn is_request(&self) -> bool {
        self.status.is_some() && self.exception.is_none()
    }

    /// It closes a request that failed.
    pub fn is_failed(&self) -> bool {
        self.is_request() && self.status.is_some_and(|status| status >= 500)
    }

    /// It opens a request.
    pub fn is_start(&self) -> bool {
        self.message.starts_with("Request started")
    }
}
