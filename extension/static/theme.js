// The chosen theme, before the first paint; a module would come too late.
//
// Never here: anything else.

try {
  document.documentElement.dataset.theme = localStorage.getItem('theme') ?? 'system';
} catch {
  // Storage is off: the system's theme.
}
