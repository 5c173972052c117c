//! Plain text: wrapping, indenting and escaping for Markdown and terminals. Knows nothing of strategies.
