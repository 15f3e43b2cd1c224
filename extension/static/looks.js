// The chosen looks, before the first paint; a module would come too late. What an organisation has fixed stands in
// the place of what was chosen; the browser tells it too late for the first paint, so what it told last is kept.
//
// And what room there is, which a style sheet can't ask in a popup: there it is what the page makes it.
//
// Never here: anything else.

globalThis.looks = (() => {
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      // Storage is off: what nobody chose.
      return null;
    }
  };
  const fixed = JSON.parse(kept('fixed') ?? '{}');
  const isFixed = (name) => typeof fixed[name] === 'string';
  return {
    of: (name) => (isFixed(name) ? fixed[name] : kept(name) ?? ''),
    fixed: isFixed,
    // Later, when nothing waits for it: the organisation may have fixed something else meanwhile.
    renew: async () => {
      // Firefox rejects where there is no policy.
      const rules = await browser.storage.managed.get(null).catch(() => ({}));
      const names = ['theme', 'density', 'codes', 'order', 'language'];
      const now = JSON.stringify(Object.fromEntries(names.map((name) => [name, rules?.[name]])));
      if (now === (kept('fixed') ?? '{}')) return;
      localStorage.setItem('fixed', now);
      location.reload();
    },
  };
})();

{
  const { dataset } = document.documentElement;
  for (const name of ['density', 'codes']) dataset[name] = looks.of(name);
  // Which of the two is decided here, so that the style sheet names each colour once.
  const dark = matchMedia('(prefers-color-scheme: dark)');
  looks.wear = () => {
    const chosen = looks.of('theme');
    dataset.theme = ['light', 'dark'].includes(chosen) ? chosen : dark.matches ? 'dark' : 'light';
  };
  dark.addEventListener('change', looks.wear);
  looks.wear();
}

{
  const { dataset, style } = document.documentElement;
  const popups = (globalThis.browser ?? globalThis.chrome)?.extension?.getViews?.({ type: 'popup' }) ?? [];
  dataset.in = popups.includes(window) ? 'popup' : 'window';
  // A popup grows to what its page wants, but not beyond 800 by 600 pixels of the screen. Where the browser enlarges all
  // pages those are fewer of the page's, which then makes do with them. A popup of any other size is still growing, and
  // would stay as small as its page were made meanwhile.
  const fit = () => {
    if (dataset.in !== 'popup') return;
    if (outerWidth === 800) style.setProperty('--across', `${innerWidth}px`);
    if (outerHeight === 600) style.setProperty('--down', `${innerHeight}px`);
  };
  let grown;
  addEventListener('resize', () => {
    clearTimeout(grown);
    grown = setTimeout(fit, 100);
  });
  addEventListener('load', fit);
}
