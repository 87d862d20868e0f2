//! Who stands between a program and whom it asks, or keeps it from asking: sidecars, meshes, proxies, breakers, machines, copies.

use super::{is_name, trimmed};

/// `dial tcp 127.0.0.1:15001: connection refused`: the mesh's own proxy beside the program.
pub(super) fn by_sidecar(text: &str) -> Option<String> {
    ["127.0.0.1:15001", "127.0.0.1:15006", "127.0.0.1:15021", "localhost:15001"].iter().any(|at| text.contains(at)).then(|| "istio-proxy".to_string())
}

/// `upstream_cluster=outbound|8080||wallet.games.svc.cluster.local`: how the mesh's proxies call whom they ask.
pub(super) fn by_cluster(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("outbound|")?;
    let host: String = rest.split_once("||")?.1.chars().take_while(|c| is_name(*c)).collect();
    (host.len() > 2).then_some(host)
}

/// `replica orders-replica is 41s behind primary`: a copy that has not got yet what was written.
pub(super) fn by_replica(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if !["behind", "replication lag", "replay lag", "lagging"].iter().any(|word| lower.contains(word)) {
        return None;
    }
    let words: Vec<&str> = text.split_whitespace().map(trimmed).collect();
    let is_host = |word: &&str| word.len() > 3 && word.chars().all(is_name) && word.contains(|c: char| c == '-' || c == '.' || c.is_ascii_digit());
    const COPIES: [&str; 4] = ["replica", "secondary", "standby", "follower"];
    let pair = words.windows(2).find(|pair| matches!(pair, [what, name] if COPIES.contains(what) && is_host(name)));
    // `read routed to orders-replica-2`, `docs-replica-1:5432 replay lag 63 s`.
    let host = |word: &str| word.split(':').next().unwrap_or_default().to_string();
    let by_itself = || words.iter().map(|word| host(word)).find(|name| is_host(&name.as_str()) && COPIES.iter().any(|copy| name.contains(copy)));
    pair.and_then(|pair| pair.get(1)).map(|name| (*name).to_string()).or_else(by_itself)
}

/// `no route to host (node ip-10-2-12-9)`: the machine, whoever runs on it.
pub(super) fn by_node(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().map(trimmed).collect();
    let pair = words.windows(2).find(|pair| matches!(pair, ["node", name] if crate::analysis::hints::is_node(name)))?;
    pair.get(1).map(|name| (*name).to_string())
}

/// `Unable to connect to proxy squid:3128`, `proxyconnect tcp: dial tcp squid:3128`: who stands between gave no way.
pub(super) fn by_proxy(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let at = ["connect to proxy", "proxyconnect", "proxy error", "via proxy", "through proxy", "proxy: ", "proxy squid", " proxy "]
        .iter()
        .filter_map(|word| lower.find(word))
        .min()?;
    let split = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ')' | ',' | '/');
    let has_port = |word: &&str| {
        word.rsplit_once(':')
            .is_some_and(|(host, port)| host.len() > 1 && host.chars().all(is_name) && port.len() > 1 && port.bytes().all(|b| b.is_ascii_digit()))
    };
    let found = text.get(at..)?.split(split).map(|word| word.trim_end_matches([':', '.'])).find(has_port)?;
    found.rsplit_once(':').map(|(host, _)| host.to_string())
}

/// `the circuit is open and is not allowing calls to inventory`: whom a breaker keeps from being asked.
pub(super) fn by_breaker(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    if !lower.contains("circuit") && !lower.contains("breaker") {
        return None;
    }
    let words: Vec<&str> = text.split_whitespace().map(trimmed).collect();
    let calls = |word: &str| ["call", "calls", "request", "requests"].contains(&word);
    let plain = |word: &&str| {
        word.len() > 2 && word.chars().all(is_name) && word.chars().any(|c| c.is_ascii_lowercase()) && !["the", "this", "pass"].contains(word)
    };
    let policy = ["policy key: ", "policy: ", "policy '", "(command "].iter().find_map(|mark| {
        let at = lower.find(mark)?;
        let word: String = text.get(at + mark.len()..)?.chars().take_while(|c| is_name(*c)).collect();
        let bare = ["-http", "-policy", "-breaker", "-client"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(&word).to_string();
        (bare.len() > 2).then_some(bare)
    });
    if policy.is_some() {
        return policy;
    }
    words.windows(3).find(|w| matches!(w, [call, "to", name] if calls(call) && plain(name)))?.get(2).map(|name| (*name).to_string())
}
