//! How much a field looks as if it wanted the code: what excludes it, what counts for it, what leaves a doubt.
//!
//! A rule is a sentence about one field. Exclusions are asked first and nothing outweighs them; then points are
//! added; then doubts keep the sum below what is filled without asking; and then costs are taken off.
//!
//! Never here: words and their notions (words.rs), how a field is read (reading.rs), which field wins (field.rs).

use super::field::{Input, SURE};
use super::fold::{fold, split};
use super::reading::{Page, Reading, own, parted};
use super::words::{
    Tier, asks, is_about, is_account, is_beside, is_called_otherwise, is_check, is_code,
    is_credentials, is_edit, is_entry, is_hardware, is_held, is_image, is_lost, is_makers,
    is_naming, is_never, is_once, is_other, is_password, is_pasted, is_pin, is_read, is_recovery,
    is_seed, is_send, is_sent, is_set, is_setting, is_site, is_user, says_app, shows_code,
    tells_digits, tier,
};

/// What no evidence outweighs.
const VETO: i32 = -1000;

type Rule = fn(&Reading) -> bool;

/// What a field's own words, and what stands around it, exclude.
const EXCLUDES: &[Rule] = &[
    is_for_recovery,
    is_never_a_code,
    is_another_code,
    stands_beside_a_code,
    is_about_a_code,
    asks_something_else,
    is_a_pin_to_set,
    is_beside_a_picture_by_name,
    is_claimed_by_autocomplete,
    is_for_recovery_by_its_surroundings,
    is_to_be_read,
    says_where_to_send_a_code,
    is_for_a_password,
    is_weak_beside_a_password,
];

/// What keeps a field below what is filled without asking.
const DOUBTS: &[Rule] = &[
    is_on_a_page_about_another_code,
    is_too_short,
    is_shown_the_code,
    is_a_phone_number_by_its_form,
    says_something_else_of_itself,
    is_typed_by_a_key,
    is_a_password_for_something_else,
    is_of_a_site_or_pasted,
    is_held_by_somebody_else,
    is_sampled_with_letters,
    is_called_something_else,
];

/// What is taken off afterwards.
const COSTS: &[(i32, Rule)] = &[
    (15, is_beside_a_picture),
    (30, is_among_other_codes),
    (25, is_a_bare_pin),
    // What is there already is seldom a code.
    (15, |it| it.field.filled),
];

/// How much a field by itself looks as if it wanted the code.
pub(super) fn score(page: &Page, field: &Input) -> i32 {
    weigh(&Reading::new(page, field, false))
}

/// The same for boxes: six are one code; what they are for is written on the first, or above.
pub(super) fn score_group(page: &Page, group: &[&Input], groups: usize) -> i32 {
    let scores = || group.iter().map(|input| weigh(&Reading::new(page, input, true)));
    if scores().any(|score| score <= VETO) {
        return VETO;
    }
    let shape = match group.len() {
        6 => 30,
        8 => 25,
        5 | 7 => 10,
        // No app's code has four digits; a PIN has.
        _ => -20,
    };
    // A second row is "and once more": somebody sets a PIN.
    let score = scores().max().unwrap_or(VETO) + shape - if 1 < groups { 40 } else { 0 };
    if group.len() < 5 { score.min(SURE - 1) } else { score }
}

fn weigh(it: &Reading) -> i32 {
    if EXCLUDES.iter().any(|rule| rule(it)) {
        return VETO;
    }
    // As much as a field may have that is not certain. Boxes get their shape's share on top.
    let doubt = if it.boxed { SURE - 31 } else { SURE - 1 };
    let mut score = points(it);
    if !is_of_a_second_factor(it) || DOUBTS.iter().any(|rule| rule(it)) {
        score = score.min(doubt);
    }
    score -= COSTS.iter().filter(|(_, rule)| rule(it)).map(|(cost, _)| cost).sum::<i32>();
    if !it.is_strong() {
        score -= i32::try_from(it.page.others.min(4)).unwrap_or(4) * 5;
    }
    if is_by_message(it) { score.min(doubt) } else { score }
}

