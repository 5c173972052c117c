//! Who is looking: the session behind a cookie, their theme, and the token that their forms carry.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use beachhead_office::{Actor, Code, Office, Permission, Refusal};

use crate::Site;
use crate::answer::Failure;

/// The name of the session cookie: bound to this host, sent only where it is safe to (`__Host-`).
pub const SESSION_COOKIE: &str = "__Host-beachhead";
/// The name of the cookie that holds a chosen theme, `light` or `dark`.
pub const THEME_COOKIE: &str = "beachhead-theme";
/// The name of the cookie that says that single keys do nothing.
pub const KEYS_COOKIE: &str = "beachhead-keys";
/// The name of the cookie that says as whom the worked example is looked at.
pub const PERSONA_COOKIE: &str = "beachhead-persona";

/// A signed-in visitor. Taking it as an argument of a handler means that nobody else gets in.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who asks.
    pub actor: Actor,
    /// What their forms must carry.
    pub csrf: String,
    /// What frames every page of theirs.
    pub frame: Frame,
}

impl Visitor {
    /// Refuses, in the frame of the page, unless the visitor's role holds the permission: said before a form's own mistakes.
    ///
    /// # Errors
    /// The refusal that names who may.
    pub fn must(&self, permission: Permission) -> Result<(), Failure> {
        self.actor
            .must(permission)
            .map_err(|refusal| Failure::on(&self.frame, refusal))
    }
}

/// What the frame of a page shows, signed in or not.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// The program's name.
    pub program: String,
    /// The theme chosen, if one was.
    pub theme: Option<&'static str>,
    /// Whether single keys do what the page says they do.
    pub keys: bool,
    /// What the banner of the worked example says, where this is one.
    pub demo: Option<String>,
    /// The path and query of the page, to come back to.
    pub here: String,
    /// Whether it was asked for by GET: what was sent by POST need not be there to come back to.
    pub asked: bool,
    /// The last write's result, to be said at the top of the page.
    pub said: Option<String>,
}

impl FromRequestParts<Site> for Frame {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let office = Arc::<Office>::from_ref(site);
        let program = office.program().await.map_err(Failure::plain)?;
        Ok(Self {
            program: program.name,
            theme: match cookie(&parts.headers, THEME_COOKIE) {
                Some("dark") => Some("dark"),
                Some("light") => Some("light"),
                _ => None,
            },
            keys: cookie(&parts.headers, KEYS_COOKIE) != Some("off"),
            demo: program.demo,
            here: parts
                .uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            asked: parts.method == Method::GET,
            said: cookie(&parts.headers, SAID_COOKIE).and_then(unescape),
        })
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Failure> {
        let frame = Frame::from_request_parts(parts, site).await?;
        let office = Arc::<Office>::from_ref(site);
        if frame.demo.is_some() {
            let persona = cookie(&parts.headers, PERSONA_COOKIE)
                .and_then(unescape)
                .unwrap_or_default();
            let actor = office.demo_actor(&persona).await.map_err(Failure::plain)?;
            return Ok(Self {
                actor,
                csrf: site.demo_csrf.to_string(),
                frame,
            });
        }
        let session = match cookie(&parts.headers, SESSION_COOKIE) {
            Some(secret) => office.session(secret).await.map_err(Failure::plain)?,
            None => None,
        };
        match session {
            Some(session) => Ok(Self {
                actor: session.actor,
                csrf: session.csrf,
                frame,
            }),
            None => {
                let back = if frame.asked { frame.here } else { String::new() };
                Err(Failure::plain(Refusal::new(Code::SignInFirst, "Sign in first", back)))
            }
        }
    }
}

/// The name of the cookie that carries one status line over a redirect.
pub const SAID_COOKIE: &str = "beachhead-said";

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// What [`beachhead_office::reporting::query`] was given; nothing if it was not made by it.
#[must_use]
pub fn unescape(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let pair = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use beachhead_office::reporting::query;

    use super::unescape;

    #[test]
    fn a_status_line_survives_its_cookie() {
        for text in ["Signed version 2; thank you", "ü ★ 50% =", ""] {
            assert_eq!(unescape(&query(text)).as_deref(), Some(text));
        }
        assert_eq!(unescape("%zz"), None);
        assert_eq!(unescape("%2"), None);
    }
}
