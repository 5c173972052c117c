//! The three files that pages load: style, script, icon. They are compiled in, so that one binary is the whole program.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::Site;

const STYLE: &str = include_str!("../assets/beachhead.css");
const SCRIPT: &str = include_str!("../assets/beachhead.js");
const ICON: &str = include_str!("../assets/icon.svg");

/// Their routes.
pub fn routes() -> Router<Site> {
    Router::new()
        .route(
            "/assets/beachhead.css",
            get(|| async { file("text/css; charset=utf-8", STYLE) }),
        )
        .route(
            "/assets/beachhead.js",
            get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }),
        )
        .route("/assets/icon.svg", get(|| async { file("image/svg+xml", ICON) }))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")],
        text,
    )
}
