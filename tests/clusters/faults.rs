//! What a cluster in trouble answers, and what is said of it.

use crate::cluster::Cluster;
use crate::wait;
use serde_json::json;
use spia::answers::errors::ErrorsQuestion;
use spia::answers::*;
use spia::model::{Fault, Level, TimeRange, Timestamp};
use spia::runtime::drive::{drive, know};
use spia::source::elastic::{Access, Credentials, ElasticSource};
use spia::source::{SchemaQuestion, Source};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

fn errors(source: &ElasticSource) -> Result<Errors, Fault> {
    let known = wait(know(source, &SchemaQuestion::default()))?;
    let to = Timestamp::parse("2026-11-23T03:16:45Z").expect("a time").0;
    let reach = Reach::Exactly(TimeRange { from: to.plus_millis(-900_000), to });
    let params = ErrorsParams {
        scope: Scope { reach, ..Scope::default() },
        measure: Measure::Errors,
        by: By::Time,
        level: Level::Error,
        top: None,
        shown: Vec::new(),
    };
    wait(drive(source, &Known { clock: to, ..known }, ErrorsQuestion::new(params), Duration::from_secs(20))).map(|(answer, _)| answer)
}

fn source(access: Access, pattern: &str) -> ElasticSource {
    ElasticSource::new(&access, pattern).expect("a source")
}

fn plain(cluster: &Cluster, pattern: &str) -> ElasticSource {
    source(Access { url: cluster.url.clone(), ..Access::default() }, pattern)
}

/// On a cluster with records under `logs-`.
pub fn in_order(cluster: &Cluster) {
    assert!(matches!(errors(&plain(cluster, "nope-*")), Err(Fault::NoIndexMatches { .. })));
    let known = wait(know(&plain(cluster, "logs-*"), &SchemaQuestion::default())).expect("fields");
    let scope = Scope { filters: vec![spia::model::Filter::parse("no.such:x").expect("a filter")], ..Scope::default() };
    let params = ErrorsParams { scope, ..ErrorsParams::default() };
    let unknown = wait(drive(&plain(cluster, "logs-*"), &known, ErrorsQuestion::new(params), Duration::from_secs(20))).unwrap_err();
    assert!(unknown.to_string().contains("no such field"), "{unknown}");
    let nobody = source(Access { url: "http://127.0.0.1:1".into(), ..Access::default() }, "logs-*");
    assert!(matches!(errors(&nobody), Err(Fault::Unreachable { .. })));

    cluster.send("POST", "/logs-cart-2026.11.23/_close", String::new());
    let closed = errors(&plain(cluster, "logs-*")).expect("the rest answers");
    let cart = closed.services.iter().find(|s| s.service == "cart").expect("a closed index keeps its row");
    assert_eq!(cart.state, State::Incomplete);
    assert!(
        !closed.completeness.complete && closed.completeness.notes.iter().any(|n| n.contains("logs-cart-2026.11.23 is closed")),
        "{:?}",
        closed.completeness
    );
    cluster.send("POST", "/logs-cart-2026.11.23/_open?wait_for_active_shards=1", String::new());
    let open = errors(&plain(cluster, "logs-cart-2026.11.23")).expect("an index that is named");
    assert!(!open.completeness.notes.iter().any(|n| n.contains("closed")), "{:?}", open.completeness);

    let limit = |value: serde_json::Value| json!({"persistent": {"indices.breaker.request.limit": value}}).to_string();
    cluster.send("PUT", "/_cluster/settings", limit("1kb".into()));
    let tripped = errors(&plain(cluster, "logs-*"));
    cluster.send("PUT", "/_cluster/settings", limit(serde_json::Value::Null));
    match tripped {
        Err(fault) => assert!(fault.is_overload(), "{fault}"),
        Ok(partly) => assert!(!partly.completeness.complete, "a tripped breaker is never an all-clear"),
    }
    flawed_times(cluster);
    dead_in_the_middle(cluster);
    redirected();
}

