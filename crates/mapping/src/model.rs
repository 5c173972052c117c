//! The model compiled to arrays: boosted symmetric trees over bytes, added up in integers. It must not know what the bytes
//! mean, nor be changed by hand: `examples/train` writes it.
//!
//! Boosting of small trees against the logistic loss: Friedman, "Greedy function approximation: a gradient boosting
//! machine" (2001). Symmetric trees, which ask the same question at all nodes of a level, so that a pair's leaf is a
//! number of a few bits found without a branch: Prokhorenkova and others, "CatBoost" (2018).

/// The questions that one tree asks.
pub const DEPTH: usize = 6;
const LEAVES: usize = 1 << DEPTH;

/// Log-odds are in units of 1/1024.
pub const UNIT: f64 = 1024.0;

/// The pairs that are scored at a time, side by side.
const LANES: usize = 64;
/// The pairs that one thread takes at a time.
pub(crate) const PAIRS: usize = 64 * LANES;

/// One tree: a leaf for each combination of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Which byte each level asks for.
    pub feature: [u8; DEPTH],
    /// Yes where the byte is greater.
    pub threshold: [u8; DEPTH],
    /// What each combination of answers adds, in 1/1024 log-odds; the first question is the lowest bit.
    pub leaves: [i32; LEAVES],
}

/// A sum of trees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model {
    /// What everything starts from, in 1/1024 log-odds.
    pub start: i32,
    /// The trees.
    pub trees: Vec<Tree>,
}

impl Model {
    /// Reads a model as [`Model::write`] wrote it; none where it is not one over so many bytes.
    pub fn read(text: &str, features: usize) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        let start = lines.next()?.parse().ok()?;
        let tree = |line: &str| {
            let mut numbers = line.split(' ').map(str::parse::<i32>);
            let mut next = || numbers.next()?.ok();
            let mut tree = Tree {
                feature: [0; DEPTH],
                threshold: [0; DEPTH],
                leaves: [0; LEAVES],
            };
            for level in 0..DEPTH {
                tree.feature[level] = u8::try_from(next()?).ok().filter(|at| usize::from(*at) < features)?;
                tree.threshold[level] = u8::try_from(next()?).ok()?;
            }
            for leaf in &mut tree.leaves {
                *leaf = next()?;
            }
            next().is_none().then_some(tree)
        };
        let trees = lines.map(tree).collect::<Option<Vec<_>>>()?;
        Some(Self { start, trees })
    }

    /// The model as text: a line for each tree, questions first, then leaves.
    pub fn write(&self, about: &str) -> String {
        let mut text: String = about.lines().map(|line| format!("# {line}\n")).collect();
        text.push_str(&format!("{}\n", self.start));
        for tree in &self.trees {
            let questions = tree
                .feature
                .iter()
                .zip(&tree.threshold)
                .flat_map(|(feature, threshold)| [*feature, *threshold]);
            let numbers = questions.map(i32::from).chain(tree.leaves);
            text.push_str(&numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(" "));
            text.push('\n');
        }
        text
    }

    /// The log-odds of some rows of `N` bytes each, in 1/1024.
    pub fn score<const N: usize>(&self, rows: &[[u8; N]]) -> Vec<i32> {
        let mut scores = Vec::with_capacity(rows.len());
        let mut columns = [[0_u8; LANES]; N];
        for block in rows.chunks(LANES) {
            for (lane, row) in block.iter().enumerate() {
                for (column, byte) in columns.iter_mut().zip(row) {
                    column[lane] = *byte;
                }
            }
            let sums = self.lanes(&columns);
            scores.extend_from_slice(&sums[..block.len()]);
        }
        scores
    }

    // The loops over lanes have no branch, so that the compiler makes one instruction of sixteen lanes.
    fn lanes<const N: usize>(&self, columns: &[[u8; LANES]; N]) -> [i32; LANES] {
        let mut sums = [self.start; LANES];
        for tree in &self.trees {
            let mut leaves = [0_u8; LANES];
            for level in (0..DEPTH).rev() {
                let column = &columns[usize::from(tree.feature[level])];
                let threshold = tree.threshold[level];
                for (leaf, byte) in leaves.iter_mut().zip(column) {
                    *leaf = *leaf << 1 | u8::from(*byte > threshold);
                }
            }
            for (sum, leaf) in sums.iter_mut().zip(&leaves) {
                *sum += tree.leaves[usize::from(*leaf) % LEAVES];
            }
        }
        sums
    }
}

/// Log-odds in 1/1024 as a probability.
pub fn probability(score: i32) -> f64 {
    1.0 / (1.0 + (-f64::from(score) / UNIT).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> Model {
        let tree = Tree {
            feature: [0, 1, 1, 1, 1, 1],
            threshold: [9, 99, 255, 255, 255, 255],
            leaves: std::array::from_fn(|leaf| i32::try_from(leaf).unwrap() * 10),
        };
        Model {
            start: -5,
            trees: vec![tree],
        }
    }

    #[test]
    fn the_leaf_is_the_number_that_the_answers_spell() {
        assert_eq!(model().score(&[[0, 0], [10, 0], [0, 100], [200, 200]]), [-5, 5, 15, 25]);
        let many: Vec<[u8; 2]> = (0..=255).map(|byte| [byte, 255 - byte]).collect();
        let one_by_one: Vec<i32> = many.iter().flat_map(|row| model().score(&[*row])).collect();
        assert_eq!(model().score(&many), one_by_one);
    }

    #[test]
    fn what_is_written_is_read() {
        let text = model().write("a model\nof two bytes");
        assert_eq!(Model::read(&text, 2), Some(model()));
        assert_eq!(Model::read(&text, 1), None);
        assert_eq!(Model::read("", 2), None);
        assert_eq!(Model::read("0\n1 2 3", 2), None);
    }
}
