//! Links for readers, what functions say, and what changed between versions: what single pages do.

use axum::http::{StatusCode, header};
use beachhead_office::Role;
use beachhead_office::ledger::Stance;

use crate::site::{MARKUP, Site, check_headers};

/// Makes a link as the owner does, and gives the address that the page shows once.
async fn made(site: &Site, form: &str) -> String {
    let answered = site.post("/strategy/share", Some(Role::Owner), form).await;
    assert_eq!(
        (answered.status, answered.location()),
        (StatusCode::SEE_OTHER, "/strategy/share")
    );
    let cookies = answered.headers.get_all(header::SET_COOKIE).iter();
    let cookies: Vec<&str> = cookies.map(|cookie| cookie.to_str().unwrap()).collect();
    let link = cookies
        .iter()
        .find(|cookie| cookie.starts_with("beachhead-link="))
        .unwrap();
    for part in ["Path=/strategy/share", "HttpOnly", "SameSite=Strict", "Max-Age=60"] {
        assert!(link.contains(part), "{link}");
    }
    let secret = link.split(['=', ';']).nth(1).unwrap();
    assert_eq!(secret.len(), 64);
    assert!(!answered.body.contains(secret));
    format!("/share/{secret}")
}

#[tokio::test]
async fn a_link_shows_the_one_page_and_leads_nowhere() {
    let site = Site::new().await;
    let link = made(&site, "version=1&days=7").await;
    let page = site.get(&link, None).await;
    assert_eq!(page.status, StatusCode::OK);
    check_headers("/share/{token}", &page);
    assert_eq!(
        page.headers.get("x-robots-tag").unwrap(),
        "noindex, nofollow, noarchive"
    );
    assert!(page.body.contains("content=\"noindex, nofollow, noarchive\""));
    assert!(page.body.contains("Where we do not"), "{}", page.body);
    assert!(!page.body.contains("<a ") && !page.body.contains("<form") && !page.body.contains("<script"));
    assert!(page.headers.get(header::SET_COOKIE).is_none(), "no session begins");
    assert!(!page.body.contains(&link), "the page does not hold its own secret");
}

#[tokio::test]
async fn wrong_ended_and_revoked_links_are_one_page() {
    let site = Site::new().await;
    let revoked = made(&site, "version=&days=7").await;
    let id = site.office.shares(&site.owner).await.unwrap()[0].id.clone();
    let address = format!("/strategy/share/{id}/revoke");
    assert_eq!(
        site.post(&address, Some(Role::Owner), "").await.status,
        StatusCode::SEE_OTHER
    );
    let ended = made(&site, "version=&days=7").await;
    assert_eq!(site.get(&ended, None).await.status, StatusCode::OK);
    site.clock
        .fetch_add(7 * 24 * 3_600_000, std::sync::atomic::Ordering::SeqCst);
    let wrong = site.get(&format!("/share/{}", "0".repeat(64)), None).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
    assert!(
        !wrong.body.contains(MARKUP) && !wrong.body.contains("company"),
        "it names nobody"
    );
    for link in [revoked.as_str(), ended.as_str(), "/share/short", "/share/%00"] {
        let other = site.get(link, None).await;
        assert_eq!(other.status, StatusCode::NOT_FOUND, "{link}");
        assert_eq!(other.body, wrong.body, "{link}");
        let names =
            |answered: &crate::site::Answered| answered.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names(&other), names(&wrong), "{link}");
    }
}

#[tokio::test]
async fn the_link_is_shown_once_to_whoever_made_it() {
    let site = Site::new().await;
    let link = made(&site, "version=&days=90").await;
    let secret = link.strip_prefix("/share/").unwrap();
    let cookie = format!("{}; beachhead-link={secret}", site.sessions[&Role::Owner].cookie);
    let request = axum::http::Request::get("/strategy/share")
        .header("host", "localhost:8080")
        .header("cookie", cookie);
    let shown = site.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert!(
        shown.body.contains(&format!("http://localhost:8080{link}")),
        "{}",
        shown.body
    );
    let after = shown.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(
        after.starts_with("beachhead-link=;") && after.contains("Max-Age=0"),
        "{after}"
    );
    let again = site.get("/strategy/share", Some(Role::Owner)).await;
    assert!(!again.body.contains(secret) && again.body.contains("Take back"));
}

