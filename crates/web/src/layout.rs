//! The frame of every page: skip link, the places in the order of the mission's choices, banner, status line, footer.

use maud::{DOCTYPE, Markup, html};

use crate::visitor::{Frame, Visitor};

/// The places of the product, in the order of the menu. Partners, Targets and Settings join when they are real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// What are we choosing, and what not?
    Strategy,
    /// Which cells do we compete in?
    Where,
    /// What are we betting on, and is it working?
    Bets,
    /// What comes first, what waits, do we have the people?
    Roadmap,
    /// What do we decide this cycle?
    Review,
    /// Is the data right and fresh?
    Data,
}

impl Place {
    /// Name and address of each place in the menu.
    pub const MENU: [(Self, &'static str, &'static str); 6] = [
        (Self::Strategy, "Strategy", "/"),
        (Self::Where, "Where to win", "/where"),
        (Self::Bets, "Bets", "/bets"),
        (Self::Roadmap, "Roadmap", "/roadmap"),
        (Self::Review, "Review", "/review"),
        (Self::Data, "Data", "/data"),
    ];
}

/// A page for somebody signed in; `place` is marked in the menu.
#[must_use]
pub fn inside(visitor: &Visitor, place: impl Into<Option<Place>>, title: &str, body: &Markup) -> Markup {
    let place = place.into();
    let frame = &visitor.frame;
    let nav = html! {
        nav aria-label="Main" {
            details.menu open {
                summary { "Menu" }
                ul {
                    @for (here, name, address) in Place::MENU {
                        li { a href=(address) aria-current=[(place == Some(here)).then_some("page")] { (name) } }
                    }
                }
            }
        }
    };
    let footer = html! {
        p { "Signed in as " (visitor.actor.name) ", " (visitor.actor.role.name()) "." }
        @if frame.demo.is_none() {
            form.inline method="post" action="/sign-out" {
                (crate::form::token(visitor))
                button.btn.link type="submit" { "Sign out" }
            }
        }
        (theme_switch(frame))
        p { a href="/help" { "Help" } }
    };
    document(frame, title, Some(&visitor.csrf), &nav, body, &footer)
}

/// A page for somebody who is not signed in, or a failure.
#[must_use]
pub fn outside(frame: &Frame, title: &str, body: &Markup) -> Markup {
    document(
        frame,
        title,
        None,
        &html! {},
        body,
        &html! { p { a href="/help" { "Help" } } },
    )
}

/// A page that stands alone, for readers without an account: no menu, nothing to follow, and nothing that a search engine
/// may keep.
#[must_use]
pub fn sheet(theme: Option<&str>, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex, nofollow, noarchive";
                title { (title) }
                link rel="stylesheet" href="/assets/beachhead.css";
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
            }
            body { main.sheet id="main" { (body) } }
        }
    }
}

fn document(frame: &Frame, title: &str, csrf: Option<&str>, nav: &Markup, body: &Markup, footer: &Markup) -> Markup {
    let program = if frame.program.is_empty() {
        "Beachhead"
    } else {
        &frame.program
    };
    html! {
        (DOCTYPE)
        html lang="en" data-theme=[frame.theme] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – " (program) }
                link rel="stylesheet" href="/assets/beachhead.css";
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                script src="/assets/beachhead.js" defer {}
            }
            body {
                a.skip href="#main" { "Skip to main content" }
                header { div.bar { b { a.home href="/" { (program) } } (nav) } }
                @if let Some(words) = &frame.demo {
                    div.banner role="region" aria-label="About this example" {
                        div.bar {
                            p { (words) }
                            @if let Some(csrf) = csrf { (personas(frame, csrf)) }
                        }
                    }
                }
                main id="main" tabindex="-1" {
                    @if let Some(said) = &frame.said { p.status role="status" { (said) } }
                    (body)
                }
                footer { div.bar { (footer) } }
            }
        }
    }
}

fn personas(frame: &Frame, csrf: &str) -> Markup {
    html! {
        form.inline method="post" action="/demo/persona" {
            input type="hidden" name=(crate::form::CSRF_FIELD) value=(csrf);
            input type="hidden" name="back" value=(frame.here);
            span { "Look at it as" }
            button.btn.link type="submit" name="as" value="owner" { "the leader" }
            span { "or" }
            button.btn.link type="submit" name="as" value="sponsor" { "the sponsor" }
            span { "or" }
            button.btn.link type="submit" name="as" value="viewer" { "the head of sales" }
        }
    }
}

fn theme_switch(frame: &Frame) -> Markup {
    let (next, words) = match frame.theme {
        None => ("dark", "Dark page"),
        Some("dark") => ("light", "Light page"),
        Some(_) => ("system", "Page as the system sets it"),
    };
    html! {
        form.inline method="post" action="/theme" {
            input type="hidden" name="back" value=(frame.here);
            button.btn.link type="submit" name="theme" value=(next) { (words) }
        }
    }
}
