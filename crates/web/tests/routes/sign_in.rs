//! What stands between a password and the program: a code on a page of its own, a reset link, a demand.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use beachhead_office::Role;
use beachhead_office::second_factor::{OwnFactor, code_at};

use crate::site::{Answered, Site, check_headers, email};

const OWNER: Option<Role> = Some(Role::Owner);
const PASSWORD: &str = "teal+ferry+under+oak";

/// Posts a form that carries no token, with a cookie.
async fn post(site: &Site, address: &str, cookie: &str, form: &str) -> Answered {
    let request = Request::post(address)
        .header("host", "localhost:8080")
        .header("origin", "http://localhost:8080")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie);
    site.send(request.body(Body::from(form.to_owned())).unwrap()).await
}

async fn get(site: &Site, address: &str, cookie: &str) -> Answered {
    let request = Request::get(address)
        .header("host", "localhost:8080")
        .header("cookie", cookie);
    site.send(request.body(Body::empty()).unwrap()).await
}

/// The cookie of this name that an answer sets, as `name=value`.
fn cookie(answered: &Answered, name: &str) -> String {
    let set = answered.headers.get_all(header::SET_COOKIE).iter();
    let found = set
        .map(|value| value.to_str().unwrap())
        .find(|cookie| cookie.starts_with(&format!("{name}=")));
    let found = found.unwrap_or_else(|| panic!("no cookie {name}"));
    for part in ["Path=/", "Secure", "HttpOnly"] {
        assert!(found.split("; ").any(|other| other == part), "{found}");
    }
    found.split("; ").next().unwrap().to_owned()
}

/// Sets up the owner's second factor by the pages, and gives its secret.
async fn set_up(site: &Site) -> String {
    let begun = site
        .post(
            "/account/second-factor",
            OWNER,
            &format!("do=begin&password={PASSWORD}"),
        )
        .await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let Ok(OwnFactor::Offered(offer)) = site.office.own_second_factor(&site.owner).await else {
        panic!("it is offered");
    };
    let page = site.get("/account/second-factor", OWNER).await;
    check_headers("/account/second-factor", &page);
    assert!(
        page.body.contains("role=\"img\" aria-label=\"The secret"),
        "{}",
        page.body
    );
    let secret = offer.secret.expose().to_owned();
    let code = code_at(&secret, site.office.surroundings().now()).unwrap();
    let form = format!("do=confirm&code={code}");
    let shown = site.post("/account/second-factor", OWNER, &form).await;
    assert_eq!(shown.status, StatusCode::CREATED, "{}", shown.body);
    assert_eq!(shown.body.matches("<li><code>").count(), 10, "{}", shown.body);
    let page = site.get("/account/second-factor", OWNER).await;
    assert!(!page.body.contains(&secret), "a secret in force is not shown again");
    secret
}

#[tokio::test]
async fn a_password_alone_opens_nothing_where_a_code_is_asked() {
    let site = Site::new().await;
    let secret = set_up(&site).await;
    site.clock.fetch_add(60_000, std::sync::atomic::Ordering::SeqCst);
    let form = format!(
        "email={}&password={PASSWORD}&back=%2Fbets",
        email(Role::Owner).replace('@', "%40")
    );
    let given = site.post("/sign-in", None, &form).await;
    assert_eq!(
        (given.status, given.location()),
        (StatusCode::SEE_OTHER, "/sign-in/code?back=%2Fbets")
    );
    let waiting = cookie(&given, "__Host-beachhead-waiting");
    assert_eq!(
        given.headers.get_all(header::SET_COOKIE).iter().count(),
        1,
        "no session yet"
    );
    let as_session = waiting.replace("-waiting", "");
    assert_eq!(get(&site, "/bets", &as_session).await.status, StatusCode::SEE_OTHER);

    let page = get(&site, "/sign-in/code?back=%2Fbets", &waiting).await;
    check_headers("/sign-in/code", &page);
    assert!(page.body.contains("autocomplete=\"one-time-code\""), "{}", page.body);
    let wrong = post(&site, "/sign-in/code", &waiting, "code=000000&back=%2Fbets").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("code-error"), "{}", wrong.body);
    let code = code_at(&secret, site.office.surroundings().now()).unwrap();
    let form = format!("code={code}&back=https%3A%2F%2Fevil.example");
    let entered = post(&site, "/sign-in/code", &waiting, &form).await;
    assert_eq!((entered.status, entered.location()), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(
        cookie(&entered, "__Host-beachhead-waiting"),
        "__Host-beachhead-waiting="
    );
    let session = cookie(&entered, "__Host-beachhead");
    assert_eq!(get(&site, "/bets", &session).await.status, StatusCode::OK);
    let again = post(&site, "/sign-in/code", &waiting, &form).await;
    assert_eq!(again.location(), "/sign-in", "a sign-in is finished once");
}

