/** Traces with one damaged entry: each is replayed or refused with a code, and none ends otherwise. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SpikewardError } from '@spikeward/core'
import { checkTrace, loihi1, readTrace } from '@spikeward/chip'
import { stream } from '../training/fixture.js'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const golden = fixture('loihi') as { lif: { [name: string]: Json }[]; dense: { [name: string]: Json }[] }
const units = fixture('sigmadelta') as { traces: { [name: string]: Json }[] }

/** The first rows of every table. */
const short = (record: { [name: string]: Json }): Json =>
  Object.fromEntries(
    Object.entries(record).map(([name, v]) => [
      name,
      name === 'weights' || name === 'held' || name === 'bias' || !Array.isArray(v) ? v : v.slice(0, 4),
    ]),
  )

const odd: readonly Json[] = [
  null,
  true,
  '',
  'mixed',
  [],
  {},
  [[]],
  [[1, 2], [3]],
  -1,
  0,
  1,
  0.5,
  17,
  -129,
  4096,
  2 ** 31 - 1,
  -(2 ** 31),
  2 ** 31,
  1e300,
  { length: 3 },
  { __proto__: null, toString: 1 },
]

/** Replaces, removes or repeats one entry somewhere in a value. */
function damage(value: Json, next: () => number): Json {
  const draw = (n: number): number => Math.floor(((next() + 1) / 2) * n)
  const entries = value !== null && typeof value === 'object' ? Object.keys(value) : []
  if (entries.length === 0 || draw(6) === 0) return odd[draw(odd.length)]!
  const name = entries[draw(entries.length)]!
  if (Array.isArray(value)) {
    const copy = [...value]
    const at = Number(name)
    const kind = draw(8)
    if (kind === 0) copy.splice(at, 1)
    else if (kind === 1) copy.splice(at, 0, copy[at]!)
    else copy[at] = damage(copy[at]!, next)
    return copy
  }
  const record = value as { [name: string]: Json }
  if (draw(8) === 0) return Object.fromEntries(Object.entries(record).filter(([n]) => n !== name))
  return { ...record, [name]: damage(record[name]!, next) }
}

test('600 damaged traces are replayed or refused with a code', async () => {
  const next = stream()
  const whole = {
    lif: [short(golden.lif[1]!)],
    dense: [short(golden.dense[0]!)],
    traces: [short(units.traces[4]!)],
  }
  const seen = { agree: 0, differ: 0, refused: 0 }
  for (let i = 0; i < 600; i++) {
    const text = JSON.stringify(damage(whole, next))
    try {
      const found = await checkTrace(loihi1, readTrace(JSON.parse(text)))
      seen[found === null ? 'agree' : 'differ'] += 1
    } catch (error) {
      if (!(error instanceof SpikewardError) || !error.code.startsWith('CHIP_')) throw new Error(text, { cause: error })
      seen.refused += 1
    }
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(5)
})

test('a row of 200,000 spikes is read', async () => {
  const wide = 200_000
  const row = (v: number): number[] => new Array<number>(wide).fill(v)
  const record = { weights: [row(2)], held: [row(2)], signMode: 'mixed', numWeightBits: 8, weightExp: 0 }
  const trace = readTrace({ dense: [{ ...record, spikes: [row(1)], activation: [[2 * wide]] }] })
  expect(await checkTrace(loihi1, trace)).toBeNull()
})
