//! How a handler answers: a page, a redirect with a status line, or a failure with its own page.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beachhead_office::reporting::query;
use beachhead_office::{Code, Refusal};
use maud::{Markup, html};

use crate::layout;
use crate::visitor::{Frame, SAID_COOKIE};

/// What a handler gives.
pub type Answer = Result<Response, Failure>;

/// A page that could not be shown or a write that was not done.
#[derive(Debug)]
pub struct Failure {
    refusal: Refusal,
    frame: Option<Box<Frame>>,
}

impl Failure {
    /// A failure outside any frame.
    #[must_use]
    pub const fn plain(refusal: Refusal) -> Self {
        Self { refusal, frame: None }
    }

    /// A failure shown in the frame of the page that it happened on.
    #[must_use]
    pub fn on(frame: &Frame, refusal: Refusal) -> Self {
        Self {
            refusal,
            frame: Some(Box::new(frame.clone())),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::plain(refusal)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if self.refusal.code == Code::SignInFirst {
            let back = &self.refusal.hint;
            let to = if back.is_empty() || back == "/" {
                "/sign-in".to_owned()
            } else {
                format!("/sign-in?back={}", query(back))
            };
            return redirect(&to);
        }
        let frame = self.frame.unwrap_or_default();
        let shown = refused_page(&self.refusal, &html! {}, |heading, body| {
            layout::outside(&frame, heading, body)
        });
        with_refusal(shown, self.refusal)
    }
}

/// A refusal that an answer shows as a page, for what goes around every answer to say more of it.
#[derive(Debug, Clone)]
pub(crate) struct Shown(pub Refusal);

fn with_refusal(mut response: Response, refusal: Refusal) -> Response {
    response.extensions_mut().insert(Shown(refusal));
    response
}

/// The page of a refusal, with `more` below what it says, in a frame.
pub(crate) fn refused_page(refusal: &Refusal, more: &Markup, frame: impl FnOnce(&str, &Markup) -> Markup) -> Response {
    let status = StatusCode::from_u16(refusal.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let heading = match refusal.code {
        Code::NotAllowed => "This is not yours to do",
        Code::NotFound => "There is no such page",
        Code::Internal => "Something went wrong on our side",
        Code::TooMany => "Too many tries",
        _ => "That was not done",
    };
    let body = html! {
        h1 { (heading) }
        p.lede { (refusal.message) }
        @if !refusal.hint.is_empty() { p { (refusal.hint) } }
        (more)
        p { a href="/" { "Go to the strategy" } }
    };
    (status, frame(heading, &body)).into_response()
}

/// Goes to a page of ours after a write (303, so that reloading does not write again).
#[must_use]
pub fn redirect(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or_else(|_| HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// Goes to a page of ours, which then says `said` in its status line.
#[must_use]
pub fn redirect_saying(to: &str, said: &str) -> Response {
    let mut response = redirect(to);
    set_cookie(
        &mut response,
        &format!(
            "{SAID_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age=30",
            query(said)
        ),
    );
    response
}

/// Adds a cookie to an answer.
pub fn set_cookie(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A page, which uses up the status line it showed.
#[must_use]
pub fn page(frame: &Frame, markup: Markup) -> Response {
    let mut response = markup.into_response();
    if frame.said.is_some() {
        set_cookie(
            &mut response,
            &format!("{SAID_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
        );
    }
    response
}
