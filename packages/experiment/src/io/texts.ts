import { markdownTable } from 'markdown-table'
import { parseJson as parse } from '@spikeward/core'
import { sampleDeviation, sampleMean } from '@spikeward/train'
import type { TrainConfig } from '../config/trainConfig.js'

/** A duration for display: 420 ms, 3.2 s, 42 s, 3 min 5 s, 2 h 10 min. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '—'
  if (seconds > 0 && seconds < 0.9995) return `${Number((1000 * seconds).toPrecision(3))} ms`
  if (seconds > 0 && seconds < 9.95) return `${seconds.toFixed(1)} s`
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

/** An error for people: four decimals, or three digits and a power of ten where four decimals would show little. */
export const errorText = (error: number): string =>
  error !== 0 && Math.abs(error) < 1e-3 ? error.toExponential(2) : error.toFixed(4)

/** A name without the file that exports it: `forward(eps=0.1)` of `./forward.ts#forward(eps=0.1)`. */
export const withoutPath = (name: string): string => name.replaceAll(/[^\s(),=]*[#/]/g, '')

type Rows = readonly (readonly string[])[]

/**
 * A cell of Markdown: a bar would begin the next cell, and a line break the next row. A bar that is escaped already
 * stays as it is.
 */
const cell = (text: string): string => text.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ')

/** A table in Markdown, for a file or an answer. */
export const table = (head: readonly string[], rows: Rows): string =>
  `${markdownTable(
    [head, ...rows].map((row) => row.map(cell)),
    { alignDelimiters: false },
  )}\n`

/** The same with aligned columns, for a terminal. */
export const alignedTable = (head: readonly string[], rows: Rows): string => `${markdownTable([head, ...rows])}\n`

/**
 * The value of a JSON text of the user, with or without the byte order mark that some editors write before it.
 *
 * @throws SyntaxError
 */
export const parseUserJson = (text: string): unknown => parse(text.replace(/^\uFEFF/, ''))

/** A relative error, or a dash. */
export const shown = (value: number | null, digits = 4): string => (value === null ? '—' : value.toFixed(digits))

/** Mean ± spread. */
export const meanSpread = (mean: number | null, spread: number | null): string =>
  `${shown(mean)}${spread === null ? '' : ` ± ${shown(spread)}`}`

/** A network and its sizes in a few words. */
export function networkLine({ network, hidden, branch, trunk, features, rank, spiking, loss }: TrainConfig): string {
  const layers = (name: string, widths: readonly number[] | null): string[] =>
    widths === null ? [] : [`${name} ${widths.join('-')}`]
  return [
    network,
    ...layers('hidden layers', hidden),
    ...layers('branch', branch),
    ...layers('trunk', trunk),
    ...(features === null ? [] : [`features ${features}`]),
    ...(rank === null ? [] : [`rank ${rank}`]),
    ...(spiking === null ? [] : [`spiking: ${spiking}`]),
    ...(loss === null ? [] : [`loss: ${loss}`]),
  ].join(', ')
}

const present = (values: readonly (number | null)[]): number[] => values.filter((v): v is number => v !== null)

/** The mean of the values that are not null; null if there is none. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const numbers = present(values)
  return numbers.length === 0 ? null : sampleMean(numbers)
}

/** The sample standard deviation of the values that are not null; null for fewer than two. */
export const spreadOf = (values: readonly (number | null)[]): number | null => sampleDeviation(present(values))