/// What makes certain: a word of a second factor, of the field's own or around it. "Verification code", "6-digit
/// code", and what a browser is told to fill in by itself, are of many codes.
fn is_of_a_second_factor(it: &Reading) -> bool {
    let said = it.word().max(it.context).max(it.by_form).max(tier(&it.widget));
    said.max(tier(&it.page.title)) == Tier::Strong || is_a_step_of_a_login(it)
}

/// Or a code that proves who somebody is, in the form of one, is asked for beside the password, when nothing has been
/// sent yet; or it is all that there is to type, where somebody logs in or is checked. What is remembered has the
/// same form.
fn is_a_step_of_a_login(it: &Reading) -> bool {
    let Page { said, title, others, password, mailed, .. } = it.page;
    let six = 20 <= format_of(it.field, false);
    // "Code", above boxes, says as much as "6-digit code".
    let least = if it.row { Tier::Weak } else { Tier::Medium };
    let formed = it.marked || it.row || six || Tier::Medium <= tier(title);
    let beside = *password && it.marked && six && !has_a_field_that_no_login_has(it);
    let alone = *others == 0 && !*password && !*mailed && formed;
    let here = [said, title, &it.button].iter().any(|text| is_entry(text))
        || it.page.document.forms.iter().any(|form| is_account(&split(&form.words)))
        || it.before.iter().any(|text| is_account(text));
    least <= it.word().max(it.near)
        && (beside || alone && here)
        && !it.field.pictured
        && ![&it.around, said].into_iter().any(|text| is_pin(text) || text.contains("passcode"))
        && !it.before.iter().any(|text| is_called_otherwise(text))
}

/// Evidence from separate sources: name, label, surroundings, format.
fn points(it: &Reading) -> i32 {
    let mut score = if it.marked { 50 } else { 0 };
    for word in [it.by_name, it.by_label] {
        score += match word {
            Tier::Strong => 50,
            Tier::Medium => 40,
            Tier::Weak => 20,
            Tier::Silent => 0,
        };
    }
    if tier(&it.widget) == Tier::Strong {
        score += 30;
    }
    if is_the_only_one(it) {
        score += 20;
    }
    let format = format_of(it.field, it.boxed);
    // The page may be about a second factor and the field about something else: without a word of
    // its own, and without the form of a code, it is not the one.
    let alike = 20 <= format || it.field.focused && it.page.others == 0;
    if 0 < score || it.boxed || alike {
        score += match it.context {
            Tier::Strong => 35,
            Tier::Medium => 20,
            Tier::Weak => 5,
            Tier::Silent => 0,
        };
    }
    score += format;
    if it.field.focused {
        score += 5;
    }
    score
}

/// Nothing else on the page could take the code that it speaks of.
fn is_the_only_one(it: &Reading) -> bool {
    it.page.alone && it.context == Tier::Strong && !is_beside(&it.own) && !it.page.other
}

// Exclusions ------------------------------------------------------------------------------------------

fn is_for_recovery(it: &Reading) -> bool {
    is_recovery(&it.label) || is_recovery(&it.name) && it.by_label < Tier::Medium
}

fn is_never_a_code(it: &Reading) -> bool {
    let closest = || it.before.iter().rfind(|text| text.len() > 2);
    // A name may be left over from another form; a key that types its codes itself is none of ours.
    // One that is called after both is what the page says.
    let both = it.by_name.min(it.page.topic) == Tier::Strong && !it.field.pictured;
    let named = is_never(&it.name) && it.by_label < Tier::Strong && !both || is_hardware(&it.name);
    named || is_never(&it.label) || !it.labelled && closest().is_some_and(|text| is_never(text))
}

