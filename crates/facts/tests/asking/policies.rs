//! Attribution on made-up stars, against a plain loop over every touch, and what must hold for any two policies.

use beachhead_facts::attribute::{Classes, MoveFilter, TouchQuestion, classes, compare, touches};
use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Selection, rows};
use beachhead_facts::{Star, Tables};
use beachhead_strategy::{AttributionPolicy, Bearing, Class, Credit, TouchKind};
use jiff::civil::Date;
use proptest::prelude::*;

use crate::day;

const ACCOUNTS: usize = 3;
const PARTNERS: usize = 3;
const KINDS: [TouchKind; 4] = [
    TouchKind::Intro,
    TouchKind::Referral,
    TouchKind::JointMeeting,
    TouchKind::Reference,
];

#[derive(Debug, Clone)]
struct Deal {
    account: usize,
    created: Option<i32>,
    closed: Option<i32>,
    is_open: bool,
    amount: i32,
}

/// `about`: an opportunity, or past them an account alone.
#[derive(Debug, Clone)]
struct Touch {
    about: usize,
    partner: usize,
    kind: TouchKind,
    on: i32,
    recorded: i32,
}

/// Account, partner and day of a list.
type Overlap = (usize, usize, i32);

#[derive(Debug, Clone)]
struct World {
    deals: Vec<Deal>,
    touches: Vec<Touch>,
    overlaps: Vec<Overlap>,
}

fn deal() -> impl Strategy<Value = Deal> {
    let days = (proptest::option::weighted(0.9, 0..90_i32), 0..40_i32, any::<bool>());
    (0..=ACCOUNTS, days, 0..1_000_i32).prop_map(|(account, (created, length, is_open), amount)| Deal {
        account,
        created,
        closed: created.map(|day| day + length).filter(|_| !is_open),
        is_open,
        amount,
    })
}

fn touch() -> impl Strategy<Value = Touch> {
    let kind = proptest::sample::select(&KINDS[..]);
    (0..20_usize, 0..PARTNERS, kind, 0..100_i32, 0..30_i32).prop_map(|(about, partner, kind, on, later)| Touch {
        about,
        partner,
        kind,
        on,
        recorded: on + later,
    })
}

prop_compose! {
    fn world()(
        deals in proptest::collection::vec(deal(), 1..12),
        touches in proptest::collection::vec(touch(), 0..30),
        overlaps in proptest::collection::vec((0..ACCOUNTS, 0..PARTNERS, 0..100_i32), 0..4),
    ) -> World {
        World { deals, touches, overlaps }
    }
}

prop_compose! {
    fn policy()(
        sourced_by in proptest::sample::subsequence(&KINDS[..], 0..=KINDS.len()),
        window_days in 0..40_u32,
        needs_no_open_opportunity in any::<bool>(),
        lock_days in proptest::option::of(0..20_u32),
        credit in proptest::sample::select(Credit::ALL),
    ) -> AttributionPolicy {
        AttributionPolicy {
            sourced_by, window_days, needs_no_open_opportunity, lock_days, credit,
            ..AttributionPolicy::default()
        }
    }
}

fn date(number: i32) -> Date {
    day("2026-01-01")
        .checked_add(jiff::Span::new().days(i64::from(number)))
        .expect("within 2026")
}

fn shown(number: Option<i32>) -> String {
    number.map_or(String::new(), |number| date(number).to_string())
}

impl World {
    /// The opportunity that a touch names, or else the account.
    fn about(&self, touch: &Touch) -> (Option<usize>, usize) {
        if touch.about < self.deals.len() {
            (Some(touch.about), self.deals[touch.about].account)
        } else {
            (None, touch.about % ACCOUNTS)
        }
    }

