//! A code into the page: what is asked of the person before, and what came of it.
//!
//! Never here: which field (`crate::fill`), which page may have a code (the host).

use shared::protocol::{Denied, Refusal};

use super::{lock, said, stop_waiting};
use crate::fill::{Filled, Problem, Wanted};
use crate::popup::model::{Asked, Effect, Later, Model, Offer, Timer, Unsure, Which};
use crate::text::{t, with};
use crate::words;

pub(super) fn fill(model: &mut Model, id: Option<String>, wanted: Wanted, todo: &mut Vec<Effect>) {
    stop_waiting(model, todo);
    let Some((tab, _)) = model.tab.as_ref().and_then(|t| Some((t.id, t.origin.as_ref()?))) else {
        model.alert = Some(t("denied_not_web"));
        return;
    };
    if let Some(denied) = model.site.as_ref().and_then(|site| site.denied.as_ref()) {
        model.alert = Some(words::denied(denied));
        return;
    }
    let homeless = id.as_ref().and_then(|id| model.list.account(id)).filter(|a| a.sites.is_empty());
    if let (Some(account), Some(site)) = (homeless, &model.site) {
        return offer(model, account.id.clone(), site.domain.clone(), wanted, todo);
    }
    model.alert = None;
    model.questions += 1;
    model.asked.insert(model.questions, Asked::Fill(id.clone(), wanted.clone()));
    todo.push(Effect::Fill { n: model.questions, tab, account: id, wanted });
}

/// Asks whether to link an account to the page's site, and then to fill what is wanted.
fn offer(model: &mut Model, id: String, domain: String, wanted: Wanted, todo: &mut Vec<Effect>) {
    let shown = model.site.as_ref().map_or(domain.clone(), |site| site.shown.clone());
    // Where its accounts are used elsewhere, Enter must not be what gives this page the code.
    let account = model.list.account(&id);
    let is_elsewhere = account.is_some_and(|account| words::elsewhere(account, &domain).is_some());
    model.offer = Some(Offer { id, domain, shown, wanted });
    todo.push(Effect::Focus(if is_elsewhere {
        "#offer [data-do=cancel]"
    } else {
        "#offer [data-do=link]"
    }));
}

pub(super) fn filled(
    model: &mut Model,
    id: Option<String>,
    wanted: Wanted,
    outcome: Result<Filled, Problem>,
    todo: &mut Vec<Effect>,
) {
    let why = match outcome {
        Ok(filled) => {
            todo.extend(id.map(Effect::Used));
            said(model, with("filled", &[&filled.issuer]), todo);
            todo.push(Effect::Close);
            return;
        }
        Err(why) => why,
    };
    model.silent |= why == Problem::Refused(Refusal::Timeout);
    model.alert = match (why, id) {
        // It is on screen already, and unlocking is what comes next.
        (Problem::Refused(Refusal::Locked), _) => return lock(model, todo),
        (Problem::Refused(Refusal::Denied(Denied::NoSite { domain })), Some(id)) => {
            return offer(model, id, domain, wanted, todo);
        }
        (Problem::Refused(Refusal::Wait { ms, used }), id) => {
            // It is filled as soon as there is a code that holds, if the popup is still open then and the
            // person has not turned to something else.
            model.later = Some(Later { id, wanted });
            let soon = u32::try_from(ms).unwrap_or(u32::MAX).saturating_add(50);
            todo.push(Effect::Wake(Timer::Fill, Some(soon)));
            // Nothing is wrong, and it is said for as long as it lasts.
            said(model, words::refusal(&Refusal::Wait { ms, used }), todo);
            todo.push(Effect::Wake(Timer::Toast, Some(soon)));
            return;
        }
        (Problem::Unsure(target), id) => {
            model.unsure = Some(Unsure { id, target: Some(target) });
            todo.push(Effect::Focus("#unsure .primary"));
            return;
        }
        (Problem::NoField { frames }, id) if frames.is_empty() => {
            model.unsure = Some(Unsure { id, target: None });
            todo.push(Effect::Focus("#unsure .primary"));
            return;
        }
        (Problem::Refused(Refusal::Denied(Denied::Suggest { domain, mut ids })), None)
            if ids.len() == 1 =>
        {
            return offer(model, ids.remove(0), domain, wanted, todo);
        }
        (
            Problem::Refused(Refusal::Denied(Denied::Choose { ids } | Denied::Suggest { ids, .. })),
            None,
        ) => {
            model.which = Some(Which { ids, wanted });
            todo.push(Effect::Focus("#which .item"));
            return;
        }
        (why, _) => Some(words::unfilled(&why)),
    };
}
