//! What a proxy's access log says of the request that it passed on: to whom, and why that did not go well.

use super::record::lookup;
use crate::model::{PassedOn, Peer};
use serde_json::{Map, Value};

/// Envoy's response flags for what became of a request on its way to whom it was for
/// (envoyproxy.io, "Access logging", `%RESPONSE_FLAGS%`).
const UPSTREAM: [(&str, &str); 14] = [
    ("UF", "no connection to it"),
    ("UH", "none of its hosts is healthy"),
    ("UO", "too many requests wait for it already"),
    ("UC", "the connection ended before an answer"),
    ("UT", "no answer in time"),
    ("UR", "the connection was reset"),
    ("LR", "the connection was reset on this side"),
    ("LH", "its health check failed"),
    ("UPE", "its answer broke the protocol"),
    ("UMSDR", "no answer in time"),
    ("SI", "no byte in time"),
    ("DT", "no answer in time"),
    ("DF", "its name was not resolved"),
    ("OM", "too much load"),
];
/// For what the proxy did by itself.
const OWN: [(&str, &str); 5] = [
    ("NR", "no route for it"),
    ("NC", "no such cluster"),
    ("NFCF", "its settings for it are missing"),
    ("RLSE", "whom it asks about limits did not answer"),
    ("UAEX", "whom it asks about rights did not answer"),
];

/// HAProxy's first two letters of how a session ended (its manual, 8.5 "Session state at disconnection").
const SESSIONS: [(&str, &str); 6] = [
    ("SC", "no connection to it"),
    ("sC", "no connection to it in time"),
    ("SH", "the connection ended before an answer"),
    ("sH", "no answer in time"),
    ("sQ", "none of its servers was free in time"),
    ("SD", "the connection ended within the answer"),
];

/// What the record says of whom it passed the request on to; `to` is as the proxy calls it, `came_in` whether the record bears
/// the time at which the request came in. `None` when it says nothing at all.
pub fn passed_on(fields: &Map<String, Value>, to: Option<&str>, came_in: bool) -> Option<PassedOn> {
    let word = |path: &str| lookup(fields, path).and_then(Value::as_str).filter(|word| !word.is_empty() && *word != "-");
    let to = to.and_then(upstream);
    let details = || word("response_code_details").or_else(|| word("upstream_transport_failure_reason")).unwrap_or_default();
    let flags = || word("response_flags").into_iter().flat_map(|flags| flags.split(','));
    let of = |table: &[(&str, &'static str)], flag: &str| table.iter().find(|(known, _)| *known == flag).map(|(_, said)| *said);
    let kept = flags().find_map(|flag| of(&OWN, flag).filter(|_| flag != "UAEX" || details().contains("error")));
    let failed =
        || flags().find_map(|flag| of(&UPSTREAM, flag)).or_else(|| of(&SESSIONS, word("termination_state").or(word("term_state"))?.get(..2)?));
    let words = |said: &str| {
        let own: Vec<&str> = ["response_flags", "termination_state", "term_state"].into_iter().filter_map(word).chain([details()]).collect();
        format!("{said} ({})", own.join(" ").trim().replace('_', " "))
    };
    let said = kept.or_else(failed).map(words);
    let to = to.filter(|_| kept.is_none());
    let gave_up = flags().any(|flag| flag == "DC");
    (to.is_some() || said.is_some() || gave_up || came_in).then_some(PassedOn { to, said, came_in, gave_up })
}

/// `outbound|8080||catalog.prod.svc.cluster.local`, `be_booking`, `booking@docker`, `shop-booking-8080`: whom a proxy means by that.
fn upstream(name: &str) -> Option<Peer> {
    // What comes in by a sidecar is for the program beside it.
    if name.starts_with("inbound|") || name.ends_with("Cluster") || name.contains("<NOSRV>") {
        return None;
    }
    let name = name.strip_prefix("outbound|").and_then(|rest| rest.rsplit('|').next()).unwrap_or(name);
    let name = name.split('@').next().unwrap_or(name);
    let name = ["be_", "bk_", "backend_", "be-", "bk-", "backend-"].iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name);
    let name = ["_backend", "-backend", "_be", "_cluster", "-cluster", "_upstream", "-upstream"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .unwrap_or(name);
    let host = name.split(':').next().unwrap_or(name);
    let inside = [".svc.cluster.local", ".svc"].iter().find_map(|end| host.strip_suffix(end)).and_then(|host| host.split('.').next());
    let bare = inside.unwrap_or(host);
    (bare.len() > 1 && bare.chars().any(|c| c.is_ascii_alphabetic())).then(|| Peer { name: bare.to_string(), is_database: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_proxies_mean() {
        let name = |text: &str| upstream(text).map(|peer| peer.name);
        for (text, meant) in [
            ("outbound|8080||catalog.prod.svc.cluster.local", "catalog"),
            ("outbound|443||api.stripe.com", "api.stripe.com"),
            ("outbound|9090|v2|rates.fx.svc.cluster.local", "rates"),
            ("be_booking", "booking"),
            ("booking@docker", "booking"),
            ("payments", "payments"),
        ] {
            assert_eq!(name(text).as_deref(), Some(meant), "{text}");
        }
        for text in ["inbound|8080||", "PassthroughCluster", "BlackHoleCluster", "<NOSRV>"] {
            assert_eq!(name(text), None, "{text}");
        }
    }
}
