//! What single pages do: signing in, going back, a segment by rows, what is not there, an uploaded file.

use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use beachhead_office::Role;

use crate::site::{Site, check_headers, email};

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
            email(Role::Viewer).replace('@', "%40")
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
