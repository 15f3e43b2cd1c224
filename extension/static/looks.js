// The chosen looks, before the first paint; a module would come too late.
//
// Never here: anything else.

try {
  for (const name of ['theme', 'density', 'codes']) {
    document.documentElement.dataset[name] = localStorage.getItem(name) ?? '';
  }
} catch {
  // Storage is off: the system's theme, and what nobody chose.
}
