/** The compact JSON of stored runs: one field or one row a line, so that a change of a row changes one line. */
import { isRecord } from '@spikeward/core'

/** Columns beyond which a record takes one line for each field. */
const WIDTH = 120

/** Digits of a measured number. */
const DIGITS = 8

const rounded = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value

/** A value, and a list of records or a long record with one line for each of them. */
function lined(value: unknown, replacer?: typeof rounded): string {
  const flat = JSON.stringify(value, replacer)
  if (Array.isArray(value) && value.some(isRecord))
    return `[\n${value.map((row) => JSON.stringify(row, replacer)).join(',\n')}\n]`
  if (!isRecord(value) || flat.length <= WIDTH) return flat
  const fields = Object.entries(value).filter(([, v]) => v !== undefined)
  return `{\n${fields.map(([name, v]) => `${JSON.stringify(name)}:${JSON.stringify(v, replacer)}`).join(',\n')}\n}`
}

/** The text of a file. Settings are exact; measured numbers have 8 significant digits. */
export const jsonText = (run: object): string => {
  const fields = Object.entries(run).filter(([, value]) => value !== undefined)
  const lines = fields.map(
    ([name, value]) => `${JSON.stringify(name)}:${lined(value, name === 'settings' ? undefined : rounded)}`,
  )
  return `{\n${lines.join(',\n')}\n}\n`
}