    fn star(&self) -> Star {
        let numbered = |letter: &str, count: usize| -> Vec<[String; 2]> {
            (0..count)
                .map(|nth| [format!("{letter}{nth}"), format!("{letter}{nth} named")])
                .collect()
        };
        let deals = self.deals.iter().enumerate().map(|(nth, deal)| {
            [
                format!("o{nth:02}"),
                format!("a{}", deal.account),
                shown(deal.created),
                shown(deal.closed),
                if deal.is_open { "open" } else { "won" }.to_owned(),
                deal.amount.to_string(),
            ]
        });
        let touches = self.touches.iter().enumerate().map(|(nth, touch)| {
            let (deal, account) = self.about(touch);
            [
                format!("t{nth}"),
                deal.map_or(String::new(), |deal| format!("o{deal:02}")),
                if deal.is_none() {
                    format!("a{account}")
                } else {
                    String::new()
                },
                format!("p{}", touch.partner),
                touch.kind.to_string(),
                shown(Some(touch.on)),
                shown(Some(touch.recorded)),
            ]
        });
        let overlaps = self.overlaps.iter().enumerate().map(|(nth, (account, partner, on))| {
            let name = format!("a{account} named");
            [format!("p{partner}"), format!("x{nth}"), name, shown(Some(*on))]
        });
        let deal = [
            "opportunity_id",
            "account_id",
            "created_on",
            "closed_on",
            "status",
            "amount",
        ];
        let touch = [
            "touch_id",
            "opportunity_id",
            "account_id",
            "partner_id",
            "kind",
            "on",
            "recorded_at",
        ];
        let overlap = ["partner_id", "external_id", "name", "as_of"];
        let tables = Tables::default()
            .with(Table::Accounts, &["account_id", "name"], &numbered("a", ACCOUNTS))
            .with(Table::Partners, &["partner_id", "name"], &numbered("p", PARTNERS))
            .with(Table::Opportunities, &deal, &deals.collect::<Vec<_>>())
            .with(Table::Touches, &touch, &touches.collect::<Vec<_>>())
            .with(Table::PartnerAccounts, &overlap, &overlaps.collect::<Vec<_>>());
        Star::build(tables, None)
    }

    fn is_known(&self, deal: usize, as_of: i32) -> bool {
        self.deals[deal].created.is_none_or(|created| created <= as_of)
    }

    /// By the words of the policy, touch by touch: the class, whether a claim came after the lock, the partners credited.
    fn plain(&self, deal: usize, policy: &AttributionPolicy, as_of: i32) -> (Class, bool, Vec<usize>) {
        let it = &self.deals[deal];
        let mut touches: Vec<&Touch> = self
            .touches
            .iter()
            .filter(|touch| touch.on <= as_of && touch.recorded <= as_of)
            .filter(|touch| {
                let (own, account) = self.about(touch);
                own == Some(deal) || (own.is_none() && account == it.account)
            })
            .collect();
        touches.sort_by_key(|touch| (touch.on, touch.partner));
        let had_open = |on: i32| {
            let others = self.deals.iter().enumerate().filter(|(other, _)| *other != deal);
            let mut others = others.filter(|(_, other)| other.account == it.account && it.account < ACCOUNTS);
            others.any(|(_, other)| {
                other.created.is_some_and(|created| created < on)
                    && (other.is_open || other.closed.is_some_and(|closed| closed > on))
            })
        };
        let (mut sourcing, mut influencing, mut late) = (Vec::new(), Vec::new(), false);
        for touch in touches {
            let claims = policy.sourced_by.contains(&touch.kind)
                && it.created.is_some_and(|created| {
                    created >= touch.on && i64::from(created - touch.on) <= i64::from(policy.window_days)
                })
                && !(policy.needs_no_open_opportunity && had_open(touch.on));
            let delay = touch.recorded - it.created.unwrap_or(touch.recorded);
            let in_time = policy.lock_days.is_none_or(|lock| i64::from(delay) <= i64::from(lock));
            if claims && in_time {
                sourcing.push(touch.partner);
            }
            late |= claims && !in_time;
            let begun = it
                .created
                .map_or(self.about(touch).0.is_some(), |created| touch.on >= created);
            let closed = it.closed.filter(|closed| *closed <= as_of);
            if begun && closed.is_none_or(|closed| touch.on <= closed) {
                influencing.push(touch.partner);
            }
        }
        let mut lists: Vec<&Overlap> = self.overlaps.iter().collect();
        lists.sort_by_key(|(account, partner, on)| (*on, *partner, *account));
        let lists = lists
            .into_iter()
            .filter(|(account, _, on)| *account == it.account && *on <= as_of);
        let present: Vec<usize> = lists.map(|(_, partner, _)| *partner).collect();
        let (class, partners) = if !sourcing.is_empty() {
            (Class::Sourced, sourcing)
        } else if !influencing.is_empty() {
            (Class::Influenced, influencing)
        } else if present.is_empty() {
            (Class::Direct, present)
        } else {
            (Class::Present, present)
        };
        (
            class,
            late && class != Class::Sourced,
            credited(&partners, policy.credit),
        )
    }
}

