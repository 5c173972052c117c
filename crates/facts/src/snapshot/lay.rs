//! Files laid over a table, key after key: which row's word stands, column by column, and what came of it. It must not
//! write anything, nor choose what is laid.
//!
//! A row of a later file changes the columns that its file speaks of, unless it was last modified before the row that is
//! there: then it changes nothing. A file that does not say when rows were modified is as new as its import.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, new_null_array};
use arrow_schema::DataType;
use rayon::prelude::*;

use super::{StageMove, TableChange};
use crate::catalogue::{MODIFIED_COLUMN, OWN_COLUMNS, Table};
use crate::error::FactsError;
use crate::rows::{BATCH_ROWS, Batch, RowColumn, length, own_columns};
use crate::spool::key::{Place, key_columns};
use crate::spool::merge::{Head, Merge, Run};
use crate::spool::number;
use crate::watch::{Phase, Watch};

/// What the batches hold that one batch to come is put together from, in bytes: 32 MiB, and the pieces that stay.
const HELD_BYTES: usize = 32 << 20;

/// Rows of one table from one place, in sorted runs of the same columns.
pub(super) struct Layer {
    pub(super) from: From,
    pub(super) columns: Vec<RowColumn>,
    pub(super) runs: Vec<Run>,
}

/// Where rows come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    /// Seen by comparing snapshots; whatever else tells the same stands above it.
    Seen,
    /// The snapshot before.
    Base,
    /// A file, by its place in the manifest.
    File(i32),
}

/// Whose rows a group of one key has.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    base: Option<Place>,
    of_files: bool,
    /// Of a list that the files do not speak of.
    is_of_another: bool,
}

/// One table's layers, the lower ones first, on their way to one.
pub(super) struct Laying {
    table: Table,
    columns: Vec<RowColumn>,
    modified: usize,
    /// Of each layer whether its rows speak of a class of columns.
    speaks: Vec<Vec<bool>>,
    /// The class of each column: columns of one class are spoken of by the same layers.
    classes: Vec<usize>,
    layers: Vec<From>,
    /// The layer of each run.
    layer_of: Vec<usize>,
    merge: Merge,
    whole: bool,
    /// Of partner accounts: the partners whose lists the files speak of. The lists of others are left alone.
    lists: Option<BTreeSet<String>>,
    /// The rows of the key at hand whose word counts, the later above the earlier, by layer.
    standing: Vec<(usize, Place)>,
    picks: Vec<Vec<Place>>,
    groups: Vec<Group>,
    change: TableChange,
    moves: BTreeMap<(String, String), u64>,
    last_stage: Option<(String, String)>,
}

/// Rows put together, and which of them are news.
pub(super) struct Laid {
    pub(super) batch: Batch,
    /// Of opportunities that are new, or in another stage than before: their row in the batch, and the stage before.
    pub(super) staged: Vec<(usize, Option<String>)>,
}

impl Laying {
    /// `whole`: rows of the base that no file holds go; where `lists` is given, only those of the partners in it.
    pub(super) fn new(
        table: Table,
        layers: Vec<Layer>,
        whole: bool,
        lists: Option<BTreeSet<String>>,
    ) -> Result<Self, FactsError> {
        let columns = united(table, layers.iter().map(|layer| layer.columns.as_slice()));
        let key = key_columns(table, &columns)?;
        let modified = columns.iter().position(|column| column.name == MODIFIED_COLUMN);
        let speaks = |layer: &Layer, name: &str| {
            let spoken = layer.columns.iter().find(|column| column.name == name);
            spoken.is_some_and(|column| column.spoken)
        };
        let mut patterns: Vec<Vec<bool>> = Vec::new();
        let mut classes = Vec::with_capacity(columns.len());
        for column in &columns {
            let pattern: Vec<bool> = layers.iter().map(|layer| speaks(layer, &column.name)).collect();
            let known = patterns.iter().position(|known| *known == pattern);
            classes.push(known.unwrap_or(patterns.len()));
            if known.is_none() {
                patterns.push(pattern);
            }
        }
        let (mut froms, mut layer_of, mut runs) = (Vec::new(), Vec::new(), Vec::new());
        for (at, layer) in layers.into_iter().enumerate() {
            froms.push(layer.from);
            for run in layer.runs {
                layer_of.push(at);
                runs.push(widened(run, layer.from, &layer.columns, &columns));
            }
        }
        Ok(Self {
            table,
            modified: modified.unwrap_or(columns.len()),
            standing: Vec::new(),
            picks: vec![Vec::new(); patterns.len()],
            speaks: patterns,
            classes,
            layers: froms,
            layer_of,
            merge: Merge::new(key, runs)?,
            whole,
            lists,
            columns,
            groups: Vec::new(),
            change: TableChange::none(table),
            moves: BTreeMap::new(),
            last_stage: None,
        })
    }

