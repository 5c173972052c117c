//! The text of every drawing for small data, and of the pages that are words: read these to see what a caller gets.

use beachhead_press::{
    chart::{Frame, capacity, curve, fan, funnel, interval, plans, scatter, timeline},
    numbers::{Rate, Unit},
    one_page, pre_read,
    tag::State,
};
use jiff::civil::date;
use maud::Markup;

use crate::fixtures;

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
    insta::assert_snapshot!(lines(fan::draw(&fan)), @r##"
    <figure class="chart">
    <p class="finding">Half land between 9 and 13</p>
    <div class="scroll" role="region" tabindex="0" aria-label="Half land between 9 and 13, drawing">
    <svg class="plot" viewBox="0 0 720 300" role="img" aria-labelledby="f-t f-d">
    <title id="f-t">Half land between 9 and 13</title>
    <desc id="f-d">Opportunities. 7 on 20 Aug 2026. Median forecast 11 on 30 Sep 2026; 50% band 9 to 13; 80% band 8 to 16. Scale at 12.</desc>
    <g stroke="var(--grid)">
    <path d="M30.2 254H608"></path>
    <path d="M30.2 176H608"></path>
    <path d="M30.2 98H608"></path>
    <path d="M30.2 20H608"></path></g>
    <g text-anchor="end">
    <text class="quiet" x="22.2" y="258.5">0</text>
    <text class="quiet" x="22.2" y="180.5">6</text>
    <text class="quiet" x="22.2" y="102.5">12</text>
    <text class="quiet" x="22.2" y="24.5">18</text></g>
    <path d="M347.7 163L608 46L608 150L347.7 163Z" fill="var(--band-outer)" stroke="var(--band-edge)" stroke-linejoin="round"></path>
    <path d="M347.7 163L608 85L608 137L347.7 163Z" fill="var(--band-inner)" stroke="var(--band-edge)" stroke-linejoin="round"></path>
    <path d="M30.2 98H608" stroke="var(--c4)" stroke-width="2" stroke-dasharray="8 4"></path>
    <text class="halo" x="34.2" y="92">Scale at 12</text>
    <path d="M347.7 163L608 111" fill="none" stroke="var(--c1)" stroke-width="2.5" stroke-dasharray="1 5" stroke-linecap="round"></path>
    <path d="M30.2 254L347.7 163" fill="none" stroke="var(--c1)" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round"></path>
    <circle cx="347.7" cy="163" r="4" fill="var(--c1)"></circle>
    <text class="halo strong" x="339.7" y="155" text-anchor="end">7</text>
    <text x="618" y="50.5">16 · 80% band</text>
    <text x="618" y="89.5">13 · 50% band</text>
    <text class="strong" x="618" y="115.5">11 · median</text>
    <text x="618" y="141.5">9</text>
    <path d="M609 150L616 153" stroke="var(--border-strong)"></path>
    <text x="618" y="157.5">8</text>
    <text class="quiet" x="30.2" y="292">1 Jul</text>
    <text class="quiet" x="347.7" y="292" text-anchor="middle">20 Aug</text>
    <text class="quiet" x="608" y="292" text-anchor="end">30 Sep 2026</text>
    <text class="strong" x="42.9" y="269" text-anchor="middle">▼1</text></svg></div>
    <figcaption>
    <details>
    <summary>Show as table</summary>
    <div class="scroll" role="region" tabindex="0" aria-label="Half land between 9 and 13, table">
    <table>
    <caption>Opportunities</caption>
    <thead>
    <tr>
    <th scope="col">Day</th>
    <th class="num" scope="col">What happened</th>
    <th class="num" scope="col">10% below</th>
    <th class="num" scope="col">25% below</th>
    <th class="num" scope="col">Median</th>
    <th class="num" scope="col">75% below</th>
    <th class="num" scope="col">90% below</th></tr></thead>
    <tbody>
    <tr>
    <th scope="row">1 Jul 2026</th>
    <td class="num">0</td>
    <td colspan="5"></td></tr>
    <tr>
    <th scope="row">20 Aug 2026</th>
    <td class="num">7</td>
    <td colspan="5"></td></tr>
    <tr>
    <th scope="row">30 Sep 2026</th>
    <td></td>
    <td class="num">8</td>
    <td class="num">9</td>
    <td class="num">11</td>
    <td class="num">13</td>
    <td class="num">16</td></tr></tbody></table>
    <table>
    <caption>Decisions</caption>
    <tbody>
    <tr>
    <th scope="row">▼ 1</th>
    <td>3 Jul 2026</td>
    <td>Signed</td></tr></tbody></table></div></details></figcaption></figure>
    "##);
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
    insta::assert_snapshot!(lines(funnel::draw(&funnel)), @r##"
    <figure class="chart">
    <p class="finding">Two in three are introduced</p>
    <div class="scroll" role="region" tabindex="0" aria-label="Two in three are introduced, table">
    <table class="funnel">
    <caption class="dim">60 target accounts. Solid: reached. Hatched: still open.</caption>
    <thead>
    <tr>
    <th scope="col">Step</th>
    <th class="num" scope="col">Reached</th>
    <th class="num" scope="col">Still open</th>
    <th scope="col">Share of all 60</th>
    <th scope="col">Rate (80% range)</th></tr></thead>
    <tbody>
    <tr>
    <th scope="row">Introduced<br>
    <span class="source">60 entered</span></th>
    <td class="num">23</td>
    <td class="num">25</td>
    <td class="drawn">
    <svg class="track" aria-hidden="true">
    <pattern id="n-open0" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <path d="M1 0V6" stroke="var(--c1)" stroke-width="2"></path></pattern>
    <rect width="100%" height="100%" rx="2" fill="var(--surface-2)"></rect>
    <rect x="38.3%" width="41.7%" height="100%" fill="url(#n-open0)"></rect>
    <rect width="38.3%" height="100%" rx="2" fill="var(--c1)"></rect></svg></td>
    <td>
    <span class="nowrap">66% (55 to 74)</span>
    <br>
    <span class="source">23 of 35</span></td></tr>
    <tr>
    <th scope="row">Met<br>
    <span class="source">23 entered</span></th>
    <td class="num">0</td>
    <td class="num">23</td>
    <td class="drawn">
    <svg class="track" aria-hidden="true">
    <pattern id="n-open1" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <path d="M1 0V6" stroke="var(--c1)" stroke-width="2"></path></pattern>
    <rect width="100%" height="100%" rx="2" fill="var(--surface-2)"></rect>
    <rect x="0%" width="38.3%" height="100%" fill="url(#n-open1)"></rect>
    <rect width="0%" height="100%" rx="2" fill="var(--c1)"></rect></svg></td>
    <td>
    <span class="dim">Too early to say</span></td></tr></tbody></table></div></figure>
    "##);
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
    insta::assert_snapshot!(lines(interval::draw(&intervals)), @r##"
    <figure class="chart">
    <p class="finding">The lift may be nothing</p>
    <div class="scroll" role="region" tabindex="0" aria-label="The lift may be nothing, table">
    <table class="intervals">
    <caption class="dim">Difference, with the range of each. Dashed: no difference, 0 pts. Grey: the range leaves the question open.</caption>
    <thead>
    <tr>
    <th scope="col">Comparison</th>
    <th scope="col">Difference</th>
    <td class="drawn">
    <svg class="axis" aria-hidden="true">
    <text class="quiet" x="4%" y="16" text-anchor="middle">−8</text>
    <text class="quiet" x="34.7%" y="16" text-anchor="middle">0</text>
    <text class="quiet" x="65.3%" y="16" text-anchor="middle">+8</text>
    <text class="quiet" x="96%" y="16" text-anchor="middle">+16</text></svg></td></tr></thead>
    <tbody>
    <tr class="dim">
    <th scope="row">
    <a href="/facts?a=1&amp;b=2">Like with like</a></th>
    <td>+6 pts (−4 to +15), 12 of 50 · inconclusive</td>
    <td class="drawn">
    <svg class="fill" aria-hidden="true">
    <line x1="4%" x2="4%" y1="0" y2="100%" stroke="var(--grid)"></line>
    <line x1="34.7%" x2="34.7%" y1="0" y2="100%" stroke="var(--grid)"></line>
    <line x1="65.3%" x2="65.3%" y1="0" y2="100%" stroke="var(--grid)"></line>
    <line x1="96%" x2="96%" y1="0" y2="100%" stroke="var(--grid)"></line>
    <line x1="19.3%" x2="92.2%" y1="50%" y2="50%" stroke="var(--border-strong)" stroke-width="10"></line>
    <line x1="19.3%" x2="92.2%" y1="50%" y2="50%" stroke="var(--surface-2)" stroke-width="8"></line>
    <line x1="34.7%" x2="34.7%" y1="0" y2="100%" stroke="var(--c4)" stroke-width="2" stroke-dasharray="6 4"></line>
    <circle cx="57.7%" cy="50%" r="5" fill="var(--border-strong)" stroke="var(--bg)" stroke-width="1.5"></circle></svg></td></tr></tbody></table></div></figure>
    "##);
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
    insta::assert_snapshot!(lines(timeline::draw(&timeline)), @r##"
    <figure class="chart">
    <p class="finding">One bet, then the other</p>
    <div class="scroll" role="region" tabindex="0" aria-label="One bet, then the other, table">
    <table class="timeline">
    <caption class="dim">Bets over the cycles. ▼ marks a gate; the dashed line is today, 20 Aug 2026.</caption>
    <thead>
    <tr>
    <th scope="col">Bet</th>
    <th scope="col">2026-Q3<br>
    <span class="dim">1 Aug to 31 Oct 2026</span></th>
    <th scope="col">2026-Q4<br>
    <span class="dim">1 Nov to 31 Jan 2027</span></th></tr></thead>
    <tbody>
    <tr>
    <th scope="row">Co-sell<br>
    <span class="tag info">
    <span aria-hidden="true">●</span> Planned</span></th>
    <td class="drawn">
    <svg class="fill" aria-hidden="true">
    <line x1="20.7%" x2="20.7%" y1="0" y2="100%" stroke="var(--border-strong)" stroke-dasharray="3 4"></line></svg></td>
    <td class="drawn">
    <svg class="fill" aria-hidden="true">
    <rect x="0%" y="12" width="66.3%" height="14" rx="2" fill="var(--band-inner)" stroke="var(--band-edge)"></rect>
    <line x1="65.2%" x2="65.2%" y1="10" y2="30" stroke="var(--c4)" stroke-width="2"></line>
    <text class="gate" x="65.2%" y="11" text-anchor="middle">▼</text></svg>
    <p class="beneath">1 Nov 2026 to 31 Dec 2026<br>▼ Gate 31 Dec 2026: 12 opportunities</p></td></tr>
    <tr>
    <th scope="row">Resale<br>
    <span class="tag">
    <span aria-hidden="true">■</span> Parked</span></th>
    <td class="drawn" colspan="2">
    <svg class="fill" aria-hidden="true">
    <line x1="10.3%" x2="10.3%" y1="0" y2="100%" stroke="var(--border-strong)" stroke-dasharray="3 4"></line></svg>
    <p>
    <span class="dim">Reopens when the gate is passed</span></p></td></tr></tbody></table></div></figure>
    "##);
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
    };
    insta::assert_snapshot!(lines(capacity::draw(&capacity)), @r##"
    <figure class="chart">
    <p class="finding">Over by 22 hours</p>
    <div class="scroll" role="region" tabindex="0" aria-label="Over by 22 hours, table">
    <table class="capacity">
    <caption class="dim">Hours that the bets ask of the team, against the hours it has (upright line).</caption>
    <thead>
    <tr>
    <th scope="col">Cycle</th>
    <th scope="col">Hours asked of hours there</th>
    <th scope="col">Drawn to one scale</th></tr></thead>
    <tbody>
    <tr>
    <th scope="row">2026-Q4</th>
    <td>
    <span class="tag neg">
    <span aria-hidden="true">◆</span> Over</span> 412 of 390 hours: over by 22<br>
    <span class="dim">Co-sell 412</span></td>
    <td class="drawn">
    <svg class="track" aria-hidden="true">
    <rect width="92.8%" height="100%" fill="var(--surface-2)"></rect>
    <rect width="92.8%" height="100%" fill="var(--c1)"></rect>
    <pattern id="h-over0" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <path d="M1 0V6" stroke="var(--c4)" stroke-width="2"></path></pattern>
    <rect x="92.8%" width="5.2%" height="100%" fill="url(#h-over0)"></rect>
    <line x1="92.8%" x2="92.8%" y1="0" y2="100%" stroke="var(--text)" stroke-width="2"></line></svg></td></tr></tbody></table></div></figure>
    "##);
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
    insta::assert_snapshot!(lines(plans::draw(&plans)), @r##"
    <figure class="chart">
    <p class="finding">Focus wins</p>
    <div class="scroll" role="region" tabindex="0" aria-label="Focus wins, table">
    <table class="plans">
    <caption class="dim">Deals won, every plan on the same 512 simulated paths. Dashed: the best plan. Bracket: range of the difference to it.</caption>
    <thead>
    <tr>
    <th scope="col">Plan</th>
    <th class="num" scope="col">Expected</th>
    <th scope="col">Drawn from 0</th>
    <th scope="col">Against the best</th>
    <th class="num" scope="col">Chance of the target</th></tr></thead>
    <tbody>
    <tr>
    <th scope="row">Two at a time<br>
    <span class="tag pos">
    <span aria-hidden="true">★</span> Best</span> </th>
    <td class="num">100</td>
    <td class="drawn">
    <svg class="track" aria-hidden="true">
    <rect y="3" width="98%" height="14" rx="2" fill="var(--c1)" stroke="none"></rect>
    <line x1="98%" x2="98%" y1="0" y2="100%" stroke="var(--c4)" stroke-width="2" stroke-dasharray="6 4"></line></svg></td>
    <td>
    <span class="dim">The best found</span></td>
    <td class="num">41%</td></tr>
    <tr>
    <th scope="row">All six<br>
    <span class="tag">Everything at once</span></th>
    <td class="num">40.9</td>
    <td class="drawn">
    <svg class="track" aria-hidden="true">
    <rect y="3" width="40.1%" height="14" rx="2" fill="var(--band-inner)" stroke="var(--band-edge)"></rect>
    <line x1="98%" x2="98%" y1="0" y2="100%" stroke="var(--c4)" stroke-width="2" stroke-dasharray="6 4"></line>
    <line x1="39%" x2="41.2%" y1="50%" y2="50%" stroke="var(--bg)" stroke-width="6"></line>
    <line x1="39%" x2="41.2%" y1="50%" y2="50%" stroke="var(--text)" stroke-width="2"></line>
    <line x1="39%" x2="39%" y1="5" y2="15" stroke="var(--text)" stroke-width="2"></line>
    <line x1="41.2%" x2="41.2%" y1="5" y2="15" stroke="var(--text)" stroke-width="2"></line></svg></td>
    <td>−59.1 (−60.2 to −58)</td>
    <td class="num">41%</td></tr></tbody></table></div></figure>
    "##);
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
    insta::assert_snapshot!(lines(scatter::draw(&scatter)), @r##"
    <figure class="chart">
    <p class="finding">One cell stands out</p>
    <div class="scroll" role="region" tabindex="0" aria-label="One cell stands out, drawing">
    <svg class="plot" viewBox="0 0 720 400" role="img" aria-labelledby="s-t s-d">
    <title id="s-t">One cell stands out</title>
    <desc id="s-d">Across: Pipeline per 100 hours. Up: Reachable targets. Enterprise × technology, chosen: USD 310 000 (190 000 to 450 000); 140.</desc>
    <g stroke="var(--grid)">
    <path d="M40.3 352H696"></path>
    <path d="M40.3 246H696"></path>
    <path d="M40.3 140H696"></path>
    <path d="M40.3 34H696"></path></g>
    <text class="quiet" x="32.3" y="356.5" text-anchor="end">0</text>
    <text class="quiet" x="32.3" y="250.5" text-anchor="end">50</text>
    <text class="quiet" x="32.3" y="144.5" text-anchor="end">100</text>
    <text class="quiet" x="32.3" y="38.5" text-anchor="end">150</text>
    <text class="quiet" x="40.3" y="370" text-anchor="middle">0</text>
    <text class="quiet" x="258.9" y="370" text-anchor="middle">150k</text>
    <text class="quiet" x="477.4" y="370" text-anchor="middle">300k</text>
    <text class="quiet" x="696" y="370" text-anchor="middle">450k</text>
    <text class="quiet" x="0" y="14">▲ Reachable targets</text>
    <text class="quiet" x="696" y="392" text-anchor="end">Pipeline per 100 hours</text>
    <path d="M317.2 55.2H696" stroke="var(--band-edge)" stroke-width="8"></path>
    <path d="M317.2 55.2H696" stroke="var(--band-inner)" stroke-width="6"></path>
    <circle cx="492" cy="55.2" r="10" fill="var(--bg)" stroke="var(--c1)" stroke-width="1.5"></circle>
    <text class="glyph" x="492" y="59.7" text-anchor="middle">★</text>
    <text class="halo strong" x="127.4" y="59.2">Enterprise × technology</text></svg></div>
    <figcaption>
    <details>
    <summary>Show as table</summary>
    <div class="scroll" role="region" tabindex="0" aria-label="One cell stands out, table">
    <table>
    <caption>Pipeline per 100 hours, and Reachable targets</caption>
    <thead>
    <tr>
    <th scope="col">Cell</th>
    <th scope="col">State</th>
    <th scope="col">Pipeline per 100 hours</th>
    <th class="num" scope="col">n</th>
    <th class="num" scope="col">Reachable targets</th></tr></thead>
    <tbody>
    <tr>
    <th scope="row">
    <a href="/where/enterprise/technology">Enterprise × technology</a></th>
    <td>
    <span class="tag pos">
    <span aria-hidden="true">★</span> Chosen</span></td>
    <td>USD 310 000 (190 000 to 450 000)</td>
    <td class="num">155</td>
    <td class="num">140</td></tr></tbody></table></div></details></figcaption></figure>
    "##);
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
    insta::assert_snapshot!(lines(curve::draw(&curve)), @r##"
    <figure class="chart">
    <p class="finding">Sooner with a partner</p>
    <div class="scroll" role="region" tabindex="0" aria-label="Sooner with a partner, drawing">
    <svg class="plot" viewBox="0 0 720 300" role="img" aria-labelledby="c-t c-d">
    <title id="c-t">Sooner with a partner</title>
    <desc id="c-d">Won by days since opening. With, n 155: 31% by day 120. Without, n 1 240: 30% by day 120.</desc>
    <g stroke="var(--grid)">
    <path d="M42.6 252H550.4"></path>
    <path d="M42.6 179.3H550.4"></path>
    <path d="M42.6 106.7H550.4"></path>
    <path d="M42.6 34H550.4"></path></g>
    <text class="quiet" x="34.6" y="256.5" text-anchor="end">0%</text>
    <text class="quiet" x="34.6" y="183.8" text-anchor="end">15%</text>
    <text class="quiet" x="34.6" y="111.2" text-anchor="end">30%</text>
    <text class="quiet" x="34.6" y="38.5" text-anchor="end">45%</text>
    <text class="quiet" x="42.6" y="270" text-anchor="middle">0</text>
    <text class="quiet" x="211.9" y="270" text-anchor="middle">40</text>
    <text class="quiet" x="381.1" y="270" text-anchor="middle">80</text>
    <text class="quiet" x="550.4" y="270" text-anchor="middle">120</text>
    <text class="quiet" x="0" y="14">▲ Won</text>
    <text class="quiet" x="550.4" y="292" text-anchor="end">Days since opening</text>
    <path d="M423.4 252V26" stroke="var(--border-strong)" stroke-dasharray="3 4"></path>
    <text class="halo" x="417.4" y="244" text-anchor="end">Counted within 90 days</text>
    <path d="M42.6 252H169.5V203.6H550.4V101.8H550.4" fill="none" stroke="var(--c1)" stroke-width="2.5"></path>
    <path d="M42.6 252H296.5V193.9H550.4V106.7H550.4" fill="none" stroke="var(--c2)" stroke-width="2.5" stroke-dasharray="10 4"></path>
    <text x="560.4" y="106.3">31% · With, n 155</text>
    <path d="M551.4 106.7L558.4 117.8" stroke="var(--border-strong)"></path>
    <text x="560.4" y="122.3">30% · Without, n 1 240</text></svg></div>
    <figcaption>
    <details>
    <summary>Show as table</summary>
    <div class="scroll" role="region" tabindex="0" aria-label="Sooner with a partner, table">
    <table>
    <caption>Won, by day</caption>
    <thead>
    <tr>
    <th class="num" scope="col">Days since opening</th>
    <th class="num" scope="col">With, n 155</th>
    <th class="num" scope="col">Without, n 1 240</th></tr></thead>
    <tbody>
    <tr>
    <th class="num" scope="row">15</th>
    <td class="num">0%</td>
    <td class="num">0%</td></tr>
    <tr>
    <th class="num" scope="row">30</th>
    <td class="num">10%</td>
    <td class="num">0%</td></tr>
    <tr>
    <th class="num" scope="row">45</th>
    <td class="num">10%</td>
    <td class="num">0%</td></tr>
    <tr>
    <th class="num" scope="row">60</th>
    <td class="num">10%</td>
    <td class="num">12%</td></tr>
    <tr>
    <th class="num" scope="row">75</th>
    <td class="num">10%</td>
    <td class="num">12%</td></tr>
    <tr>
    <th class="num" scope="row">90</th>
    <td class="num">10%</td>
    <td class="num">12%</td></tr>
    <tr>
    <th class="num" scope="row">105</th>
    <td class="num">10%</td>
    <td class="num">12%</td></tr>
    <tr>
    <th class="num" scope="row">120</th>
    <td class="num">31%</td>
    <td class="num">30%</td></tr></tbody></table></div></details></figcaption></figure>
    "##);
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
    insta::assert_snapshot!(lines(curve::draw(&curve)), @r##"
    <figure class="chart">
    <p class="finding">Wins by day</p>
    <p class="dim">There is nothing to draw yet: it begins with the first conversion.</p></figure>
    "##);
}

#[test]
fn the_one_page_in_a_terminal() {
    insta::assert_snapshot!(one_page::text(&fixtures::one_page(), 100), @r##"
    Northwind Analytics: partner strategy                                        Version 3 · 20 Aug 2026
    ◆ Synthetic facts: an invented company, to look around in

    1 Outcome ──────────────────────────────────────────────────────────────────────────────────────────
      Double the enterprise pipeline that partners start, by the end of the fiscal year

      Measure          Sourced pipeline, enterprise
      Baseline         USD 1.9 million (fiscal year 2026)
      Where it stands  USD 1.05 million (import 12, 20 Aug 2026)
      Target           USD 3.8 million by 31 Jan 2027 (in 164 days)
      Sponsor          Dana Whitfield, CRO
      Forecast         The target is within reach: 2 in 5 simulations pass it
                       ────────────────●──────────────░░░░░░░▒▒▒▒▒▒▒┃▒▒▒▒▒▒░░░◆░░░─
                       ● now 1.05m · ┃ median 3.07m · ░ 80% 2.15m to 4.12m · ▒ 50% 2.59m to 3.58m ·
                       ◆ Target 3.8m

    2 Where we win ─────────────────────────────────────────────────────────────────────────────────────
      ★ Chosen: Enterprise × technology
        HRIS vendors sit in 61 of our 140 target accounts as customers; deals with their integration
        closed 38 days sooner, and their account executives are paid on the same renewals that ours are
        Evidence: win rate 31% (24 to 39), 48 of 155 (import 12, 20 Aug 2026)

    3 Where we do not ──────────────────────────────────────────────────────────────────────────────────
      ■ Parked: Mid-market × reseller
        Four resellers, eleven deals in a year, half of the team's hours; the ones that close would have
        closed without them, and each asks for its own price list before the first introduction
        Reopens when: the co-sell bet passes its gate, or a reseller brings its own named list of 30
        accounts
      ■ Parked: Enterprise × agency
        Agencies send us small projects; 12 of 50 referred deals were won, which is what we win alone,
        and nobody on the team has the hours to work a second motion before the gate of the first
        Reopens when: an agency names ten enterprise accounts that it works in and introduces us to
        three of them
      ✕ Declined: Mid-market × marketplace
        Enterprise buyers do not start there, and the listing needs an engineer that we do not have this
        year
        Would change our mind: a target account asks to pay through one
      ■ Parked: Enterprise × events
        Two events took 160 hours and brought four meetings, none of them in the accounts on our list of
        140 targets
        Reopens when: a partner that already sits in our targets offers to share its room and its guest
        list
      ✕ Declined: Mid-market × community
        Warm feelings, no named accounts: we could not say within a year whether it works, and so it
        cannot be judged
        Would change our mind: someone finds a measure that moves in weeks

    4 Wedge and motion ─────────────────────────────────────────────────────────────────────────────────
      HRIS co-sell
        HRIS vendors work with us because: their renewal risk falls where our integration is live
        Customers care because: the security review is already done for the integration
        The repeatable motion: mapped → introduced → met → opportunity → won
      Identity co-sell
        Identity vendors work with us because: our audit trail closes a gap that their customers'
        auditors name each year
        Customers care because: one sign-in and one audit
        The repeatable motion: mapped → introduced → met → opportunity → won

    5 Bets ─────────────────────────────────────────────────────────────────────────────────────────────
      Now              HRIS co-sell [◆ Too early (~5 weeks)], gate on 31 Dec 2026 (in 133 days). Owner
                       Tom Okafor; Workbright, PeopleOak
      Next             Identity co-sell [● Planned], gate on 15 Jun 2027 (in 299 days). Waits for HRIS
                       co-sell's gate
      Parked           Channel resale
      Parked           Agency referrals
      Parked           Events push

    6 Proof ────────────────────────────────────────────────────────────────────────────────────────────
      Targets met (HRIS co-sell, leading)
        now 12 (import 12, 20 Aug 2026); scale if ≥ 20, by 30 Sep 2026
      Opportunities opened (HRIS co-sell, gate)
        now 7 (import 12, 20 Aug 2026); scale if ≥ 12, retire if ≤ 4, by 31 Dec 2026
        chance 63% (48 to 76), from 23 introductions
      Sourced pipeline (HRIS co-sell, lagging)
        now USD 610 000 (import 12, 20 Aug 2026); scale if ≥ USD 900 000, by 31 Jan 2027
        chance 41% (33 to 50), from 7 opportunities
      Opportunities opened (Identity co-sell, gate)
        now 0 (import 12, 20 Aug 2026); scale if ≥ 10, retire if ≤ 3, by 15 Jun 2027
      Next review      2 Oct 2026 (in 43 days)

    7 Sign-off ─────────────────────────────────────────────────────────────────────────────────────────
      Signed by Dana Whitfield, CRO, on 3 Jul 2026
      Version 3, content 9f2c41d07be8
      Sales: seen, 3 Jul 2026
      Product: seen, 6 Jul 2026
    "##);
}

#[test]
fn the_one_page_as_markdown() {
    insta::assert_snapshot!(one_page::markdown(&fixtures::one_page()), @r##"
    # Northwind Analytics: partner strategy

    Version 3 · 20 Aug 2026

    > ◆ Synthetic facts: an invented company, to look around in

    ## 1. Outcome

    **Double the enterprise pipeline that partners start, by the end of the fiscal year**

    - Measure: Sourced pipeline, enterprise
    - Baseline: USD 1.9 million (fiscal year 2026)
    - Where it stands: [USD 1.05 million](/data/rows) (import 12, 20 Aug 2026)
    - Target: USD 3.8 million by 31 Jan 2027 (in 164 days)
    - Sponsor: Dana Whitfield, CRO
    - Forecast: The target is within reach: 2 in 5 simulations pass it

    ## 2. Where we win

    - ★ Chosen **Enterprise × technology**: HRIS vendors sit in 61 of our 140 target accounts as customers; deals with their integration closed 38 days sooner, and their account executives are paid on the same renewals that ours are
      - Evidence: [win rate 31% (24 to 39), 48 of 155](/data/rows) (import 12, 20 Aug 2026)

    ## 3. Where we do not

    - ■ Parked **Mid-market × reseller**: Four resellers, eleven deals in a year, half of the team's hours; the ones that close would have closed without them, and each asks for its own price list before the first introduction
      - Reopens when: the co-sell bet passes its gate, or a reseller brings its own named list of 30 accounts
    - ■ Parked **Enterprise × agency**: Agencies send us small projects; 12 of 50 referred deals were won, which is what we win alone, and nobody on the team has the hours to work a second motion before the gate of the first
      - Reopens when: an agency names ten enterprise accounts that it works in and introduces us to three of them
    - ✕ Declined **Mid-market × marketplace**: Enterprise buyers do not start there, and the listing needs an engineer that we do not have this year
      - Would change our mind: a target account asks to pay through one
    - ■ Parked **Enterprise × events**: Two events took 160 hours and brought four meetings, none of them in the accounts on our list of 140 targets
      - Reopens when: a partner that already sits in our targets offers to share its room and its guest list
    - ✕ Declined **Mid-market × community**: Warm feelings, no named accounts: we could not say within a year whether it works, and so it cannot be judged
      - Would change our mind: someone finds a measure that moves in weeks

    ## 4. Wedge and motion

    - **HRIS co-sell**: HRIS vendors work with us because: their renewal risk falls where our integration is live
      - Customers care because: the security review is already done for the integration
      - The repeatable motion: mapped → introduced → met → opportunity → won
    - **Identity co-sell**: Identity vendors work with us because: our audit trail closes a gap that their customers' auditors name each year
      - Customers care because: one sign-in and one audit
      - The repeatable motion: mapped → introduced → met → opportunity → won

    ## 5. Bets

    | When | Bet | Says | Gate |
    | --- | --- | --- | --- |
    | Now | HRIS co-sell (Owner Tom Okafor; Workbright, PeopleOak) | ◆ Too early (~5 weeks) | 31 Dec 2026 (in 133 days) |
    | Next | Identity co-sell (Waits for HRIS co-sell's gate) | ● Planned | 15 Jun 2027 (in 299 days) |
    | Parked | Channel resale | ■ Parked | – |
    | Parked | Agency referrals | ■ Parked | – |
    | Parked | Events push | ■ Parked | – |

    ## 6. Proof

    | Measure | Where it stands | Scale if | Retire if | By | Chance |
    | --- | --- | --- | --- | --- | --- |
    | Targets met (HRIS co-sell, leading) | [12](/data/rows) (import 12, 20 Aug 2026) | ≥ 20 | – | 30 Sep 2026 | not judged yet |
    | Opportunities opened (HRIS co-sell, gate) | [7](/data/rows) (import 12, 20 Aug 2026) | ≥ 12 | ≤ 4 | 31 Dec 2026 | 63% (48 to 76), from 23 introductions |
    | Sourced pipeline (HRIS co-sell, lagging) | [USD 610 000](/data/rows) (import 12, 20 Aug 2026) | ≥ USD 900 000 | – | 31 Jan 2027 | 41% (33 to 50), from 7 opportunities |
    | Opportunities opened (Identity co-sell, gate) | [0](/data/rows) (import 12, 20 Aug 2026) | ≥ 10 | ≤ 3 | 15 Jun 2027 | not judged yet |

    Next review 2 Oct 2026 (in 43 days)

    ## 7. Sign-off

    - Signed by Dana Whitfield, CRO, on 3 Jul 2026
    - Version 3, content `9f2c41d07be8a6650f1d6c0f7a5b3d21c4e8f90a1b2c3d4e5f60718293a4b5c6`
    - Sales: seen, 3 Jul 2026
    - Product: seen, 6 Jul 2026
    "##);
}

#[test]
fn the_pre_read_as_markdown() {
    insta::assert_snapshot!(pre_read::markdown(&fixtures::pre_read()), @r##"
    # Northwind Analytics: review of 2026-Q3

    1 running bet to decide on 2 Oct 2026 (in 43 days). What nobody decides is parked, not carried on.

    Facts as of import 12, 20 Aug 2026.

    ## Promised last time

    - ▲ Kept: Ask Workbright for 10 introductions (Tom Okafor, by 21 Aug 2026)
    - ? Not said yet: Agree the definition of met with Sales (Ines Marchetti, by 14 Aug 2026)

    ## HRIS co-sell

    **● Running · ◆ Too early (~5 weeks)** Owner Tom Okafor. Gate on 31 Dec 2026 (in 133 days): Do introductions by HRIS vendors open enterprise opportunities? Have [7](/data/rows) (import 12, 20 Aug 2026), need 12 opportunities opened; chance of passing 63% (48 to 76), from 23 introductions. Only 23 of 60 targets have had the 8 weeks that an opportunity takes. Last decision, 3 Jul 2026: Continue, by Ines Marchetti: ten introductions in three weeks, four of them met.

    ## Channel resale

    **■ Parked** Owner Ines Marchetti. It has no gate. Reopens when: a reseller brings its own named list of 30 accounts. It would take 180 hours in the next cycle, for: training four resellers and two joint price lists. Last decision, 3 Jul 2026: Park, against the gate, by Ines Marchetti: eleven deals in a year for half of the team's hours.
    "##);
}
