//! "Take all of this over", "give me all of it", and "bring it back".

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use tests::account::Account;
use tests::browser::{Browser, Kind};
use tests::home::Home;
use tests::stage::{PASSWORD, Stage};
use tests::wait::LONG;

use crate::KIND;

/// The backups password.
const BACKUPS: &str = "seven purple kettles hum at dawn";

fn account() -> Account {
    Account::plain("Harbour Light", "keeper@example.com", b"12345678901234567890")
}

/// Opens the desk in the tab, as the popup's button does.
fn desk(browser: &mut dyn Browser, errand: &str) {
    let page = format!("new URL('desk.html#{errand}', location.href).href");
    let page = browser.popup(&page).unwrap().as_str().unwrap().to_owned();
    browser.close_popup().unwrap();
    browser.open(&page).unwrap();
}

/// Waits for a screen of the desk.
fn screen(browser: &mut dyn Browser, name: &str) {
    let there = format!("document.querySelector('main')?.dataset.screen === {}", json!(name));
    browser.wait_page(&format!("the desk's screen `{name}`"), &there).unwrap();
}

fn wait(browser: &mut dyn Browser, what: &str) {
    let idle = format!("document.querySelector('main')?.ariaBusy === 'false' && ({what})");
    browser.wait_page(what, &idle).unwrap();
}

fn enter(browser: &mut dyn Browser, selector: &str, text: &str) {
    let script = format!(
        "(() => {{ const f = document.querySelector({}); f.value = {}; \
         f.dispatchEvent(new Event('change', {{bubbles: true}})); return true; }})()",
        json!(selector),
        json!(text)
    );
    assert_eq!(browser.page(&script).unwrap(), true);
}

fn click(browser: &mut dyn Browser, selector: &str) {
    wait(browser, &format!("document.querySelector({}) !== null", json!(selector)));
    browser.page(&format!("(document.querySelector({}).click(), true)", json!(selector))).unwrap();
}

fn text(browser: &mut dyn Browser, selector: &str) -> String {
    let script = format!("document.querySelector({})?.textContent ?? ''", json!(selector));
    browser.page(&script).unwrap().as_str().unwrap().to_owned()
}

fn listed(home: &Home) -> String {
    let list = home.cli(&["list", "--password-stdin"], &format!("{PASSWORD}\n")).unwrap();
    String::from_utf8(list.stdout).unwrap()
}

/// Sets the backups password on the desk; gives back the folder that they go to. What is shown before is looked at.
fn set_backups(stage: &mut Stage) -> PathBuf {
    let folder = stage.home.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let browser = stage.browser.as_mut();
    desk(browser, "backups");
    screen(browser, "backups");
    wait(browser, "document.querySelector('#set-backups') !== null");
    look(browser, "backups-none");
    enter(browser, "#folder", folder.to_str().unwrap());
    enter(browser, "#new-password", BACKUPS);
    enter(browser, "#again", BACKUPS);
    enter(browser, "#master", PASSWORD);
    click(browser, "#set-backups [data-do=submit]");
    wait(browser, "document.querySelector('#state') !== null");
    folder
}

