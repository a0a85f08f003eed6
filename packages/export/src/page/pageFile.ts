/** A network as one page that opens from a file. */
import type { Exportable } from '../exportable.js'
import { moduleFile } from '../javascript/moduleFile.js'
import { drawPage } from './drawPage.js'

const style = `:root{color-scheme:light dark;--ink:#1d1c1a;--quiet:#5f5b54;--line:#e2ddd2;--series1:#b8431a;--series2:#1f6f8b;--under:#3d83a8;--even:#ece7dc;--over:#d9602f;--page:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#ece9e3;--quiet:#a9a59c;--line:#2e333b;--series1:#ff9466;--series2:#6cc4dd;--under:#5cb0d6;--even:#454b55;--over:#ff8a58;--page:#1a1d22}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0}
main{max-width:46rem;margin:0 auto;padding:1rem}figure{margin:0}canvas{display:block;width:100%}
figcaption{color:var(--quiet);font-variant-numeric:tabular-nums;min-height:1.5em}
form{display:grid;gap:.25rem;margin-top:1rem}label{display:grid;grid-template-columns:10rem 1fr 5rem;gap:.75rem;align-items:center}
label output{font-variant-numeric:tabular-nums}`

/** Text that stands inside an element of a page. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/**
 * The text of a page: sliders for the inputs, of an operator also for its input function, and the curve or map of the
 * output. It holds the module of the network and loads nothing.
 *
 * @throws EXPORT_PRIMITIVE, EXPORT_ROWS
 */
export async function pageFile(exported: Exportable): Promise<string> {
  // No text of a script ends it.
  const module = (await moduleFile(exported)).replaceAll(/<(?=\/?script|!--)/gi, '\\u003c')
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(exported.title)}</title>
<style>${style}</style>
<body>
<script type="module">
${module}
;(${String(drawPage)})(predict,network)
</script>
</body>
</html>
`
}
