//! From the first screen to the record that proves what broke: at most three keys, in each kind of incident. README lists them.
#![allow(clippy::unwrap_used)]

mod stage;

use spia::demo::Incident;
use stage::Stage;

/// The keys, and what the line of the record under the cursor, or a line of it in full, says.
const fn proof(incident: Incident) -> (&'static str, &'static [&'static str]) {
    match incident {
        Incident::Payment => ("o", &[">", "ERROR payment-gateway", "TimeoutError: stripe"]),
        Incident::Canary => ("o", &[">", "pricing", "2.9.0", "500"]),
        Incident::Database => ("o", &[">", "WARN  inventory", "postgres"]),
        Incident::Silence => ("o", &[">03:02:28", "ledger", "entry posted"]),
        Incident::Deploy => ("o", &[">", "ERROR tax", "1.2.0", "KeyError: 'rounding_mode'"]),
        Incident::Node => ("o", &[">", "ERROR", "name resolution"]),
        Incident::Tenant => ("o enter", &["context", "tenant=globex", "path=/api/search"]),
        Incident::Client => ("o enter", &["user_agent=ShopApp/7.3.0 (Android 14)"]),
        Incident::Cache => ("o", &[">", "ERROR session", "redis.exceptions.ConnectionError"]),
        Incident::Dead => ("o", &[">", "ERROR order-service", "ConnectionError: HTTPConnectionPool(host"]),
        Incident::Pipeline => ("o", &[">03:02:28", "catalog", "Request completed"]),
        Incident::Provider => ("o", &[">", "WARN  payment-gateway", "stripe POST /v1/charges took"]),
    }
}

#[tokio::test]
async fn what_proves_the_origin_is_three_keys_away_at_most() {
    for incident in Incident::ALL {
        let (keys, says) = proof(incident);
        assert!(keys.split(' ').count() <= 3);
        let mut stage = Stage::new((140, 60), Some(incident), 0).await;
        stage.keys(keys).await;
        let screen = stage.screen();
        let shown = screen.lines().skip(2).any(|line| says.iter().all(|word| line.contains(word)));
        assert!(shown, "{incident}: {keys} shows no line with {says:?}\n{screen}");
    }
}