#[tokio::test]
async fn a_head_answers_and_nobody_else_can() {
    let site = Site::new().await;
    let people = site.office.people(&site.owner).await.unwrap();
    let viewer = people.iter().find(|person| person.role == "viewer").unwrap();
    let form = format!("function=sales&person={}", viewer.id);
    let named = site.post("/strategy/functions", Some(Role::Owner), &form).await;
    assert_eq!(named.status, StatusCode::SEE_OTHER, "{}", named.body);

    let front = site.get("/", Some(Role::Viewer)).await.body;
    assert!(front.contains("Sales: what do you say of version 1?"));
    assert!(
        !site
            .get("/", Some(Role::Sponsor))
            .await
            .body
            .contains("what do you say")
    );
    let sha256 = site.office.version(&site.owner, 1).await.unwrap().sha256;
    let answer = |stance: &str| format!("function=sales&version=1&sha256={sha256}&stance={stance}&words=no+slots");
    for (who, stance, status) in [
        (Role::Owner, "seen", StatusCode::FORBIDDEN),
        (Role::Sponsor, "objects", StatusCode::FORBIDDEN),
        (Role::Viewer, "", StatusCode::UNPROCESSABLE_ENTITY),
        (Role::Viewer, "objects", StatusCode::SEE_OTHER),
    ] {
        let answered = site.post("/strategy/acknowledge", Some(who), &answer(stance)).await;
        assert_eq!(answered.status, status, "{who:?} {stance}: {}", answered.body);
    }
    let said = &site.office.standing(&site.owner, None).await.unwrap().acknowledgements;
    assert!(matches!(&said[..], [one] if one.said.stance == Stance::Objects));
    for address in ["/", "/strategy/1"] {
        let page = site.get(address, Some(Role::Owner)).await.body;
        assert!(page.contains("We object") && page.contains("no slots"), "{address}");
    }
    let page = site.get("/", Some(Role::Owner)).await.body;
    assert!(page.contains("Not answered yet: ") && page.contains("marketing (nobody is named)"));
}

#[tokio::test]
async fn two_versions_are_compared_by_section_and_with_the_draft() {
    let site = Site::new().await;
    let owner = Some(Role::Owner);
    site.office.name_program(&site.owner, "Northwind").await.unwrap();
    site.office.ask_signature(&site.owner).await.unwrap();
    let page = site.get("/strategy/1..2", owner).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.body.contains("<h2>Program</h2>") && page.body.contains("the name changed from"),
        "{}",
        page.body
    );
    let none = site.get("/strategy/2..draft", owner).await.body;
    assert!(none.contains("Nothing: they say the same"), "{none}");
    for missing in ["/strategy/1..9", "/strategy/one", "/strategy/1..", "/strategy/..2"] {
        assert_eq!(
            site.get(missing, owner).await.status,
            StatusCode::NOT_FOUND,
            "{missing}"
        );
    }
}

#[tokio::test]
async fn the_grid_counts_asks_and_the_cell_shows_who_asked() {
    let site = Site::new().await;
    let grid = site.get("/where", Some(Role::Viewer)).await.body;
    assert!(grid.contains("1 ask</a>"), "{grid}");
    assert!(!grid.contains("Record an ask"), "a viewer does not record");
    let cell = site
        .get("/where/target-accounts/reseller", Some(Role::PartnerManager))
        .await
        .body;
    assert!(
        cell.contains("Who asked") && cell.contains("/asks/new?segment="),
        "{cell}"
    );
    let list = site
        .get(
            "/asks?segment=target%20accounts&partner_type=reseller",
            Some(Role::Viewer),
        )
        .await
        .body;
    assert!(list.contains("/asks/1"), "{list}");
    let earlier = site.get("/where?as_of=2026-04-05", Some(Role::Viewer)).await.body;
    assert!(!earlier.contains("1 ask</a>"), "nobody had asked yet");
}
