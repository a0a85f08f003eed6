import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { native } from '@spikeward/backend-native'
import { referenceBackend } from '@spikeward/core'
import type { Backend } from '@spikeward/core'
import { checkTrace, loihi1, loihi2, readTrace } from '@spikeward/chip'

const fixture = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'))
const golden = fixture('loihi')
const sigmaDelta = fixture('sigmadelta')

const backends: [string, () => Promise<Backend>][] = [
  ['reference', () => Promise.resolve(referenceBackend())],
  ['cpu', () => cpu({ threads: 1 })],
  ['native', () => native({ threads: 1 })],
]

describe.each(backends)('on %s', (_, open) => {
  test('every integer of the recorded traces agrees', async () => {
    const trace = readTrace(golden)
    expect(trace.lif).toHaveLength(9)
    expect(trace.dense).toHaveLength(7)
    const backend = await open()
    expect(await checkTrace(loihi1, trace, backend)).toBeNull()
    expect(await checkTrace(loihi2, trace, backend)).toBeNull()
  })

  test('sigma–delta and delta units agree, in integers and in floats', async () => {
    const trace = readTrace(sigmaDelta)
    expect(trace.sigmaDelta).toHaveLength(34)
    expect(await checkTrace(loihi2, trace, await open())).toBeNull()
  })
})

test('the first difference is found, wherever it is', async () => {
  for (const [list, name, row, column] of [
    ['lif', 'current', 7, 3],
    ['lif', 'membraneBeforeReset', 59, 7],
    ['lif', 'spikes', 0, 0],
    ['dense', 'held', 1, 2],
    ['dense', 'activation', 11, 4],
  ] as const) {
    const changed = structuredClone(golden) as Record<string, Record<string, number[][]>[]>
    const before = changed[list]![2]![name]![row]![column]!
    changed[list]![2]![name]![row]![column] = before + 1
    expect(await checkTrace(loihi1, readTrace(changed))).toEqual({
      where: `${list}[2].${name}`,
      row,
      column,
      recorded: before + 1,
      computed: before,
    })
  }
})

test.each([
  [4, 'sent', 30],
  [5, 'sigma', 1],
  [25, 'residue', 1e-9],
  [30, 'sent', 1],
] as const)('a difference in sigma–delta units is named: traces[%d].%s', async (i, name, by) => {
  const { traces } = structuredClone(sigmaDelta) as { traces: Record<string, number[][]>[] }
  traces[i]![name]![17]![3]! += by
  const found = await checkTrace(loihi2, readTrace({ traces }))
  expect(found).toMatchObject({ where: `traces[${i}].${name}`, row: 17, column: 3 })
})

test('a trace of an unknown model or with an exponent in floats is refused', () => {
  const { traces } = sigmaDelta as { traces: Record<string, unknown>[] }
  for (const changes of [
    { model: 'PySigmaDeltaModel' },
    { model: 'toString' },
    { activation: 'tanh' },
    { cumulativeError: 1 },
    { vth: 0 },
    { bias: [1] },
    { spikeExp: 0.5 },
    { sent: [[1]] },
  ])
    expect(() => readTrace({ traces: [{ ...traces[0], ...changes }] })).toThrow('CHIP_TRACE_INVALID')
  expect(() => readTrace({ traces: [{ ...traces[24], stateExp: 1 }] })).toThrow('shifts nothing')
  expect(() => readTrace({ traces: [{ ...traces[24], input: traces[0]!['bias'] }] })).toThrow('finite numbers')
})

test('the earliest step that differs is named, whatever differs there', async () => {
  const changed = structuredClone(golden) as Record<string, Record<string, number[][]>[]>
  changed['lif']![2]!['current']![9]![0]! += 1
  changed['lif']![2]!['spikes']![4]![1]! += 1
  expect(await checkTrace(loihi1, readTrace(changed))).toMatchObject({ where: 'lif[2].spikes', row: 4, column: 1 })
})

test('a trace is replayed with the offsets of decays that it states', async () => {
  const first = (golden as { lif: { dv: number; dmOffset: number; dsOffset: number }[] }).lif[2]
  const replayed = (changes: object) => checkTrace(loihi1, readTrace({ lif: [{ ...first!, ...changes }] }))
  // A decay of dv with an offset of 1 is a decay of dv + 1 without.
  expect(await replayed({ dv: first!.dv - 1, dmOffset: 1 })).toBeNull()
  expect(await replayed({ dmOffset: 1 })).not.toBeNull()
  expect(await replayed({ dsOffset: 0 })).not.toBeNull()
  // Without offsets, those of the chip.
  expect(await replayed({ dsOffset: undefined, dmOffset: undefined })).toBeNull()
  await expect(async () => replayed({ dmOffset: 2 })).rejects.toThrow('CHIP_TRACE_INVALID')
})

test('anything but a trace is refused', () => {
  const base = golden as { lif: object[]; dense: object[] }
  const changed = (list: 'lif' | 'dense', name: string, value: number): unknown => {
    const copy = structuredClone(golden) as Record<string, Record<string, number[][]>[]>
    copy[list]![0]![name]![0]![0] = value
    return copy
  }
  const cases: unknown[] = [
    null,
    [],
    {},
    { lif: 3 },
    { lif: [null] },
    { lif: [{ ...base.lif[0], du: 1.5 }] },
    { lif: [{ ...base.lif[0], spikes: [[1], [2, 3]] }] },
    { lif: [{ ...base.lif[0], activation: [[1]] }] },
    { dense: [{ ...base.dense[0], signMode: 'BOTH' }] },
    { dense: [{ ...base.dense[0], spikes: [[1]] }] },
    // 2^33 is 0 in 32 bits, which would agree with a recorded silence.
    changed('dense', 'spikes', 2 ** 33),
    changed('dense', 'spikes', -1),
    changed('lif', 'activation', 2 ** 31),
  ]
  for (const json of cases) expect(() => readTrace(json)).toThrow('CHIP_TRACE_INVALID')
})

test('parameters beyond the words of the chip are refused', async () => {
  const { lif, dense } = readTrace(golden)
  await expect(checkTrace(loihi1, { lif: [{ ...lif[0]!, du: 4096 }], dense: [], sigmaDelta: [] })).rejects.toThrow(
    'CHIP_RANGE',
  )
  await expect(checkTrace(loihi1, { lif: [{ ...lif[0]!, vth: 2 ** 17 }], dense: [], sigmaDelta: [] })).rejects.toThrow(
    'CHIP_RANGE',
  )
  await expect(
    checkTrace(loihi1, { lif: [], dense: [{ ...dense[0]!, weightExp: 8 }], sigmaDelta: [] }),
  ).rejects.toThrow('CHIP_RANGE')
  const { sigmaDelta: units } = readTrace(sigmaDelta)
  await expect(
    checkTrace(loihi2, { lif: [], dense: [], sigmaDelta: [{ ...units[1]!, stateExp: 18 }] }),
  ).rejects.toThrow('CHIP_RANGE')
  const weights = [[300, ...dense[0]!.weights[0]!.slice(1)], ...dense[0]!.weights.slice(1)]
  await expect(checkTrace(loihi1, { lif: [], dense: [{ ...dense[0]!, weights }], sigmaDelta: [] })).rejects.toThrow(
    'CHIP_RANGE',
  )
})