#[tokio::test]
async fn a_demand_ends_sessions_and_leads_to_setting_one_up() {
    let site = Site::new().await;
    set_up(&site).await;
    let demanded = site.post("/settings/sign-in", OWNER, "factor=demanded").await;
    assert_eq!(demanded.status, StatusCode::SEE_OTHER, "{}", demanded.body);
    let viewer = Some(Role::Viewer);
    assert_eq!(site.get("/bets", viewer).await.location(), "/sign-in?back=%2Fbets");
    assert_eq!(site.get("/bets", OWNER).await.status, StatusCode::OK);
    let form = format!("email={}&password={PASSWORD}", email(Role::Viewer).replace('@', "%40"));
    let given = site.post("/sign-in", None, &form).await;
    assert_eq!(given.location(), "/sign-in/set-up");
    let waiting = cookie(&given, "__Host-beachhead-waiting");
    let page = get(&site, "/sign-in/set-up", &waiting).await;
    check_headers("/sign-in/set-up", &page);
    let (_, rest) = page.body.split_once("?secret=").unwrap();
    let (secret, _) = rest.split_once("&amp;").unwrap();
    let code = code_at(secret, site.office.surroundings().now()).unwrap();
    let shown = post(&site, "/sign-in/set-up", &waiting, &format!("code={code}")).await;
    assert_eq!(shown.status, StatusCode::CREATED, "{}", shown.body);
    let session = cookie(&shown, "__Host-beachhead");
    assert_eq!(get(&site, "/bets", &session).await.status, StatusCode::OK);

    let people = site.get("/settings/people", OWNER).await.body;
    assert_eq!(people.matches("Has one").count(), 2, "{people}");
    let refused = site
        .post("/account/second-factor", OWNER, &format!("do=off&password={PASSWORD}"))
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_reset_link_is_shown_once_and_all_that_do_not_hold_look_the_same() {
    let site = Site::new().await;
    let person = site.office.actor_of(&email(Role::Viewer)).await.unwrap().person;
    let made = site.post(&format!("/settings/people/{person}/reset"), OWNER, "").await;
    assert_eq!(made.status, StatusCode::CREATED);
    let (_, rest) = made.body.split_once("value=\"http://localhost:8080").unwrap();
    let link = rest.split_once('"').unwrap().0.to_owned();
    let page = site.get(&link, None).await;
    check_headers("/reset/{token}", &page);
    let short = site.post(&link, None, "password=short").await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    let set = site.post(&link, None, "password=amber+kiln+by+noon").await;
    assert_eq!((set.status, set.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    assert_eq!(
        site.get("/bets", Some(Role::Viewer)).await.status,
        StatusCode::SEE_OTHER,
        "their sessions have ended"
    );
    let used = site.get(&link, None).await;
    let unknown = site.get(&format!("/reset/{}", "0".repeat(64)), None).await;
    assert_eq!(
        (used.status, unknown.status),
        (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND)
    );
    assert_eq!(used.body.replace(&link, ""), unknown.body.replace(&"0".repeat(64), ""));
    for _ in 0..8 {
        assert_eq!(site.get("/reset/guess", None).await.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        site.get("/reset/guess", None).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}