fn is_another_code(it: &Reading) -> bool {
    is_other(&it.label) && it.by_label < Tier::Strong
        || is_other(&it.name) && it.word() < Tier::Strong
}

/// The user name, the authenticator's name.
fn stands_beside_a_code(it: &Reading) -> bool {
    // "The code on your phone" is none, where the page speaks of a second factor.
    let code = is_code(&it.label) && it.context == Tier::Strong;
    is_beside(&it.label) && it.labelled && it.by_label < Tier::Medium && !code
        || it.labelled && is_naming(&it.label)
}

/// Its length, the seed that it is made of.
fn is_about_a_code(it: &Reading) -> bool {
    let named = is_about(&split(&it.field.name)) || is_about(&split(&it.field.id));
    named && (it.by_label < Tier::Medium || is_setting(&it.label) || !is_code(&it.label))
        || it.labelled && (is_set(&fold(&it.field.label)) || is_seed(&it.label))
        // "Codex" is no code, and the placeholder says what is kept.
        || is_seed(&fold(&it.field.placeholder))
}

/// "What is your mother's name?": a label that asks something of the person.
fn asks_something_else(it: &Reading) -> bool {
    let asks = it.field.label.trim_end_matches([' ', '*', ':']).ends_with(['?', '？', '؟']);
    asks && it.by_label < Tier::Medium && !is_code(&it.label)
}

fn is_a_pin_to_set(it: &Reading) -> bool {
    1 < it.page.pins && is_pin(&it.own) && it.word() < Tier::Strong
}

fn is_beside_a_picture_by_name(it: &Reading) -> bool {
    is_image(&fold(&it.field.images)) && it.by_label < Tier::Strong
}

fn is_claimed_by_autocomplete(it: &Reading) -> bool {
    let claims = |tokens: &[&str]| tokens.iter().any(|token| it.autocomplete.contains(token));
    claims(&["cc-", "postal", "bday", "address", "organization", "url"]) && it.word() < Tier::Strong
        || claims(&["tel", "email", "name"]) && it.word() < Tier::Medium
}

fn is_for_recovery_by_its_surroundings(it: &Reading) -> bool {
    // "If you can't open the app, type the code that you kept" names no recovery.
    let kept = |text: &String| is_recovery(text) || is_lost(text) && is_code(text);
    let recovery = it.before.iter().any(kept);
    let unnamed = !it.labelled || it.by_label == Tier::Silent;
    let asked_for_ours = || it.before.iter().any(|text| asks(text));
    // No other code is spoken of.
    let only = || !it.before.iter().any(|text| is_code(text) && !kept(text));
    recovery && (unnamed && !asked_for_ours() || it.by_label < Tier::Medium && only())
        || recovery && it.near < Tier::Medium && (only() || it.page.topic < Tier::Strong)
        || it.page.recovery && it.by_label < Tier::Strong
}

fn is_to_be_read(it: &Reading) -> bool {
    it.word().max(it.context) < Tier::Strong
        && !it.marked
        && [&it.around, &it.after, &it.page.said].into_iter().any(|text| is_read(text))
}

/// A button that has a code sent: the field says where to.
fn says_where_to_send_a_code(it: &Reading) -> bool {
    let by_label = it.by_label.min(if it.labelled { Tier::Strong } else { Tier::Weak });
    is_send(&it.button) && it.by_name.max(by_label) < Tier::Strong && !it.marked
}

