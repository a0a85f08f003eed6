import { expect, test } from 'vitest'
import { lossSpec } from '@spikeward/plots'
import { showFigure } from '@spikeward/plots/page'

const spec = (last: number) =>
  lossSpec({ losses: Array.from({ length: last }, (_, i) => ({ step: i + 1, loss: 1 / (i + 1) })) })

function place(): HTMLElement {
  const made = document.createElement('div')
  document.body.append(made)
  return made
}

/** Pixels of a canvas that are not white. */
function inked(canvas: HTMLCanvasElement): number {
  const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
  let count = 0
  for (let i = 0; i < data.length; i += 4) if (data[i]! < 200 && data[i + 3]! > 0) count++
  return count
}

test('draws on a canvas with a label, updates in place, and goes away', async () => {
  const at = place()
  const shown = await showFigure(at, spec(10), { label: 'loss over the steps' })
  expect(at.getAttribute('role')).toBe('img')
  expect(at.getAttribute('aria-label')).toBe('loss over the steps')
  expect(inked(at.querySelector('canvas')!)).toBeGreaterThan(100)
  await shown.update(spec(100))
  expect(at.querySelectorAll('canvas')).toHaveLength(1)
  expect(inked(at.querySelector('canvas')!)).toBeGreaterThan(100)
  shown.dispose()
  expect(at.childElementCount).toBe(0)
})

test('draws as SVG', async () => {
  const at = place()
  const shown = await showFigure(at, spec(10), { renderer: 'svg', label: 'loss' })
  expect(at.querySelector('svg')?.textContent).toContain('training loss')
  shown.dispose()
})
