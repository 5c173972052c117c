//! AWS Signature Version 4, as S3-compatible stores check it. It must not send anything.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::Access;
use crate::snapshot::hex;

/// SHA-256 of nothing: what a request without a body is signed with.
pub(super) const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What stays as it is in an address; the rest is written as `%XX`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const KEPT_IN_PATHS: &AsciiSet = &KEPT.remove(b'/');

/// A request to be signed.
pub(super) struct Request<'a> {
    pub(super) method: &'static str,
    pub(super) host: &'a str,
    /// Not yet encoded, from the first slash.
    pub(super) path: &'a str,
    /// Not yet encoded, in the order of the names.
    pub(super) query: &'a [(&'a str, &'a str)],
    /// SHA-256 of the body, in hex: the store refuses another body.
    pub(super) sha256: &'a str,
}

impl Request<'_> {
    /// Path and query as they stand in the address.
    pub(super) fn target(&self) -> String {
        let query = self.encoded_query();
        let path = utf8_percent_encode(self.path, KEPT_IN_PATHS);
        match query.as_str() {
            "" => path.to_string(),
            query => format!("{path}?{query}"),
        }
    }

    fn encoded_query(&self) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, KEPT).to_string();
        let pairs: Vec<String> = self
            .query
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        pairs.join("&")
    }

    /// The headers that prove who asks, in the order of their names; the last one is the signature.
    pub(super) fn headers(&self, access: &Access, at: Timestamp) -> Vec<(&'static str, String)> {
        let at = at.to_zoned(TimeZone::UTC);
        let (second, day) = (
            at.strftime("%Y%m%dT%H%M%SZ").to_string(),
            at.strftime("%Y%m%d").to_string(),
        );
        let mut headers = vec![
            ("host", self.host.to_owned()),
            ("x-amz-content-sha256", self.sha256.to_owned()),
            ("x-amz-date", second.clone()),
        ];
        if let Some(token) = &access.session_token {
            headers.push(("x-amz-security-token", token.reveal().to_owned()));
        }
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"))
            .collect();
        let asked = format!(
            "{}\n{}\n{}\n{lines}\n{names}\n{}",
            self.method,
            utf8_percent_encode(self.path, KEPT_IN_PATHS),
            self.encoded_query(),
            self.sha256
        );
        let scope = format!("{day}/{}/s3/aws4_request", access.region);
        let to_sign = format!("AWS4-HMAC-SHA256\n{second}\n{scope}\n{}", hex(&Sha256::digest(asked)));
        let secret = format!("AWS4{}", access.secret.reveal());
        let key = [&*day, &access.region, "s3", "aws4_request"]
            .iter()
            .fold(secret.into_bytes(), |key, part| keyed(&key, part));
        let signature = hex(&keyed(&key, &to_sign));
        let proof = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}",
            access.key_id
        );
        headers.push(("authorization", proof));
        headers
    }
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    // HMAC takes a key of any length: there is no error to meet.
    Hmac::<Sha256>::new_from_slice(key)
        .map(|hmac| hmac.chain_update(text).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::Secret;

    fn signature(query: &[(&str, &str)]) -> String {
        let access = Access {
            key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            session_token: None,
            region: "us-east-1".to_owned(),
            endpoint: None,
            certificates: None,
            now: || Timestamp::UNIX_EPOCH,
        };
        let request = Request {
            method: "GET",
            host: "examplebucket.s3.amazonaws.com",
            path: "/",
            query,
            sha256: NOTHING,
        };
        let headers = request.headers(&access, "2013-05-24T00:00:00Z".parse().unwrap());
        let (_, proof) = headers.last().unwrap();
        proof.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    #[test]
    fn the_examples_of_the_specification_are_signed_as_printed_there() {
        assert_eq!(
            signature(&[("max-keys", "2"), ("prefix", "J")]),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        );
        assert_eq!(
            signature(&[("lifecycle", "")]),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        );
    }

    #[test]
    fn what_an_address_cannot_hold_is_encoded() {
        let request = Request {
            method: "GET",
            host: "",
            path: "/bucket/a b+é",
            query: &[("prefix", "x/y&z")],
            sha256: NOTHING,
        };
        assert_eq!(request.target(), "/bucket/a%20b%2B%C3%A9?prefix=x%2Fy%26z");
    }
}
