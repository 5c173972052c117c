//! Waiting times: the remission data of 6-MP and a table with competing ends, through the public estimator.
//! Must not test what `incidence`'s own tests do.

use beachhead_foresight::incidence::{End, Spell, aalen_johansen};

use crate::assert_near;

#[test]
fn nelson_and_aalen_of_the_6_mp_remissions() {
    // Freireich et al. 1963; the estimates are in every textbook (from memory), and recomputed here: the sum of the
    // shares of those at risk that relapse, read off the curve's points.
    let spell = |days, end, count| Spell { days, end, count };
    let relapsed = [(6, 3), (7, 1), (10, 1), (13, 1), (16, 1), (22, 1), (23, 1)];
    let open = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35];
    let spells: Vec<Spell> = relapsed
        .iter()
        .map(|&(week, count)| spell(week, End::Won, count))
        .chain(open.map(|week| spell(week, End::Open, 1)))
        .collect();
    let mut hazard = 0.0;
    let mut before = 1.0;
    let expected = [0.1429, 0.2017, 0.2683, 0.3517, 0.4426, 0.5854, 0.7521];
    for (point, expected) in aalen_johansen(&spells).points.iter().zip(expected) {
        hazard += 1.0 - point.surviving / before;
        before = point.surviving;
        assert_near(hazard, expected, 5e-5);
    }
}

#[test]
fn losses_that_compete_are_not_losses_that_are_censored() {
    // Ten waits: 0.472222 by Aalen & Johansen. To take losses as still open (one minus Kaplan-Meier, by hand below)
    // says 0.5733, since it counts on winning what was lost.
    let days = [2, 3, 3, 4, 5, 6, 7, 8, 9, 10];
    let wins = [true, false, true, false, false, true, false, true, false, false];
    let lost = [false, true, false, false, true, false, false, false, true, false];
    let spells = |lost_as: End| -> Vec<Spell> {
        (0..10)
            .map(|i| Spell {
                days: days[i],
                end: if wins[i] {
                    End::Won
                } else if lost[i] {
                    lost_as
                } else {
                    End::Open
                },
                count: 1,
            })
            .collect()
    };
    let won = |lost_as| aalen_johansen(&spells(lost_as)).at(10).unwrap().won;
    assert_near(won(End::Lost), 0.472_222, 5e-7);
    let by_hand = 1.0 - (9.0 / 10.0) * (8.0 / 9.0) * (4.0 / 5.0) * (2.0 / 3.0);
    assert_near(won(End::Open), by_hand, 1e-12);
}
