//! What the suites share: real browsers, a real display, a login page.
