import { SpikewardError, isRecord } from '@spikeward/core'
import type { Json, JsonRecord } from './snapshot.js'

/** The first place at which two values differ, such as `supplied.domain`, with both; null if they are equal. */
function difference(
  expected: Json | undefined,
  stored: Json | undefined,
  at: string,
): readonly [string, string, string] | null {
  if (isRecord(expected) && isRecord(stored)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(stored)])) {
      const inner = difference(expected[name], stored[name], at === '' ? name : `${at}.${name}`)
      if (inner !== null) return inner
    }
    return null
  }
  const [a, b] = [JSON.stringify(expected) ?? 'nothing', JSON.stringify(stored) ?? 'nothing']
  return a === b ? null : [at, a, b]
}

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text)

/**
 * Refuses a checkpoint of another network: one with other settings, or that scaled its inputs or outputs by other data.
 * A checkpoint without a record, of an earlier version, passes.
 *
 * @param expected the record of the network at hand
 * @param stored that of the checkpoint
 * @throws CHECKPOINT_MISMATCH, with the first difference
 */
export function checkModel(expected: JsonRecord, stored: JsonRecord | undefined): void {
  const other = stored === undefined ? null : difference(expected, stored, '')
  if (other === null) return
  const [at, wanted, has] = other
  throw new SpikewardError(
    'CHECKPOINT_MISMATCH',
    `the checkpoint belongs to another network: ${at} is ${shortened(has)}, and here ${shortened(wanted)}; use the settings and the data that it was made with, or start a new run`,
  )
}