#[test]
fn another_apps_export_comes_in_after_a_look_at_it() {
    let shop = |seed| Account::plain("Gift Shop", "reader", seed);
    let mut stage = Stage::unlocked(KIND, &[account(), shop(&[2; 20])]).unwrap();
    let browser = stage.browser.as_mut();
    desk(browser, "import");
    screen(browser, "import");
    let sample =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../host/tests/import/files/aegis-sealed.json");
    browser.pick("aegis.json", &fs::read(sample).unwrap()).unwrap();
    wait(browser, "document.querySelector('#read') !== null");
    enter(browser, "#password", "not the one");
    click(browser, "#read [data-do=submit]");
    wait(browser, "document.querySelector('#alert').textContent !== ''");
    enter(browser, "#password", "pass wörd");
    click(browser, "#read [data-do=submit]");
    wait(browser, "document.querySelector('#report') !== null");
    assert!(text(browser, ".counts").contains("new"));
    assert!(!listed(&stage.home).contains("alice"), "a preview adds nothing");

    let browser = stage.browser.as_mut();
    click(browser, "[data-do=take-in]");
    wait(browser, "document.querySelector('[data-do=take-in]') === null");
    assert!(text(browser, ".counts").contains("added"));
    assert!(1 < listed(&stage.home).lines().count());

    // What is at odds is asked about, and the answer holds.
    let browser = stage.browser.as_mut();
    click(browser, ".errands [data-do=import]");
    let uri = account().uri().replace("keeper", "warden");
    wait(browser, "document.querySelector('#file') !== null");
    browser.pick("list.txt", uri.as_bytes()).unwrap();
    wait(browser, "document.querySelector('#choice-0') !== null");
    enter(browser, "#choice-0", "replace");
    click(browser, "[data-do=take-in]");
    wait(browser, "document.querySelector('[data-do=take-in]') === null");
    let list = listed(&stage.home);
    assert!(list.contains("warden") && !list.contains("keeper"), "{list}");

    // Where there are several, one choice is for all of them, and the button says what it comes to.
    let browser = stage.browser.as_mut();
    click(browser, ".errands [data-do=import]");
    wait(browser, "document.querySelector('#file') !== null");
    let renamed = account().uri().replace("keeper", "first");
    let other = shop(b"a seed of twenty now").uri();
    let fresh = "otpauth://totp/New:one?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJR";
    let list = format!("{renamed}\n{other}\n{fresh}\n");
    browser.pick("list.txt", list.as_bytes()).unwrap();
    wait(browser, "document.querySelector('#choice-1') !== null");
    assert_eq!(text(browser, "[data-do=take-in]"), "Import 3 accounts");
    enter(browser, "#choice-all", "keep");
    assert_eq!(text(browser, "[data-do=take-in]"), "Import 1 account");
    let chosen = "[...document.querySelectorAll('[id^=choice-]')].map((c) => c.value).join()";
    assert_eq!(browser.page(chosen).unwrap(), "keep,keep,keep");
    enter(browser, "#choice-1", "both");
    assert_eq!(text(browser, "[data-do=take-in]"), "Import 2 accounts");
    assert_eq!(browser.page(chosen).unwrap(), ",keep,both");
    enter(browser, "#choice-all", "keep");
    click(browser, "[data-do=take-in]");
    wait(browser, "document.querySelector('[data-do=take-in]') === null");
    let list = listed(&stage.home);
    assert!(list.contains("one") && !list.contains("first"), "{list}");
    assert_eq!(list.matches("reader").count(), 1, "{list}");

    // What is completed is named, before and after, and never with what.
    let browser = stage.browser.as_mut();
    click(browser, ".errands [data-do=import]");
    wait(browser, "document.querySelector('#file') !== null");
    let Account { issuer, label, .. } = shop(&[2; 20]);
    let entry = json!({
        "kind": "totp", "issuer": issuer, "label": label, "secret": shop(&[2; 20]).base32(),
        "note": "from a wren", "sites": ["example.com"], "spares": [{ "code": "wren-4711" }],
    });
    let export = json!({ "countersign": "export", "version": 1, "entries": [entry] });
    browser.pick("export.json", export.to_string().as_bytes()).unwrap();
    wait(browser, "document.querySelector('#report') !== null");
    let completed = "Gift Shop (reader)Note · Websites · Backup codes of this site";
    assert_eq!(text(browser, ".items"), completed);
    assert!(!text(browser, "main").contains("wren"));
    look(browser, "import-completing");
    click(browser, "[data-do=take-in]");
    wait(browser, "document.querySelector('[data-do=take-in]') === null");
    assert_eq!(text(browser, ".items"), completed);
    look(browser, "import-completed");

    // What is let go over the desk is read as what is picked, and so is what is pasted, a text without a file too.
    let file = "all.items.add(new File([text], 'list.txt'))";
    let hands = [
        ("a file let go", file, "DragEvent('drop', {bubbles: true, dataTransfer: all})"),
        ("a file pasted", file, "ClipboardEvent('paste', {bubbles: true, clipboardData: all})"),
        (
            "a text pasted",
            "all.setData('text/plain', text)",
            // Firefox takes the second form.
            "ClipboardEvent('paste', {bubbles: true, clipboardData: all, dataType: 'text/plain', data: text})",
        ),
    ];
    // Firefox makes no event with a file that is pasted.
    for (what, give, event) in
        hands.into_iter().filter(|(what, ..)| KIND == Kind::Chromium || *what != "a file pasted")
    {
        click(browser, ".errands [data-do=import]");
        wait(browser, "document.querySelector('#file') !== null");
        let script = format!(
            "(() => {{ const all = new DataTransfer(); const text = 'otpauth://totp/Late:two?secret=GEZDGNBVGY3TQOJQ'; \
             {give}; document.body.dispatchEvent(new {event}); return {}; }})()",
            json!(what)
        );
        assert_eq!(browser.page(&script).unwrap(), what);
        wait(browser, &format!("document.querySelector('#report') !== null /* {what} */"));
        assert_eq!(text(browser, "[data-do=take-in]"), "Import 1 account", "{what}");
    }

    // What is wrong with a file is said, each in words of its own, and the vault stays as it is.
    let before = fs::read(stage.home.vault()).unwrap();
    let sealed = fs::read(sample).unwrap();
    let plain = fs::read(sample.replace("-sealed", "")).unwrap();
    let mut newer: serde_json::Value = serde_json::from_slice(&plain).unwrap();
    newer["version"] = json!(99);
    let mut said = Vec::new();
    for file in
        [&b"Dear reader,"[..], &sealed[..sealed.len() / 2], newer.to_string().as_bytes(), &sealed]
    {
        let browser = stage.browser.as_mut();
        click(browser, ".errands [data-do=import]");
        wait(browser, "document.querySelector('#file') !== null");
        browser.pick("file.json", file).unwrap();
        if file == sealed {
            wait(browser, "document.querySelector('#read') !== null");
            enter(browser, "#password", "not the one");
            click(browser, "#read [data-do=submit]");
        }
        wait(browser, "document.querySelector('#alert').textContent !== ''");
        said.push(text(browser, "#alert"));
    }
    said.sort();
    said.dedup();
    assert_eq!(said.len(), 4, "{said:?}");
    assert!(fs::read(stage.home.vault()).unwrap() == before);
}

