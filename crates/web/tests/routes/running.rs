//! Targets and partners: who sees which actions, an earlier day, several lost at once, and what a wrong address may have meant.

use axum::http::StatusCode;
use beachhead_office::Role;
use beachhead_office::strategy::bet::slug;
use beachhead_office::targets::{NewNamed, Picked, TargetChange};

use crate::site::{BET, PARTNER, Site, TARGET, check_headers};

const OWNER: Option<Role> = Some(Role::Owner);
const MANAGER: Option<Role> = Some(Role::PartnerManager);

fn target() -> String {
    format!("/targets/{}/{TARGET}", slug(BET))
}

/// A target as the list's form names it.
fn pick(revision: i64) -> String {
    format!("pick={}%7C{revision}%7C{TARGET}", slug(BET))
}

#[tokio::test]
async fn an_earlier_day_is_shown_without_anything_to_do() {
    let site = Site::new().await;
    site.import_lists().await;
    let day = site.office.surroundings().today().to_string();
    for place in ["/targets", "/partners", &format!("/partners/{PARTNER}"), &target()] {
        let now = site.get(place, MANAGER).await;
        assert_eq!(now.status, StatusCode::OK, "{place}: {}", now.body);
        assert!(now.body.contains("btn primary"), "{place}");
        let then = site.get(&format!("{place}?as_of={day}"), MANAGER).await;
        check_headers(place, &then);
        assert!(then.body.contains("You are looking at"), "{place}: {}", then.body);
        assert!(
            !then.body.contains("btn primary") && !then.body.contains("type=\"checkbox\""),
            "{place}"
        );
        assert!(
            !then.body.contains(&format!("method=\"post\" action=\"{place}")),
            "{place}: {}",
            then.body
        );
    }
    let list = site
        .get(&format!("/targets?as_of={day}&status=all"), MANAGER)
        .await
        .body;
    assert!(
        list.contains(&format!("{}?back=", target())) && list.contains(&format!("as_of={day}")),
        "{list}"
    );
    let before = site.get("/targets?as_of=2026-04-01&status=all", MANAGER).await;
    assert!(
        !before.body.contains(&target()),
        "nobody had named it yet: {}",
        before.body
    );
    assert_eq!(
        site.get("/targets.csv?as_of=2026-04-01", MANAGER).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_target_is_worked_where_it_is_ones_own_and_the_refusal_says_whose_it_is() {
    let site = Site::new().await;
    site.import_lists().await;
    let mine = site.get("/targets", MANAGER).await.body;
    assert!(
        mine.contains("type=\"checkbox\"") && mine.contains("Edit the chosen"),
        "{mine}"
    );
    let to_owner = TargetChange {
        owner: site.owner.person.clone(),
        ..TargetChange::default()
    };
    let picked = Picked {
        bet: slug(BET),
        account: TARGET.to_owned(),
        revision: 1,
    };
    site.office
        .edit_targets(&site.owner, &[picked], &to_owner, true)
        .await
        .unwrap();
    let list = site.get("/targets", MANAGER).await.body;
    assert!(!list.contains("type=\"checkbox\"") && list.contains(TARGET), "{list}");
    let form = format!("method=\"post\" action=\"{}\"", target());
    let page = site.get(&target(), MANAGER).await.body;
    assert!(!page.contains(&form), "{page}");
    assert!(site.get(&target(), OWNER).await.body.contains(&form));
    let refused = site
        .post("/targets/edit", MANAGER, &format!("{}&owner=me", pick(2)))
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    check_headers("/targets/edit", &refused);
    assert!(refused.body.contains("target, not yours"), "{}", refused.body);
    assert!(site.get("/targets", OWNER).await.body.contains("type=\"checkbox\""));
}

#[tokio::test]
async fn targets_are_lost_with_a_reason_after_a_question() {
    let site = Site::new().await;
    site.import_lists().await;
    let form = site.get(&format!("/targets/edit?{}", pick(1)), MANAGER).await;
    assert!(form.body.contains("Or nothing comes of them"), "{}", form.body);
    let without = site
        .post("/targets/edit", MANAGER, &format!("{}&what=lost&why=", pick(1)))
        .await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.body.contains("The reason is missing"), "{}", without.body);
    let asked = site
        .post(
            "/targets/edit",
            MANAGER,
            &format!("{}&what=lost&why=No+answer", pick(1)),
        )
        .await;
    assert!(
        asked.body.contains("Mark 1 target as lost?") && asked.body.contains("No answer"),
        "{}",
        asked.body
    );
    check_headers("/targets/edit", &asked);
    let open = site.get("/targets?status=open", MANAGER).await.body;
    assert!(open.contains(&target()), "nothing is written before it is confirmed");
    let form = format!("{}&back=status%3Dstuck&what=lost&why=No+answer&confirmed=yes", pick(1));
    let done = site.post("/targets/edit", MANAGER, &form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(
        done.headers["location"], "/targets?status=stuck",
        "to the list one came from"
    );
    assert!(site.get("/targets?status=lost", MANAGER).await.body.contains(&target()));
    assert!(site.get(&target(), MANAGER).await.body.contains("No answer"));
}

#[tokio::test]
async fn a_partners_page_holds_its_matrix_each_number_with_its_rows() {
    let site = Site::new().await;
    site.import_lists().await;
    let page = site.get(&format!("/partners/{PARTNER}"), OWNER).await;
    check_headers("/partners", &page);
    assert!(
        page.body.contains("Companies in common: what they are to us"),
        "{}",
        page.body
    );
    let rows = page.body.split("href=\"").filter_map(|rest| rest.split('"').next());
    let rows: Vec<String> = rows
        .filter(|href| href.starts_with(&format!("/mapping/{PARTNER}/rows?ours=")))
        .map(|href| href.replace("&amp;", "&"))
        .collect();
    assert!(!rows.is_empty(), "{}", page.body);
    for href in rows {
        assert_eq!(site.get(&href, OWNER).await.status, StatusCode::OK, "{href}");
    }
}

#[tokio::test]
async fn the_accounts_of_a_cell_say_whose_target_they_are_and_the_others_are_chosen_at_once() {
    let site = Site::new().await;
    site.import_lists().await;
    let pairs = format!("/mapping/{PARTNER}/rows");
    let checked = |page: &str| page.matches(" checked").count();
    let plain = site.get(&pairs, MANAGER).await.body;
    assert!(plain.contains("type=\"checkbox\"") && checked(&plain) == 0, "{plain}");
    let all = format!("{pairs}?choose=all");
    assert_eq!(checked(&site.get(&all, MANAGER).await.body), 1);
    let named = NewNamed {
        bet: slug(BET),
        account: "a1".into(),
        partner: PARTNER.into(),
        play: String::new(),
        owner: String::new(),
        next_step: "Ask".into(),
        due: site.office.surroundings().today(),
    };
    site.office.name_target(&site.owner, &named).await.unwrap();
    let page = site.get(&all, MANAGER).await.body;
    let target = format!("href=\"/targets/{}/a1\"", slug(BET));
    assert!(page.contains(&target) && checked(&page) == 0, "{page}");
}

#[tokio::test]
async fn a_wrong_address_of_any_place_leads_to_what_was_meant() {
    let site = Site::new().await;
    site.import_lists().await;
    let partner = format!("/partners/{PARTNER}");
    for (wrong, right) in [
        ("/partners/people-oak", partner.as_str()),
        ("/targets/none/bolt", &target()),
        ("/partner/peopleoak", &partner),
    ] {
        let answered = site.get(wrong, OWNER).await;
        assert_eq!(answered.status, StatusCode::NOT_FOUND, "{wrong}");
        assert!(
            answered.body.contains(&format!("href=\"{right}\"")),
            "{wrong}: {}",
            answered.body
        );
    }
}
