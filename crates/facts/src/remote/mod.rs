//! An S3-compatible store where the files of snapshots are kept, so that a machine can be lost. It must not know what is
//! in a file: each is named by its content and never changed.

mod s3;
mod sign;

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use self::s3::Bucket;
use crate::error::FactsError;
use crate::limits::REMOTE_FILE_BYTES_MAX;
use crate::snapshot::hex;

/// A text that is never shown: it has no `Debug` and no `Display`.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    fn reveal(&self) -> &str {
        &self.0
    }
}

/// Who asks, and where: what the usual `AWS_*` variables say. Reading them, and the clock, is the program's.
#[derive(Clone)]
pub struct Access {
    /// `AWS_ACCESS_KEY_ID`.
    pub key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret: Secret,
    /// `AWS_SESSION_TOKEN`, where the key is a temporary one.
    pub session_token: Option<Secret>,
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL`: `https://host` or `http://host:port`; that of AWS itself unless said.
    pub endpoint: Option<String>,
    /// The PEM text of `AWS_CA_BUNDLE`: the only authorities trusted, in place of the usual ones.
    pub certificates: Option<String>,
    /// Tells the time: a store refuses what was signed at another.
    pub now: fn() -> Timestamp,
}

/// `s3://bucket/prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bucket: String,
    /// Ends with a slash, unless it is empty.
    pub(crate) prefix: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix.trim_end_matches('/'))
    }
}

impl Place {
    fn parse(url: &str) -> Result<Self, FactsError> {
        let refused = |what: &str| FactsError::Remote {
            place: url.to_owned(),
            what: format!("{what}; write s3://bucket/prefix"),
        };
        let rest = url
            .strip_prefix("s3://")
            .ok_or_else(|| refused("facts are kept in the data folder or in an S3-compatible store"))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if !(3..=63).contains(&bucket.len()) || !bucket.bytes().all(plain) {
            return Err(refused(
                "the name of a bucket has 3 to 63 letters, digits, dots, dashes",
            ));
        }
        let prefix = prefix.trim_end_matches('/');
        let part = |part: &str| !part.is_empty() && !part.trim_matches('.').is_empty() && part.bytes().all(plain);
        if !(prefix.is_empty() || prefix.split('/').all(part)) || prefix.len() > 512 {
            return Err(refused(
                "a prefix is of letters, digits, dots, dashes and single slashes",
            ));
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: match prefix {
                "" => String::new(),
                prefix => format!("{prefix}/"),
            },
        })
    }

    pub(crate) fn refused(&self, what: impl fmt::Display) -> FactsError {
        FactsError::Remote {
            place: self.to_string(),
            what: what.to_string(),
        }
    }
}

/// A place in a store for files named by their content: SHA-256 in hex, and an ending. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Remote {
    bucket: Arc<Bucket>,
    prefix: String,
}

impl Remote {
    /// The place at `s3://bucket/prefix`. Nothing is asked of the store yet.
    ///
    /// # Errors
    /// [`FactsError::Remote`] for an address, an endpoint or certificates that cannot be used.
    pub fn open(url: &str, access: Access) -> Result<Self, FactsError> {
        let place = Place::parse(url)?;
        let prefix = place.prefix.clone();
        let bucket = Arc::new(Bucket::new(place, access)?);
        Ok(Self { bucket, prefix })
    }

    /// The place of that name below this one.
    #[must_use]
    pub fn below(&self, folder: &str) -> Self {
        Self {
            bucket: Arc::clone(&self.bucket),
            prefix: format!("{}{folder}/", self.prefix),
        }
    }

    /// Whether the store answers and lets us in.
    ///
    /// # Errors
    /// [`FactsError::Remote`] with what is wrong, [`FactsError::RemoteAway`].
    pub fn reach(&self) -> Result<(), FactsError> {
        self.bucket.list(&self.prefix, "").map(drop)
    }

    /// Keeps a file, whole, under the name that its content gives it; it is there once this returns.
    ///
    /// # Errors
    /// [`FactsError::Remote`], [`FactsError::RemoteAway`], [`FactsError::Io`].
    pub fn put(&self, name: &str, file: &Path) -> Result<(), FactsError> {
        let size = std::fs::metadata(file)
            .map_err(|error| FactsError::io(file, error))?
            .len();
        if size > REMOTE_FILE_BYTES_MAX {
            let what = format!("{name} has {size} bytes, and a store takes {REMOTE_FILE_BYTES_MAX} at once");
            return Err(self.bucket.place().refused(what));
        }
        self.bucket.put(&self.key(name), file, stem(name))
    }

