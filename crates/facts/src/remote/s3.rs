//! Requests to an S3-compatible store: signed, tried a few times, their refusals in words. It must not know what a file
//! holds.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::time::Duration;

use ureq::http;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::sign::{NOTHING, Request};
use super::{Access, Place};
use crate::error::FactsError;
use crate::limits::{REMOTE_ANSWER_BYTES_MAX, REMOTE_TRIES};

/// How long a store may take to take a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long it may be silent before it answers, and within an answer.
const SILENCE: Duration = Duration::from_secs(30);
/// The pause before the second try; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(250);
/// The names that one page of a listing holds.
const LISTED: &str = "250";

/// A bucket, and who asks.
pub(super) struct Bucket {
    agent: Agent,
    /// `http://host:port` or `https://host`.
    endpoint: String,
    place: Place,
    access: Access,
}

/// A file as a listing tells of it.
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) written: jiff::Timestamp,
}

/// What stopped a request.
enum Trouble {
    /// It may pass by itself.
    Passing(String),
    Lasting(FactsError),
}

impl From<FactsError> for Trouble {
    fn from(error: FactsError) -> Self {
        Self::Lasting(error)
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({} at {})", self.place, self.endpoint)
    }
}

impl Bucket {
    /// Nothing is asked of the store yet.
    pub(super) fn new(place: Place, access: Access) -> Result<Self, FactsError> {
        let endpoint = match &access.endpoint {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None => format!("https://s3.{}.amazonaws.com", access.region),
        };
        let host = endpoint.strip_prefix("https://").or(endpoint.strip_prefix("http://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '@', '?', ' '])) {
            let what = "AWS_ENDPOINT_URL is not of the form https://host or http://host:port";
            return Err(place.refused(what));
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .user_agent("beachhead")
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .timeout_per_write(Some(SILENCE));
        if let Some(bundle) = &access.certificates {
            config = config.tls_config(TlsConfig::builder().root_certs(roots(bundle, &place)?).build());
        }
        Ok(Self {
            agent: config.build().new_agent(),
            endpoint,
            place,
            access,
        })
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Keeps a file whose SHA-256 is known: the store refuses other bytes, and has the file whole or not at all.
    pub(super) fn put(&self, key: &str, file: &std::path::Path, sha256: &str) -> Result<(), FactsError> {
        let io = |error| FactsError::io(file, error);
        let size = std::fs::metadata(file).map_err(io)?.len();
        self.trying(|| {
            let body = File::open(file).map_err(io)?;
            let asked = ("PUT", key, &[][..], sha256);
            self.answered(self.send(asked, &body)?)?;
            let kept = self.answered(self.send(("HEAD", key, &[], NOTHING), ())?)?;
            match kept.content_length() {
                Some(kept) if kept != size => Err(Trouble::Passing(format!("{kept} bytes of {size} arrived of {key}"))),
                _ => Ok(()),
            }
        })
    }

    /// Hands the content of a file to `take`, from its start at every try. None where there is no such file.
    pub(super) fn get<T>(
        &self,
        key: &str,
        mut take: impl FnMut(&mut dyn std::io::Read) -> Result<T, FactsError>,
    ) -> Result<Option<T>, FactsError> {
        self.trying(|| {
            let mut answer = self.send(("GET", key, &[], NOTHING), ())?;
            if answer.status() == http::StatusCode::NOT_FOUND {
                let words = words_of(&mut answer);
                return match between(&words, "Code").next() {
                    Some("NoSuchKey") => Ok(None),
                    _ => Err(self.refusal(http::StatusCode::NOT_FOUND, &words)),
                };
            }
            let mut body = Broken {
                from: self.answered(answer)?.into_reader(),
                why: None,
            };
            let taken = take(&mut body);
            match body.why {
                Some(why) => Err(Trouble::Passing(format!("{key} came only in part: {why}"))),
                None => Ok(Some(taken?)),
            }
        })
    }

    pub(super) fn delete(&self, key: &str) -> Result<(), FactsError> {
        self.trying(|| {
            self.answered(self.send(("DELETE", key, &[], NOTHING), ())?)?;
            Ok(())
        })
    }

    /// One page of the files directly under a prefix, after a key. Empty after the last one.
    pub(super) fn list(&self, prefix: &str, after: &str) -> Result<Vec<Listed>, FactsError> {
        let query = [
            ("delimiter", "/"),
            ("list-type", "2"),
            ("max-keys", LISTED),
            ("prefix", prefix),
            ("start-after", after),
        ];
        self.trying(|| {
            let mut answer = self.answered(self.send(("GET", "", &query, NOTHING), ())?)?;
            let words = read_words(&mut answer).map_err(Trouble::Passing)?;
            // What is looked for are names of ours and times: nothing that XML would write in another way.
            let files = between(&words, "Contents").filter_map(|file| {
                Some(Listed {
                    key: between(file, "Key").next()?.to_owned(),
                    written: between(file, "LastModified").next()?.parse().ok()?,
                })
            });
            Ok(files.collect())
        })
    }

    fn trying<T>(&self, mut once: impl FnMut() -> Result<T, Trouble>) -> Result<T, FactsError> {
        let mut pause = PAUSE;
        for tried in 1.. {
            match once() {
                Ok(done) => return Ok(done),
                Err(Trouble::Lasting(error)) => return Err(error),
                Err(Trouble::Passing(what)) if tried == REMOTE_TRIES => {
                    return Err(FactsError::RemoteAway {
                        place: self.place.to_string(),
                        endpoint: self.endpoint.clone(),
                        what: format!("{what}; tried {tried} times"),
                    });
                }
                Err(Trouble::Passing(_)) => std::thread::sleep(pause),
            }
            pause *= 2;
        }
        Err(self.place.refused("it was never asked"))
    }

    fn send(
        &self,
        (method, key, query, sha256): (&'static str, &str, &[(&str, &str)], &str),
        body: impl ureq::AsSendBody,
    ) -> Result<http::Response<Body>, Trouble> {
        let host = self.endpoint.rsplit('/').next().unwrap_or_default();
        let bucket = &self.place.bucket;
        let request = Request {
            method,
            host,
            path: &match key {
                "" => format!("/{bucket}"),
                key => format!("/{bucket}/{key}"),
            },
            query,
            sha256,
        };
        let mut asked = http::Request::builder()
            .method(method)
            .uri(format!("{}{}", self.endpoint, request.target()));
        for (name, value) in request.headers(&self.access, (self.access.now)()) {
            asked = asked.header(name, value);
        }
        let asked = asked.body(body).map_err(|error| self.place.refused(error))?;
        self.agent.run(asked).map_err(|error| match error {
            error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::Tls(_) | ureq::Error::Rustls(_)) => {
                Trouble::Lasting(self.place.refused(error))
            }
            error => Trouble::Passing(error.to_string()),
        })
    }

    fn answered(&self, mut answer: http::Response<Body>) -> Result<Body, Trouble> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer.into_body());
        }
        Err(self.refusal(status, &words_of(&mut answer)))
    }

