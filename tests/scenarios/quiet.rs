//! "Talk to nobody."

use tests::account::Account;
use tests::login_page::LoginPage;
use tests::stage::{PASSWORD, Stage};
use tests::wait::LONG;

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
    let loaded = browser.loads().unwrap();
    let own = browser.popup("location.origin + '/'").unwrap();
    // A list without the style sheet would prove nothing.
    assert!(loaded.iter().any(|name| name.ends_with("popup.css")), "{loaded:?}");
    for name in loaded {
        assert!(name.starts_with(own.as_str().unwrap()), "{name}");
    }
    browser.wait_screen("list", LONG).unwrap();
    browser.fill(&id).unwrap();
    browser.wait_page("the code", "document.querySelector('#code').value.length === 6").unwrap();
    let asked = page.asked();
    assert!(
        asked.iter().all(|path| ["/", "/favicon.ico", "/control"].contains(&path.as_str())),
        "{asked:?}"
    );
}
