/** The page of `--watch`: the server sends figures as SVG, in the colours of the figures themselves. */
import { palettes } from '@spikeward/plots'

const { ink, quiet, line, series } = palettes.light

export const figures = {
  loss: 'Loss and validation error',
  rates: 'Firing rates of the hidden layers',
  prediction: 'Target, prediction and error',
  errors: 'Errors of a stream',
  spikes: 'Spikes and membranes at one input',
} as const

export type WatchedFigure = keyof typeof figures

const places = Object.entries(figures)
  .map(
    ([name, caption]) =>
      `<figure id="${name}" tabindex="0" hidden><figcaption>${caption}</figcaption><div role="img" aria-label="${caption}"></div></figure>`,
  )
  .join('\n')

export const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Spikeward: a run</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: ${ink}; background: #faf8f4; margin: 1.5rem auto; padding: 0 1rem; max-width: 84rem }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 1rem; align-items: start }
h1 { font-size: 1.4rem; font-weight: 600; margin: 0 }
figure { margin: 0; padding: 0.75rem; background: #fff; border: 1px solid ${line}; border-radius: 10px; overflow-x: auto }
figcaption { font-weight: 600 }
.wide { grid-column: 1 / -1 }
svg { max-width: 100%; height: auto }
#status, #done { color: ${quiet} }
#findings { color: ${series[0]}; padding-left: 1.2rem }
</style>
<header>
<h1 id="title">A run of Spikeward</h1>
<p id="status" role="status">Waiting for the first step.</p>
<ul id="findings" aria-label="Diagnosis"></ul>
</header>
<main>
${places}
</main>
<script type="module" src="watch.js"></script>
</html>
`

export const script = `const at = (id) => document.getElementById(id)
const events = new EventSource('events')
const on = (name, show) => events.addEventListener(name, (e) => show(JSON.parse(e.data)))
on('title', (text) => { at('title').textContent = text; document.title = text })
on('status', (text) => { at('status').textContent = text })
on('findings', (lines) => {
  at('findings').replaceChildren(...lines.map((line) => Object.assign(document.createElement('li'), { textContent: line })))
})
for (const figure of document.querySelectorAll('figure')) on(figure.id, (svg) => {
  // The server draws the figure; an SVG that is parsed as XML runs no script here, since the policy forbids it.
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement
  const shown = document.importNode(parsed, true)
  const width = Number(parsed.getAttribute('width'))
  // A figure is never much smaller than it was drawn, or its labels could not be read: it takes both columns, or
  // scrolls.
  shown.style.minWidth = 0.8 * width + 'px'
  figure.classList.toggle('wide', width > 700)
  figure.querySelector('div').replaceChildren(shown)
  figure.hidden = false
})
on('end', (text) => { at('status').textContent = text; events.close() })
`