/// Files of many pieces, put away and replaced before the first piece has been read.
#[test]
fn of_files_that_were_put_away_nothing_is_read() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    desk(browser, "import");
    screen(browser, "import");
    wait(browser, "document.querySelector('#file') !== null");
    // That files can be let go here is seen while they are held over it.
    // Both in one look: what is drawn anew in between forgets it.
    for (event, is_over) in [("dragenter", true), ("dragleave", false)] {
        let over = format!(
            "(document.dispatchEvent(new DragEvent('{event}')), \
             document.querySelector('.drop').classList.contains('over'))"
        );
        assert_eq!(browser.page(&over).unwrap(), is_over, "{event}");
    }
    let script = "(() => { \
        const pick = (...files) => { const all = new DataTransfer(); \
          for (const [name, lines] of files) all.items.add(new File([lines], name)); \
          const input = document.querySelector('#file'); input.files = all.files; \
          input.dispatchEvent(new Event('change', {bubbles: true})); }; \
        const line = (n) => `otpauth://totp/Import:user${n}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\\n`; \
        const many = Array.from({length: 9000}, (_, n) => line(n)).join(''); \
        pick(['many.txt', many]); document.querySelector('[data-do=cancel]').click(); \
        pick(['many.txt', many]); pick(['few.txt', line(1) + line(2)]); return true; })()";
    assert_eq!(browser.page(script).unwrap(), true);
    wait(browser, "document.querySelector('#report') !== null");
    let counts = text(browser, ".counts");
    assert!(counts.contains('2') && !counts.contains('9'), "{counts}");
    // Nor does a late piece reach what is shown by now.
    std::thread::sleep(std::time::Duration::from_secs(1));
    click(browser, "[data-do=take-in]");
    wait(browser, "document.querySelector('[data-do=take-in]') === null");
    assert_eq!(listed(&stage.home).lines().count(), 3);
}

#[test]
fn all_accounts_go_out_for_the_master_password() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    desk(browser, "export");
    screen(browser, "export");
    enter(browser, "#format", "otpauth");
    enter(browser, "#master", "not the one");
    click(browser, "#export-form [data-do=submit]");
    wait(browser, "document.querySelector('#alert').textContent !== ''");
    enter(browser, "#master", PASSWORD);
    click(browser, "#export-form [data-do=submit]");
    wait(browser, "document.querySelector('#path') !== null");
    let path = text(browser, "#path");
    assert!(path.starts_with(stage.home.path().to_str().unwrap()), "{path}");
    assert!(fs::read_to_string(path).unwrap().starts_with("otpauth://totp/Harbour"));
}

