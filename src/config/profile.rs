//! Profiles: a cluster, its indices, and which of its fields mean what.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One `[profiles.NAME]` of the configuration file.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// As `--url`.
    pub url: Option<String>,
    /// As `--index`.
    pub index: Option<String>,
    /// As `--ca`.
    pub ca: Option<PathBuf>,
    /// As `--schema`.
    pub schema: Option<String>,
    /// As `--tz`.
    pub tz: Option<String>,
    /// As `SPIA_USERNAME`.
    pub username: Option<String>,
    /// As `SPIA_PASSWORD`; `$NAME` reads the environment.
    pub password: Option<String>,
    /// As `SPIA_API_KEY`; `$NAME` reads the environment.
    pub api_key: Option<String>,
    /// As `SPIA_TOKEN`; `$NAME` reads the environment.
    pub token: Option<String>,
    /// As `--keymap`.
    pub keymap: Option<String>,
    /// As `--changes`.
    pub changes: Option<String>,
    /// Fields that tell whose a request is, beyond tenant, user, client and the like.
    #[serde(default)]
    pub who: Vec<String>,
    /// Fields kept elsewhere than the preset says: `status = "http.code"`.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The profile to use when none is named.
    default: Option<String>,
    /// The keymap of all profiles that name none.
    keymap: Option<String>,
    #[serde(default)]
    profiles: BTreeMap<String, Profile>,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not readable.
    #[error("cannot read the configuration {path}: {reason}")]
    Unreadable {
        /// Which file.
        path: String,
        /// In the system's words.
        reason: String,
    },
    /// Not TOML, or with unknown names.
    #[error("{path}: {reason}")]
    Malformed {
        /// Which file.
        path: String,
        /// Line and what is wrong there.
        reason: String,
    },
    /// No such profile.
    #[error("there is no profile '{name}' in {path}; it has {known}")]
    NoSuchProfile {
        /// Asked for.
        name: String,
        /// Which file.
        path: String,
        /// Those there are.
        known: String,
    },
}

/// The profile of that name, or the file's default, or an empty one when there is no file.
pub fn load_profile(path: Option<&Path>, name: Option<&str>) -> Result<Profile, ConfigError> {
    let chosen = path.map(Path::to_path_buf).or_else(default_path);
    let Some(file_path) = chosen.filter(|p| path.is_some() || name.is_some() || p.exists()) else { return Ok(Profile::default()) };
    let shown = file_path.display().to_string();
    let text = std::fs::read_to_string(&file_path).map_err(|e| ConfigError::Unreadable { path: shown.clone(), reason: e.to_string() })?;
    let file = parse(&text).map_err(|reason| ConfigError::Malformed { path: shown.clone(), reason })?;
    let keymap = file.keymap;
    let Some(name) = name.map(str::to_string).or(file.default) else { return Ok(Profile { keymap, ..Profile::default() }) };
    let known = file.profiles.keys().cloned().collect::<Vec<_>>().join(", ");
    let profile = file.profiles.get(&name).cloned().ok_or(ConfigError::NoSuchProfile { name, path: shown, known })?;
    let keymap = profile.keymap.clone().or(keymap);
    Ok(Profile { keymap, ..profile }.with_environment(|variable| std::env::var(variable).ok()))
}

fn parse(text: &str) -> Result<File, String> {
    toml::from_str(text).map_err(|error| error.to_string().lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" "))
}

fn default_path() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")))?;
    Some(base.join("spia/config.toml"))
}

impl Profile {
    /// A secret written as `$NAME` is that variable's value.
    fn with_environment(mut self, read: impl Fn(&str) -> Option<String>) -> Profile {
        for secret in [&mut self.password, &mut self.api_key, &mut self.token] {
            if let Some(variable) = secret.as_deref().and_then(|s| s.strip_prefix('$')) {
                *secret = read(variable);
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_names_a_cluster_and_its_fields() {
        let file =
            parse("default = 'eu'\n[profiles.eu]\nurl = 'https://es:9200'\npassword = '$PW'\n[profiles.eu.fields]\nstatus = 'http.code'").unwrap();
        let profile = file.profiles["eu"].clone().with_environment(|name| (name == "PW").then(|| "hunter2".to_string()));
        assert_eq!(profile.password.as_deref(), Some("hunter2"));
        assert_eq!(profile.fields["status"], "http.code");
    }

    #[test]
    fn a_misspelt_name_is_refused_with_its_place() {
        let error = parse("[profiles.eu]\nurll = 'x'").err().unwrap();
        assert!(error.contains("urll") && error.contains("line 2"), "{error}");
    }
}
