//! What goes wrong in a service itself: the noise of a normal day, and what the incident does to it.

use super::calls::Part;
use super::incident::{BAD_CLIENT, BAD_NODE, Incident};
use super::request::{Instance, Request, traceback};
use super::services::*;
use crate::model::Level;

impl Request<'_> {
    /// The noise of a normal day, and the canary: what goes wrong in the service itself.
    pub fn own_trouble(&mut self, by: &Instance, part: &'static Part, at: f64, status: u16) -> u16 {
        if status >= 500 {
            return status;
        }
        if by.bad && by.service == PRICING && self.rng.chance(0.48) {
            return 500;
        }
        if let Some(status) = self.struck_here(by, part, at) {
            return status;
        }
        let chance = if by.service == FRAUD { 0.004 } else { 0.0012 };
        if self.rng.chance(chance) {
            let (kind, text) = match self.rng.below(3) {
                0 => ("ValueError", "unexpected empty body"),
                1 => ("KeyError", "'session'"),
                _ => ("ConnectionResetError", "[Errno 104] Connection reset by peer"),
            };
            let mut failed = self.record(by, at - 0.5, Level::Error, format!("{kind}: {text}"));
            self.place(&mut failed, part);
            failed.status = Some(500);
            failed.error_code = Some("INTERNAL");
            failed.exception = Some((
                kind,
                text.to_string(),
                traceback("app/handlers.py", 57, "handle", "return await self.inner(request)", &format!("{kind}: {text}")),
            ));
            self.out.push(failed);
            return 500;
        }
        match part.path {
            "/token" if self.rng.chance(0.05) => 401,
            "/products" if self.rng.chance(0.02) => 404,
            "/charge" if self.rng.chance(0.03) => 402,
            _ => status,
        }
    }

    /// What the incident does to the service itself.
    fn struck_here(&mut self, by: &Instance, part: &'static Part, at: f64) -> Option<u16> {
        let own = |kind: &'static str, text: &str, file: &str| {
            (kind, traceback(file, 57, "handle", "return await self.inner(request)", &format!("{kind}: {text}")))
        };
        match self.struck_by(at)? {
            Incident::Deploy if by.service == TAX && self.rng.chance(0.4) => {
                let (kind, stack) = own("KeyError", "'rounding_mode'", "tax/rules.py");
                self.fails(by, part, at - 0.5, (kind, "'rounding_mode'", stack));
                Some(500)
            }
            Incident::Node if by.node == BAD_NODE && part.service != API_GATEWAY && self.rng.chance(0.55) => {
                let text = "[Errno -3] Temporary failure in name resolution";
                let (kind, stack) = own("socket.gaierror", text, "app/config.py");
                self.fails(by, part, at - 0.5, (kind, text, stack));
                Some(500)
            }
            Incident::Client if by.service == CART && self.user_agent == BAD_CLIENT && self.rng.chance(0.85) => {
                let (kind, stack) = own("TypeError", "string indices must be integers, not 'str'", "cart/items.py");
                self.fails(by, part, at - 0.5, (kind, "string indices must be integers, not 'str'", stack));
                Some(500)
            }
            _ => None,
        }
    }
}
