//! Columns of text as they come in: all cells in one buffer and where each ends. It must not know what a cell means.

/// The cells of one column, one for each row of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    text: String,
    ends: Vec<u32>,
}

impl Column {
    /// From all cells one after the other, and where each of them ends. None where the ends do not cut the text.
    pub fn new(text: String, ends: Vec<u32>) -> Option<Self> {
        let is_cut = |end: &u32| text.is_char_boundary(*end as usize);
        let whole = ends.last().map_or(0, |end| *end as usize) == text.len();
        (whole && ends.is_sorted() && ends.iter().all(is_cut)).then_some(Self { text, ends })
    }

    /// How many cells there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none: the list has no such column.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A cell; empty where the column does not reach so far.
    pub fn get(&self, row: usize) -> &str {
        let Some(end) = self.ends.get(row) else { return "" };
        let from = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[from as usize..*end as usize]
    }

    /// All cells one after the other, and where each of them ends: what [`Self::new`] takes.
    pub fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    /// The cells in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl<'c> FromIterator<&'c str> for Column {
    /// Cells beyond 4 GiB of text are left out: no reader hands in so much.
    fn from_iter<I: IntoIterator<Item = &'c str>>(cells: I) -> Self {
        let mut column = Self::default();
        for cell in cells {
            let Ok(end) = u32::try_from(column.text.len() + cell.len()) else {
                break;
            };
            column.text.push_str(cell);
            column.ends.push(end);
        }
        column
    }
}

/// A list of accounts: a column for each thing that companies are told apart by. A column that the list does not have is
/// empty, and every other one is as long as `id`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// The list's own name for each record.
    pub id: Column,
    /// Company names.
    pub name: Column,
    /// Websites, domains or e-mail addresses.
    pub website: Column,
    /// Countries: names or ISO codes.
    pub country: Column,
    /// Cities.
    pub city: Column,
    /// Numbers of employees, or ranges of them.
    pub employees: Column,
    /// Registration numbers: DUNS, LEI, VAT.
    pub identifier: Column,
    /// The companies above: the id or the name of another record of this list, or a website.
    pub parent: Column,
}

/// What a list says of one record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Row<'l> {
    /// The list's own name for it.
    pub id: &'l str,
    /// Its name.
    pub name: &'l str,
    /// Its website, domain or e-mail address.
    pub website: &'l str,
    /// Its country.
    pub country: &'l str,
    /// Its city.
    pub city: &'l str,
    /// Its number of employees.
    pub employees: &'l str,
    /// The company above it.
    pub parent: &'l str,
}

impl List {
    /// What it says of one record; empty beyond its end.
    pub fn row(&self, row: usize) -> Row<'_> {
        Row {
            id: self.id.get(row),
            name: self.name.get(row),
            website: self.website.get(row),
            country: self.country.get(row),
            city: self.city.get(row),
            employees: self.employees.get(row),
            parent: self.parent.get(row),
        }
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// The columns that are not there or not as long as `id`: the first that is too short or too long, by its name.
    pub(crate) fn misfit(&self) -> Option<&'static str> {
        [
            ("name", &self.name),
            ("website", &self.website),
            ("country", &self.country),
            ("city", &self.city),
            ("employees", &self.employees),
            ("identifier", &self.identifier),
            ("parent", &self.parent),
        ]
        .into_iter()
        .find(|(_, column)| !column.is_empty() && column.len() != self.len())
        .map(|(name, _)| name)
    }
}