#[test]
fn backups_are_set_up_and_a_new_machine_begins_with_one() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let folder = set_backups(&mut stage);
    let browser = stage.browser.as_mut();
    assert!(text(browser, "#state").contains(folder.to_str().unwrap()));
    enter(browser, "#password", BACKUPS);
    click(browser, "#open-backup [data-do=submit]");
    wait(browser, "document.querySelector('#report') !== null");
    let backup = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let backup = fs::read(backup).unwrap();
    drop(stage);

    let home = Home::new(&Home::built_host().unwrap()).unwrap();
    let mut stage = Stage::in_home(KIND, home).unwrap();
    let browser = stage.browser.as_mut();
    browser.open_popup().unwrap();
    browser.wait_screen("create", LONG).unwrap();
    assert_eq!(
        browser.popup("document.querySelector('[data-do=desk-backups]') !== null").unwrap(),
        true
    );
    desk(browser, "backups");
    screen(browser, "fresh");
    look(browser, "fresh");
    browser.pick("a.otb", &backup).unwrap();
    wait(browser, "document.querySelector('#files') !== null");
    look(browser, "fresh-picked");
    enter(browser, "#password", BACKUPS);
    enter(browser, "#new-password", PASSWORD);
    enter(browser, "#again", PASSWORD);
    click(browser, "#recreate [data-do=submit]");
    wait(browser, "document.querySelector('#report') !== null");
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    assert!(listed(&stage.home).contains("keeper@example.com"));
}

/// Nothing is wider than the tab, in one as narrow as a telephone either. And pictures for whoever wants to look, in
/// the folder that `DESK_PICTURES` names.
#[expect(clippy::disallowed_methods, reason = "a test has an environment")]
fn look(browser: &mut dyn Browser, name: &str) {
    let folder = std::env::var_os("DESK_PICTURES").map(PathBuf::from);
    for width in [360, 800] {
        browser.set_page_width(Some(width)).unwrap();
        let fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
        assert_eq!(browser.page(fits).unwrap(), true, "{name} is wider than {width} pixels");
        for theme in folder.iter().flat_map(|_| ["light", "dark"]) {
            let set = format!("document.documentElement.dataset.theme = '{theme}'");
            browser.page(&set).unwrap();
            let file = format!("{name}-{width}-{theme}-{:?}.png", browser.kind());
            let file = folder.as_ref().unwrap().join(file);
            fs::write(file, browser.photograph_page().unwrap()).unwrap();
        }
    }
    browser.set_page_width(None).unwrap();
    browser.page("delete document.documentElement.dataset.theme").unwrap();
}

/// A backup of another vault with so many accounts.
fn backup_of(count: usize) -> Vec<u8> {
    let home =
        Home::with_vault(&Home::built_host().unwrap(), PASSWORD, &Account::many(count)).unwrap();
    let folder = home.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let line = ["backup", "set-password", "--folder", folder.to_str().unwrap(), "--password-stdin"];
    let done = home.cli(&line, &format!("{PASSWORD}\n{BACKUPS}\n")).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    fs::read(fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path()).unwrap()
}

