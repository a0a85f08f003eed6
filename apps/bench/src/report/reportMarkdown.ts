/** A folder of runs as one Markdown file and one HTML page that contains the figures. */
import type { BenchmarkEntry } from '../run/benchmark.js'
import type { StoredRun } from '../run/storedRuns.js'
import { measuredOn } from '../run/run.js'
import { type Figure, type Table, drawSvg, escapeHtml, tableHtml, tableMarkdown } from './tableMarkdown.js'

type Section = { readonly stored: StoredRun; readonly tables: readonly Table[]; readonly figures: readonly Figure[] }

/** Runs in the order of the benchmarks; runs of unknown commands are left out and named. */
export function sections(
  runs: readonly StoredRun[],
  benchmarks: readonly BenchmarkEntry[],
): { readonly shown: readonly Section[]; readonly unknown: readonly string[] } {
  const shown = benchmarks.flatMap((b) =>
    runs
      .filter(({ run }) => run.command === b.name)
      .map((stored) => ({ stored, tables: b.tables(stored.run), figures: b.figures(stored.run) })),
  )
  const known = new Set(benchmarks.map((b) => b.name))
  return { shown, unknown: runs.filter(({ run }) => !known.has(run.command)).map(({ name }) => name) }
}

export function reportMarkdown(shown: readonly Section[]): string {
  const parts = shown.map(({ stored: { name, run }, tables }) => {
    const body = tables.map((t) => `**${t.title}**\n\n${tableMarkdown(t)}`).join('\n')
    return `## ${name}\n\n\`${run.line}\`\n\n${measuredOn(run)}\n\n${body}`
  })
  return `# Benchmarks\n\n${parts.join('\n')}`
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.6rem 0}th,td{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}
th{background:#f4f4f4}.note,.where{color:#555;font-size:.9em}code{background:#f4f4f4;padding:.1rem .3rem}
svg{max-width:100%;height:auto}figure{margin:1rem 0}figcaption{font-weight:600}`

export async function reportHtml(shown: readonly Section[]): Promise<string> {
  const parts: string[] = []
  for (const { stored, tables, figures } of shown) {
    const { name, run } = stored
    const figureLines: string[] = []
    for (const figure of figures) {
      figureLines.push(
        `<figure><figcaption>${escapeHtml(figure.title)}</figcaption>\n${await drawSvg(figure)}</figure>`,
      )
    }
    parts.push(
      [
        `<section id="${escapeHtml(name)}"><h2>${escapeHtml(name)}</h2>`,
        `<p><code>${escapeHtml(run.line)}</code></p>`,
        `<p class="where">${escapeHtml(measuredOn(run))}</p>`,
        ...tables.map((t) => `<h3>${escapeHtml(t.title)}</h3>\n${tableHtml(t)}`),
        ...figureLines,
        '</section>',
      ].join('\n'),
    )
  }
  const contents = shown.map(({ stored: { name } }) => `<a href="#${escapeHtml(name)}">${escapeHtml(name)}</a>`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Benchmarks</title><style>${style}</style></head>
<body><h1>Benchmarks</h1><p>${contents.join(' · ')}</p>
${parts.join('\n')}
</body></html>
`
}
