// Doorstep to the reader's language: texts, counts, lengths of time, dates.
//
// It is the browser's language, or the one that was chosen in the settings. The browser's own function
// knows only the first, so the texts of another are read from the same files.
//
// Never here: a text.

globalThis.browser ??= globalThis.chrome;

const chosen = looks.of('language');
const read = (name) => fetch(`_locales/${name}/messages.json`).then((file) => file.json());
const texts = chosen ? await read(chosen).catch(() => null) : null;
const fill = (text, gaps) => text.replace(/\$(\d)/g, (_, n) => gaps[n - 1] ?? '');
const say = texts
  // What a language lacks is said in English, as the browser does it.
  ? (key, gaps = []) => (texts[key] ? fill(texts[key].message, gaps) : browser.i18n.getMessage(key, gaps))
  : (key, gaps = []) => browser.i18n.getMessage(key, gaps);

const language = say('language_tag') || 'en';
const backwards = /^(ar|he)/.test(language);
document.documentElement.lang = language;
document.documentElement.dir = backwards ? 'rtl' : 'ltr';
// Codes have Western digits; so has what stands beside them.
const numerals = `${language}-u-nu-latn`;
const rules = new Intl.PluralRules(language);
// A name that runs the other way must not turn the sentence around it, nor end what keeps it apart.
const other = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]|[\ud802\ud803\ud83a\ud83b]/;
const isolated = (gap) => `\u2068${gap.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')}\u2069`;
const apart = (gaps) => gaps.map((gap) => (backwards || other.test(gap) ? isolated(gap) : gap));
const unit = (s) => [[86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']].find(([of]) => s % of === 0);

globalThis.words = {
  say: (key, gaps) => say(key, apart(gaps)),
  // The form that the language has for this number: `key_one`, `key_few`, `key_other`, …
  count: (key, n, gaps) => {
    const all = apart([new Intl.NumberFormat(numerals).format(n), ...gaps]);
    return say(`${key}_${rules.select(n)}`, all) || say(`${key}_other`, all);
  },
  // "5 minutes"
  lasting: (s) => {
    const [of, name] = unit(s || 1);
    return new Intl.NumberFormat(numerals, { style: 'unit', unit: name, unitDisplay: 'long' }).format(s / of);
  },
  // "in 5 seconds"
  soon: (s) => new Intl.RelativeTimeFormat(numerals).format(s, 'second'),
  date: (s) => new Date(s * 1000).toLocaleString(numerals, { dateStyle: 'medium', timeStyle: 'short' }),
  language: () => language,
};
