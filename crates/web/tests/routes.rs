//! Every route by everybody: the router driven in process, with a table of who gets what. A route that the table does not
//! name fails the build of trust.
#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use beachhead_office::importing::{ImportAnswers, ImportFile};
use beachhead_office::people::NewPerson;
use beachhead_office::starting::StartAnswers;
use beachhead_office::strategy::bet::slug;
use beachhead_office::uploading::Upload;
use beachhead_office::{Actor, Clock, Entropy, Office, Role, Surroundings};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use jiff::civil::date;
use tower::ServiceExt as _;

/// Nine in the morning of 6 April 2026.
const NINE: i64 = 1_775_466_000_000;
/// The bet's name: what it says must never run.
const BET: &str = "<script>alert('bet')</script> integrations";
/// A text that must never stand in a page as it is.
const MARKUP: &str = "<script>alert";
const PASSWORD: &str = "teal ferry under oak";

struct Ticking(Arc<AtomicI64>);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.fetch_add(1, Ordering::SeqCst)).unwrap()
    }
}

/// Numbers that are the same in every run: fit for a test and for nothing else.
struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let mut mixed = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *byte = mixed.to_le_bytes()[7];
        }
    }
}

/// A site with a running bet, an open review, one upload, and everybody signed in.
struct Site {
    router: Router,
    office: Arc<Office>,
    owner: Actor,
    sessions: BTreeMap<Role, Session>,
    upload: String,
    clock: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

#[derive(Clone)]
struct Session {
    cookie: String,
    csrf: String,
}

struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answered {
    fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }
}

fn email(role: Role) -> String {
    format!("{}@northwind.example", slug(role.name()))
}

async fn person(office: &Office, role: Role) -> Actor {
    let name = format!("{MARKUP}('{}')</script>", role.name());
    let new = NewPerson {
        name,
        email: email(role),
        password: PASSWORD.into(),
    };
    let person = office.add_person(&Actor::command_line(), new, role).await.unwrap();
    Actor {
        person: person.id,
        name: person.name,
        role,
    }
}