fn credited(partners: &[usize], credit: Credit) -> Vec<usize> {
    match credit {
        Credit::Earliest => partners.first().copied().into_iter().collect(),
        Credit::Last => partners.last().copied().into_iter().collect(),
        Credit::EqualShares => {
            let mut each = Vec::new();
            for partner in partners {
                if !each.contains(partner) {
                    each.push(*partner);
                }
            }
            each
        }
    }
}

/// Class, late claim and partners of each opportunity known on the day.
fn found(star: &Star, policy: &AttributionPolicy, as_of: i32) -> Vec<(String, Class, bool, String)> {
    let selection = Selection {
        key: Vec::new(),
        filter: None,
        scope: None,
        measure: None,
        as_of: date(as_of),
        segments: Vec::new(),
        policy: policy.clone(),
    };
    let rows = rows(star, &selection).expect("a plain selection");
    rows.into_iter()
        .map(|row| (row.opportunity_id, row.class, row.claimed_after_lock, row.partner))
        .collect()
}

fn of_class(classes: &Classes, class: Class) -> u64 {
    classes
        .classes
        .iter()
        .find(|count| count.class == class)
        .map_or(0, |count| count.opportunities)
}

fn ledger(policy: &AttributionPolicy, as_of: i32, opportunity: Option<String>) -> TouchQuestion {
    TouchQuestion {
        policy: policy.clone(),
        as_of: date(as_of),
        opportunity,
        partner: None,
        bearing: None,
        offset: 0,
        limit: 1_000,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_plain_loop_gives_the_same_classes(world in world(), policy in policy(), as_of in 0..130_i32) {
        let star = world.star();
        let expected: Vec<(String, Class, bool, String)> = (0..world.deals.len())
            .filter(|deal| world.is_known(*deal, as_of))
            .map(|deal| {
                let (class, late, partners) = world.plain(deal, &policy, as_of);
                let names: Vec<String> = partners.iter().map(|partner| format!("p{partner} named")).collect();
                (format!("o{deal:02}"), class, late, names.join("; "))
            })
            .collect();
        prop_assert_eq!(found(&star, &policy, as_of), expected.clone());
        // Asked again, and with the version that wrote the rules another: the same.
        let renumbered = AttributionPolicy { version: 9, ..policy.clone() };
        prop_assert_eq!(found(&star, &renumbered, as_of), expected.clone());

        let counted = classes(&star, &policy, date(as_of));
        prop_assert_eq!(counted.known, expected.len() as u64);
        for class in Class::ALL {
            let of_it: Vec<_> = expected.iter().filter(|(_, other, ..)| other == class).collect();
            prop_assert_eq!(of_class(&counted, *class), of_it.len() as u64);
            let credits = counted.partners.iter().filter(|credit| credit.class == *class);
            let (n, amount) = credits.fold((0, 0), |(n, amount), credit| (n + credit.opportunities, amount + credit.amount_minor));
            let of_class = counted.classes.iter().find(|count| count.class == *class).expect("every class");
            if *class != Class::Direct {
                prop_assert_eq!(amount, of_class.amount_minor);
                prop_assert!(n == of_class.opportunities || (policy.credit == Credit::EqualShares && n > of_class.opportunities));
            }
        }
    }

    #[test]
    fn wider_windows_and_no_lock_take_no_sourcing_away(world in world(), policy in policy(), more in 0..40_u32, as_of in 0..130_i32) {
        let star = world.star();
        let wide = AttributionPolicy { window_days: policy.window_days + more, ..policy.clone() };
        let unlocked = AttributionPolicy { lock_days: None, ..policy.clone() };
        for lenient in [wide, unlocked] {
            let compared = compare(&star, &policy, &lenient, date(as_of));
            prop_assert!(compared.moves.iter().all(|count| count.from != Class::Sourced || count.to == Class::Sourced));
            prop_assert!(of_class(&compared.after, Class::Sourced) >= of_class(&compared.before, Class::Sourced));
        }
    }

    #[test]
    fn what_moves_there_moves_back(world in world(), one in policy(), other in policy(), as_of in 0..130_i32) {
        let star = world.star();
        let (there, back) = (compare(&star, &one, &other, date(as_of)), compare(&star, &other, &one, date(as_of)));
        let all = MoveFilter::default();
        let (moved, returned) = (there.listed(&star, &all, 0, 100), back.listed(&star, &all, 0, 100));
        prop_assert_eq!(moved.0, returned.0);
        for (to, fro) in moved.1.iter().zip(&returned.1) {
            prop_assert_eq!((&to.opportunity_id, to.from, to.to), (&fro.opportunity_id, fro.to, fro.from));
            prop_assert_eq!((&to.partners_from, &to.partners_to), (&fro.partners_to, &fro.partners_from));
            prop_assert!(to.from != to.to || to.partners_from != to.partners_to);
        }
        let counted: u64 = there.moves.iter().map(|count| count.opportunities).sum();
        prop_assert_eq!((counted, there.change_class() + there.change_partners()), (moved.0, moved.0));
        for count in &there.moves {
            let filter = MoveFilter { from: Some(count.from), to: Some(count.to), partner: None };
            let (n, listed) = there.listed(&star, &filter, 0, 100);
            prop_assert_eq!((n, listed.len() as u64), (count.opportunities, count.opportunities));
            let amount: i64 = listed.iter().filter_map(|one| one.amount_minor).sum();
            prop_assert_eq!(amount, count.amount_minor);
            let mirrored = back.moves.iter().find(|other| (other.from, other.to) == (count.to, count.from));
            prop_assert_eq!(mirrored.map(|other| other.opportunities), Some(count.opportunities));
        }
        for (met, mirrored) in there.partners.iter().zip(&back.partners) {
            prop_assert_eq!((met.class, &met.partner_id), (mirrored.class, &mirrored.partner_id));
            prop_assert_eq!((met.lost, met.gained, met.amount_minor), (mirrored.gained, mirrored.lost, -mirrored.amount_minor));
        }
        // Class by class: what was there, less what left, and what came, is what is there then.
        for class in Class::ALL {
            let sum = |side: fn(&beachhead_facts::attribute::MoveCount) -> Class| {
                let counts = there.moves.iter().filter(|count| side(count) == *class && count.from != count.to);
                counts.map(|count| count.opportunities).sum::<u64>()
            };
            let (left, came) = (sum(|count| count.from), sum(|count| count.to));
            prop_assert_eq!(of_class(&there.before, *class) + came, of_class(&there.after, *class) + left);
        }
    }

    #[test]
    fn the_ledger_tells_why_each_opportunity_is_in_its_class(world in world(), policy in policy(), as_of in 0..130_i32) {
        let star = world.star();
        for (id, class, late, partners) in found(&star, &policy, as_of) {
            let told = touches(&star, &ledger(&policy, as_of, Some(id))).expect("a known opportunity");
            let came = |bearing: Bearing| told.rows.iter().any(|row| row.came_to == bearing);
            let expected = if came(Bearing::Sources) {
                Class::Sourced
            } else if came(Bearing::Influences) {
                Class::Influenced
            } else {
                class
            };
            prop_assert_eq!(class, expected);
            if class == Class::Present || class == Class::Direct {
                prop_assert!(!came(Bearing::Sources) && !came(Bearing::Influences));
                prop_assert_eq!(late, came(Bearing::Late));
            }
            for row in told.rows.iter().filter(|row| row.credited) {
                prop_assert!(partners.contains(&row.partner));
            }
        }
        let all = touches(&star, &ledger(&policy, as_of, None)).expect("a plain question");
        let known = world.touches.iter().filter(|touch| touch.on <= as_of && touch.recorded <= as_of).count() as u64;
        let (acts, records) = all.counts.iter().fold((0, 0), |(acts, records), count| (acts + count.touches, records + count.records));
        prop_assert_eq!((all.found, all.rows.len() as u64, records), (known, known, known));
        let again = all.rows.iter().filter(|row| row.same_as.is_some()).count() as u64;
        prop_assert_eq!(acts + again, records);
    }

    #[test]
    fn what_was_recorded_later_is_not_seen(world in world(), policy in policy(), as_of in 0..130_i32) {
        let known = |touch: &&Touch| touch.on <= as_of && touch.recorded <= as_of;
        let then = World { touches: world.touches.iter().filter(known).cloned().collect(), ..world.clone() };
        // The touches of the earlier world name the same opportunities: none comes or goes.
        prop_assert_eq!(found(&world.star(), &policy, as_of), found(&then.star(), &policy, as_of));
        let told = |star: &Star| touches(star, &ledger(&policy, as_of, None)).expect("a plain question").counts;
        prop_assert_eq!(told(&world.star()), told(&then.star()));
    }
}
