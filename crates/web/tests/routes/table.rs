//! Every route by everybody, with a table of who gets what. A route that the table does not name fails the build of trust.

use std::collections::BTreeSet;
use std::path::Path;

use axum::http::StatusCode;
use beachhead_office::Role;

use crate::site::{Answered, MARKUP, Site, check_headers};

const O: &[Role] = &[Role::Owner];
const S: &[Role] = &[Role::Sponsor];
const OM: &[Role] = &[Role::Owner, Role::PartnerManager];
const OD: &[Role] = &[Role::Owner, Role::Data];
const ALL: &[Role] = &Role::ALL;

/// Who may: nobody has to be signed in, or the roles that may.
enum Who {
    Anybody,
    Roles(&'static [Role]),
}
use Who::{Anybody, Roles};

/// Method, route, who may, the form that is sent, and the status for who may. A form that is refused for its own mistakes
/// (409, 422) leaves the site as it is for the next in the table.
const TABLE: &[(&str, &str, Who, &str, u16)] = &[
    ("GET", "/", Roles(ALL), "", 200),
    ("POST", "/strategy/ask", Roles(O), "", 303),
    ("POST", "/strategy/sign", Roles(S), "version=1&sha256=0", 409),
    ("POST", "/strategy/send-back", Roles(S), "version=1&comment=", 422),
    ("GET", "/strategy/written", Roles(O), "", 200),
    (
        "POST",
        "/strategy/written",
        Roles(O),
        "revision=0&text=%5B%5Bbet%5D",
        409,
    ),
    ("GET", "/strategy/written.toml", Roles(ALL), "", 200),
    ("GET", "/strategy/{number}", Roles(ALL), "", 200),
    // Nobody is named for sales, so it is nobody's to say.
    (
        "POST",
        "/strategy/acknowledge",
        Roles(ALL),
        "function=sales&version=1&stance=seen",
        403,
    ),
    ("GET", "/strategy/functions", Roles(O), "", 200),
    ("POST", "/strategy/functions", Roles(O), "function=", 422),
    ("GET", "/strategy/share", Roles(O), "", 200),
    ("POST", "/strategy/share", Roles(O), "days=8", 422),
    ("POST", "/strategy/share/{share}/revoke", Roles(O), "", 404),
    ("GET", "/share/{token}", Anybody, "", 404),
    ("GET", "/asks", Roles(ALL), "", 200),
    ("POST", "/asks", Roles(OM), "who=Bo", 422),
    ("GET", "/asks/new", Roles(OM), "", 200),
    ("GET", "/asks/{ask}", Roles(ALL), "", 200),
    ("GET", "/start", Roles(O), "", 200),
    ("GET", "/start/{question}", Roles(O), "", 200),
    ("POST", "/start/{question}", Roles(O), "target=many", 422),
    ("GET", "/where", Roles(ALL), "", 200),
    ("GET", "/where/{segment}/{partner_type}", Roles(ALL), "", 200),
    ("POST", "/where/{segment}/{partner_type}", Roles(O), "state=parked", 422),
    ("GET", "/segments", Roles(O), "", 200),
    ("POST", "/segments", Roles(O), "segments=all%3A+((", 422),
    ("GET", "/segments/rule", Roles(O), "", 200),
    ("POST", "/segments/rule", Roles(O), "do=save&name=x&rule=((", 422),
    ("GET", "/segments/accounts", Roles(ALL), "", 200),
    ("GET", "/segments/accounts.csv", Roles(ALL), "", 200),
    ("GET", "/segments/accounts.xlsx", Roles(ALL), "", 200),
    ("GET", "/mapping", Roles(ALL), "", 200),
    ("POST", "/mapping", Roles(OD), "precision=7", 422),
    ("GET", "/mapping/{partner}", Roles(ALL), "", 200),
    ("GET", "/mapping/{partner}/rows", Roles(ALL), "", 200),
    ("GET", "/mapping/{partner}/rows.csv", Roles(ALL), "", 200),
    ("GET", "/mapping/{partner}/rows.xlsx", Roles(ALL), "", 200),
    ("GET", "/mapping/{partner}/review", Roles(ALL), "", 200),
    ("POST", "/mapping/{partner}/review", Roles(OD), "verdict=perhaps", 422),
    ("POST", "/mapping/{partner}/undo", Roles(OD), "", 409),
    ("GET", "/mapping/{partner}/targets", Roles(OM), "", 200),
    ("POST", "/mapping/{partner}/targets", Roles(OM), "bet=none", 404),
    ("GET", "/match-decisions.csv", Roles(ALL), "", 200),
    ("POST", "/match-decisions", Roles(OD), "", 422),
    ("GET", "/bets", Roles(ALL), "", 200),
    ("GET", "/bets/new", Roles(O), "", 200),
    ("POST", "/bets/new", Roles(O), "name=", 422),
    ("GET", "/bets/{bet}", Roles(ALL), "", 200),
    ("GET", "/bets/{bet}/edit", Roles(O), "", 200),
    ("POST", "/bets/{bet}/edit", Roles(O), "name=", 422),
    ("POST", "/bets/{bet}/start", Roles(O), "", 409),
    ("POST", "/bets/{bet}/decide", Roles(O), "to=parked&reason=", 422),
    ("GET", "/bets/{bet}/evidence", Roles(ALL), "", 200),
    ("GET", "/bets/{bet}/decisions", Roles(ALL), "", 200),
    ("POST", "/bets/{bet}/evidence", Roles(OM), "words=", 422),
    ("POST", "/bets/{bet}/launch", Roles(OM), "task=none", 404),
    ("GET", "/partners", Roles(ALL), "", 200),
    ("GET", "/partners/new", Roles(OM), "", 200),
    ("POST", "/partners/new", Roles(OM), "name=", 422),
    ("GET", "/partners/{partner}", Roles(ALL), "", 200),
    ("POST", "/partners/{partner}", Roles(OM), "kind=met&words=", 422),
    ("GET", "/targets", Roles(ALL), "", 200),
    ("GET", "/targets.csv", Roles(ALL), "", 200),
    ("GET", "/targets.xlsx", Roles(ALL), "", 200),
    ("GET", "/targets/new", Roles(OM), "", 200),
    ("POST", "/targets/new", Roles(OM), "account=", 422),
    ("GET", "/targets/edit", Roles(OM), "", 200),
    ("POST", "/targets/edit", Roles(OM), "", 422),
    ("POST", "/targets/steps/{number}/undo", Roles(OM), "", 409),
    ("GET", "/targets/{bet}/{account}", Roles(ALL), "", 200),
    ("POST", "/targets/{bet}/{account}", Roles(OM), "reached=none", 409),
    ("GET", "/roadmap", Roles(ALL), "", 200),
    ("POST", "/roadmap/move", Roles(O), "moved=&to=never", 422),
    ("GET", "/roadmap/assumptions", Roles(ALL), "", 200),
    ("GET", "/miss", Roles(ALL), "", 200),
    ("GET", "/board", Roles(ALL), "", 200),
    ("GET", "/review", Roles(ALL), "", 200),
    ("GET", "/review.ics", Roles(ALL), "", 200),
    ("POST", "/review/open", Roles(O), "", 409),
    ("GET", "/review/pre-read", Roles(ALL), "", 200),
    ("GET", "/reviews/{number}", Roles(ALL), "", 200),
    ("GET", "/reviews/{number}/pre-read", Roles(ALL), "", 200),
    ("GET", "/reviews/{number}/commitments", Roles(ALL), "", 200),
    ("POST", "/reviews/{number}/commitments", Roles(O), "at=1&says=", 422),
    (
        "POST",
        "/reviews/{number}/commitments/{commitment}",
        Roles(O),
        "became=kept",
        404,
    ),
    ("GET", "/reviews/{number}/{place}", Roles(ALL), "", 200),
    ("POST", "/reviews/{number}/{place}", Roles(O), "choice=", 422),
    ("GET", "/reviews/{number}/close", Roles(ALL), "", 200),
    ("POST", "/reviews/{number}/close", Roles(O), "revision=0&next=", 409),
    ("GET", "/data", Roles(ALL), "", 200),
    // Before its import is undone.
    ("GET", "/evidence/opportunities/{id}", Roles(ALL), "", 200),
    ("POST", "/data/import", Roles(OD), "", 303),
    ("GET", "/data/import/{upload}", Roles(OD), "", 200),
    ("POST", "/data/import/{upload}", Roles(OD), "", 303),
    ("POST", "/data/import/{upload}/take", Roles(OD), "", 303),
    ("GET", "/data/attribution", Roles(ALL), "", 200),
    ("POST", "/data/attribution/draft", Roles(O), "window_days=many", 422),
    // No other policy is named.
    ("GET", "/data/attribution/moves.csv", Roles(ALL), "", 422),
    ("GET", "/data/attribution/moves.xlsx", Roles(ALL), "", 422),
    ("GET", "/data/attribution/touches", Roles(ALL), "", 200),
    ("GET", "/data/attribution/touches.csv", Roles(ALL), "", 200),
    ("GET", "/data/attribution/touches.xlsx", Roles(ALL), "", 200),
    ("GET", "/data/import/{upload}/rejects/{file}", Roles(OD), "", 404),
    ("POST", "/data/import/{upload}/forget", Roles(OD), "", 303),
    ("GET", "/data/jobs/{job}", Roles(OD), "", 404),
    ("POST", "/data/jobs/{job}/cancel", Roles(OD), "", 404),
    ("POST", "/data/jobs/{job}/resume", Roles(OD), "", 404),
    ("POST", "/data/jobs/{job}/discard", Roles(OD), "", 404),
    ("GET", "/data/imports/{import}", Roles(ALL), "", 200),
    ("GET", "/data/imports/{import}/undo", Roles(OD), "", 200),
    ("GET", "/data/imports/{import}/rejects/{file}", Roles(OD), "", 404),
    ("POST", "/data/imports/{import}/undo", Roles(OD), "", 303),
    ("GET", "/data/sources", Roles(ALL), "", 200),
    // Nothing waits over all partners before lists are mapped; where something does, it leads there.
    ("GET", "/data/matches", Roles(ALL), "", 303),
    ("GET", "/data/exports", Roles(ALL), "", 200),
    ("GET", "/data/exports/decisions.csv", Roles(ALL), "", 200),
    ("GET", "/data/exports/decisions.xlsx", Roles(ALL), "", 200),
    ("GET", "/data/profiles", Roles(OD), "", 200),
    ("POST", "/data/profiles", Roles(OD), "", 422),
    ("GET", "/data/profiles/{profile}", Roles(OD), "", 200),
    ("GET", "/data/profiles/{profile}/toml", Roles(OD), "", 200),
    ("POST", "/data/profiles/{profile}", Roles(OD), "name=", 422),
    ("POST", "/data/profiles/{profile}/delete", Roles(OD), "", 303),
    ("GET", "/evidence", Roles(ALL), "", 200),
    ("GET", "/evidence.csv", Roles(ALL), "", 200),
    ("GET", "/evidence.xlsx", Roles(ALL), "", 200),
    ("GET", "/evidence/tables/{table}", Roles(ALL), "", 200),
    ("GET", "/evidence/targets", Roles(ALL), "", 200),
    ("GET", "/evidence/targets.csv", Roles(ALL), "", 200),
    ("GET", "/evidence/targets.xlsx", Roles(ALL), "", 200),
    ("GET", "/evidence/cohorts", Roles(ALL), "", 200),
    ("GET", "/evidence/lift", Roles(ALL), "", 200),
    ("GET", "/help", Anybody, "", 200),
    ("GET", "/search", Roles(ALL), "", 200),
    ("GET", "/settings", Roles(ALL), "", 200),
    ("GET", "/settings/people", Roles(ALL), "", 200),
    ("GET", "/settings/people/{person}", Roles(O), "", 200),
    ("POST", "/settings/people/{person}", Roles(O), "do=role&role=none", 422),
    ("GET", "/settings/people/{person}/end", Roles(O), "", 200),
    // Nobody with the role owner would be left.
    ("POST", "/settings/people/{person}/end", Roles(O), "", 409),
    ("POST", "/settings/people/{person}/reset", Roles(O), "", 201),
    ("GET", "/reset/{token}", Anybody, "", 404),
    ("POST", "/reset/{token}", Anybody, "password=teal+ferry+under+oak", 404),
    ("GET", "/settings/sign-in", Roles(ALL), "", 200),
    // Whoever demands a second factor has one.
    ("POST", "/settings/sign-in", Roles(O), "factor=demanded", 409),
    ("GET", "/settings/invites", Roles(O), "", 200),
    ("POST", "/settings/invites", Roles(O), "name=&email=&role=", 422),
    ("POST", "/settings/invites/{invite}/withdraw", Roles(O), "", 404),
    ("GET", "/join/{token}", Anybody, "", 404),
    (
        "POST",
        "/join/{token}",
        Anybody,
        "name=A&password=teal+ferry+under+oak",
        404,
    ),
    ("GET", "/settings/backups", Roles(O), "", 200),
    ("POST", "/settings/backups", Roles(O), "do=keep&kept=0", 422),
    ("GET", "/settings/backups/{backup}", Roles(O), "", 404),
    ("GET", "/settings/audit", Roles(O), "", 200),
    ("GET", "/settings/audit.csv", Roles(O), "", 200),
    ("GET", "/settings/program", Roles(ALL), "", 200),
    ("POST", "/settings/program", Roles(O), "revision=0&currency=XXX", 422),
    ("GET", "/settings/limits", Roles(ALL), "", 200),
    ("GET", "/account", Roles(ALL), "", 200),
    ("POST", "/account/name", Roles(ALL), "name=", 422),
    (
        "POST",
        "/account/password",
        Roles(ALL),
        "current=wrong&new=teal+ferry+under+elm",
        422,
    ),
    ("GET", "/account/second-factor", Roles(ALL), "", 200),
    (
        "POST",
        "/account/second-factor",
        Roles(ALL),
        "do=begin&password=wrong",
        422,
    ),
    ("POST", "/account/sessions/{session}/end", Roles(ALL), "", 404),
    ("GET", "/sign-in", Anybody, "", 200),
    (
        "POST",
        "/sign-in",
        Anybody,
        "email=nobody%40northwind.example&password=wrong",
        422,
    ),
    // No sign-in waits.
    ("GET", "/sign-in/code", Anybody, "", 303),
    ("POST", "/sign-in/code", Anybody, "code=123456", 303),
    ("GET", "/sign-in/set-up", Anybody, "", 303),
    ("POST", "/sign-in/set-up", Anybody, "code=123456", 303),
    ("POST", "/sign-out", Roles(ALL), "", 303),
    ("GET", "/setup/{token}", Anybody, "", 404),
    (
        "POST",
        "/setup/{token}",
        Anybody,
        "name=A&email=a%40b.example&password=teal+ferry+under+oak",
        404,
    ),
    ("POST", "/theme", Anybody, "theme=dark&back=/", 303),
    ("POST", "/keys", Anybody, "keys=off&back=/", 303),
    ("POST", "/demo/persona", Roles(ALL), "as=sponsor&back=/", 303),
    ("GET", "/healthz", Anybody, "", 200),
    ("GET", "/assets/beachhead.css", Anybody, "", 200),
    ("GET", "/assets/beachhead.js", Anybody, "", 200),
    ("GET", "/assets/icon.svg", Anybody, "", 200),
];

/// The routes of the source, with their methods.
fn routes() -> BTreeSet<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut routes = BTreeSet::new();
    for file in std::fs::read_dir(source).unwrap() {
        let path = file.unwrap().path();
        // Folders hold the parts of a page; routes stand at the top.
        if path.is_dir() {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        // A route ends where the next call of the builder begins.
        for route in text.split(".route(").skip(1) {
            let ends = [".layer(", ".merge(", ".fallback(", ";"];
            let end = ends
                .iter()
                .filter_map(|end| route.find(end))
                .min()
                .unwrap_or(route.len());
            let path = route[..end]
                .split('"')
                .nth(1)
                .unwrap_or_else(|| panic!("no path in: {route}"));
            let handlers = &route[..end];
            for (word, method) in [
                ("get(", "GET"),
                ("post(", "POST"),
                ("put(", "PUT"),
                ("delete(", "DELETE"),
                ("any(", "ANY"),
            ] {
                if handlers.contains(word) {
                    routes.insert((method.to_owned(), path.to_owned()));
                }
            }
        }
    }
    routes
}

#[test]
fn every_route_stands_in_the_table() {
    let table = TABLE
        .iter()
        .map(|(method, route, ..)| ((*method).to_owned(), (*route).to_owned()))
        .collect();
    assert_eq!(routes(), table);
}

/// One row of the table, for somebody.
async fn row(site: &Site, method: &str, route: &str, form: &str, who: Option<Role>) -> Answered {
    let address = site.address(route);
    match (method, route) {
        ("POST", "/data/import" | "/data/profiles" | "/match-decisions") => {
            let token = who.map_or("none", |role| site.sessions[&role].csrf.as_str());
            site.post_file(route, who, token, "effort.csv").await
        }
        ("POST", _) => site.post(&address, who, form).await,
        _ => site.get(&address, who).await,
    }
}

#[tokio::test]
async fn every_route_answers_everybody_as_the_table_says() {
    for who in [None].into_iter().chain(Role::ALL.map(Some)) {
        let site = Site::new().await;
        site.import_lists().await;
        // Something to ask a signature for.
        site.office
            .name_program(&site.owner, &format!("{MARKUP}('name')</script>"))
            .await
            .unwrap();
        // Signing out ends what the rest of the table needs.
        let last = |route: &str| route == "/sign-out";
        let rows = TABLE
            .iter()
            .filter(|row| !last(row.1))
            .chain(TABLE.iter().filter(|row| last(row.1)));
        for (method, route, may, form, status) in rows {
            let before = site.chain().await;
            let answered = row(&site, method, route, form, who).await;
            let (may, open) = match (may, who) {
                (Anybody, _) => (true, true),
                (Roles(roles), Some(role)) => (roles.contains(&role), false),
                (Roles(_), None) => (false, false),
            };
            let expected = match (may, who) {
                (true, _) => *status,
                (false, Some(_)) => 403,
                (false, None) => 303,
            };
            let name = who.map_or("anonymous", Role::name);
            assert_eq!(
                answered.status.as_u16(),
                expected,
                "{method} {route} by {name}: {}",
                answered.body
            );
            if who.is_none() && !open {
                assert!(
                    answered.location().starts_with("/sign-in"),
                    "{route}: {}",
                    answered.location()
                );
            }
            if *method == "GET" || !may || (400..500).contains(status) {
                assert_eq!(
                    site.chain().await,
                    before,
                    "{method} {route} by {name} changed something"
                );
            }
            check_headers(route, &answered);
        }
    }
}

#[tokio::test]
async fn a_write_without_its_token_or_from_another_site_is_refused() {
    let site = Site::new().await;
    site.import_lists().await;
    let before = site.chain().await;
    let token = format!("csrf={}", site.sessions[&Role::Owner].csrf);
    let other = format!("csrf={}", site.sessions[&Role::Sponsor].csrf);
    for (method, route, may, ..) in TABLE {
        if *method != "POST" {
            continue;
        }
        let address = site.address(route);
        let owner = Some(Role::Owner);
        for headers in [
            [("origin", "https://evil.example"), ("sec-fetch-mode", "navigate")],
            [("origin", "null"), ("sec-fetch-mode", "navigate")],
            [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")],
            [("sec-fetch-site", "same-site"), ("origin", "http://localhost:8080")],
        ] {
            let answered = site.post_from(&address, owner, &token, &headers).await;
            assert_eq!(answered.status, StatusCode::FORBIDDEN, "{route} {headers:?}");
            check_headers(route, &answered);
        }
        if matches!(may, Anybody) {
            continue;
        }
        for token in ["", "nothing", other.as_str()] {
            let answered = if matches!(*route, "/data/import" | "/data/profiles" | "/match-decisions") {
                site.post_file(route, owner, token, "effort.csv").await
            } else {
                site.post_from(&address, owner, token, &[]).await
            };
            assert_eq!(
                answered.status,
                StatusCode::FORBIDDEN,
                "{route} with {token:?}: {}",
                answered.body
            );
        }
    }
    assert_eq!(site.chain().await, before);
}