fn answers() -> StartAnswers {
    StartAnswers {
        company: format!("{MARKUP}('company')</script>"),
        outcome: format!("{MARKUP}('outcome')</script>"),
        measure: "sourced-pipeline".into(),
        target: Some(3_800_000.0),
        by: Some(date(2027, 3, 31)),
        sponsor: format!("{MARKUP}('sponsor')</script>"),
        initiatives: vec![BET.into(), "Channel resale".into()],
        hours_per_week: Some(60.0),
        picked: Some(0),
        why_a_partner_would: format!("{MARKUP}('why')</script>"),
        scale_if: Some(12.0),
        retire_if: Some(4.0),
        gate_by: Some(date(2026, 9, 30)),
        ..StartAnswers::default()
    }
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(NINE));
        let surroundings = Surroundings {
            clock: Box::new(Ticking(Arc::clone(&clock))),
            entropy: Box::new(Seeded(AtomicU64::new(7))),
        };
        let office = Arc::new(
            Office::open(&folder.path().join("program"), None, surroundings)
                .await
                .unwrap(),
        );
        let mut people = BTreeMap::new();
        for role in Role::ALL {
            people.insert(role, person(&office, role).await);
        }
        let (owner, sponsor, data) = (
            people[&Role::Owner].clone(),
            &people[&Role::Sponsor],
            &people[&Role::Data],
        );
        office.keep_start_answers(&owner, &answers()).await.unwrap();
        office.start(&owner, 0).await.unwrap();
        let asked = office.ask_signature(&owner).await.unwrap();
        office.sign(sponsor, asked.number, &asked.sha256, None).await.unwrap();
        office.start_bet(&owner, &slug(BET)).await.unwrap();
        office.open_review(&owner).await.unwrap();
        let deals = folder.path().join("deals.csv");
        let deal = format!("o1,{MARKUP}('account')</script>,Won,2026-03-02,2026-03-20,100");
        std::fs::write(
            &deals,
            format!("opportunity_id,account,stage,created_on,closed_on,amount\n{deal}\n"),
        )
        .unwrap();
        let imported = office
            .import(data, vec![ImportFile::at(&deals)], &ImportAnswers::default(), false)
            .await
            .unwrap();
        assert_eq!(imported.refusal, None);
        let profile = format!("name = \"{MARKUP}\"\nheader = \"f\"\ntable = \"effort\"\n");
        office.import_profile(data, &profile).await.unwrap();
        let upload = new_upload(&office, data).await;
        let router = beachhead_web::router(Arc::clone(&office));
        let mut site = Self {
            router,
            office,
            owner,
            sessions: BTreeMap::new(),
            upload,
            clock,
            _folder: folder,
        };
        for role in Role::ALL {
            let secret = site.office.sign_in(&email(role), PASSWORD).await.unwrap();
            let csrf = site.office.session(&secret).await.unwrap().unwrap().csrf;
            site.sessions.insert(
                role,
                Session {
                    cookie: format!("__Host-beachhead={secret}"),
                    csrf,
                },
            );
        }
        site
    }

    /// A route's address with its parts filled in.
    fn address(&self, route: &str) -> String {
        // Targets are those of a bet, which their query names.
        let query = if route.starts_with("/evidence/targets") {
            "?bet={bet}"
        } else {
            ""
        };
        format!("{route}{query}")
            .replace("{number}", "1")
            .replace("{id}", "o1")
            .replace("{table}", "opportunities")
            .replace("{question}", "1")
            .replace("{segment}", "target-accounts")
            .replace("{partner_type}", "reseller")
            .replace("{bet}", &slug(BET))
            .replace("{upload}", &self.upload)
            .replace("{file}", "0")
            .replace("{job}", "01980000-0000-7000-8000-000000000000")
            .replace("{import}", "1")
            .replace("{profile}", "%3Cscript%3Ealert")
            .replace("{token}", &"0".repeat(64))
    }

    async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        Answered {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    async fn get(&self, address: &str, who: Option<Role>) -> Answered {
        let mut request = Request::get(address).header("host", "localhost:8080");
        if let Some(role) = who {
            request = request.header("cookie", &self.sessions[&role].cookie);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts a form, with the visitor's token.
    async fn post(&self, address: &str, who: Option<Role>, form: &str) -> Answered {
        let token = who.map_or("none", |role| self.sessions[&role].csrf.as_str());
        self.post_from(
            address,
            who,
            &format!("csrf={token}&{form}"),
            &[("origin", "http://localhost:8080")],
        )
        .await
    }

    async fn post_from(&self, address: &str, who: Option<Role>, form: &str, headers: &[(&str, &str)]) -> Answered {
        let mut request = Request::post(address)
            .header("host", "localhost:8080")
            .header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(role) = who {
            request = request.header("cookie", &self.sessions[&role].cookie);
        }
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// Posts a file, as a browser does.
    async fn post_file(&self, address: &str, who: Option<Role>, token: &str, name: &str) -> Answered {
        let body = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n\
             --edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n\
             person,week,initiative,hours\nInes,2026-03-30,Resale,4\n\r\n--edge--\r\n"
        );
        let mut request = Request::post(address)
            .header("host", "localhost:8080")
            .header("content-type", "multipart/form-data; boundary=edge");
        if let Some(role) = who {
            request = request.header("cookie", &self.sessions[&role].cookie);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// Length and head of the audit chain.
    async fn chain(&self) -> (i64, String) {
        let chain = self.office.verify_audit(&self.owner).await.unwrap();
        (chain.rows, chain.head)
    }
}

async fn new_upload(office: &Office, data: &Actor) -> String {
    let (id, folder) = office.new_upload(data).await.unwrap();
    std::fs::write(
        folder.join("0"),
        "person,week,initiative,hours\nInes,2026-03-30,Resale,4\n",
    )
    .unwrap();
    let name = format!("{MARKUP}.csv");
    let upload = Upload {
        files: vec![name],
        answers: vec![ImportAnswers::default()],
    };
    office.keep_upload(data, &id, &upload).await.unwrap();
    id
}

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
    ("GET", "/bets", Roles(ALL), "", 200),
    ("GET", "/bets/new", Roles(O), "", 200),
    ("POST", "/bets/new", Roles(O), "name=", 422),
    ("GET", "/bets/{bet}", Roles(ALL), "", 200),
    ("GET", "/bets/{bet}/edit", Roles(O), "", 200),
    ("POST", "/bets/{bet}/edit", Roles(O), "name=", 422),
    ("POST", "/bets/{bet}/start", Roles(O), "", 409),
    ("POST", "/bets/{bet}/decide", Roles(O), "to=parked&reason=", 422),
    ("POST", "/bets/{bet}/evidence", Roles(OM), "words=", 422),
    ("GET", "/roadmap", Roles(ALL), "", 200),
    ("GET", "/roadmap/assumptions", Roles(ALL), "", 200),
    ("GET", "/miss", Roles(ALL), "", 200),
    ("GET", "/review", Roles(ALL), "", 200),
    ("POST", "/review/open", Roles(O), "", 409),
    ("GET", "/reviews/{number}", Roles(ALL), "", 200),
    ("GET", "/reviews/{number}/pre-read", Roles(ALL), "", 200),
    ("POST", "/reviews/{number}/decide", Roles(O), "bet=", 422),
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
    ("GET", "/data/attribution/touches", Roles(ALL), "", 200),
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
    ("GET", "/sign-in", Anybody, "", 200),
    (
        "POST",
        "/sign-in",
        Anybody,
        "email=nobody%40northwind.example&password=wrong",
        422,
    ),
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

fn check_headers(route: &str, answered: &Answered) {
    let header = |name: &str| answered.headers.get(name).map_or("", |value| value.to_str().unwrap());
    let policy = header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{route}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{route}: {policy}");
    assert_eq!(
        (header("x-content-type-options"), header("referrer-policy")),
        ("nosniff", "no-referrer"),
        "{route}"
    );
    if !route.starts_with("/assets/") {
        assert_eq!(header("cache-control"), "no-store", "{route}");
    }
    if header("content-type").starts_with("text/html") {
        assert!(!answered.body.contains(MARKUP), "{route} is not escaped");
        assert!(
            !answered.body.contains(" style=") && !answered.body.contains(" onclick="),
            "{route}: nothing inline"
        );
    }
}

/// One row of the table, for somebody.
async fn row(site: &Site, method: &str, route: &str, form: &str, who: Option<Role>) -> Answered {
    let address = site.address(route);
    match (method, route) {
        ("POST", "/data/import" | "/data/profiles") => {
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
            let answered = if matches!(*route, "/data/import" | "/data/profiles") {
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

#[tokio::test]
async fn signing_in_makes_a_session_that_only_the_browser_holds_and_signing_out_ends_it() {
    let site = Site::new().await;
    let form = format!(
        "email={}&password=teal+ferry+under+oak&back=%2Fbets",
        email(Role::Owner).replace('@', "%40")
    );
    let answered = site.post("/sign-in", None, &form).await;
    assert_eq!((answered.status, answered.location()), (StatusCode::SEE_OTHER, "/bets"));
    let cookie = answered.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    let parts: Vec<&str> = cookie.split("; ").collect();
    assert!(
        parts[0].starts_with("__Host-beachhead=") && parts[0].len() == "__Host-beachhead=".len() + 64,
        "{cookie}"
    );
    for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(parts.contains(&part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");

    let owner = Some(Role::Owner);
    assert_eq!(site.get("/bets", owner).await.status, StatusCode::OK);
    let left = site.post("/sign-out", owner, "").await;
    assert!(
        left.headers
            .get(header::SET_COOKIE)
            .unwrap()
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(site.get("/bets", owner).await.location(), "/sign-in?back=%2Fbets");
    assert_eq!(
        site.get("/bets", Some(Role::Sponsor)).await.status,
        StatusCode::OK,
        "others stay"
    );

    site.clock.fetch_add(13 * 3_600_000, Ordering::SeqCst);
    assert_eq!(
        site.get("/bets", Some(Role::Sponsor)).await.status,
        StatusCode::SEE_OTHER,
        "an idle session has ended"
    );
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let site = Site::new().await;
    let owner = Some(Role::Owner);
    for back in [
        "//evil.example",
        "https://evil.example",
        "/%5Cevil.example",
        "%2F%2Fevil.example",
        "javascript:alert(1)",
        "/%0d%0aSet-Cookie:+a=b",
    ] {
        let password = format!(
            "email={}&password=teal+ferry+under+oak&back={back}",
            email(Role::Data).replace('@', "%40")
        );
        for (address, form) in [
            ("/sign-in", password),
            ("/theme", format!("theme=dark&back={back}")),
            ("/demo/persona", format!("as=owner&back={back}")),
        ] {
            let answered = site.post(address, owner, &form).await;
            assert_eq!(
                (answered.status, answered.location()),
                (StatusCode::SEE_OTHER, "/"),
                "{address} {back}"
            );
        }
        let form = site.get(&format!("/sign-in?back={back}"), None).await;
        assert!(!form.body.contains("evil"), "{back}");
    }
}

#[tokio::test]
async fn a_segment_is_written_by_rows_without_a_script() {
    let (site, owner) = (Site::new().await, Some(Role::Owner));
    let form = "name=large&revision=&column-0=employees&operator-0=%3E%3D&value-0=500";
    let more = site.post("/segments/rule", owner, &format!("{form}&do=add")).await;
    assert_eq!(more.status, StatusCode::OK);
    assert!(more.body.contains("Row 2") && more.body.contains("Remove row 2"));
    let wrong = site
        .post(
            "/segments/rule",
            owner,
            &format!("{form}&column-1=&operator-1=%3D&value-1=x&do=try"),
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("Row 2: choose a column"), "{}", wrong.body);
    let text = site.post("/segments/rule", owner, &format!("{form}&do=as-text")).await;
    assert!(text.body.contains("employees &gt;= 500</textarea>"), "{}", text.body);
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let site = Site::new().await;
    let owner = Some(Role::Owner);
    let nowhere = site.get("/no/such/page?a=%3Cscript%3E", owner).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.body.contains("There is no such page"));
    check_headers("/no/such/page", &nowhere);
    let upload = "01980000-0000-7000-8000-000000000000";
    for address in [
        "/strategy/99",
        "/bets/nothing",
        "/bets/nothing/edit",
        "/where/no/where",
        "/reviews/99",
        "/reviews/99/pre-read",
        "/start/9",
        &format!("/data/import/{upload}"),
        "/data/import/..%2F..%2Frecord.sqlite",
        "/evidence?measure=nothing",
    ] {
        let answered = site.get(address, owner).await;
        assert_eq!(answered.status, StatusCode::NOT_FOUND, "{address}: {}", answered.body);
        check_headers(address, &answered);
    }
    for address in [
        &format!("/data/import/{upload}/take"),
        &format!("/data/import/{upload}"),
        "/bets/nothing/start",
        "/bets/nothing/evidence",
        "/start/0",
        "/start/255",
    ] {
        let answered = site
            .post(address, owner, "words=seen&scale_if=12&retire_if=4&gate_by=2026-12-01")
            .await;
        assert_eq!(answered.status, StatusCode::NOT_FOUND, "{address}: {}", answered.body);
    }
    for address in ["/?as_of=never", "/bets?as_of=2099-01-01", "/evidence?filter=(("] {
        assert_eq!(
            site.get(address, owner).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{address}"
        );
    }
    let wrong = site
        .send(
            Request::delete("/bets")
                .header("host", "a")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn an_uploaded_file_is_escaped_looked_at_and_taken() {
    let site = Site::new().await;
    let data = Some(Role::Data);
    let token = site.sessions[&Role::Data].csrf.clone();
    let uploaded = site
        .post_file("/data/import", data, &token, "../../<script>alert.csv")
        .await;
    assert_eq!(uploaded.status, StatusCode::SEE_OTHER, "{}", uploaded.body);
    let page = site.get(uploaded.location(), data).await;
    check_headers("preview", &page);
    assert!(page.body.contains("&lt;script&gt;alert.csv"), "{}", page.body);
    let taken = site.post(&format!("{}/take", uploaded.location()), data, "").await;
    assert_eq!((taken.status, taken.location()), (StatusCode::SEE_OTHER, "/data"));
    assert_eq!(
        site.post(&format!("{}/take", uploaded.location()), data, "")
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    let page = site.get("/data", data).await;
    check_headers("/data", &page);
    assert!(page.body.contains("effort"));
}

/// The links of a page that begin so.
fn links(page: &str, with: &str) -> BTreeSet<String> {
    let hrefs = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    hrefs
        .filter(|href| href.starts_with(with))
        .map(|href| href.replace("&amp;", "&"))
        .collect()
}

/// Touches, hours and progress beside the deal of the site, so that pages have numbers to link.
async fn more_facts(site: &Site) {
    let bet = BET.replace('"', "\"\"");
    for (name, text) in [
        (
            "partners.csv",
            "partner_id,name,partner_type\np1,Workbright,reseller\n".to_owned(),
        ),
        (
            "touches.csv",
            "opportunity_id,partner_id,kind,on,recorded_on\no1,p1,referral,2026-02-27,2026-02-27\n".to_owned(),
        ),
        (
            "progress.csv",
            format!("bet,account_id,step,on\n\"{bet}\",a1,targeted,2026-03-10\n\"{bet}\",a2,targeted,2026-03-10\n"),
        ),
        (
            "history.csv",
            "opportunity_id,entered_at,stage\no1,2026-03-02,Discovery\no1,2026-03-20,Won\n".to_owned(),
        ),
        (
            "hours.csv",
            "person,week,initiative,hours\nInes,2026-03-30,Resale,4\n".to_owned(),
        ),
    ] {
        let path = site._folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let files = vec![ImportFile::at(&path)];
        let imported = site
            .office
            .import(&site.owner, files, &ImportAnswers::default(), false)
            .await
            .unwrap();
        assert_eq!(imported.refusal, None, "{name}");
    }
}

#[tokio::test]
async fn every_link_to_evidence_leads_to_its_rows() {
    let site = Site::new().await;
    more_facts(&site).await;
    let owner = Some(Role::Owner);
    let (bet, cell) = (
        format!("/bets/{}", slug(BET)),
        site.address("/where/{segment}/{partner_type}"),
    );
    let mut asked = BTreeSet::new();
    let day = "?as_of=2026-03-25";
    for page in [
        "/",
        "/where",
        &cell,
        &bet,
        &format!("/evidence{day}"),
        "/evidence/cohorts?by=status",
        "/evidence/lift",
        "/miss",
        "/review",
        "/evidence",
        "/evidence?sort=-amount",
        "/evidence/tables/touches",
        "/evidence/tables/stage_history",
        &site.address("/evidence/targets"),
        "/evidence/opportunities/o1",
        "/data/attribution/touches",
    ] {
        let answered = site.get(page, owner).await;
        assert_eq!(answered.status, StatusCode::OK, "{page}: {}", answered.body);
        check_headers(page, &answered);
        asked.extend(links(&answered.body, "/evidence"));
    }
    assert!(asked.len() > 40, "{asked:?}");
    for href in &asked {
        assert!(!href.contains(MARKUP), "{href}");
        let answered = site.get(href, owner).await;
        assert_eq!(answered.status, StatusCode::OK, "{href}: {}", answered.body);
    }
    let kinds = ["opportunities/o1", "targets", "?segment=", "?cohort=2026-03", "?lift="];
    for with in kinds.map(|rest| format!("/evidence{}{rest}", if rest.starts_with('?') { "" } else { "/" })) {
        assert!(asked.iter().any(|href| href.starts_with(&with)), "{with} in {asked:?}");
    }
    let of_that_day = |href: &String| href.contains("as_of=2026-03-25");
    assert!(asked.iter().any(of_that_day), "a link of an earlier day keeps it");
    let page = site.get("/evidence/opportunities/o1", owner).await.body;
    assert!(page.contains("3 days before"), "{page}");
    assert!(page.contains("history.csv, row 3"), "{page}");
    let csv = site.get("/evidence.csv?measure=outcome", owner).await;
    assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(csv.body.starts_with("opportunity_id,account,"), "{}", csv.body);
    let refused = [
        ("/evidence?sort=dance", 422),
        ("/evidence?page=0", 422),
        ("/evidence?page=99999999", 200),
        ("/evidence?cohort=13", 422),
        ("/evidence/opportunities/none", 404),
        ("/evidence/tables/contacts", 404),
        ("/evidence/tables/touches.parquet", 404),
        ("/evidence/tables/touches?dance=1", 422),
        ("/evidence/targets?bet=none", 404),
    ];
    for (address, status) in refused {
        assert_eq!(site.get(address, owner).await.status.as_u16(), status, "{address}");
    }
}
