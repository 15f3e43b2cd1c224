// Doorstep of the popup.
//
// Never here: a decision.

import './words.js';
import init, { line_broke, start_popup } from './countersign_popup.js';

// What began while this was loading; where the line broke meanwhile, the module begins anew.
const tab = opening.tab.catch(() => null);

Promise.all([init(), tab]).then(([, tab]) => {
  // What the side page left to be done is done once, and not again when the document is loaded anew.
  const errand = location.hash.slice(1);
  if (errand !== '') history.replaceState(null, '', location.pathname);
  start_popup(errand, tab, opening.port, opening.take());
  if (opening.gone) line_broke();
  // The services' pictures, which nothing waits for.
  const sheet = { rel: 'stylesheet', href: 'icons/services.css' };
  document.head.append(Object.assign(document.createElement('link'), sheet));
  looks.renew();
});
