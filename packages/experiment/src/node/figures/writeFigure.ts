import { writeWhole } from '@spikeward/core/node'
import type { FigureSpec } from '@spikeward/plots'
import { renderFigure } from '@spikeward/plots/node'

/**
 * Draws and writes `path`.svg and `path`.png atomically; returns the two paths.
 *
 * @throws DISK_FULL, FILE_UNWRITABLE
 */
export async function writeFigure(path: string, spec: FigureSpec): Promise<readonly string[]> {
  const { svg, png } = await renderFigure(spec)
  await writeWhole(`${path}.svg`, svg)
  await writeWhole(`${path}.png`, png)
  return [`${path}.svg`, `${path}.png`]
}
