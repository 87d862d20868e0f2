//! A value to keep or to leave out, as a chip on screen and `--filter` on the command line.

use std::fmt;

/// `field:value`, or `-field:value` to leave out.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Filter {
    /// A canonical name (`service`, `level`, `status`) or a field's own path.
    pub field: String,
    /// The exact value; `*` alone means that the field is there.
    pub value: String,
    /// Leave out what matches.
    pub exclude: bool,
}

/// Why a text is no filter.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is no filter: write field:value, or -field:value to leave it out")]
pub struct FilterError(String);

impl Filter {
    /// Reads `field:value` or `-field:value`; the value may be quoted and may hold colons.
    pub fn parse(text: &str) -> Result<Filter, FilterError> {
        let error = || FilterError(text.to_string());
        let (exclude, rest) = match text.trim().strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.trim().trim_start_matches('+')),
        };
        let (field, value) = rest.split_once(':').ok_or_else(error)?;
        let value = value.trim();
        let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
        if field.trim().is_empty() || value.is_empty() {
            return Err(error());
        }
        Ok(Filter { field: field.trim().to_string(), value: value.to_string(), exclude })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}:{}", if self.exclude { "-" } else { "" }, self.field, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_as_people_write_them() {
        let filter = Filter::parse("-path:/a:b").unwrap();
        assert_eq!((filter.field.as_str(), filter.value.as_str(), filter.exclude), ("path", "/a:b", true));
        assert_eq!(Filter::parse("message:\"two words\"").unwrap().value, "two words");
        for text in ["", "service", ":x", "service:", "-"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
