//! The cells of one row, side by side in one text. It must not know what a cell means.

/// A row of text cells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    text: String,
    // Where each cell ends in the text.
    ends: Vec<usize>,
}

impl Record {
    /// A row without cells.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Lets go of the cells and keeps their room.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Adds a cell.
    pub(crate) fn push_field(&mut self, cell: &str) {
        self.push_part(cell);
        self.end_field();
    }

    /// Adds to the cell in the making; [`Record::end_field`] makes it one of the row.
    pub(crate) fn push_part(&mut self, part: &str) {
        self.text.push_str(part);
    }

    /// Ends the cell in the making.
    pub(crate) fn end_field(&mut self) {
        self.ends.push(self.text.len());
    }

    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of all cells, one after the other.
    pub(crate) fn as_slice(&self) -> &str {
        &self.text
    }

    /// A cell, where the row has so many.
    pub(crate) fn get(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(from..end)
    }

    /// The cells in their order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.ends.iter().scan(0, |from, end| {
            let cell = self.text.get(*from..*end);
            *from = *end;
            cell
        })
    }
}

impl<'c> FromIterator<&'c str> for Record {
    fn from_iter<I: IntoIterator<Item = &'c str>>(cells: I) -> Self {
        let mut record = Self::new();
        cells.into_iter().for_each(|cell| record.push_field(cell));
        record
    }
}
