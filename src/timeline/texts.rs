//! Texts of a record that come again and again.

use std::collections::HashSet;
use std::sync::Arc;

use super::clean::clean;

/// Equal texts are kept once: most calls of a long run are written alike.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    pub(super) fn keep(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        // What had to be cleaned is kept clean, and would never be found as it was written.
        let text = clean(text);
        if let Some(known) = self.0.get(text.as_str()) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.0.insert(Arc::clone(&new));
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_also_when_it_had_to_be_cleaned() {
        let mut names = Names::default();
        for text in ["send(6)", "\u{1b}[2J"] {
            let first = names.keep(text);
            assert!(Arc::ptr_eq(&first, &names.keep(text)), "{text:?}");
        }
        assert_eq!(names.0.len(), 2);
    }
}