    /// The columns of what is laid: fields, then kept columns in the order of their coming, then our own.
    pub(super) fn columns(&self) -> &[RowColumn] {
        &self.columns
    }

    /// Lays everything, handing over the rows in the order of their keys. `watch` is told the rows done, with those that
    /// are counted in `done` already.
    pub(super) fn lay(
        mut self,
        watch: (&Watch, &AtomicU64, u64),
        mut take: impl FnMut(Laid) -> Result<(), FactsError>,
    ) -> Result<TableChange, FactsError> {
        let (watch, done, of) = watch;
        let (mut heads, mut rows) = (Vec::new(), 0);
        while self.merge.next_key(&mut heads)? {
            rows += heads.len() as u64;
            self.group(&heads);
            let full = self.groups.len() >= BATCH_ROWS || self.merge.held().gained() > HELD_BYTES;
            if full || self.merge.held().len() > BATCH_ROWS {
                let before = done.fetch_add(rows, Ordering::Relaxed);
                watch.at(Phase::Merging, (before + rows).min(of), of)?;
                rows = 0;
                self.flush(&mut take)?;
            }
        }
        self.flush(&mut take)?;
        self.change.stage_moves = moves(self.moves);
        Ok(self.change)
    }

    // Decides what stands of one key.
    fn group(&mut self, heads: &[Head]) {
        let mut group = Group::default();
        let mut standing = std::mem::take(&mut self.standing);
        standing.clear();
        let mut newest = None;
        for of_layer in heads.chunk_by(|one, two| self.layer_of[one.run] == self.layer_of[two.run]) {
            let modified = |head: &Head| {
                let (slot, row) = head.place;
                number(self.merge.held().column(slot, self.modified), row)
            };
            let head = match of_layer {
                [head] => head,
                _ => match of_layer.iter().max_by_key(|head| modified(head)) {
                    Some(head) => head,
                    None => continue,
                },
            };
            let layer = self.layer_of[head.run];
            match self.layers[layer] {
                From::Seen => {}
                From::Base => group.base = Some(head.place),
                From::File(_) => group.of_files = true,
            }
            if self.speaks[self.classes[self.modified]][layer] {
                let when = modified(head);
                if !standing.is_empty() && when < newest {
                    continue;
                }
                newest = when;
            }
            standing.push((layer, head.place));
        }
        group.is_of_another = self.is_of_another(group, &standing);
        if !self.is_left_out(group, &standing) {
            for (picks, speaks) in self.picks.iter_mut().zip(&self.speaks) {
                let last = standing.iter().rev().find(|(layer, _)| speaks[*layer]);
                picks.extend(last.or(standing.first()).map(|(_, place)| *place));
            }
            self.groups.push(group);
        }
        self.standing = standing;
    }

    // What the last of the standing rows says in a column.
    fn standing_text(&self, standing: &[(usize, Place)], name: &str) -> Option<&str> {
        let (_, (slot, row)) = standing.last()?;
        let at = self.columns.iter().position(|column| column.name == name)?;
        text(self.merge.held().column(*slot, at), *row)
    }