#[test]
fn previews_of_none_of_three_and_of_three_hundred_accounts() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    set_backups(&mut stage);
    let browser = stage.browser.as_mut();

    for count in [0, 3, 300] {
        // Every third is at odds with the vault, every other third can't come along.
        let list: String = (0..count)
            .map(|n| match n % 3 {
                0 => {
                    format!("{}&x={n}\n", account().uri().replace("keeper", &format!("warden{n}")))
                }
                1 => format!("otpauth://totp/Broken:user{n}?secret=189\n"),
                _ => format!(
                    "otpauth://totp/Import:user{n}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n"
                ),
            })
            .collect();
        click(browser, ".errands [data-do=import]");
        wait(browser, "document.querySelector('#file') !== null");
        browser.pick("list.txt", list.as_bytes()).unwrap();
        if count == 0 {
            wait(browser, "document.querySelector('#alert').textContent !== ''");
            look(browser, "import-0");
            continue;
        }
        wait(browser, "document.querySelector('#report') !== null");
        let shown = "document.querySelectorAll('.items li').length";
        // Only one of those with the vault's secret is taken for the vault's.
        let expected = count / 3 + 1;
        assert_eq!(browser.page(shown).unwrap(), expected);
        look(browser, &format!("import-{count}"));
        click(browser, "[data-do=take-in]");
        wait(browser, "document.querySelector('[data-do=take-in]') === null");
        look(browser, &format!("imported-{count}"));

        click(browser, ".errands [data-do=backups]");
        wait(browser, "document.querySelector('#open-backup') !== null");
        look(browser, &format!("backups-{count}"));
        open_backup(browser);
        // It is the vault as it is: there is nothing to take in, and that is said.
        let nothing = "document.querySelector('[data-do=take-in]') === null \
                       && document.querySelector('p.hint[role=status]') !== null";
        assert_eq!(browser.page(nothing).unwrap(), json!(true));
        look(browser, &format!("restore-none-{count}"));
    }
    // Of another vault: what would come is said before it comes.
    for count in [0, 3, 300] {
        let browser = stage.browser.as_mut();
        click(browser, ".errands [data-do=backups]");
        wait(browser, "document.querySelector('#open-backup') !== null");
        browser.pick("other.otb", &backup_of(count)).unwrap();
        wait(browser, "document.querySelector('#files') !== null");
        look(browser, &format!("restore-picked-{count}"));
        open_backup(browser);
        look(browser, &format!("restore-{count}"));
        let is_offered = "document.querySelector('[data-do=take-in]') !== null";
        assert_eq!(browser.page(is_offered).unwrap(), json!(0 < count));
        if 0 < count {
            assert!(text(browser, ".counts").contains(&count.to_string()));
            click(browser, "[data-do=take-in]");
            wait(browser, "document.querySelector('[data-do=take-in]') === null");
            look(browser, &format!("restored-{count}"));
        }
    }
}

/// Types the backups password, and waits for what is in the backup.
fn open_backup(browser: &mut dyn Browser) {
    browser
        .page("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        .unwrap();
    enter(browser, "#password", BACKUPS);
    click(browser, "#open-backup [data-do=submit]");
    wait(browser, "document.querySelector('#report') !== null");
}

#[test]
fn one_account_is_shown_to_another_authenticators_camera() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    let browser = stage.browser.as_mut();
    let id = browser.rows().unwrap()[0].id.clone();
    desk(browser, &format!("qr/{id}"));
    screen(browser, "qr");
    enter(browser, "#master", "not the one");
    click(browser, "#show-qr [data-do=submit]");
    wait(browser, "document.querySelector('#alert').textContent !== ''");
    enter(browser, "#master", PASSWORD);
    click(browser, "#show-qr [data-do=submit]");
    wait(browser, "document.querySelector('svg.qr') !== null");
    assert!(text(browser, "#report").contains("Harbour Light"));
    look(browser, "qr");
    // A lock takes it off the screen.
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.click("#lock, [data-do=lock]").unwrap();
    wait(browser, "document.querySelector('svg.qr') === null");
}

#[test]
fn half_a_year_later_the_backups_password_is_asked_for() {
    let mut stage = Stage::unlocked(KIND, &[account()]).unwrap();
    set_backups(&mut stage);
    let browser = stage.browser.as_mut();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    let reminded = "!!document.querySelector('[data-do=remind]')";
    assert_eq!(browser.popup(reminded).unwrap(), json!(false));
    browser.close_popup().unwrap();

    // The only thing that knows when it was typed.
    let note = stage.home.vault().with_extension("otv.backups");
    let mut text: serde_json::Value = serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
    let typed = text["typed_at"].as_u64().unwrap();
    text["typed_at"] = json!(typed - 183 * 86_400);
    fs::write(&note, text.to_string()).unwrap();
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    browser.wait_popup("the reminder", reminded).unwrap();

    desk(browser, "backups");
    wait(browser, "document.querySelector('#open-backup') !== null");
    enter(browser, "#password", BACKUPS);
    click(browser, "#open-backup [data-do=submit]");
    wait(browser, "document.querySelector('#report') !== null");
    browser.open_popup().unwrap();
    browser.wait_screen("list", LONG).unwrap();
    assert_eq!(browser.popup(reminded).unwrap(), json!(false), "it was typed just now");
}
