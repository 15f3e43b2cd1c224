//! "This one has my own picture."

use serde_json::json;
use tests::account::Account;
use tests::stage::Stage;
use tests::wait::{LONG, until};

use crate::KIND;

#[test]
fn an_account_gets_a_picture_which_its_row_shows_until_it_is_taken_away() {
    let accounts = [
        Account::plain("Harbour Light", "keeper@example.com", &[1; 20]),
        Account::plain("Gift Shop", "reader", &[2; 20]),
    ];
    let mut stage = Stage::unlocked(KIND, &accounts).unwrap();
    let browser = stage.browser.as_mut();
    let rows = browser.rows().unwrap();
    let id = &rows.iter().find(|row| row.issuer == "Harbour Light").unwrap().id;
    browser.click(&format!("[data-account=\"{id}\"] [data-do=menu]")).unwrap();
    browser.click("#menu [data-do=edit]").unwrap();
    browser.wait_screen("edit", LONG).unwrap();
    browser.click("[data-do=desk-picture]").unwrap();
    let page = until("the desk", LONG, || {
        Ok(browser
            .tabs()?
            .into_iter()
            .find(|tab| tab.ends_with(&format!("desk.html#picture/{id}"))))
    })
    .unwrap();
    browser.open(&page).unwrap();
    browser.wait_page("room for a file", "document.querySelector('#file') !== null").unwrap();

    browser.pick("notes.txt", b"this is no picture").unwrap();
    let refused =
        "document.querySelector('#alert').textContent.startsWith('This is not a picture')";
    browser.wait_page("a word about it", refused).unwrap();
    let mark = include_bytes!("../../extension/static/icons/unlocked-128.png");
    browser.pick("mark.png", mark).unwrap();
    let there = "document.querySelector('img#own')?.naturalWidth === 64";
    browser.wait_page("the picture", there).unwrap();
    // Another one, let go anywhere over the room for it.
    let was = browser.page("document.querySelector('img#own').src").unwrap();
    let locked = include_bytes!("../../extension/static/icons/locked-32.png");
    browser.let_go("locked.png", locked).unwrap();
    let other = format!("{there} && document.querySelector('img#own').src !== {was}");
    browser.wait_page("the other picture", &other).unwrap();
    let over = "document.querySelector('.drop').classList.contains('over')";
    assert_eq!(browser.page(over).unwrap(), json!(false), "nothing is held over it any more");
    // What was made anew has the keyboard as before.
    browser.page("(document.querySelector('#file').focus(), true)").unwrap();
    browser.pick("mark.png", mark).unwrap();
    let first = format!("{there} && document.querySelector('img#own').src === {was}");
    browser.wait_page("the first picture", &first).unwrap();
    let holds = "document.querySelector('main').ariaBusy === 'false' && document.activeElement?.id";
    assert_eq!(browser.page(holds).unwrap(), json!("file"));

    // In the list this row has it, and the other its letter.
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    let own =
        format!("document.querySelector('[data-account=\"{id}\"] img.own')?.naturalWidth === 64");
    browser.wait_popup("the picture in the row", &own).unwrap();
    assert_eq!(browser.popup("document.querySelectorAll('img.own').length").unwrap(), json!(1));
    browser.close_popup().unwrap();

    browser.page("(document.querySelector('[data-do=remove-picture]').click(), true)").unwrap();
    let gone = "document.querySelector('img#own') === null && document.querySelector('main').ariaBusy === 'false'";
    browser.wait_page("no picture", gone).unwrap();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.rows().unwrap();
    assert_eq!(browser.popup("document.querySelector('img.own') === null").unwrap(), json!(true));
}