    fn is_of_another(&self, group: Group, standing: &[(usize, Place)]) -> bool {
        let Some(lists) = self.lists.as_ref().filter(|_| !group.of_files) else {
            return false;
        };
        let partner = self.standing_text(standing, "partner_id");
        !partner.is_some_and(|partner| lists.contains(partner))
    }

    // Rows that are gone; and a stage that was seen again, which is no entry.
    fn is_left_out(&mut self, group: Group, standing: &[(usize, Place)]) -> bool {
        if self.whole && group.base.is_some() && !group.of_files && !group.is_of_another {
            self.change.gone += 1;
            return true;
        }
        if self.table != Table::StageHistory || self.layers.first() != Some(&From::Seen) {
            return false;
        }
        if standing.is_empty() {
            return false;
        }
        let text = |name: &str| self.standing_text(standing, name).map(str::to_owned);
        let now = text("opportunity_id").zip(text("stage"));
        let only_seen = group.base.is_none() && !group.of_files;
        let again = only_seen && now.is_some() && now == self.last_stage;
        self.last_stage = now;
        again
    }

    // Puts the rows decided together.
    fn flush(&mut self, take: &mut impl FnMut(Laid) -> Result<(), FactsError>) -> Result<(), FactsError> {
        let held = self.merge.held();
        // A file of which no row was taken.
        if held.len() == 0 {
            return Ok(());
        }
        let batch: Batch = self
            .classes
            .par_iter()
            .enumerate()
            .map(|(column, class)| held.gather(column, &self.picks[*class]))
            .collect::<Result<_, _>>()?;
        let differs = self.differs(&batch);
        let stage = self.columns.iter().position(|column| column.name == "stage");
        let stage = stage.filter(|_| self.table == Table::Opportunities);
        let mut staged = Vec::new();
        for (row, (group, differs)) in self.groups.iter().zip(&differs).enumerate() {
            match (group.base, group.of_files) {
                (None, true) => self.change.added += 1,
                (Some(_), true) if *differs => self.change.changed += 1,
                (Some(_), true) => self.change.unchanged += 1,
                (Some(_), false) if !group.is_of_another => self.change.absent += 1,
                (_, false) => {}
            }
            let now = stage.and_then(|at| text(&batch[at], row));
            let before = stage.and_then(|at| {
                let (slot, row) = group.base?;
                text(held.column(slot, at), row)
            });
            match (before, now) {
                (Some(before), Some(now)) if *differs && before != now => {
                    let key = (before.to_owned(), now.to_owned());
                    *self.moves.entry(key).or_default() += 1;
                    staged.push((row, Some(before.to_owned())));
                }
                (None, Some(_)) if group.of_files => staged.push((row, None)),
                _ => {}
            }
        }
        if !self.groups.is_empty() {
            take(Laid { batch, staged })?;
        }
        self.groups.clear();
        self.picks.iter_mut().for_each(Vec::clear);
        self.merge.release();
        Ok(())
    }

    // Of each row whether a value differs from the base's, our own columns apart.
    fn differs(&self, batch: &Batch) -> Vec<bool> {
        let held = self.merge.held();
        let facts = self.columns.len() - OWN_COLUMNS.len();
        let (groups, classes, picks) = (&self.groups, &self.classes, &self.picks);
        let of_column = |column: usize| {
            let picks = &picks[classes[column]];
            let compared = groups.iter().zip(picks).enumerate();
            let (slots, new) = (held.len(), &batch[column]);
            let old: Vec<&ArrayRef> = (0..slots).map(|slot| held.column(slot, column)).collect();
            let compared = compared.filter_map(|(row, (group, pick))| Some((row, group.base?, *pick)));
            let moved = compared.filter(|(_, base, pick)| base != pick);
            different(&old, new, moved.map(|(row, base, _)| (row, base)))
        };
        let rows: Vec<Vec<usize>> = (0..facts).into_par_iter().map(of_column).collect();
        let mut differs = vec![false; self.groups.len()];
        for row in rows.into_iter().flatten() {
            differs[row] = true;
        }
        differs
    }
}

