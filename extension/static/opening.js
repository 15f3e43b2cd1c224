// Doorstep of the popup, before its module has loaded: opens the line, and asks what the first screen needs, so
// that the answer is there when the module is. The module says the same where this did not get so far.
//
// Never here: what the answer means.

globalThis.browser ??= globalThis.chrome;

globalThis.opening = (() => {
  const heard = [];
  const answered = Promise.withResolvers();
  const keep = (text) => {
    heard.push(text);
    // The host's reply follows as a second line.
    if (text.includes('\n')) answered.resolve();
  };
  // A wait as short as this shows nothing; of a longer one the module speaks.
  setTimeout(answered.resolve, 100);
  const port = browser.runtime.connect({ name: 'popup' });
  port.onMessage.addListener(keep);
  const line = { port, gone: false, answered: answered.promise };
  port.onDisconnect.addListener(() => { line.gone = true; });
  const ask = ([tab]) => {
    const origin = URL.canParse(tab?.url) ? new URL(tab.url).origin : 'null';
    const page = origin === 'null' ? {} : { page: { origin, top: origin } };
    const request = { op: 'opening', p: { limit: 40, codes: 20, ...page } };
    port.postMessage(`{"host":{"n":1,"op":"opening"}}\n${JSON.stringify(request)}`);
    return tab;
  };
  line.tab = browser.tabs.query({ active: true, currentWindow: true }).then(ask);
  // Until here it was kept; from here on the module listens.
  line.take = () => {
    port.onMessage.removeListener(keep);
    // Not kept here as well: what was heard goes when the vault locks.
    return heard.splice(0);
  };
  return line;
})();
