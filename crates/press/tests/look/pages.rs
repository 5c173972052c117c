//! The pages as a whole: what the serving policy, a screen reader and a sheet of paper ask of them.

use std::{collections::BTreeSet, env, fs, path::PathBuf, process::Command};

use beachhead_press::{STYLE_SHEET, board, chart, one_page, pre_read, tag::State};

use crate::fixtures;

fn every_drawing() -> Vec<String> {
    let drawings = [
        chart::fan::draw(&fixtures::gate_fan("fan1")),
        chart::fan::draw(&fixtures::outcome_fan("fan2")),
        chart::fan::draw_small(&fixtures::gate_fan("fan3")),
        chart::funnel::draw(&fixtures::funnel("funnel")),
        chart::interval::draw(&fixtures::win_rates("rates")),
        chart::interval::draw(&fixtures::lifts("lifts")),
        chart::timeline::draw(&fixtures::roadmap("roadmap")),
        chart::capacity::draw(&fixtures::hours("hours")),
        chart::plans::draw(&fixtures::compared("plans")),
        chart::scatter::draw(&fixtures::cells("cells")),
        chart::curve::draw(&fixtures::won_by_day("won")),
    ];
    drawings.into_iter().map(|drawing| drawing.into_string()).collect()
}

fn every_fragment() -> Vec<String> {
    let strategy = one_page::html(&fixtures::one_page(), "strategy").into_string();
    let review = pre_read::html(&fixtures::pre_read(), "review").into_string();
    let three = board::html(&fixtures::board(), "three").into_string();
    every_drawing().into_iter().chain([strategy, review, three]).collect()
}

