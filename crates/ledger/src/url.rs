//! Where the record is kept, read from one text. It must not open anything.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use crate::{LedgerError, Result};

/// Where the record is kept. Shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub enum RecordUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, as its URL.
    Postgres(String),
}

impl RecordUrl {
    /// Reads `sqlite:PATH`, a path, or `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// `Invalid` for an empty text, another scheme, or a PostgreSQL URL that cannot be read.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let url = Self::Postgres(text.to_owned());
            return match PgConnectOptions::from_str(text) {
                Ok(_) => Ok(url),
                Err(error) => Err(invalid(&url.to_string(), &error.to_string())),
            };
        }
        let path = match text.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            None if text.contains("://") => return Err(invalid(text, "the scheme is neither sqlite nor postgres")),
            None => text,
        };
        match path {
            "" => Err(invalid(text, "the path is empty")),
            ":memory:" => Err(invalid(text, "a record in memory would be lost")),
            path if path.contains(['?', '\0']) => Err(invalid(text, "a path cannot hold '?' or NUL")),
            path => Ok(Self::Sqlite(PathBuf::from(path))),
        }
    }
}

fn invalid(text: &str, why: &str) -> LedgerError {
    LedgerError::Invalid {
        what: format!(
            "the record \"{text}\" cannot be used: {why}; write sqlite:PATH or postgres://user:password@host/database"
        ),
    }
}

impl fmt::Display for RecordUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                // A password can hide in the query too (`?password=`), so nothing of the query is shown.
                let rest = rest.split('?').next().unwrap_or_default();
                match rest.rsplit_once('@') {
                    Some((who, place)) => {
                        let user = who.split(':').next().unwrap_or_default();
                        write!(f, "{scheme}://{user}@{place}")
                    }
                    None => write!(f, "{scheme}://{rest}"),
                }
            }
        }
    }
}

impl fmt::Debug for RecordUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_sqlite_with_or_without_its_scheme() {
        for (text, path) in [
            ("data/record.sqlite", "data/record.sqlite"),
            ("sqlite:data/record.sqlite", "data/record.sqlite"),
            ("sqlite:///var/lib/record", "/var/lib/record"),
            (" /var/lib/record ", "/var/lib/record"),
        ] {
            assert_eq!(
                RecordUrl::parse(text).unwrap(),
                RecordUrl::Sqlite(PathBuf::from(path)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_with_what_to_write() {
        for text in [
            "",
            "sqlite:",
            "sqlite::memory:",
            "mysql://host/db",
            "a?b",
            "postgres://host:port/db",
        ] {
            let refused = RecordUrl::parse(text).unwrap_err().to_string();
            assert!(refused.contains("sqlite:PATH or postgres://"), "{text}: {refused}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in [
            "postgres://mo:canary@host:5432/db",
            "postgres://mo:ca%40nary@canary@host:5432/db",
            "postgresql://host/db?user=mo&password=canary",
            "postgres://mo:canary@host:no-port/db",
        ] {
            let shown = match RecordUrl::parse(text) {
                Ok(url) => format!("{url} {url:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!shown.contains("canary") && shown.contains("host"), "{shown}");
        }
    }
}
