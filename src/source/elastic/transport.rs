//! The only place that names the client: addresses, secrets, trust, and what can go wrong on the way.

use super::read::Body;
use crate::model::Fault;
use elasticsearch::auth::Credentials as ClientCredentials;
use elasticsearch::cert::{Certificate, CertificateValidation};
use elasticsearch::http::headers::{CONTENT_TYPE, HeaderMap, HeaderValue};
use elasticsearch::http::transport::{SingleNodeConnectionPool, Transport as ClientTransport, TransportBuilder};
use elasticsearch::http::{Method, Url};
use serde_json::Value;
use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Where the cluster is and how to be let in.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// `https://host:9200`, with a path if there is a proxy.
    pub url: String,
    /// A file with the certificates of the authority that signed the cluster's, in PEM.
    pub ca: Option<PathBuf>,
    /// Who asks.
    pub credentials: Credentials,
}

/// Who asks. The secrets are never printed.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Nobody in particular.
    #[default]
    None,
    /// User name and password.
    Basic(String, String),
    /// An API key, encoded or as `id:key`.
    ApiKey(String),
    /// A bearer token.
    Token(String),
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::Basic(..) => "Basic(…)",
            Credentials::ApiKey(_) => "ApiKey(…)",
            Credentials::Token(_) => "Token(…)",
        })
    }
}

/// An answer.
pub struct Sent<B> {
    /// Its body.
    pub body: B,
    /// The body's length, decoded.
    pub bytes: u64,
    /// From asking to the whole answer.
    pub wall_ms: u64,
}

/// A connection that is kept open between requests.
pub struct Transport {
    client: ClientTransport,
    url: Url,
}

impl Transport {
    /// Checks what it is given; nothing is sent yet.
    pub fn new(access: &Access) -> Result<Transport, Fault> {
        let url = parse_url(&access.url)?;
        let mut builder = TransportBuilder::new(SingleNodeConnectionPool::new(url.clone())).enable_meta_header(false);
        if let Some(credentials) = client_credentials(&access.credentials)? {
            builder = builder.auth(credentials);
        }
        if let Some(path) = &access.ca {
            let refuse = |reason: String| Fault::File { path: path.display().to_string(), reason };
            let pem = std::fs::read(path).map_err(|e| refuse(e.to_string()))?;
            let chain = Certificate::from_pem(&pem).map_err(|e| refuse(format!("it holds no certificate in PEM form ({e})")))?;
            builder = builder.cert_validation(CertificateValidation::Full(chain));
        }
        // A tunnel or the cluster itself: a proxy of the environment is for other hosts than these.
        if url.host_str().is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host)) {
            builder = builder.disable_proxy();
        }
        let client = builder.build().map_err(|e| Fault::Settings(format!("the connection cannot be set up: {e}")))?;
        Ok(Transport { client, url })
    }

    /// Host and port, for a line of state.
    pub fn host(&self) -> String {
        let port = self.url.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.url.host_str().unwrap_or("cluster"))
    }

    /// Sends a body (NDJSON or JSON) or none, and reads the whole answer. Dropping the future closes the connection, upon
    /// which the cluster cancels the search.
    pub async fn send<B: Body>(&self, path: &str, body: Option<String>, deadline: Duration) -> Result<Sent<B>, Fault> {
        let began = Instant::now();
        let mut headers = HeaderMap::new();
        let is_bulk = path.starts_with("/_msearch");
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(if is_bulk { "application/x-ndjson" } else { "application/json" }));
        let method = if body.is_some() { Method::Post } else { Method::Get };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let response = self.client.send(method, path, headers, Some(&pairs), body, Some(deadline)).await.map_err(|e| self.fault(&e, deadline))?;
        self.refuse_redirect(response.url())?;
        let status = response.status_code().as_u16();
        let bytes = response.bytes().await.map_err(|e| self.fault(&e, deadline))?;
        let wall_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let refused = |error: &Value| super::read::fault(status, error, self.url.as_ref(), path);
        if status >= 400 {
            let said: Value = self.parse(status, &bytes)?;
            return Err(refused(said.get("error").unwrap_or(&Value::Null)));
        }
        let body: B = self.parse(status, &bytes)?;
        match body.error() {
            Some(error) => Err(refused(error)),
            None => Ok(Sent { body, bytes: bytes.len() as u64, wall_ms }),
        }
    }

    fn parse<B: Body>(&self, status: u16, bytes: &[u8]) -> Result<B, Fault> {
        serde_json::from_slice(bytes).map_err(|_| {
            let start: String = String::from_utf8_lossy(bytes).chars().take(60).collect();
            Fault::Strange { url: self.url.to_string(), reason: format!("status {status}, '{}'", crate::model::printable::line(start.trim())) }
        })
    }

    /// The client follows redirects by itself and offers no switch: an answer from elsewhere is not accepted.
    fn refuse_redirect(&self, came_from: &Url) -> Result<(), Fault> {
        let same = came_from.host_str() == self.url.host_str()
            && came_from.port_or_known_default() == self.url.port_or_known_default()
            && came_from.scheme() == self.url.scheme();
        if same {
            Ok(())
        } else {
            Err(Fault::Strange { url: self.url.to_string(), reason: format!("it redirects to {}", came_from.host_str().unwrap_or("another host")) })
        }
    }

    fn fault(&self, error: &elasticsearch::Error, deadline: Duration) -> Fault {
        let url = self.url.to_string();
        if error.is_timeout() {
            return Fault::TimedOut { url, seconds: deadline.as_secs() };
        }
        let mut reason = error.to_string();
        let mut inner: Option<&dyn Error> = error.source();
        let mut all = reason.clone();
        while let Some(cause) = inner {
            reason = cause.to_string();
            all.push_str(&reason);
            inner = cause.source();
        }
        if all.contains("certificate") || all.contains("CertNotValid") || all.contains("UnknownIssuer") {
            let reason = if all.contains("UnknownIssuer") {
                "its certificate is signed by an authority this machine does not know".to_string()
            } else {
                reason
            };
            return Fault::Tls { url, reason };
        }
        if self.url.scheme() == "http" && (all.contains("IncompleteMessage") || all.contains("connection closed before message")) {
            return Fault::Unreachable {
                url: url.clone(),
                reason: format!("it closes the connection; it may want {}", url.replacen("http:", "https:", 1)),
            };
        }
        if all.contains("InvalidContentType") || all.contains("corrupt message") {
            return Fault::Tls { url, reason: "it does not speak TLS; try http:// in place of https://".to_string() };
        }
        Fault::Unreachable { url, reason }
    }
}