    /// Writes what is kept under a name into a new file and syncs it.
    ///
    /// # Errors
    /// [`FactsError::Snapshot`] where it is not there, or is not what its name says: the file is then of no use.
    /// [`FactsError::Remote`], [`FactsError::RemoteAway`], [`FactsError::Io`].
    pub fn get(&self, name: &str, file: &Path) -> Result<(), FactsError> {
        let hash = self.bucket.get(&self.key(name), |from| copy(from, file))?;
        let place = self.bucket.place();
        match hash {
            None => Err(FactsError::Snapshot {
                what: format!("{place} does not hold {name}"),
            }),
            Some(hash) if hash != stem(name) => Err(FactsError::Snapshot {
                what: format!(
                    "what {place} holds as {name} is something else (its SHA-256 is {hash}); put the file there again from \
                     a backup, or import its files again"
                ),
            }),
            Some(_) => Ok(()),
        }
    }

    /// Removes a file; one that is not there is removed.
    ///
    /// # Errors
    /// [`FactsError::Remote`], [`FactsError::RemoteAway`].
    pub fn remove(&self, name: &str) -> Result<(), FactsError> {
        self.bucket.delete(&self.key(name))
    }

    /// The names kept here with this ending, and when each was written.
    ///
    /// # Errors
    /// [`FactsError::Remote`], [`FactsError::RemoteAway`].
    pub fn names(&self, ending: &str) -> Result<BTreeMap<String, Timestamp>, FactsError> {
        let mut names = BTreeMap::new();
        let mut after = String::new();
        loop {
            let page = self.bucket.list(&self.prefix, &after)?;
            let last = match page.last() {
                // A store that gives the same page again would be asked for ever.
                Some(last) if last.key > after => last.key.clone(),
                _ => return Ok(names),
            };
            for file in page {
                let name = file.key.rsplit('/').next().unwrap_or_default();
                if is_named_by_content(name, ending) {
                    names.insert(name.to_owned(), file.written);
                }
            }
            after = last;
        }
    }

    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}

/// A name without its ending: what its content must hash to.
pub(crate) fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Whether a name is SHA-256 in hex and the ending.
pub(crate) fn is_named_by_content(name: &str, ending: &str) -> bool {
    let stem = name.strip_suffix(ending).unwrap_or_default();
    stem.len() == 64 && stem.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Copies into a new file, synced, and gives the SHA-256 of what came, in hex.
fn copy(from: &mut dyn Read, file: &Path) -> Result<String, FactsError> {
    let io = |error| FactsError::io(file, error);
    let mut into = File::create(file).map_err(io)?;
    let mut hash = Sha256::new();
    let mut block = vec![0_u8; 1 << 18];
    let mut from = from.take(REMOTE_FILE_BYTES_MAX);
    loop {
        match from.read(&mut block).map_err(io)? {
            0 => break,
            read => {
                hash.update(&block[..read]);
                into.write_all(&block[..read]).map_err(io)?;
            }
        }
    }
    into.sync_all().map_err(io)?;
    Ok(hex(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_or_refused_with_what_to_write() {
        let place = Place::parse("s3://facts/programs/acme/").unwrap();
        assert_eq!(
            (place.bucket.as_str(), place.prefix.as_str()),
            ("facts", "programs/acme/")
        );
        assert_eq!(place.to_string(), "s3://facts/programs/acme");
        assert_eq!(Place::parse("s3://facts").unwrap().prefix, "");
        for wrong in [
            "ftp://facts/x",
            "s3://",
            "s3://a b",
            "s3://facts/../x",
            "s3://facts/a//b",
            "facts",
            "s3://facts/ü",
        ] {
            let refused = Place::parse(wrong).unwrap_err().to_string();
            assert!(refused.contains("s3://bucket/prefix"), "{wrong}: {refused}");
        }
    }

    #[test]
    fn only_names_made_of_content_are_ours() {
        let name = format!("{}.parquet", "0f".repeat(32));
        assert!(is_named_by_content(&name, ".parquet"));
        assert!(!is_named_by_content(&name, ".csv"));
        assert!(!is_named_by_content("readme.parquet", ".parquet"));
        assert_eq!(stem(&name), "0f".repeat(32));
    }
}
