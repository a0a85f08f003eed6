import { token } from './theme.svelte.js'

/** Lets the user keep a file. */
export function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  const anchor = Object.assign(document.createElement('a'), { href: url, download: name })
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}

/** A picture to save: the canvases of the run side by side above its title, in the colours of the page. */
export async function poster(title: string, canvases: readonly HTMLCanvasElement[]): Promise<Blob | null> {
  const shown = canvases.filter((c) => c.width > 0 && c.height > 0)
  if (shown.length === 0) return null
  const [HEIGHT, PAD, HEAD] = [720, 48, 84]
  const widths = shown.map((c) => Math.round((c.width / c.height) * HEIGHT))
  const canvas = document.createElement('canvas')
  canvas.width = widths.reduce((sum, w) => sum + w + PAD, PAD)
  canvas.height = HEIGHT + 2 * PAD + HEAD
  const context = canvas.getContext('2d')
  if (context === null) return null
  context.fillStyle = token('--card')
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.fillStyle = token('--ink')
  context.font = '600 34px Georgia, serif'
  context.fillText(title, PAD, PAD + 34)
  let x = PAD
  shown.forEach((c, i) => {
    context.drawImage(c, x, PAD + HEAD, widths[i]!, HEIGHT)
    x += widths[i]! + PAD
  })
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}
