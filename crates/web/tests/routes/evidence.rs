//! Every number is a link: the links of the pages lead to rows, and there are as many as the number says.

use std::collections::BTreeSet;

use axum::http::{StatusCode, header};
use beachhead_office::Role;
use beachhead_office::importing::{ImportAnswers, ImportFile};
use beachhead_office::strategy::bet::slug;
use beachhead_office::strategy::{Segment, Strategy};

use crate::site::{BET, MARKUP, Site, check_headers};

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
        take(site, name, &text).await;
    }
}

/// Imports a text that has to be taken.
async fn take(site: &Site, name: &str, text: &str) {
    let path = site.folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let (files, answers) = (vec![ImportFile::at(&path)], ImportAnswers::default());
    let imported = site.office.import(&site.owner, files, &answers, false).await.unwrap();
    assert_eq!(imported.refusal, None, "{name}");
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
        "/board",
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

/// Four accounts in overlapping segments, two of them in a partner's list, with new pipeline and hours of this cycle that
/// went to a parked cell.
async fn segments_and_drift(site: &Site) {
    let segments = [("large", "employees >= 500"), ("emea", "region = 'EMEA'")];
    let edit = |strategy: &mut Strategy| {
        let new = segments.map(|(name, rule)| Segment {
            name: name.into(),
            rule: rule.into(),
        });
        strategy.segments.splice(0..0, new);
        Ok(())
    };
    site.office.edit(&site.owner, "edit", None, edit).await.unwrap();
    for (name, text) in [
        (
            "accounts.csv",
            "account_id,name,domain,employees,region\na1,Acme,acme.example,900,EMEA\na2,Beta,beta.example,700,US\n\
             a3,Gamma,gamma.example,20,EMEA\na4,Delta,delta.example,10,US\n",
        ),
        (
            "more.csv",
            "opportunity_id,account_id,stage,created_on,closed_on,amount\no2,a1,Discovery,2026-04-02,,500\n\
             o3,a4,Won,2026-04-02,2026-04-03,300\n",
        ),
        (
            "more_touches.csv",
            "opportunity_id,partner_id,kind,on,recorded_on\no2,p1,referral,2026-04-01,2026-04-01\n\
             o3,p1,referral,2026-04-01,2026-04-01\n",
        ),
        (
            "lists.csv",
            "partner_id,external_id,name,domain,population,as_of\np1,x1,Acme,acme.example,customer,2026-04-01\n\
             p1,x2,Beta,beta.example,prospect,2026-04-01\n",
        ),
        (
            "more_hours.csv",
            "person,week,initiative,hours\nInes,2026-04-01,Channel Resale,6\nTom,2026-04-01,Other,2.5\n",
        ),
    ] {
        take(site, name, text).await;
    }
}

/// The links of a page with what they say, markup taken away.
fn said(page: &str) -> Vec<(String, String)> {
    let anchors = page.split("<a ").skip(1).filter_map(|rest| rest.split_once("</a>"));
    let told = anchors.filter_map(|(anchor, _)| {
        let href = anchor.split("href=\"").nth(1)?.split('"').next()?.replace("&amp;", "&");
        let inner = anchor.split_once('>')?.1;
        let words: String = inner
            .split('<')
            .map(|part| part.rsplit('>').next().unwrap_or(""))
            .collect();
        Some((href, words.trim().to_owned()))
    });
    told.collect()
}

/// The number that a link says, where it says how many there are of something.
fn figure(words: &str) -> Option<&str> {
    let end = words
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(words.len());
    let (number, rest) = words.split_at(end);
    let of_something = ["", " account", " opportunit", " target", " row"];
    let counts = of_something
        .iter()
        .any(|noun| rest == *noun || !noun.is_empty() && rest.starts_with(noun));
    (counts && !number.is_empty()).then_some(number)
}

#[tokio::test]
async fn a_number_that_is_a_link_is_as_many_as_its_rows() {
    let site = Site::new().await;
    more_facts(&site).await;
    segments_and_drift(&site).await;
    let owner = Some(Role::Owner);
    let (bet, cell) = (
        format!("/bets/{}", slug(BET)),
        site.address("/where/large/{partner_type}"),
    );
    let mut checked = BTreeSet::new();
    for page in [
        "/",
        "/where",
        "/where?as_of=2026-04-02",
        &cell,
        &bet,
        "/segments",
        "/data",
        "/data/sources",
        "/evidence/cohorts",
        "/evidence/lift",
        "/miss",
    ] {
        let shown = site.get(page, owner).await;
        assert_eq!(shown.status, StatusCode::OK, "{page}: {}", shown.body);
        for (href, words) in said(&shown.body) {
            let leads = ["/evidence", "/segments/accounts"]
                .iter()
                .any(|to| href.starts_with(to));
            let Some(figure) = figure(&words).filter(|_| leads) else {
                continue;
            };
            let rows = site.get(&href, owner).await;
            assert_eq!(rows.status, StatusCode::OK, "{page}: {href}: {}", rows.body);
            let lede = rows.body.split("class=\"lede\">").nth(1).unwrap_or_default();
            let lede = lede.split("</p>").next().unwrap_or_default();
            let hours = lede.contains(&format!(", {figure} hours"));
            assert!(
                lede.starts_with(&format!("{figure} ")) || hours,
                "{page}: {words} ({href}): {lede}"
            );
            checked.insert(href);
        }
    }
    for kind in [
        "/segments/accounts?segment=large",
        "/segments/accounts?segment=large&counted=yes",
        "/segments/accounts?segment=large&partner_type=reseller",
        "/segments/accounts?fall=several",
        "/segments/accounts?fall=some",
        "/segments/accounts?fall=all",
        "/evidence/tables/effort?from=",
        "/evidence?side=with&created_from=",
        "/evidence/tables/opportunities",
    ] {
        assert!(
            checked.iter().any(|href| href.starts_with(kind)),
            "{kind} in {checked:?}"
        );
    }
    let out: Vec<&String> = checked.iter().filter(|href| href.contains("cells=out")).collect();
    assert_eq!(out.len(), 1, "{checked:?}");
    for address in [out[0].as_str(), "/segments/accounts?fall=dance", "/evidence?cells=in"] {
        let refused = !address.contains("cells=out");
        assert_eq!(
            site.get(address, owner).await.status.as_u16(),
            if refused { 422 } else { 200 },
            "{address}"
        );
    }
}

#[tokio::test]
async fn a_list_of_accounts_is_had_page_by_page_and_as_a_file() {
    let site = Site::new().await;
    let owner = Some(Role::Owner);
    let rows: String = (0..250).map(|at| format!("a{at:03},Account {at:03},EMEA\n")).collect();
    take(&site, "accounts.csv", &format!("account_id,name,region\n{rows}")).await;
    let page = site.get("/segments/accounts?fall=all&page=3", owner).await;
    assert!(page.body.contains("Rows 201 to 250 of 250"), "{}", page.body);
    assert!(page.body.contains("accounts.csv, row 251"), "{}", page.body);
    let csv = site.get("/segments/accounts.csv?fall=all&page=3", owner).await;
    assert_eq!(
        csv.headers[header::CONTENT_DISPOSITION],
        "attachment; filename=\"accounts.csv\""
    );
    assert_eq!(csv.body.lines().count(), 251, "a file has them all");
    assert_eq!(
        csv.body.lines().nth(1),
        Some("a000,Account 000,,,target accounts,accounts.csv,2")
    );
    let book = site.get("/segments/accounts.xlsx?fall=all", owner).await;
    assert!(book.body.starts_with("PK"), "a workbook is an archive");
    let moves = "/data/attribution/moves.csv?sourced_by=intro&window_days=5&open=none&lock_days=&credit=earliest";
    let csv = site.get(moves, owner).await;
    assert_eq!(
        (csv.status, csv.body.lines().count()),
        (StatusCode::OK, 1),
        "{}",
        csv.body
    );
}
