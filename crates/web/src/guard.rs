//! What every request passes: page headers, and the refusal of writes that another site sent. Must not know a verb.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Nothing but our own files, and nothing inline (trust.md, "Pages").
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Puts the page headers of trust.md on every answer.
pub async fn page_headers(request: Request, next: Next) -> Response {
    let asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if !asset {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses a write that did not come from a page of ours, by `Sec-Fetch-Site` and `Origin`. Forms carry a token besides.
pub async fn same_site_writes(request: Request<Body>, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || came_from_us(request.headers()) {
        return next.run(request).await;
    }
    let words =
        "This request came from another site and was refused. Nothing was changed. Open the page here and try again.";
    (StatusCode::FORBIDDEN, words).into_response()
}

fn came_from_us(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // The browser's own word, which no page can set, goes before `Origin`: under "no-referrer" a browser sends its own
    // forms with `Origin: null`.
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin
            .strip_prefix("http://")
            .or_else(|| origin.strip_prefix("https://"))
            .is_some_and(|rest| rest == host),
        (Some(_), None) => false,
        (None, _) => true,
    }
}

/// The address that this request came to, without a path: sessions live on HTTPS and on this machine alone, so that
/// everything but this machine is HTTPS.
#[must_use]
pub fn our_origin(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let here = matches!(name, "localhost" | "[::1]") || name.starts_with("127.");
    format!("{}://{host}", if here { "http" } else { "https" })
}

#[cfg(test)]
mod tests {
    use super::came_from_us;
    use axum::http::HeaderMap;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.insert(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn a_write_from_another_site_is_not_ours() {
        assert!(came_from_us(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "http://127.0.0.1:8080")
        ])));
        assert!(came_from_us(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("sec-fetch-site", "same-origin")
        ])));
        assert!(!came_from_us(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "http://evil.example")
        ])));
        assert!(!came_from_us(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("origin", "null")
        ])));
        assert!(!came_from_us(&headers(&[
            ("host", "127.0.0.1:8080"),
            ("sec-fetch-site", "cross-site")
        ])));
        assert!(came_from_us(&headers(&[
            ("host", "a"),
            ("sec-fetch-site", "same-origin"),
            ("origin", "null")
        ])));
        assert!(!came_from_us(&headers(&[
            ("host", "a"),
            ("sec-fetch-site", "same-site")
        ])));
    }
}