/// A code that a password manager must not keep is typed into a password field now and then.
fn is_for_a_password(it: &Reading) -> bool {
    if it.field.kind != "password" {
        // "Password" is what some languages call the code. Only the browser's own word for it says so.
        // What stands below a field without a label is about that field only if its name is about nothing.
        let own = it.labelled || it.by_name < Tier::Strong;
        return own && is_password(&it.label) && it.by_label < Tier::Strong && !it.marked;
    }
    let once = it.by_label == Tier::Strong || it.by_name == Tier::Strong && !is_password(&it.own);
    let kept = is_password(&it.own) && (it.by_label < Tier::Strong || !is_once(&it.own))
        // What stands before it may be about another thing that holds once.
        || !it.labelled && is_password(&it.name) && it.by_name < Tier::Medium;
    // Some pages write `new-password` to keep password managers away.
    let claimed =
        it.autocomplete == "current-password" || it.autocomplete == "new-password" && !once;
    // "Verification code:", as a terminal asks for it, and nothing else to type into.
    let asked = it.page.alone
        && it.labelled
        && it.by_label == Tier::Medium
        && !is_pin(&it.own)
        // What is confirmed in secret, or passes by itself, is remembered.
        && !["confirm", "passcode"].iter().any(|word| it.label.contains(word))
        // What somebody was given for good.
        && !is_credentials(&it.around)
        && !is_other(&it.own);
    let told = it.context == Tier::Strong && Tier::Weak <= it.word();
    claimed || kept || !(once || it.marked || asked || told)
}

fn is_weak_beside_a_password(it: &Reading) -> bool {
    it.page.password && it.is_weak() && !it.marked && !it.boxed
}

// Doubts ----------------------------------------------------------------------------------------------

/// The page's headings are, and what stands before the field does not ask for ours.
fn is_about_another_code(it: &Reading) -> bool {
    it.page.other && it.word().max(it.near) < Tier::Strong
}

/// Speaking of an app, of a device, of a cart: the page knows best what its code is.
fn is_on_a_page_about_another_code(it: &Reading) -> bool {
    it.page.device && it.by_name < Tier::Strong || is_about_another_code(it)
}

/// No app's code is as short as that.
fn is_too_short(it: &Reading) -> bool {
    !it.boxed
        && ((1..=4).contains(&it.field.max_length)
            || matches!(sample(&it.field.placeholder), 3 | 4)
            || ["{3}", "{4}", "{3,4}"].iter().any(|count| it.field.pattern.ends_with(count)))
}

fn has_a_field_that_no_login_has(it: &Reading) -> bool {
    it.page.document.inputs.iter().any(|input| {
        let own = own(input);
        input.form == it.field.form
            && input.index != it.field.index
            && input.is_open()
            && input.kind != "password"
            && !input.autocomplete.contains("username")
            && tier(&own) == Tier::Silent
            && !is_user(&own)
    })
}

fn is_beside_a_picture(it: &Reading) -> bool {
    !it.is_strong() && it.field.pictured && it.context < Tier::Strong
}

/// "To confirm, type 839201": what is typed stands there already.
fn is_shown_the_code(it: &Reading) -> bool {
    let shown = [&it.field.before, &it.field.label, &it.field.after].map(|text| shows_code(text));
    // "Your one-time password is 482913": nobody's app is asked.
    let told = parted(&it.field.before).any(|text| is_code(&fold(text)) && tells_digits(text));
    told || shown.contains(&true) && it.word().max(it.context) < Tier::Strong
}

/// Nine to fifteen digits to dial.
fn is_a_phone_number_by_its_form(it: &Reading) -> bool {
    it.field.kind == "tel" && (9..=15).contains(&it.field.max_length) && !it.is_strong()
}

/// "Days", "you@example.com": a label and no word of a code or a check, nor the form of a code. What the page is
/// about does not make it the field for it.
fn says_something_else_of_itself(it: &Reading) -> bool {
    it.labelled
        && it.word() == Tier::Silent
        && !is_once(&it.label)
        && !is_check(&it.label)
        && !it.marked
        && !it.boxed
        && format_of(it.field, false) < 20
}

/// On a page about keys that type their codes themselves.
fn is_typed_by_a_key(it: &Reading) -> bool {
    is_hardware(&it.page.said) && it.by_label < Tier::Medium
}

/// "Remote address, one-time password, Connect": somebody else has told both.
fn is_a_password_for_something_else(it: &Reading) -> bool {
    it.field.kind == "password"
        && it.page.errand
        && is_password(&it.label)
        && has_a_field_that_no_login_has(it)
}

