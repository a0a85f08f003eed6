import { parseNumber } from '@spikeward/core'
import type { ValueType } from '@spikeward/core'

const seconds: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, min: 60 }

function secondsOf(text: string): number {
  const [, number = '', unit = 's'] = /^([\d.eE+-]+?)\s*(ms|s|min)?$/.exec(text.trim()) ?? []
  return (parseNumber(number) ?? NaN) * seconds[unit]!
}

/** The longest time of training, in seconds. */
export const LONGEST = 1e8

/** Times separated by commas, as seconds: `15s`, `1s,5s,15s`, `500ms`, `2min`; seconds if there is no unit. */
export const timesType: ValueType<readonly number[]> = {
  name: 'list',
  expects: 'times such as 15s, 500ms or 2min, separated by commas',
  accepts: (x): x is readonly number[] =>
    Array.isArray(x) && x.length > 0 && x.every((s) => typeof s === 'number' && s > 0 && s <= LONGEST),
  parse: (text) => {
    const times = text.split(',').map(secondsOf)
    return times.some(Number.isNaN) ? undefined : times
  },
}
