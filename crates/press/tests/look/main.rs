//! How the product looks: the text of every drawing, and the pages as a whole.

#[path = "../../examples/fixtures/mod.rs"]
mod fixtures;

mod drawings;
mod kept;
mod pages;