/// On three nodes, a shard of every index on each: counts are too low, and nothing but the shards says so.
pub fn nodes_die(cluster: &Cluster) {
    let source = plain(cluster, "logs-*");
    let whole = errors(&source).expect("an answer");
    assert!(whole.services.iter().all(|s| s.state != State::Incomplete) && !whole.completeness.notes.iter().any(|n| n.contains("shards")));
    let mut answered_before = u64::MAX;
    for node in ["n3", "n2"] {
        cluster.kill(node);
        let partly = errors(&source).expect("what is left answers");
        let said = partly.completeness.notes.iter().find(|n| n.ends_with("shards answered")).expect("the missing shards are said");
        let figures: Vec<u64> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        assert!(!partly.completeness.complete && figures[0] < figures[1] && figures[0] < answered_before, "{said}");
        answered_before = figures[0];
        assert!(partly.services.iter().all(|s| s.state == State::Incomplete), "every index has lost a shard: none of its services is healthy");
    }
}

/// Records whose times are written wrong: said, with the service.
fn flawed_times(cluster: &Cluster) {
    let text = json!({"mappings": {"properties": {"timestamp": {"type": "text"}, "@timestamp": {"type": "date"}, "level": {"type": "keyword"}, "service": {"type": "keyword"}}}});
    let date = json!({"mappings": {"properties": {"timestamp": {"type": "date"}, "@timestamp": {"type": "date"}, "level": {"type": "keyword"}, "service": {"type": "keyword"}}}});
    for (service, mapping, stamp, arrived) in [
        ("ledger", &text, "2026-11-23T03:10:00.%fZ", "2026-11-23T03:10:01.000Z"),
        ("cart", &date, "2026-11-23T03:10:00Z", "2026-11-23T03:10:01.000Z"),
        ("pricing", &date, "2026-11-23T03:10:00.120", "2026-11-23T03:10:01.000Z"),
        ("billing", &date, "2026-11-23T01:10:00.120Z", "2026-11-23T03:10:01.000Z"),
        ("search", &date, "2026-11-23T05:10:00.120Z", "2026-11-23T03:10:01.000Z"),
        ("fraud", &date, "2026-11-23T03:10:00.120Z", "2026-11-23T03:10:01.000Z"),
    ] {
        let index = format!("/flawed-{service}-2026.11.23");
        cluster.send("PUT", &index, mapping.to_string());
        let record = json!({"timestamp": stamp, "@timestamp": arrived, "level": "INFO", "service": service});
        cluster.send("POST", &format!("{index}/_doc?refresh=true"), record.to_string());
    }
    let notes = errors(&plain(cluster, "flawed-*")).expect("an answer").completeness.notes;
    for (service, words) in [
        ("ledger", "carry a literal %f"),
        ("ledger", "are mapped as text; @timestamp is used"),
        ("cart", "have whole seconds only"),
        ("pricing", "name no zone"),
        ("billing", "arrive 2 h after the time they carry"),
        ("search", "lies in the future, up to"),
    ] {
        assert!(notes.iter().any(|n| n.contains(service) && n.contains(words)), "{service} {words}: {notes:?}");
    }
    assert!(!notes.iter().any(|n| n.contains("fraud") && !n.contains("not arrived")), "{notes:?}");
}

/// A connection that is cut is a sentence, not a hang.
fn dead_in_the_middle(cluster: &Cluster) {
    let proxy = Counting::new(&cluster.url);
    let cut = source(Access { url: proxy.url.clone(), ..Access::default() }, "logs-*");
    assert!(errors(&cut).is_ok());
    proxy.stop();
    assert!(matches!(errors(&cut), Err(Fault::Unreachable { .. } | Fault::TimedOut { .. })));
}

