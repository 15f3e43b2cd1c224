//! A browser that shows one page, as the suite `fill` needs it.
//!
//! Never here: which browser.

use anyhow::Result;

/// See the module.
pub(crate) trait Window {
    /// Shows the page.
    fn open(&mut self, url: &str) -> Result<()>;
    /// Number of documents: the page's own and its iframes.
    #[allow(dead_code, reason = "the suite `widgets` has no iframes")]
    fn documents(&mut self) -> Result<usize>;
    /// Evaluates an expression in a document, in a world that the page can't reach. The expression
    /// gives a promise of text.
    fn evaluate(&mut self, document: usize, expression: &str) -> Result<String>;
}
