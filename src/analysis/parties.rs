//! Whom everybody's services ask outside, and what is said when they do not answer: tables.

/// Words that speak of trouble with somebody else. Without one of them a name in a text accuses nobody.
pub const TROUBLE: [&str; 56] = [
    "timeout",
    "timed out",
    "time-out",
    "no answer",
    "no response",
    "refused",
    "reset",
    "unavailable",
    "unreachable",
    "not reach",
    "no route",
    "resolve",
    "no such host",
    "connect",
    "broken pipe",
    "handshake",
    "certificate",
    "cert_",
    "ssl",
    "tls",
    "gateway",
    "deadline",
    "deadlock",
    "lock wait",
    "too many connections",
    "rate limit",
    "throttl",
    "quota",
    "too many requests",
    "returned 5",
    "status 5",
    "http 5",
    "responded",
    "closed the",
    "server error",
    "breaker",
    "is open",
    "no instances",
    "unknownhost",
    "enotfound",
    "eservfail",
    "eai_again",
    "econn",
    "etimedout",
    "eof",
    "sealed",
    "hang up",
    "429",
    "502",
    "503",
    "504",
    "executing",
    "disconnect",
    "i/o error",
    "contact",
    "name or service not known",
];

/// Behind these words stands a host, whatever it looks like.
pub const BEFORE_HOST: [&str; 13] = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ESERVFAIL",
    "ECONNREFUSED",
    "ECONNRESET",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "lookup",
    "UnknownHostException:",
    "CircuitBreaker",
    "circuitbreaker",
    "breaker:",
    "remote_addr",
];

/// Outside parties that everybody calls by their name, and what their client libraries call them.
pub const PROVIDERS: [(&str, &[&str]); 24] = [
    ("stripe", &["stripe"]),
    ("adyen", &["adyen"]),
    ("paypal", &["paypal"]),
    ("braintree", &["braintree"]),
    ("klarna", &["klarna"]),
    ("twilio", &["twilio"]),
    ("sendgrid", &["sendgrid"]),
    ("mailgun", &["mailgun"]),
    ("mailchimp", &["mailchimp"]),
    ("slack", &["slack"]),
    ("openai", &["openai"]),
    ("github", &["github"]),
    ("auth0", &["auth0"]),
    ("okta", &["okta"]),
    ("ldap", &["ldap"]),
    ("vault", &["hvac", "vault"]),
    ("consul", &["consul"]),
    ("salesforce", &["salesforce"]),
    ("algolia", &["algolia"]),
    ("firebase", &["firebase"]),
    ("s3", &["s3exception", "s3.", "amazons3", "s3error"]),
    ("sqs", &["sqs"]),
    ("smtp", &["smtp"]),
    ("aws", &["botocore", "amazonaws", "awssdk"]),
];

/// Databases and brokers, by how hosts and libraries are called after them, and their ports.
pub const DATABASES: [(&str, &[&str], &str); 13] = [
    ("postgres", &["postgres", "psycopg", "asyncpg", "psql", "pgbouncer", "pgerror"], "5432"),
    ("mysql", &["mysql", "mariadb", "pymysql", "innodb", "er_lock", "com.mysql"], "3306"),
    ("redis", &["redis", "jedis", "lettuce", "replyerror"], "6379"),
    ("mongodb", &["mongo"], "27017"),
    ("cassandra", &["cassandra", "datastax", "nohostavailable", "allnodesfailed"], "9042"),
    ("elasticsearch", &["elasticsearch", "opensearch"], "9200"),
    ("memcached", &["memcache"], "11211"),
    ("oracle", &["ora-0", "ora-1", "oracle", "sqlrecoverable"], "1521"),
    ("mssql", &["sqlserver", "mssql", "microsoft.data.sql", "system.data.sql"], "1433"),
    ("dynamodb", &["dynamodb", "provisionedthroughput"], "8000"),
    ("kafka", &["kafka", "nobrokersavailable"], "9092"),
    ("rabbitmq", &["rabbitmq", "amqp", "pika."], "5672"),
    ("clickhouse", &["clickhouse"], "8123"),
];

/// Classes that speak of what a program asked for, not of who was asked.
pub const OWN_REQUEST: [&str; 14] = [
    "integrity",
    "programmingerror",
    "dataerror",
    "unique",
    "syntax",
    "notnull",
    "foreignkey",
    "wrongtype",
    "carderror",
    "invalidrequest",
    "validation",
    "duplicate",
    "notfound",
    "parseerror",
];

/// Domains that are nobody's but one's own.
pub const PRIVATE: [&str; 7] = [".svc", ".cluster.local", ".local", ".internal", ".lan", ".corp", ".consul"];

/// What a database itself complains of, whether it is named or not.
pub const COMPLAINTS: [&str; 16] = [
    "deadlock",
    "statement timeout",
    "too many connections",
    "too many clients",
    "lock wait",
    "could not serialize",
    "queuepool",
    "remaining connection slots",
    "operationalerror",
    "ora-0",
    "sqlstate",
    "slow query",
    "read only replica",
    "oom command",
    "administrator command",
    "not present in metadata",
];

/// The backend that a class or a name is called after.
pub fn backend(lower: &str) -> Option<(&'static str, bool)> {
    let database = DATABASES.iter().find(|(_, words, _)| words.iter().any(|word| lower.contains(word))).map(|(name, ..)| (*name, true));
    database.or_else(|| PROVIDERS.iter().find(|(_, words)| words.iter().any(|word| lower.contains(word))).map(|(name, _)| (*name, false)))
}