fn ids(markup: &str) -> Vec<&str> {
    markup
        .split(" id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn nothing_needs_more_than_the_policy_allows() {
    for markup in every_fragment() {
        for refused in ["style=", "<style", "<script", "onclick", "javascript:", "<img", "NaN"] {
            assert!(!markup.contains(refused), "{refused} in {markup}");
        }
    }
}

#[test]
fn every_id_is_its_own_and_every_reference_has_its_id() {
    let page = every_fragment().concat();
    let all = ids(&page);
    let unique: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(all.len(), unique.len(), "{all:?}");
    let labelled = page
        .split("aria-labelledby=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let painted = page.split("url(#").skip(1).filter_map(|rest| rest.split(')').next());
    for id in labelled.flat_map(|ids| ids.split(' ')).chain(painted) {
        assert!(unique.contains(id), "{id}");
    }
}

#[test]
fn every_drawing_says_its_finding_and_has_its_table() {
    for drawing in every_drawing() {
        assert!(
            drawing.starts_with(r#"<figure class="chart"><p class="finding">"#),
            "{drawing}"
        );
        for part in [
            "<table",
            "<caption",
            r#"scope="col""#,
            r#"scope="row""#,
            r#"role="region" tabindex="0" aria-label="#,
            "/x.csv",
        ] {
            assert!(drawing.contains(part), "{part} in {drawing}");
        }
        let is_named = drawing.contains(r#"role="img""#) && drawing.contains("<title ") && drawing.contains("<desc ");
        let is_said_beside = drawing.matches("<svg").count()
            == drawing.matches(r#"aria-hidden="true""#).count()
                - drawing.matches(r#"<span aria-hidden="true""#).count();
        assert!(is_named || is_said_beside, "{drawing}");
    }
}

#[test]
fn what_is_ruled_out_weighs_as_much_as_what_is_chosen() {
    let page = one_page::html(&fixtures::one_page(), "s").into_string();
    let blocks = ["outcome", "win", "not", "wedge", "bets", "proof", "sign-off"];
    let at: Vec<usize> = blocks
        .iter()
        .map(|b| page.find(&format!(r#"<section class="{b}""#)).expect(b))
        .collect();
    assert!(at.is_sorted(), "the seven blocks keep their order");
    let items = |from: usize, to: usize| page[at[from]..at[to]].matches("<li><h3>").count();
    assert_eq!((items(1, 2), items(2, 3)), (1, 5), "both are the same kind of list");
}

#[test]
fn markup_in_words_is_shown_and_never_obeyed() {
    let mut page = fixtures::one_page();
    page.outcome.sentence = "<b>x</b> & \"y\"".into();
    page.chosen[0].reason = "</script><script>alert(1)</script>".into();
    let html = one_page::document(&page);
    assert!(html.contains("&lt;b&gt;x&lt;/b&gt; &amp;"));
    assert!(!html.contains("<script"));
    assert!(one_page::markdown(&page).contains(r#"\<b\>x\</b\>"#));
}

#[test]
fn the_terminal_page_keeps_to_its_width() {
    for width in [0, 60, 80, 100, 140] {
        let text = one_page::text(&fixtures::one_page(), width);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(width.max(40)), "{widest:?} of {width}\n{text}");
        assert!(!text.lines().any(|line| line.ends_with(' ')), "{text}");
    }
}

#[test]
fn the_style_sheet_stays_small_and_covers_the_parts() {
    // 26 kB of this text is 6.5 kB over the wire; the budget is 8 kB.
    assert!(STYLE_SHEET.len() < 30_000, "{}", STYLE_SHEET.len());
    for part in [
        ".bar",
        ".tag",
        ".btn.primary",
        ".card",
        "table",
        ".scroll",
        ".choice",
        "figure",
        ".task-list",
        ".summary-list",
        ".error-summary",
        ".status",
        ".arena",
        ".example",
        ".steps",
        ".hint",
        ".banner",
        "@media print",
        "forced-colors: active",
        "prefers-reduced-motion",
        "[data-theme=dark]",
        "min-height: 44px",
    ] {
        assert!(STYLE_SHEET.contains(part), "{part}");
    }
}

/// The Chromium to print with; says so where there is none.
fn chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let places = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&places)
        .flat_map(|dir| names.map(|name| dir.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: no Chromium in PATH to print with");
    }
    found
}

#[test]
fn the_one_page_prints_on_one_sheet() {
    let Some(chromium) = chromium() else { return };
    let mut heavy = fixtures::one_page();
    heavy.chosen.push(heavy.chosen[0].clone());
    heavy.ruled_out[4].state = State::Retired;
    for (name, page) in [("real", fixtures::one_page()), ("heavy", heavy)] {
        assert_eq!(printed_pages(&chromium, name, &one_page::document(&page)), 1, "{name}");
    }
}

#[test]
fn the_board_page_prints_on_one_sheet_with_all_that_it_can_have() {
    let Some(chromium) = chromium() else { return };
    let page = board::document(&fixtures::board());
    assert_eq!(printed_pages(&chromium, "board", &page), 1);
}

#[test]
fn the_pre_read_prints_on_a_sheet_for_every_four_bets() {
    let Some(chromium) = chromium() else { return };
    let two = fixtures::pre_read();
    for sheets in 1..=3 {
        let mut many = two.clone();
        many.bets = two.bets.iter().cycle().take(4 * sheets).cloned().collect();
        let pages = printed_pages(&chromium, &format!("pre-read-{sheets}"), &pre_read::document(&many));
        assert!(pages <= sheets, "{} bets on {pages} sheets", 4 * sheets);
    }
}

fn printed_pages(chromium: &PathBuf, name: &str, html: &str) -> usize {
    let folder = env::temp_dir().join(format!("press-print-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder to print in");
    let (file, pdf) = (folder.join("page.html"), folder.join("page.pdf"));
    fs::write(&file, html).expect("the page is written");
    let printed = Command::new(chromium)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", file.display()))
        .output()
        .expect("Chromium starts");
    let bytes =
        fs::read(&pdf).unwrap_or_else(|_| panic!("nothing printed: {}", String::from_utf8_lossy(&printed.stderr)));
    fs::remove_dir_all(&folder).expect("the folder is removed");
    let text = String::from_utf8_lossy(&bytes);
    text.matches("/Type /Page\n").count() + text.matches("/Type/Page/").count()
}