// The rows of `new` that are other than they were at their place in `old`.
fn different(old: &[&ArrayRef], new: &ArrayRef, rows: impl Iterator<Item = (usize, Place)>) -> Vec<usize> {
    match new.data_type() {
        DataType::Date32 => others(rows, value::<Date32Type>, old, new),
        DataType::Int64 => others(rows, value::<Int64Type>, old, new),
        DataType::Float64 => {
            let bits = |array, row| value::<Float64Type>(array, row).map(f64::to_bits);
            others(rows, bits, old, new)
        }
        _ => others(rows, text, old, new),
    }
}

fn others<'a, T: PartialEq>(
    rows: impl Iterator<Item = (usize, Place)>,
    value: impl Fn(&'a ArrayRef, usize) -> Option<T>,
    old: &[&'a ArrayRef],
    new: &'a ArrayRef,
) -> Vec<usize> {
    rows.filter(|(row, (slot, at))| value(new, *row) != value(old[*slot], *at))
        .map(|(row, _)| row)
        .collect()
}

fn value<T: arrow_array::ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> Option<T::Native> {
    let values = array.as_primitive_opt::<T>()?;
    values.is_valid(row).then(|| values.value(row))
}

fn text(array: &ArrayRef, row: usize) -> Option<&str> {
    let texts = array.as_string_opt::<i32>()?;
    texts.is_valid(row).then(|| texts.value(row))
}

// The most frequent first.
fn moves(counted: BTreeMap<(String, String), u64>) -> Vec<StageMove> {
    let mut moves: Vec<StageMove> = counted
        .into_iter()
        .map(|((from, to), opportunities)| StageMove {
            from,
            to,
            opportunities,
            way: None,
        })
        .collect();
    moves.sort_by_key(|moved| std::cmp::Reverse(moved.opportunities));
    moves
}

// The batches of a run under all columns, nulls where it has none, with the place of their file.
pub(super) fn widened(run: Run, from: From, columns: &[RowColumn], to: &[RowColumn]) -> Run {
    let place = |column: &RowColumn| columns.iter().position(|known| known.name == column.name);
    let file = to.iter().position(|column| column.name == OWN_COLUMNS[0]);
    let to: Vec<(Option<usize>, DataType)> = to.iter().map(|column| (place(column), column.kind.clone())).collect();
    Box::new(run.map(move |batch| {
        let batch = batch?;
        let rows = length(&batch);
        let column = |(at, kind): &(Option<usize>, DataType)| match at {
            Some(at) => Arc::clone(&batch[*at]),
            None => new_null_array(kind, rows),
        };
        let mut wide: Batch = to.iter().map(column).collect();
        if let (From::File(index), Some(at)) = (from, file) {
            wide[at] = Arc::new(Int32Array::from(vec![index; rows]));
        }
        Ok(wide)
    }))
}

// The columns of all layers: fields, then kept columns in the order of their coming, then our own.
fn united<'c>(table: Table, layers: impl Iterator<Item = &'c [RowColumn]>) -> Vec<RowColumn> {
    let mut columns: Vec<RowColumn> = Vec::new();
    for column in layers.flatten() {
        if OWN_COLUMNS.contains(&column.name.as_str()) {
            continue;
        }
        match columns.iter_mut().find(|known| known.name == column.name) {
            Some(known) => {
                known.sources.extend(column.sources.iter().cloned());
                known.sources.sort();
                known.sources.dedup();
                known.spoken |= column.spoken;
            }
            None => columns.push(column.clone()),
        }
    }
    let field = |column: &RowColumn| table.fields().iter().position(|field| field.name == column.name);
    columns.sort_by_key(|column| field(column).unwrap_or(usize::MAX));
    columns.extend(own_columns(true));
    columns
}
