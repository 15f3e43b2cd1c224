// Doorstep of the popup.
//
// Never here: a decision.

import './words.js';
import init, { start_popup } from './countersign_popup.js';

init().then(() => {
  // What the side page left to be done is done once, and not again when the document is loaded anew.
  const errand = location.hash.slice(1);
  if (errand !== '') history.replaceState(null, '', location.pathname);
  start_popup(errand);
  // The services' pictures, which nothing waits for.
  const sheet = { rel: 'stylesheet', href: 'icons/services.css' };
  document.head.append(Object.assign(document.createElement('link'), sheet));
});
