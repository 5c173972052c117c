//! Whole HTML files with the style sheet inside. Knows the skeleton of a file and nothing of what is in it.
