//! What the facts say of all cells, drawn: win rates with their ranges, and how many accounts each cell reaches. Must not
//! decide what is shown as conclusive other than by the ranges that it is given.

use beachhead_office::weighing::Arena;
use beachhead_office::{Standing, reporting};
use beachhead_press::chart::Frame;
use beachhead_press::chart::interval::{self, Intervals, Reference, Row, Sample};
use beachhead_press::chart::scatter::{self, Axis, Point, Scatter};
use beachhead_press::numbers::{self, Unit};
use maud::{Markup, html};

/// Both drawings; nothing where no cell has a decided deal.
pub fn evidence(standing: &Standing, arena: &Arena) -> Markup {
    let rows = rows(standing, arena);
    if rows.is_empty() {
        return html! {};
    }
    html! {
        h2 { "What the facts say" }
        (win_rates(arena, rows))
        p { a href="/evidence/lift" { "Do deals with a partner do better than like deals without?" } }
        (reach(arena))
    }
}

/// Win rates with partners against without, one row a cell that has decided deals.
fn rows(standing: &Standing, arena: &Arena) -> Vec<Row> {
    let mut rows = Vec::new();
    for cell in &arena.cells {
        let (Some(with), Some(pooled)) = (cell.with.as_ref().filter(|with| with.n > 0), cell.borrowed.win_rate) else {
            continue;
        };
        let apart = cell.without.as_ref().is_some_and(|without| {
            without
                .rate
                .is_some_and(|rate| rate < pooled.low80 || rate > pooled.high80)
        });
        rows.push(Row {
            name: reporting::cell_name(&cell.segment, &cell.partner_type),
            href: Some(standing.cell_link(&cell.segment, &cell.partner_type, "decided")),
            value: pooled.rate,
            low: pooled.low80,
            high: pooled.high80,
            sample: Sample::Of {
                reached: with.k,
                of: with.n,
            },
            inconclusive: !apart,
        });
    }
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    rows
}

fn win_rates(arena: &Arena, rows: Vec<Row>) -> Markup {
    let best = rows.iter().find(|row| !row.inconclusive).map_or_else(
        || "No cell wins clearly more or less often than its segment does without partners".to_owned(),
        |row| {
            format!(
                "The win rate of {} stands clearly apart from its segment's without partners",
                row.name
            )
        },
    );
    let mut frame = Frame::new("cells", best);
    frame.note = Some(
        "80% ranges; small cells borrow from their segment and their partner type. Grey: the range holds the rate of the \
         segment's deals without a partner, so the facts do not tell them apart. A comparison, not a cause: partners may \
         have been given the better deals."
            .into(),
    );
    let (won, decided) = without_partners(arena);
    let reference = beachhead_office::foresight::interval::wilson(won, decided, beachhead_office::weighing::LEVEL)
        .rate
        .map(|value| Reference {
            label: "Without partners".into(),
            value,
        });
    interval::draw(&Intervals {
        frame,
        of: "Cell".into(),
        measure: "Win rate with partners".into(),
        unit: Unit::Percent,
        reference,
        rows,
    })
}

/// Won and decided without partners, over all segments.
fn without_partners(arena: &Arena) -> (u64, u64) {
    let of = |name: &str| {
        let mut cells = arena.cells.iter().filter(|cell| cell.segment == name);
        cells.find_map(|cell| cell.without.as_ref())
    };
    let all = arena.segments.iter().filter_map(|(name, ..)| of(name));
    all.fold((0, 0), |(won, decided), without| (won + without.k, decided + without.n))
}

/// How many accounts a cell reaches against how often it wins: what is both to the right and high up is worth a bet.
fn reach(arena: &Arena) -> Markup {
    let points: Vec<Point> = arena
        .cells
        .iter()
        .filter_map(|cell| {
            let (pooled, counts) = (cell.borrowed.win_rate?, cell.counts.as_ref()?);
            let with = cell.with.as_ref()?;
            (counts.overlap > 0).then(|| Point {
                name: reporting::cell_name(&cell.segment, &cell.partner_type),
                href: Some(reporting::cell_href(&cell.segment, &cell.partner_type)),
                state: reporting::cell_state(cell.state),
                x: pooled.rate,
                x_low: pooled.low80,
                x_high: pooled.high80,
                y: beachhead_office::as_real(counts.overlap),
                n: with.n,
            })
        })
        .collect();
    let Some(widest) = points.iter().max_by(|a, b| a.y.total_cmp(&b.y)) else {
        return html! {};
    };
    let finding = format!(
        "{} reaches the most accounts, {}, and wins {} of decided deals",
        widest.name,
        Unit::Count.write(widest.y),
        numbers::percent(widest.x)
    );
    let mut frame = Frame::new("reach", finding);
    frame.note = Some(
        "Up: accounts of the segment in a list of a partner of the type. Across: win rate with such partners, 80% range, \
         steadied as above. Cells that reach no account are left out."
            .into(),
    );
    let axis = |label: &str, unit: Unit| Axis {
        label: label.to_owned(),
        unit,
    };
    scatter::draw(&Scatter {
        frame,
        x: axis("Win rate with partners", Unit::Percent),
        y: axis("Accounts reached", Unit::Count),
        points,
    })
}
