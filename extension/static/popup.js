// Doorstep of the popup.
//
// Never here: a decision.

import './words.js';
import init, { line_broke, start_popup } from './countersign_popup.js';

// What began while this was loading; where the line broke meanwhile, the module begins anew.
const tab = opening.tab.catch(() => null);

// With the answer there is one picture instead of an empty one and then the list.
Promise.all([init(), tab, opening.answered]).then(([, tab]) => {
  // What the side page left to be done is done once, and not again when the document is loaded anew.
  const errand = location.hash.slice(1);
  if (errand !== '') history.replaceState(null, '', location.pathname);
  start_popup(errand, tab, opening.port, opening.take());
  if (opening.gone) line_broke();
  // After the first picture: the services' pictures, which nothing waits for, and are the largest of the style sheets.
  const sheet = { rel: 'stylesheet', href: 'icons/services.css' };
  requestAnimationFrame(() => setTimeout(() => {
    document.head.append(Object.assign(document.createElement('link'), sheet));
    looks.renew();
  }));
});
