/** Files of this version: each later version reads them to the same numbers, or names the version that does. */
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readNir } from '@spikeward/nir'
import { encodeNpy, openDataFile } from '@spikeward/problems/node'
import { decodeCheckpoint } from '@spikeward/train'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfig, toRecord } from '@spikeward/experiment'
import { run } from '../fakeIo.js'

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spikeward-compatibility-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/**
 * Runs on the reference backend that were stopped midway (a function, an operator, a table of one's own, an equation),
 * by the format of their settings, and the end of the run that never stopped: its error, and the SHA-256 of its
 * parameters, moments, keys and counters; null if this version adds in another order: the error is then compared to 5
 * digits.
 */
const runs = {
  runFormat2: {
    format: 2,
    steps: 2000,
    relativeL2: 0.4001218561560807,
    bits: 'f57cb777fd25e2e725523743385486e089f1074de0616b4c0a41bca9f8d61c96',
  },
  // The version that wrote it solved readouts in single precision and ended at 0.5314587945035967. Since then
  // `eligibility` takes one pass for branch and trunk instead of one for each, so its sums have another order, and
  // tensors differ by rounding: no bits are compared.
  runFormat2Operator: {
    format: 2,
    steps: 60,
    relativeL2: 0.531458825039569,
    bits: null,
  },
  runFormat2Own: {
    format: 2,
    steps: 60,
    relativeL2: 0.801307592351198,
    bits: 'f1f552c3b996d028367260bd8bf4a9e333c95e45c8c0c52933ab85bcf714251c',
  },
  runFormat2Pinn: {
    format: 2,
    steps: 60,
    relativeL2: 0.9314630858927764,
    bits: '09933df72d66841e5ee712c5765be22aef06da786cce14f8d3bee54552d95e82',
  },
}

/** Digest of the bits of all tensors of a checkpoint. */
function bitsOf(place: string): string {
  const { tensors } = decodeCheckpoint(readFileSync(join(place, 'checkpoint.safetensors')))
  const hash = createHash('sha256')
  for (const [path, { data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(path).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return hash.digest('hex')
}

/**
 * Whether this engine has the mathematical functions with which the stored bits were computed, those of Node 20: the
 * reference backend calls them, and nothing else that may differ between machines.
 */
function hasMathOfStored(): boolean {
  const at = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 37)
  const functions = [Math.sin, Math.cos, Math.exp, Math.log, Math.tanh, Math.sqrt]
  const values = Float64Array.from(functions.flatMap((f) => at.map((x) => f(x))))
  return createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex').startsWith('dfc825d6d571b198')
}

test('every fixture of a run has a row here', () => {
  const found = readdirSync(fixtures).filter((name) => name.startsWith('runFormat'))
  expect(Object.keys(runs)).toEqual(found.sort())
  // The newest format is the one that this version writes.
  const { format } = toRecord({ format: 2 } as Parameters<typeof toRecord>[0])
  expect(Math.max(...Object.values(runs).map((r) => r.format))).toBe(format)
})

describe.each(Object.entries(runs))('%s', (name, { format, steps, relativeL2, bits }) => {
  const copy = (as: string): string => {
    const place = join(folder, `${name}-${as}`)
    cpSync(join(fixtures, name), place, { recursive: true })
    // A run names its own data by their path. A fixture holds the data and stores only the file's name.
    const path = join(place, 'config.json')
    const config = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>
    const { data } = config
    if (typeof data === 'string')
      writeFileSync(path, JSON.stringify(toRecord({ ...readConfig(config, path), data: join(place, data) })))
    return place
  }

  test('is measured as it is, and resumed to the end of the run that never stopped', async ({ task }) => {
    const config = JSON.parse(readFileSync(join(fixtures, name, 'config.json'), 'utf8')) as { format: number }
    expect(config.format).toBe(format)
    const place = copy('resumed')
    expect((await run('evaluate', place, '--json')).code).toBe(0)
    const { code, err, out } = await run('resume', place, '--quiet', '--json', '--no-figures')
    expect([code, err]).toEqual([0, ''])
    expect((await run('evaluate', place, '--json')).code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ steps })
    const { relativeL2: found } = JSON.parse(out) as { relativeL2: number }
    if (bits === null || !hasMathOfStored()) return expect(found).toBeCloseTo(relativeL2, 5)
    expect([found, bitsOf(place)]).toEqual([relativeL2, bits])
    Object.assign(task.meta, { figures: { 'runs resumed to the same SHA-256 of all tensors': 1 } })
  })

  test('of a later format is refused with the version to install', async () => {
    const place = copy('later')
    const path = join(place, 'config.json')
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), format: 3 }))
    const { code, err } = await run('resume', place)
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/format 3.*install that version: .*@latest.*\[RUN_FOLDER_NEWER\]/),
    ])
  })

  test('of a version before the first release is refused with a sentence', async () => {
    const place = copy('earlier')
    const path = join(place, 'config.json')
    const { files: _, ...earlier } = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, unknown>>
    writeFileSync(path, JSON.stringify({ ...earlier, dataHash: null }))
    const { code, err } = await run('evaluate', place)
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(
        /files: nothing.*a version before 0\.1\.0 wrote it; start a new run \[RUN_FOLDER_INVALID\]/,
      ),
    ])
  })

  test('has a checkpoint that is read to its step', () => {
    const { step, tensors } = decodeCheckpoint(readFileSync(join(fixtures, name, 'checkpoint.safetensors')))
    expect(step).toBeGreaterThan(0)
    expect(step).toBeLessThan(steps)
    expect([...tensors.keys()].filter((path) => path.startsWith('trained.')).length).toBeGreaterThan(0)
  })
})

describe('network.nir', () => {
  test('gives the outputs that it gave when it was written', async ({ task }) => {
    const [input, output] = [join(folder, 'input.npy'), join(folder, 'output.npy')]
    const values = Float64Array.from({ length: 20 }, (_, i) => Math.round((8 * ((i * 5) % 17)) / 17) / 4)
    writeFileSync(input, encodeNpy({ shape: [20, 1], data: values }))
    const ran = await run('nir', 'run', join(fixtures, 'network.nir'), '--input', input, '--out', output)
    expect([ran.code, ran.err]).toEqual([0, ''])
    const file = await openDataFile(output)
    // Sums and thresholds in double precision: the same bits on every machine.
    const [low, middle, high] = [0.314658858317027, 0.46271038119705576, 0.6142275605286304]
    const [first, ...rest] = [0.16314167898545243, low, high, middle, high, high, high, high, middle, middle]
    const then = [high, high, high, middle, high, high, middle, high, high, high]
    expect(await file.read('output')).toEqual({ shape: [20, 1], data: Float64Array.of(first, ...rest, ...then) })
    Object.assign(task.meta, { figures: { 'outputs of a NIR network, the same to the bit': 20 } })
  })

  test('is read to the nodes that it was written with', async () => {
    const graph = await readNir(readFileSync(join(fixtures, 'network.nir')))
    const types = Object.values(graph.nodes).map((node) => node.type)
    expect(types.filter((type) => type === 'Input' || type === 'Output').sort()).toEqual(['Input', 'Output'])
    expect(types.length).toBeGreaterThan(5)
    expect(graph.edges.length).toBeGreaterThanOrEqual(types.length - 1)
    expect((await run('nir', 'check', join(fixtures, 'network.nir'))).code).toBe(0)
  })
})
