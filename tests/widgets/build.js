// Bundles the widgets into `dist`: cargo has no idea of JSX. Called by the suite `widgets`.
import { build } from 'esbuild';
import { mkdirSync, writeFileSync } from 'node:fs';

const [, , out] = process.argv;
mkdirSync(out, { recursive: true });
const pages = {
  react: ['src/react.jsx', ['antd', 'ark', 'baseui', 'chakra', 'inputotp', 'mantine', 'mui', 'own', 'radix', 'reactotpinput', 'reactverificationinput']],
  angular: ['src/angular.js', ['ngotpinput']],
  vue: ['src/vue.js', ['element', 'naive', 'primevue', 'reka', 'vue3otpinput', 'vuetify']],
};
for (const [name, [entry, widgets]] of Object.entries(pages)) {
  await build({
    entryPoints: [entry], outfile: `${out}/${name}.js`, bundle: true, minify: true, format: 'iife',
    jsx: 'transform', loader: { '.woff': 'empty', '.woff2': 'empty', '.ttf': 'empty', '.eot': 'empty' },
    // Some libraries ask for it in ways that `define` does not see.
    banner: { js: 'var process = { env: { NODE_ENV: "production" } };' },
    define: { 'process.env.NODE_ENV': '"production"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
  });
  const style = '.box,[data-pc-name=pcinputtext]{width:40px;height:40px}input{font:16px sans-serif}';
  for (const widget of widgets) {
    writeFileSync(`${out}/${widget}.html`, `<!doctype html>
<html lang=en><meta charset=utf-8><title>Sign in</title>${name === 'angular' ? '' : `<link rel=stylesheet href=${name}.css>`}<style>${style}</style><div id=app data-widget=${widget}></div><script src=${name}.js></script></html>
`);
  }
}