/// On the cluster with TLS and users.
pub fn of_access(cluster: &Cluster) {
    let record = json!({"timestamp": "2026-11-23T03:10:00.000Z", "level": "ERROR", "service": "cart", "message": "x"});
    let mapping = json!({"mappings": {"properties": {"timestamp": {"type": "date"}, "level": {"type": "keyword"}, "service": {"type": "keyword"}, "message": {"type": "text"}}}});
    cluster.send("PUT", "/logs-cart", mapping.to_string());
    cluster.send("POST", "/logs-cart/_doc?refresh=true", record.to_string());
    let access = |credentials| Access { url: cluster.url.clone(), ca: Some(cluster.ca()), credentials };
    let ask = |access| errors(&source(access, "logs-*"));

    let unknown_ca = ask(Access { ca: None, ..access(Credentials::None) }).unwrap_err();
    assert!(matches!(unknown_ca, Fault::Tls { .. }), "{unknown_ca}");
    assert!(matches!(ask(access(Credentials::None)), Err(Fault::Unauthenticated { .. })));
    let wrong = ask(access(Credentials::Basic("elastic".into(), "wrong-password".into()))).unwrap_err();
    assert!(matches!(wrong, Fault::Unauthenticated { .. }) && !wrong.to_string().contains("wrong-password"), "{wrong}");
    let plain_http = ask(Access { url: cluster.url.replace("https", "http"), ..access(Credentials::None) }).unwrap_err();
    assert!(plain_http.to_string().contains("https"), "{plain_http}");

    let role = json!({"name": "ro", "role_descriptors": {"ro": {"indices": [{"names": ["logs-*"], "privileges": ["read", "view_index_metadata"]}]}}});
    let key = cluster.send("POST", "/_security/api_key", role.to_string());
    let encoded = key["encoded"].as_str().expect("a key").to_string();
    let pair = format!("{}:{}", key["id"].as_str().expect("an id"), key["api_key"].as_str().expect("a secret"));
    for key in [encoded.clone(), pair, format!("{encoded}\n")] {
        let found = ask(access(Credentials::ApiKey(key))).expect("reading is enough");
        assert_eq!(found.services.iter().map(|s| (s.service.as_str(), s.total)).collect::<Vec<_>>(), [("cart", Some(1.0))]);
    }
    assert!(ElasticSource::new(&access(Credentials::Token("two\nlines".into())), "logs-*").is_err());
    let clock = wait(source(access(Credentials::ApiKey(encoded)), "logs-*").clock()).expect("a clock");
    assert!((clock.millis() - spia::source::machine_clock().millis()).abs() < 5000, "the same machine has the same clock");
}

/// What answers with a redirect is no cluster: it is said, and who it points to learns no secret.
fn redirected() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("a port");
    let pointing = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", pointing.local_addr().expect("an address"));
    let to = elsewhere.local_addr().expect("an address");
    let heard = Arc::new(std::sync::Mutex::new(String::new()));
    let ear = heard.clone();
    std::thread::spawn(move || {
        for mut stream in pointing.incoming().flatten() {
            let _request = stream.read(&mut [0; 65_536]);
            let _answer =
                write!(stream, "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{to}/login\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    std::thread::spawn(move || {
        for mut stream in elsewhere.incoming().flatten() {
            let mut buffer = [0; 65_536];
            let got = stream.read(&mut buffer).unwrap_or(0);
            ear.lock().expect("a lock").push_str(&String::from_utf8_lossy(&buffer[..got]));
            let _answer = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}");
        }
    });
    let credentials = Credentials::Basic("elastic".into(), "hunter2".into());
    let fault = errors(&source(Access { url, credentials, ..Access::default() }, "logs-*")).unwrap_err();
    assert!(matches!(fault, Fault::Strange { .. }) && fault.to_string().contains("redirects to"), "{fault}");
    let heard = heard.lock().expect("a lock").to_ascii_lowercase();
    assert!(!heard.contains("authorization") && !heard.contains("hunter2"), "{heard}");
}

/// A TCP proxy that counts what comes back.
pub struct Counting {
    pub url: String,
    bytes: Arc<AtomicU64>,
    stopped: Arc<std::sync::atomic::AtomicBool>,
    open: Arc<std::sync::Mutex<Vec<TcpStream>>>,
}

impl Counting {
    pub fn new(to: &str) -> Counting {
        let to = to.trim_start_matches("http://").to_string();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let proxy = Counting { url, bytes: Arc::default(), stopped: Arc::default(), open: Arc::default() };
        let (bytes, stopped, open) = (proxy.bytes.clone(), proxy.stopped.clone(), proxy.open.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let server = TcpStream::connect(&to).expect("the cluster");
                open.lock().expect("a lock").extend([client.try_clone().expect("a socket"), server.try_clone().expect("a socket")]);
                let (from_client, to_server) = (client.try_clone().expect("a socket"), server.try_clone().expect("a socket"));
                std::thread::spawn(move || pass(from_client, to_server, &AtomicU64::new(0)));
                let bytes = bytes.clone();
                std::thread::spawn(move || pass(server, client, &bytes));
            }
        });
        proxy
    }

    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }

    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        for socket in self.open.lock().expect("a lock").iter() {
            let _already_closed = socket.shutdown(std::net::Shutdown::Both);
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut buffer = [0; 65_536];
    while let Ok(got @ 1..) = from.read(&mut buffer) {
        count.fetch_add(got as u64, Ordering::SeqCst);
        if to.write_all(&buffer[..got]).is_err() {
            return;
        }
    }
}
