//! The text of every drawing for small data, and of the pages that are words: read these to see what a caller gets.

use beachhead_press::{
    chart::{Frame, capacity, cohorts, curve, fan, funnel, interval, plans, scatter, timeline, tornado, waterfall},
    numbers::{Rate, Unit},
    one_page, pre_read,
    tag::State,
};
use jiff::civil::date;
use maud::Markup;

use crate::fixtures;
use crate::kept::assert_kept;

/// One element a line.
fn lines(markup: Markup) -> String {
    markup.into_string().replace("><", ">\n<").replace(">\n</", "></")
}

#[test]
fn a_fan() {
    let fan = fan::Fan {
        frame: Frame::new("f", "Half land between 9 and 13"),
        measure: "Opportunities".to_owned(),
        unit: Unit::Count,
        actual: vec![(date(2026, 7, 1), 0.0), (date(2026, 8, 20), 7.0)],
        forecast: vec![fan::Quantiles {
            date: date(2026, 9, 30),
            p10: 8.0,
            p25: 9.0,
            p50: 11.0,
            p75: 13.0,
            p90: 16.0,
        }],
        thresholds: vec![fan::Threshold {
            label: "Scale at 12".to_owned(),
            value: 12.0,
        }],
        decisions: vec![fan::Decision {
            date: date(2026, 7, 3),
            number: 1,
            says: "Signed".to_owned(),
        }],
        stale_since: None,
    };
    assert_kept("a_fan.html", &lines(fan::draw(&fan)));
}

#[test]
fn a_funnel() {
    let step = |name: &str, entered, reached, open, rate| funnel::Step {
        name: name.to_owned(),
        entered,
        reached,
        open,
        rate,
        href: None,
        reached_href: None,
        open_href: None,
    };
    let rate = Rate {
        value: 0.66,
        low: 0.55,
        high: 0.74,
        reached: 23,
        of: 35,
    };
    let funnel = funnel::Funnel {
        frame: Frame::new("n", "Two in three are introduced"),
        of: "target accounts".to_owned(),
        range_percent: 80,
        steps: vec![step("Introduced", 60, 23, 25, Some(rate)), step("Met", 23, 0, 23, None)],
    };
    assert_kept("a_funnel.html", &lines(funnel::draw(&funnel)));
}

#[test]
fn cohorts_by_month() {
    let row = |name: &str, converted, is_mature, observed_share, (expected, low, high)| cohorts::Row {
        name: name.to_owned(),
        n: 40,
        converted,
        is_mature,
        observed_share,
        expected,
        low,
        high,
        href: None,
        converted_href: None,
    };
    let cohorts = cohorts::Cohorts {
        frame: Frame::new("c", "May is young"),
        of: "Created in".to_owned(),
        members: "opportunities".to_owned(),
        converted: "won so far".to_owned(),
        rows: vec![
            row("March 2026", 16, true, 1.0, (0.4, 0.4, 0.4)),
            row("May 2026", 4, false, 0.35, (0.3, 0.225, 0.4)),
        ],
    };
    assert_kept("cohorts_by_month.html", &lines(cohorts::draw(&cohorts)));
}

#[test]
fn intervals() {
    let intervals = interval::Intervals {
        frame: Frame::new("i", "The lift may be nothing"),
        of: "Comparison".to_owned(),
        measure: "Difference".to_owned(),
        unit: Unit::Points,
        reference: Some(interval::Reference {
            label: "no difference".to_owned(),
            value: 0.0,
        }),
        rows: vec![interval::Row {
            name: "Like with like".to_owned(),
            href: Some("/facts?a=1&b=2".to_owned()),
            value: 0.06,
            low: -0.04,
            high: 0.15,
            sample: interval::Sample::Of { reached: 12, of: 50 },
            inconclusive: true,
        }],
    };
    assert_kept("intervals.html", &lines(interval::draw(&intervals)));
}

#[test]
fn a_timeline() {
    let cycle = |name: &str, first, last| timeline::Cycle {
        name: name.to_owned(),
        when: None,
        first,
        last,
    };
    let bet = |name: &str, state, span, gates, note: Option<&str>| timeline::Bet {
        name: name.to_owned(),
        href: None,
        state,
        span,
        gates,
        note: note.map(str::to_owned),
    };
    let gate = timeline::Gate {
        date: date(2026, 12, 31),
        says: "12 opportunities".to_owned(),
    };
    let span = Some((date(2026, 11, 1), date(2026, 12, 31)));
    let timeline = timeline::Timeline {
        frame: Frame::new("t", "One bet, then the other"),
        cycles: vec![
            cycle("2026-Q3", date(2026, 8, 1), date(2026, 10, 31)),
            cycle("2026-Q4", date(2026, 11, 1), date(2027, 1, 31)),
        ],
        today: date(2026, 8, 20),
        bets: vec![
            bet("Co-sell", State::Planned, span, vec![gate], None),
            bet(
                "Resale",
                State::Parked,
                None,
                Vec::new(),
                Some("Reopens when the gate is passed"),
            ),
        ],
    };
    assert_kept("a_timeline.html", &lines(timeline::draw(&timeline)));
}

#[test]
fn hours() {
    let cycle = |hours_asked, hours_there| capacity::Cycle {
        name: "2026-Q4".to_owned(),
        hours_asked,
        hours_there,
        asked_by: vec![("Co-sell".to_owned(), hours_asked)],
    };
    assert_eq!(cycle(412.0, 390.0).says(), "412 of 390 hours: over by 22");
    assert_eq!(cycle(302.4, 390.0).says(), "302 of 390 hours: 88 spare");
    assert_eq!(cycle(390.2, 390.0).says(), "390 of 390 hours: all of them");
    let capacity = capacity::Capacity {
        frame: Frame::new("h", "Over by 22 hours"),
        cycles: vec![cycle(412.0, 390.0)],
        person_week: Some(30.0),
    };
    assert_kept("hours.html", &lines(capacity::draw(&capacity)));
}

