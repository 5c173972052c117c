//! What the pages of settings do: an invite from its link to a role that limits, a refusal that names who may, a search.

use axum::http::{StatusCode, header};
use beachhead_office::Role;

use crate::site::Site;

/// What stands between two texts of a page.
fn between<'a>(body: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = body
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {body}"));
    rest.split_once(after).unwrap().0
}

#[tokio::test]
async fn an_invite_is_shown_once_and_lets_somebody_in_with_a_role_that_limits() {
    let (site, owner) = (Site::new().await, Some(Role::Owner));
    let form = "name=Lena&email=lena%40northwind.example&role=data";
    let made = site.post("/settings/invites", owner, form).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let link = between(&made.body, "value=\"http://localhost:8080", "\"").to_owned();
    assert!(
        link.starts_with("/join/") && link.len() == "/join/".len() + 64,
        "{link}"
    );
    let list = site.get("/settings/invites", owner).await;
    assert!(list.body.contains("lena@northwind.example") && !list.body.contains(&link));
    let again = site.post("/settings/invites", owner, form).await;
    assert_eq!(again.status, StatusCode::CONFLICT);

    let page = site.get(&link, None).await;
    assert!(page.body.contains("Your role will be data"), "{}", page.body);
    let short = site.post(&link, None, "name=Lena&password=short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.body.contains("password-error"), "{}", short.body);
    let joined = site.post(&link, None, "name=Lena+F&password=amber+kiln+by+noon").await;
    assert_eq!((joined.status, joined.location()), (StatusCode::SEE_OTHER, "/data"));
    let cookie = joined.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-beachhead="), "{cookie}");
    for answered in [
        site.get(&link, None).await,
        site.post(&link, None, "name=A&password=amber+kiln+by+noon").await,
    ] {
        assert_eq!(answered.status, StatusCode::NOT_FOUND, "a link works once");
    }
}

#[tokio::test]
async fn what_is_not_theirs_names_the_people_who_may_and_a_slip_leads_to_what_was_meant() {
    let site = Site::new().await;
    let refused = site.get("/settings/audit", Some(Role::Viewer)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(
        refused.body.contains("Here that is") && refused.body.contains("(owner)"),
        "{}",
        refused.body
    );
    assert!(
        refused.body.contains("aria-label=\"Main\""),
        "in the frame of the person"
    );
    let missing = site.get("/roadmpa", Some(Role::Viewer)).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert!(
        missing.body.contains("<a href=\"/roadmap\">Roadmap</a>"),
        "{}",
        missing.body
    );
    let missing = site
        .get("/bets/script-alert-bet-script-integration", Some(Role::Viewer))
        .await;
    assert!(missing.body.contains("Perhaps you meant"), "{}", missing.body);
    let nobody = site.get("/roadmpa", None).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
    assert!(
        !nobody.body.contains("Perhaps"),
        "nothing is told to somebody who is not signed in"
    );
}

#[tokio::test]
async fn a_search_finds_places_records_and_help() {
    let (site, viewer) = (Site::new().await, Some(Role::Viewer));
    site.import_lists().await;
    for (words, expected) in [
        ("roadm", "href=\"/roadmap\""),
        ("integrations", "href=\"/bets/"),
        ("velplex", "href=\"/evidence/tables/accounts?account_id=a2\""),
        ("reseller", "href=\"/where/"),
        ("signature", "href=\"/help#"),
        ("backup", "href=\"/settings/backups\""),
    ] {
        let found = site.get(&format!("/search?q={words}"), viewer).await;
        assert!(found.body.contains(expected), "{words}: {}", found.body);
    }
    let nothing = site.get("/search?q=%3Cscript%3Ealert", viewer).await;
    assert!(!nothing.body.contains("<script>alert"), "{}", nothing.body);
}

#[tokio::test]
async fn calendar_and_hours_are_changed_in_the_text_and_nowhere_else() {
    let (site, owner) = (Site::new().await, Some(Role::Owner));
    let page = site.get("/settings/program", owner).await;
    let revision = between(&page.body, "name=\"revision\" value=\"", "\"").to_owned();
    let form = format!(
        "revision={revision}&name=Northwind&currency=EUR&starts=02-01&cycle=half&at_once=1&team=Ines%2C+leader%2C+30%0ATom%2C+partner+manager%2C+12.5"
    );
    let saved = site.post("/settings/program", owner, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let text = site.get("/strategy/written.toml", owner).await.body;
    for line in ["currency = \"EUR\"", "\"02-01\"", "half", "Tom", "12.5"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let stale = site.post("/settings/program", owner, &form).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "saved by somebody else meanwhile");
    for (wrong, says) in [
        ("starts=13-01", "starts-error"),
        ("team=Ines", "team-error"),
        ("at_once=0", "at_once-error"),
    ] {
        let form = format!("{wrong}&{form}");
        let refused = site.post("/settings/program", owner, &form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(refused.body.contains(says), "{wrong}: {}", refused.body);
    }
}

#[tokio::test]
async fn a_backup_is_made_listed_and_taken_out_whole() {
    let (site, owner) = (Site::new().await, Some(Role::Owner));
    assert!(
        site.get("/settings", owner)
            .await
            .body
            .contains("There is no backup yet")
    );
    let made = site.post("/settings/backups", owner, "do=make").await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let list = site.get("/settings/backups", owner).await.body;
    assert!(list.contains("made today and read back"), "{list}");
    let address = format!(
        "/settings/backups/{}",
        between(&list, "<a href=\"/settings/backups/", "\"")
    );
    let file = site.get(&address, owner).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.headers.get(header::CONTENT_TYPE).unwrap(), "application/zstd");
    let kept = site
        .folder
        .path()
        .join("program/backups")
        .read_dir()
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(file.bytes, usize::try_from(kept.metadata().unwrap().len()).unwrap());
}
