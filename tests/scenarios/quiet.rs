//! "Talk to nobody."

use tests::account::Account;
use tests::login_page::LoginPage;
use tests::stage::{PASSWORD, Stage};

use crate::KIND;

#[test]
fn the_popup_loads_nothing_that_is_not_its_own() {
    let account = Account::plain("Harbour Light", "keeper", b"12345678901234567890");
    let page = LoginPage::open(account.clone()).unwrap();
    let mut stage = Stage::new(KIND, &[account]).unwrap();
    let browser = stage.browser.as_mut();
    browser.open(&page.single()).unwrap();
    browser.open_popup().unwrap();
    browser.unlock(PASSWORD).unwrap();
    let id = browser.rows().unwrap()[0].id.clone();
    let loaded =
        browser.popup("performance.getEntriesByType('resource').map(entry => entry.name)").unwrap();
    let loaded = loaded.as_array().unwrap();
    let own = browser.popup("location.origin + '/'").unwrap();
    // The style sheet at least: a list that is empty would prove nothing.
    assert!(!loaded.is_empty());
    for name in loaded {
        assert!(name.as_str().unwrap().starts_with(own.as_str().unwrap()), "{name}");
    }
    browser.fill(&id).unwrap();
    browser.wait_page("the code", "document.querySelector('#code').value.length === 6").unwrap();
    let asked = page.asked();
    assert!(asked.iter().all(|path| path == "/" || path == "/favicon.ico"), "{asked:?}");
}
