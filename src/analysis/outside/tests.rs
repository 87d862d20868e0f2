//! Texts of real client libraries, and whom they name.

use super::*;

fn who(kind: &str, text: &str) -> Option<(String, bool)> {
    named(Some(kind), text, &["inventory", "payment-gateway", "api-gateway"]).map(|p| (p.name, p.is_database))
}

#[test]
fn who_is_blamed() {
    let is = |name: &str, database: bool| Some((name.to_string(), database));
    for (kind, text, expected) in [
        ("TimeoutError", "stripe POST /v1/charges: no answer in 3000 ms", is("stripe", false)),
        ("TimeoutError", "stripe /v1/charges: no answer in 3000 ms", is("stripe", false)),
        ("ConnectTimeout", "GET https://api.adyen.com/x failed", is("api.adyen.com", false)),
        ("ConnectionError", "HTTPSConnectionPool(host='api.stripe.com', port=443): Read timed out. (read timeout=3)", is("api.stripe.com", false)),
        ("OperationalError", "connection to server at \"db-orders\" (10.0.0.5), port 5432 failed: Connection refused", is("db-orders", true)),
        ("ConnectionRefusedError", "dial tcp 10.0.3.7:6379: connect: connection refused", is("redis", true)),
        ("", "redis: dial tcp 10.40.3.17:6379: connect: connection refused (catalog-redis)", is("catalog-redis", true)),
        ("", "cache read failed, falling back to database", None),
        (
            "botocore.exceptions.ClientError",
            "An error occurred (SlowDown) when calling the GetObject operation (reached max retries: 4)",
            is("s3", false),
        ),
        ("botocore.exceptions.ClientError", "An error occurred (Throttling) when calling the ListTags operation", is("aws", false)),
        ("", "decode address: json: cannot unmarshal object into Go struct field Address.country of type string", None),
        (
            "SQLTransientConnectionException",
            "orders-db-primary - Connection is not available, request timed out after 8000ms",
            is("orders-db-primary", true),
        ),
        ("SQLTransientConnectionException", "HikariPool-1 - Connection is not available, request timed out after 8000ms", None),
        ("HTTPError", "503 Service Unavailable for url: http://inventory:8080/stock", is("inventory", false)),
        ("ConnectError", "connection refused: inventory.prod.svc.cluster.local:8080", is("inventory", false)),
        ("PaymentUnavailable", "payment-gateway /charge gave no result in 3 attempts: timed out", is("payment-gateway", false)),
        ("TimeoutError", "no answer from fraud-api within 2 s", is("fraud-api", false)),
        ("ConnectionError", "could not connect to redis", is("redis", true)),
        ("psycopg2.errors.DeadlockDetected", "deadlock detected", is("postgres", true)),
        ("Predis\\Response\\ServerException", "CROSSSLOT Keys in request don't hash to the same slot", None),
        ("gaierror", "lookup api.shipco.io: no such host", is("api.shipco.io", false)),
        ("ValueError", "stripe POST /v1/charges", None),
        ("ConnectionResetError", "[Errno 104] Connection reset by peer", None),
        ("TimeoutError", "timed out", None),
        ("ValueError", "unexpected empty body", None),
        ("KeyError", "'session'", None),
        // What real client libraries say.
        ("ClientConnectorError", "Cannot connect to host loyalty:8080 ssl:default [Connect call failed ('10.96.14.3', 8080)]", is("loyalty", false)),
        ("NoRouteToHost", "inventory: no route to host 10.8.3.41:8080, attempt 3", is("inventory", false)),
        ("CircuitError", "hystrix: circuit open (command points-engine, error rate 91%)", is("points-engine", false)),
        ("sqlite3.DatabaseError", "disk image is malformed", None),
        ("TimeoutError", "[Errno 110] Connection timed out: '/mnt/f2/x.tar' (nfs filer02.prod:/exports/x)", is("filer02.prod", false)),
        ("ProviderException", "Could not translate PIN block on hsm-01.vault.corp", is("hsm-01", false)),
        ("ValueError", "could not read the price on www.example.com", None),
        ("Error", "finished POST /partner/v1/orders: timed out", None),
        ("Error", "getaddrinfo ENOTFOUND ldap.corp.internal", is("ldap", false)),
        ("java.net.UnknownHostException", "api.mailchimp.com: Name or service not known", is("api.mailchimp.com", false)),
        ("ConnectException", "Failed to connect to api.mailchimp.com/34.1.2.3:443", is("api.mailchimp.com", false)),
        ("StatusRuntimeException", "UNAVAILABLE: io exception: Connection refused: tax-g/10.0.0.1:9090", is("tax-g", false)),
        ("CallNotPermittedException", "CircuitBreaker 'pricing-engine' is OPEN and does not permit further calls", is("pricing-engine", false)),
        ("RuntimeException", "No instances available for tax-z", is("tax-z", false)),
        ("NetError", "dial tcp: lookup mysql-main on 10.96.0.10:53: no such host", is("mysql-main", true)),
        ("*url.Error", "Get \"https://api.shipco.io/rates\": EOF", is("api.shipco.io", false)),
        ("redis.exceptions.BusyLoadingError", "Redis is loading the dataset in memory", is("redis", true)),
        ("com.mysql.cj.jdbc.exceptions.CommunicationsException", "Communications link failure", is("mysql", true)),
        (
            "sqlalchemy.exc.OperationalError",
            "(2003, \"Can't connect to MySQL server on 'mysql-prod.internal'\") (Background on this error at: https://sqlalche.me/e/14/e3q8)",
            is("mysql-prod", true),
        ),
        ("stripe.error.RateLimitError", "Request rate limit exceeded", is("stripe", false)),
        ("stripe.error.CardError", "Your card was declined.", None),
        ("psycopg2.errors.UniqueViolation", "duplicate key value violates unique constraint", None),
        ("TimeoutError", "timed out waiting for worker thread to finish", None),
        ("j.u.c.TimeoutException", "Timeout waiting for task.", None),
        ("LockTimeout", "could not acquire lock order:77 within 5000ms", None),
        ("RuntimeError", "Failed to connect widgets to dashboard: dashboard layout is invalid", None),
        ("TemplateError", "unable to resolve variable customer.name in template", None),
        ("NoRouteToHostException", "No route to host (Host unreachable)", None),
        ("ServerDisconnectedError", "Server disconnected", None),
        ("Error", "Timeout of 5000ms exceeded waiting for selector", None),
        ("*url.Error", "Post \"http://tax.svc:80/x\": dial tcp: lookup tax.svc on 10.96.0.10:53: i/o timeout", is("dns", false)),
        ("Error", "getaddrinfo EAI_AGAIN calendar.default.svc.cluster.local", is("dns", false)),
        ("Error", "getaddrinfo EAI_AGAIN api.mapbox.com", is("api.mapbox.com", false)),
        ("rpctypes.EtcdError", "etcdserver: request timed out", is("etcd", true)),
        ("SerializationException", "Error deserializing Avro message for topic payments of kafka", None),
        ("io.github.resilience4j.bulkhead.BulkheadFullException", "Bulkhead 'rules' is full", None),
        ("Error", "seat-map: 503 no healthy upstream", is("seat-map", false)),
        ("Error", "pool timeout: no connection in 250 ms", None),
        ("Error", "time-out: 503", None),
        ("Error", "api.shippo.com: no rates returned by carrier api", is("api.shippo.com", false)),
        ("Error", "upstream connect error, upstream_cluster=outbound|8080||wallet.games.svc.cluster.local", is("wallet", false)),
        ("Error", "replica orders-replica is 41s behind primary, order 771 not visible", is("orders-replica", true)),
        ("*url.Error", "Post \"https://inventory.cardgrid.com/x\": x509: certificate has expired", is("inventory.cardgrid.com", false)),
        ("Error", "com.acme.Rates: no rates returned", None),
        ("IOException", "No space left on device: /var/lib/web-api/spool", None),
        ("java.net.ConnectException", "Connection refused: paywall", is("paywall", false)),
        ("java.net.ConnectException", "Connection refused: getsockopt", None),
    ] {
        assert_eq!(who(kind, text), expected, "{kind}: {text}");
    }
}

#[test]
fn the_first_word_of_what_a_program_says_may_be_a_party() {
    let who = |text: &str| mentioned(text, &[]).map(|p| p.name);
    assert_eq!(who("recurly timeout").as_deref(), Some("recurly"));
    assert_eq!(who("cybersource timed out, trying sabre").as_deref(), Some("cybersource"));
    assert_eq!(who("request timeout"), None);
    assert_eq!(who("payment declined"), None);
}

#[test]
fn how_long_was_waited() {
    assert_eq!(waited_ms("stripe: no answer in 3000 ms"), Some(3000.0));
    assert_eq!(waited_ms("timed out after 2.5s"), Some(2500.0));
    assert_eq!(waited_ms("no answer from fraud-api within 2 s"), Some(2000.0));
    assert_eq!(waited_ms("404 not found"), None);
}

#[test]
fn who_was_about_to_be_asked() {
    assert_eq!(asked("calling stripe POST /v1/charges", &[]).map(|p| p.name).as_deref(), Some("stripe"));
    assert_eq!(asked("Request started", &[]), None);
}
