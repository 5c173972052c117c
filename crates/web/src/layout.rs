//! The frame of every page: skip link, the places in the order of the mission's choices, banner, status line, footer.

use beachhead_office::Role;
use maud::{DOCTYPE, Markup, html};

use crate::visitor::{Frame, Visitor};

/// The places of the product, in the order of the menu.
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
    /// Who is the route in?
    Partners,
    /// Which accounts do I work this week?
    Targets,
    /// What do we decide this cycle?
    Review,
    /// Is the data right and fresh?
    Data,
    /// Who can do what?
    Settings,
}

impl Place {
    /// Each place of the menu: its name, its address, and the key that leads there after `g`.
    pub const MENU: [(Self, &'static str, &'static str, &'static str); 9] = [
        (Self::Strategy, "Strategy", "/", "s"),
        (Self::Where, "Where to win", "/where", "w"),
        (Self::Bets, "Bets", "/bets", "b"),
        (Self::Roadmap, "Roadmap", "/roadmap", "r"),
        (Self::Partners, "Partners", "/partners", "p"),
        (Self::Targets, "Targets", "/targets", "t"),
        (Self::Review, "Review", "/review", "v"),
        (Self::Data, "Data", "/data", "d"),
        (Self::Settings, "Settings", "/settings", ","),
    ];

    /// The name of the place's section on the page of help.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Strategy => "strategy",
            Self::Where => "where",
            Self::Bets => "bets",
            Self::Roadmap => "roadmap",
            Self::Partners => "partners",
            Self::Targets => "targets",
            Self::Review => "review",
            Self::Data => "data",
            Self::Settings => "settings",
        }
    }
}

/// A page for somebody signed in; `place` is marked in the menu.
#[must_use]
pub fn inside(visitor: &Visitor, place: impl Into<Option<Place>>, title: &str, body: &Markup) -> Markup {
    let place = place.into();
    let frame = &visitor.frame;
    let nav = html! {
        nav aria-label="Main" {
            details.menu {
                summary { "Menu" }
                ul {
                    @for (here, name, address, key) in Place::MENU {
                        li { a href=(address) data-go=(key) aria-current=[(place == Some(here)).then_some("page")] { (name) } }
                    }
                }
            }
        }
        p.end { a href="/search" data-search { "Search" } }
    };
    let help = place.map_or_else(|| "/help".to_owned(), |place| format!("/help#{}", place.section()));
    let footer = html! {
        p { "Signed in as " a href="/account" { (visitor.actor.name) } ", " (visitor.actor.role.name()) "." }
        @if frame.demo.is_none() {
            form.inline method="post" action="/sign-out" {
                (crate::form::token(visitor))
                button.btn.link type="submit" { "Sign out" }
            }
        }
        (theme_switch(frame))
        p { a href=(help) { "Help" } }
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
            body data-keys[frame.keys] {
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

/// As whom the worked example can be looked at: role and words.
const PERSONAS: [(Role, &str); 5] = [
    (Role::Owner, "the leader"),
    (Role::Sponsor, "the sponsor"),
    (Role::PartnerManager, "a partner manager"),
    (Role::Data, "RevOps"),
    (Role::Viewer, "the head of sales"),
];

fn personas(frame: &Frame, csrf: &str) -> Markup {
    html! {
        form.inline method="post" action="/demo/persona" {
            input type="hidden" name=(crate::form::CSRF_FIELD) value=(csrf);
            input type="hidden" name="back" value=(frame.here);
            span { "Look at it as" }
            @for (at, (role, words)) in PERSONAS.into_iter().enumerate() {
                @if at > 0 { span aria-hidden="true" { "·" } }
                button.btn.link type="submit" name="as" value=(role.name()) { (words) }
            }
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
