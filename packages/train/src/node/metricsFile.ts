import { constants } from 'node:fs'
import { stat } from 'node:fs/promises'
import { SpikewardError, parseJson } from '@spikeward/core'
import { readIfThere, writeWhole, writing } from '@spikeward/core/node'
import { openOwn } from './openOwn.js'

/** One line of metrics.jsonl: any JSON record with the step it belongs to. */
export type MetricLine = { readonly step: number; readonly [name: string]: unknown }

function parse(path: string, line: string, number: number): MetricLine {
  let value: unknown
  try {
    value = parseJson(line)
  } catch {
    value = null
  }
  const step = typeof value === 'object' && value !== null ? (value as { step?: unknown }).step : undefined
  if (typeof step !== 'number') {
    throw new SpikewardError(
      'RUN_FOLDER_INVALID',
      `line ${number} of ${path} is not a JSON record with a step; the file was altered; remove the line`,
    )
  }
  return value as MetricLine
}

/**
 * The whole lines of a metrics file; none if there is no file. A last line without a line feed is left out: the process
 * died while it wrote the line.
 *
 * @throws RUN_FOLDER_INVALID if a whole line is not a JSON record with a step
 */
export async function readMetrics(path: string): Promise<MetricLine[]> {
  const bytes = await readIfThere(path)
  if (bytes === null) return []
  const lines = new TextDecoder().decode(bytes).split('\n')
  return lines.slice(0, -1).map((line, i) => parse(path, line, i + 1))
}

const toText = (lines: readonly MetricLine[]): string => lines.map((l) => `${JSON.stringify(l)}\n`).join('')

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT

/**
 * Adds lines at the end; `durable` waits until all lines so far are on the disk.
 *
 * @throws RUN_FOLDER_INVALID for a symbolic link, DISK_FULL, FILE_UNWRITABLE
 */
export const appendMetrics = (path: string, lines: readonly MetricLine[], durable = false): Promise<void> =>
  writing(path, async () => {
    const handle = await openOwn(path, APPEND)
    try {
      if (lines.length > 0) await handle.writeFile(toText(lines))
      if (durable) await handle.sync()
    } finally {
      await handle.close()
    }
  })

/** Drops the lines after `step` and a torn last line. Leaves a file without such lines alone. */
export async function rewindMetrics(path: string, step: number): Promise<void> {
  const text = toText((await readMetrics(path)).filter((l) => l.step <= step))
  const there = await stat(path).catch(() => null)
  if (there !== null && there.size !== new TextEncoder().encode(text).length) await writeWhole(path, text)
}
