//! A site with something on every page, driven in process. Must not know what a page should answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use beachhead_office::importing::{ImportAnswers, ImportFile};
use beachhead_office::intake::Asked;
use beachhead_office::people::NewPerson;
use beachhead_office::starting::StartAnswers;
use beachhead_office::strategy::bet::slug;
use beachhead_office::targets::NewNamed;
use beachhead_office::uploading::Upload;
use beachhead_office::{Actor, Clock, Entropy, Office, Role, Surroundings};
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use jiff::civil::date;
use tower::ServiceExt as _;

/// Nine in the morning of 6 April 2026.
const NINE: i64 = 1_775_466_000_000;
/// The bet's name: what it says must never run.
pub const BET: &str = "<script>alert('bet')</script> integrations";
/// A text that must never stand in a page as it is.
pub const MARKUP: &str = "<script>alert";
/// The partner whose list is in the facts.
/// An account that no import has brought, named as a target of the bet.
pub const TARGET: &str = "Bolt";
pub const PARTNER: &str = "PeopleOak";
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
pub struct Site {
    pub router: Router,
    pub office: Arc<Office>,
    pub owner: Actor,
    pub sessions: BTreeMap<Role, Session>,
    pub upload: String,
    pub clock: Arc<AtomicI64>,
    /// The folder that all of it lives in.
    pub folder: tempfile::TempDir,
}

#[derive(Clone)]
pub struct Session {
    pub cookie: String,
    pub csrf: String,
}

pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    /// The length of the body, also where it is no text.
    pub bytes: usize,
}

impl Answered {
    pub fn location(&self) -> &str {
        self.headers
            .get(header::LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub fn email(role: Role) -> String {
    format!("{}@northwind.example", slug(role.name()))
}

/// What the person of a role is called.
pub fn name_of(role: Role) -> String {
    format!("{MARKUP}('{}')</script>", role.name())
}

async fn person(office: &Office, role: Role) -> Actor {
    let name = name_of(role);
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
    pub async fn new() -> Self {
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
        let asked = Asked {
            who: format!("{MARKUP}('who')</script>"),
            company: format!("{MARKUP}('company')</script>"),
            segment: "target accounts".into(),
            partner_type: "reseller".into(),
            on: None,
            words: format!("{MARKUP}('words')</script>"),
        };
        office.record_ask(&owner, asked).await.unwrap();
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
            folder,
        };
        for role in Role::ALL {
            let entered = site.office.sign_in(&email(role), PASSWORD).await.unwrap();
            let secret = entered.session().unwrap();
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

    /// Two accounts of ours, and a partner's list with one of them for sure and one that may be the other.
    pub async fn import_lists(&self) {
        let accounts = format!(
            "account_id,name,website,employees\na1,{MARKUP}('ours') Foods,alder.example,\na2,Velplex Foods,,\n"
        );
        let list = format!(
            "partner_id,external_id,name,domain,population,owner,as_of\n\
             {PARTNER},t1,{MARKUP}('theirs') Foods,alder.example,customer,{MARKUP}('owner'),2026-04-01\n\
             {PARTNER},t2,Velplex Foods Group,,customer,,2026-04-01\n\
             {PARTNER},t3,Velplex Foods International,,prospect,,2026-04-01\n"
        );
        let mut files = Vec::new();
        for (name, text) in [("accounts.csv", accounts), ("partner_accounts.csv", list)] {
            let path = self.folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            files.push(ImportFile::at(&path));
        }
        let imported = self
            .office
            .import(&self.owner, files, &ImportAnswers::default(), false)
            .await
            .unwrap();
        assert_eq!(imported.refusal, None);
        let named = NewNamed {
            bet: slug(BET),
            account: TARGET.into(),
            partner: PARTNER.into(),
            play: format!("{MARKUP}('play')</script>"),
            owner: name_of(Role::PartnerManager),
            next_step: format!("{MARKUP}('next')</script>"),
            due: self.office.surroundings().today(),
        };
        self.office.name_target(&self.owner, &named).await.unwrap();
    }

    /// A route's address with its parts filled in.
    pub fn address(&self, route: &str) -> String {
        // Targets are those of a bet, which their query names.
        let query = if route.starts_with("/evidence/targets") {
            "?bet={bet}"
        } else {
            ""
        };
        format!("{route}{query}")
            .replace("{number}", "1")
            .replace("{place}", "1")
            .replace("{commitment}", "1")
            .replace("{id}", "o1")
            .replace("{table}", "opportunities")
            .replace("{question}", "1")
            .replace("{ask}", "1")
            .replace("{share}", "01980000-0000-7000-8000-000000000000")
            .replace("{segment}", "target-accounts")
            .replace("{partner_type}", "reseller")
            .replace("{bet}", &slug(BET))
            .replace("{upload}", &self.upload)
            .replace("{file}", "0")
            .replace("{job}", "01980000-0000-7000-8000-000000000000")
            .replace("{import}", "1")
            .replace("{partner}", PARTNER)
            .replace("{person}", &self.owner.person)
            .replace("{invite}", "none")
            .replace("{backup}", "none.tar.zst")
            .replace("{session}", "0123456789abcdef")
            .replace("{account}", TARGET)
            .replace("{profile}", "%3Cscript%3Ealert")
            .replace("{token}", &"0".repeat(64))
    }

    pub async fn send(&self, request: Request<Body>) -> Answered {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answered {
            status: parts.status,
            headers: parts.headers,
            bytes: body.len(),
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    pub async fn get(&self, address: &str, who: Option<Role>) -> Answered {
        let mut request = Request::get(address).header("host", "localhost:8080");
        if let Some(role) = who {
            request = request.header("cookie", &self.sessions[&role].cookie);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// Posts a form, with the visitor's token.
    pub async fn post(&self, address: &str, who: Option<Role>, form: &str) -> Answered {
        let token = who.map_or("none", |role| self.sessions[&role].csrf.as_str());
        self.post_from(
            address,
            who,
            &format!("csrf={token}&{form}"),
            &[("origin", "http://localhost:8080")],
        )
        .await
    }

    pub async fn post_from(&self, address: &str, who: Option<Role>, form: &str, headers: &[(&str, &str)]) -> Answered {
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
    pub async fn post_file(&self, address: &str, who: Option<Role>, token: &str, name: &str) -> Answered {
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
    pub async fn chain(&self) -> (i64, String) {
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

pub fn check_headers(route: &str, answered: &Answered) {
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
