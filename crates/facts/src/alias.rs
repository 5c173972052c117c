//! The names under which fields occur in exports, and which table a header speaks of. It must not look at rows.

use crate::catalogue::{Field, Table};

/// A name without regard to case, spaces, underscores and signs.
pub(crate) fn normalise(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// What a column of a source feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A field of the table.
    Field(&'static Field),
}

/// The target of this name in a table.
pub(crate) fn target(table: Table, name: &str) -> Option<Target> {
    table.field(name).map(Target::Field)
}

/// The message for a field that a table does not have.
pub(crate) fn no_such_field(table: Table, name: &str) -> String {
    let fields: Vec<&str> = table.fields().iter().map(|field| field.name).collect();
    format!("{} has no field `{name}`; it has {}", table.name(), fields.join(", "))
}