/// "Google code", among the settings of a site, or to be pasted from another page: the maker's name is on many codes.
fn is_of_a_site_or_pasted(it: &Reading) -> bool {
    let around = [&it.around, &it.after, &it.page.said];
    let site = it.page.site || is_edit(&it.button);
    is_makers(&it.own)
        && !it.marked
        && (site || around.iter().any(|text| is_site(text) || is_pasted(text)))
}

/// "OTP from the customer": a code that holds once, and no app shows it.
fn is_held_by_somebody_else(it: &Reading) -> bool {
    let held = is_held(&it.label) || it.before.iter().any(|text| is_held(text));
    held && ![&it.own, &it.around, &it.page.said, &it.page.title].iter().any(|text| says_app(text))
}

/// `XY1234`: an app's code has digits only.
fn is_sampled_with_letters(it: &Reading) -> bool {
    let signs = || it.field.placeholder.trim().chars();
    signs().count() < 12
        && signs().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
        && signs().any(|c| c.is_ascii_digit())
        && signs().any(|c| c.is_ascii_uppercase())
}

/// A piece of another form: `otp-input` it may be, but the page sends it as `amount`, and asks for no code.
fn is_called_something_else(it: &Reading) -> bool {
    let silent =
        |name: &str| name.chars().any(char::is_alphabetic) && tier(&split(name)) == Tier::Silent;
    it.labelled && it.by_label == Tier::Silent && !is_once(&it.label) && silent(&it.field.name)
}

/// By message: the same form, but not our code, unless the page also speaks of an app.
fn is_by_message(it: &Reading) -> bool {
    (is_sent(&it.around) || is_sent(&it.page.said))
        && it.word().max(it.near).max(it.page.topic) < Tier::Strong
}

// Costs -----------------------------------------------------------------------------------------------

fn is_among_other_codes(it: &Reading) -> bool {
    let beside = it.before.iter().any(|text| is_other(text)) && it.near < Tier::Strong;
    let about = it.page.device || is_about_another_code(it);
    !it.is_strong() && (about || it.page.card || beside)
}

fn is_a_bare_pin(it: &Reading) -> bool {
    !it.is_strong() && is_pin(&it.own) && it.is_weak() && it.context < Tier::Medium
}

// Format ----------------------------------------------------------------------------------------------

/// How much a field looks as if it took six digits, or eight.
fn format_of(field: &Input, boxed: bool) -> i32 {
    let mut score = 0;
    if matches!(field.input_mode.as_str(), "numeric" | "decimal" | "tel")
        || matches!(field.kind.as_str(), "tel" | "number")
        || field.pattern.contains("\\d")
        || field.pattern.contains("[0-9]")
    {
        score += 10;
    }
    if boxed {
        return score;
    }
    score += match field.max_length {
        6..=8 => 20,
        1..=5 => -30,
        // A name, a sentence.
        31.. => -10,
        _ => 0,
    };
    if ["{6}", "{6,", "\\d6", "{8}", "{6 "].iter().any(|count| field.pattern.contains(count)) {
        score += 20;
    }
    score + if (6..=8).contains(&sample(&field.placeholder)) { 20 } else { 0 }
}

/// How long a sample is: `123456`, `000 000`, `XXXXXX`, `______`, `• • • • • •`, "e.g. 123456"; 0 for what is none.
fn sample(placeholder: &str) -> usize {
    let signs: Vec<char> =
        placeholder.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if signs.iter().all(char::is_ascii_digit) || signs.iter().all(|c| *c == signs[0]) {
        return signs.len();
    }
    let digits: String = signs.iter().filter(|c| c.is_ascii_digit()).collect();
    let whole = (6..=8).contains(&digits.len()) && placeholder.contains(&digits);
    if whole { digits.len() } else { 0 }
}
