// Doorstep of the popup.
//
// Never here: a decision.

import init, { start_popup } from './countersign_popup.js';

globalThis.browser ??= globalThis.chrome;
document.documentElement.lang = browser.i18n.getMessage('@@ui_locale').replace('_', '-');
document.documentElement.dir = browser.i18n.getMessage('@@bidi_dir');

init().then(() => start_popup());