fn parse_url(text: &str) -> Result<Url, Fault> {
    let with_scheme = if text.contains("://") { text.to_string() } else { format!("https://{text}") };
    let url = Url::parse(with_scheme.trim()).map_err(|e| Fault::Settings(format!("--url '{text}' is no address: {e}")))?;
    if url.password().is_some() || !url.username().is_empty() {
        return Err(Fault::Settings(
            "--url holds a user name or password, which others on this machine can read: set SPIA_USERNAME and SPIA_PASSWORD".to_string(),
        ));
    }
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
        return Err(Fault::Settings(format!("--url '{text}' is no address of a cluster: write https://host:9200")));
    }
    Ok(url)
}

fn client_credentials(credentials: &Credentials) -> Result<Option<ClientCredentials>, Fault> {
    let clean = |what: &str, secret: &str| {
        let secret = secret.trim();
        // A line break within would make the client panic on building the header.
        if secret.is_empty() || secret.chars().any(char::is_control) {
            return Err(Fault::Settings(format!("{what} is empty or has a line break in it")));
        }
        Ok(secret.to_string())
    };
    Ok(match credentials {
        Credentials::None => None,
        Credentials::Basic(user, password) => Some(ClientCredentials::Basic(clean("the user name", user)?, clean("the password", password)?)),
        Credentials::Token(token) => Some(ClientCredentials::Bearer(clean("the token", token)?)),
        Credentials::ApiKey(key) => {
            let key = clean("the API key", key)?;
            Some(match key.split_once(':') {
                Some((id, secret)) => ClientCredentials::ApiKey(id.to_string(), secret.to_string()),
                None => ClientCredentials::EncodedApiKey(key),
            })
        }
    })
}