#[test]
fn compared_plans() {
    let plan = |name: &str, kind, mean, against_best| plans::Plan {
        name: name.to_owned(),
        kind,
        mean,
        against_best,
        chance_of_target: Some(0.41),
    };
    let difference = plans::Difference {
        value: -59.1,
        low: -60.2,
        high: -58.0,
    };
    let plans = plans::Plans {
        frame: Frame::new("p", "Focus wins"),
        measure: "Deals won".to_owned(),
        unit: Unit::Count,
        paths: 512,
        plans: vec![
            plan("Two at a time", plans::Kind::Other, 100.0, None),
            plan("All six", plans::Kind::EverythingAtOnce, 40.9, Some(difference)),
        ],
    };
    assert_kept("compared_plans.html", &lines(plans::draw(&plans)));
}

#[test]
fn a_scatter() {
    let scatter = scatter::Scatter {
        frame: Frame::new("s", "One cell stands out"),
        x: scatter::Axis {
            label: "Pipeline per 100 hours".to_owned(),
            unit: Unit::Money("USD".to_owned()),
        },
        y: scatter::Axis {
            label: "Reachable targets".to_owned(),
            unit: Unit::Count,
        },
        points: vec![scatter::Point {
            name: "Enterprise × technology".to_owned(),
            href: Some("/where/enterprise/technology".to_owned()),
            state: State::Chosen,
            x: 310_000.0,
            x_low: 190_000.0,
            x_high: 450_000.0,
            y: 140.0,
            n: 155,
        }],
    };
    assert_kept("a_scatter.html", &lines(scatter::draw(&scatter)));
}

#[test]
fn a_curve() {
    let curve = curve::Curve {
        frame: Frame::new("c", "Sooner with a partner"),
        x_label: "Days since opening".to_owned(),
        y_label: "Won".to_owned(),
        within_days: Some(90.0),
        lines: vec![
            curve::Line {
                name: "With".to_owned(),
                n: 155,
                points: vec![(30.0, 0.1), (120.0, 0.31)],
            },
            curve::Line {
                name: "Without".to_owned(),
                n: 1_240,
                points: vec![(60.0, 0.12), (120.0, 0.3)],
            },
        ],
    };
    assert_kept("a_curve.html", &lines(curve::draw(&curve)));
}

#[test]
fn nothing_to_draw_says_what_it_waits_for() {
    let curve = curve::Curve {
        frame: Frame::new("c", "Wins by day"),
        x_label: String::new(),
        y_label: String::new(),
        within_days: None,
        lines: Vec::new(),
    };
    assert_kept(
        "nothing_to_draw_says_what_it_waits_for.html",
        &lines(curve::draw(&curve)),
    );
}

#[test]
fn the_one_page_in_a_terminal() {
    assert_kept(
        "the_one_page_in_a_terminal.txt",
        &one_page::text(&fixtures::one_page(), 100),
    );
}

#[test]
fn the_one_page_as_markdown() {
    assert_kept(
        "the_one_page_as_markdown.md",
        &one_page::markdown(&fixtures::one_page()),
    );
}

#[test]
fn the_pre_read_as_markdown() {
    assert_kept(
        "the_pre_read_as_markdown.md",
        &pre_read::markdown(&fixtures::pre_read()),
    );
}

#[test]
fn a_waterfall() {
    let level = |name: &str, value| waterfall::Level {
        name: name.to_owned(),
        value,
        href: None,
    };
    let part = |name: &str, amount, says: &str| waterfall::Part {
        name: name.to_owned(),
        amount,
        says: says.to_owned(),
        href: Some("/bets/hris-co-sell#targets".to_owned()),
    };
    let waterfall = waterfall::Waterfall {
        frame: Frame::new("w", "USD 240 000 behind the plan"),
        of: "USD".to_owned(),
        from: level("Planned by 31 Oct 2026", 900_000.0),
        groups: vec![waterfall::Group {
            name: "HRIS co-sell".to_owned(),
            href: Some("/bets/hris-co-sell".to_owned()),
            parts: vec![
                part("Targets worked", -300_000.0, "60 worked, 100 planned by now"),
                part("Value of a deal", 60_000.0, "USD 110 000 a deal, USD 100 000 planned"),
            ],
        }],
        to: level("Came by 31 Oct 2026", 660_000.0),
    };
    assert_kept("a_waterfall.html", &lines(waterfall::draw(&waterfall)));
}

#[test]
fn a_tornado() {
    let row = |name: &str, ends, says: &str, changes| tornado::Row {
        name: name.to_owned(),
        ends,
        says: says.to_owned(),
        changes,
    };
    let tornado = tornado::Tornado {
        frame: Frame::new("a", "The plan stands unless one is off: Hours of set-up"),
        measure: "What the best plan brings beyond everything at once".to_owned(),
        ends: ["40% less".to_owned(), "40% more".to_owned()],
        unit: Unit::Count,
        now: 446.0,
        rows: vec![
            row(
                "Hours of set-up",
                [612.0, 301.0],
                "changes above 1.3 times what is assumed",
                true,
            ),
            row("Switching tax", [402.0, 488.0], "stands", false),
        ],
    };
    assert_kept("a_tornado.html", &lines(tornado::draw(&tornado)));
}