    /// What a refusal means and how to mend it. Only its code is shown: the rest of it repeats what was signed.
    fn refusal(&self, status: http::StatusCode, words: &str) -> Trouble {
        let code = between(words, "Code").next().unwrap_or_default();
        let bucket = &self.place.bucket;
        let what = match (status.as_u16(), code) {
            (429 | 500 | 502..=504, _) | (400, "RequestTimeout") => {
                return Trouble::Passing(format!("it answers {status} {code}").trim_end().to_owned());
            }
            (_, "NoSuchBucket") | (404, "") => {
                format!(
                    "there is no bucket {bucket} at {}: make it, or name another",
                    self.endpoint
                )
            }
            (_, "RequestTimeTooSkewed") => {
                "the clock of this machine is wrong by more than the store allows".to_owned()
            }
            (301 | 307, _) | (400, "AuthorizationHeaderMalformed") => {
                format!("the bucket is not in the region {}: set AWS_REGION", self.access.region)
            }
            (401 | 403, code) => format!(
                "the store refuses the key ({}): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may \
                 list, read, write and delete there",
                if code.is_empty() { status.as_str() } else { code }
            ),
            _ => format!("the store answers {status} {code}"),
        };
        Trouble::Lasting(self.place.refused(what))
    }
}

/// A body, which remembers that reading it failed: writing what was read may fail as well, and for that no try helps.
struct Broken<R> {
    from: R,
    why: Option<String>,
}

impl<R: std::io::Read> std::io::Read for Broken<R> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        self.from
            .read(bytes)
            .inspect_err(|error| self.why = Some(error.to_string()))
    }
}

fn words_of(answer: &mut http::Response<Body>) -> String {
    read_words(answer.body_mut()).unwrap_or_default()
}

fn read_words(body: &mut Body) -> Result<String, String> {
    let mut words = Vec::new();
    let read = body.as_reader().take(REMOTE_ANSWER_BYTES_MAX).read_to_end(&mut words);
    read.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&words).into_owned())
}

/// What stands between the tags of a name, one after the other.
fn between<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&open)?;
        let (inner, after) = after.split_once(&close)?;
        rest = after;
        Some(inner)
    })
}

fn roots(bundle: &str, place: &Place) -> Result<RootCerts, FactsError> {
    let wrong = |what: &dyn fmt::Display| place.refused(format!("the certificates of AWS_CA_BUNDLE: {what}"));
    let mut roots: Vec<Certificate<'static>> = Vec::new();
    for item in ureq::tls::parse_pem(bundle.as_bytes()) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(&error))? {
            roots.push(certificate);
        }
    }
    match roots.is_empty() {
        true => Err(wrong(&"there is none in that file")),
        false => Ok(RootCerts::new_with_certs(&roots)),
    }
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn elements_are_found_one_after_the_other() {
        let xml = "<a><Contents><Key>x</Key></Contents><Contents><Key>y</Key></Contents><Key>cut";
        let keys: Vec<&str> = between(xml, "Contents")
            .filter_map(|file| between(file, "Key").next())
            .collect();
        assert_eq!(keys, ["x", "y"]);
        assert_eq!(between(xml, "Code").next(), None);
    }
}
