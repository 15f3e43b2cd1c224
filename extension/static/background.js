// Doorstep of the background: listens before the module has loaded, then hands everything on.
//
// Never here: a decision.

import init, * as house from './countersign_background.js';

globalThis.browser ??= globalThis.chrome;

// `executeScript` sends the text of this function into the page, where `page.js` stands already.
globalThis.inPage = async (name, args) => {
  const result = await globalThis.countersign?.[name]?.(JSON.parse(args));
  return { origin: self.origin, result: result === undefined ? null : JSON.stringify(result) };
};

// What an organisation has fixed, as JSON; Firefox rejects where there is nothing.
const rules = () => browser.storage.managed.get(null).then(JSON.stringify).catch(() => '{}');

const ready = Promise.all([init(), rules()]).then(([, json]) => house.start_background(json));
// One after the other and in the order of arrival, also what came before the module did.
const then = (call) => ready.then(call);

// The popup's module, so that the next popup need not compile it again: Chromium has one for all that run in a process, for
// as long as somebody has it, and this worker outlives popups. Firefox, where this is no worker, compiles for each.
let compiled;
const keep = () => {
  if (globalThis.window) return;
  compiled ??= WebAssembly.compileStreaming(fetch('countersign_popup_bg.wasm')).catch(() => undefined);
};

let count = 0;
browser.runtime.onConnect.addListener((port) => {
  const url = port.sender?.url ?? '';
  const ours = ['popup.html', 'side.html', 'desk.html'].some((page) => url.startsWith(browser.runtime.getURL(page)));
  if (port.sender?.id !== browser.runtime.id || !ours) {
    port.disconnect();
    return;
  }
  const n = ++count;
  port.onMessage.addListener((text) => then(() => house.popup_said(n, String(text))));
  port.onDisconnect.addListener(() => then(() => house.popup_closed(n)));
  // Now nobody waits.
  port.onDisconnect.addListener(keep);
  then(() => house.popup_opened(n, port));
});

browser.storage.onChanged.addListener((_, area) => {
  if (area === 'managed') then(async () => house.ruled(await rules()));
});

browser.commands.onCommand.addListener((command, tab) => {
  if (command === 'fill' && tab) then(() => house.fill_wished(tab.id));
});

browser.contextMenus.onClicked.addListener((info, tab) => {
  if (!tab) return;
  if (info.menuItemId === 'fill') then(() => house.fill_wished(tab.id));
  if (info.menuItemId === 'scan') then(() => house.scan_wished(tab.id, 0, undefined));
  if (info.menuItemId === 'scan-picture') then(() => house.scan_wished(tab.id, info.frameId ?? 0, info.srcUrl));
});

browser.runtime.onInstalled.addListener(() => {
  const items = [
    { id: 'fill', title: browser.i18n.getMessage('menu_fill'), contexts: ['editable'] },
    { id: 'scan', title: browser.i18n.getMessage('menu_scan'), contexts: ['page'] },
    { id: 'scan-picture', title: browser.i18n.getMessage('menu_scan_picture'), contexts: ['image'] },
  ];
  browser.contextMenus.removeAll().then(() => items.forEach((item) => browser.contextMenus.create(item)));
});
