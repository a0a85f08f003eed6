/** Files that earlier versions wrote: each later version reads them to the same numbers, or names the version that does. */
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readNir } from '@spikeward/nir'
import { decodeCheckpoint } from '@spikeward/train'
import { afterAll, describe, expect, test } from 'vitest'
import { toRecord } from '../../src/config/readConfig.js'
import { run } from '../fakeIo.js'

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spikeward-compatibility-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs that were stopped midway, by the format of their settings, and the error at the end of the run that never stopped. */
const runs = {
  runFormat1: { format: 1, steps: 400, relativeL2: 0.43442666466008284 },
  runFormat2: { format: 2, steps: 2000, relativeL2: 0.4001218561560807 },
}

test('every fixture of a run has a row here', () => {
  const found = readdirSync(fixtures).filter((name) => name.startsWith('runFormat'))
  expect(Object.keys(runs)).toEqual(found.sort())
  // The newest format is the one that this version writes.
  const { format } = toRecord({ format: 2 } as Parameters<typeof toRecord>[0])
  expect(Math.max(...Object.values(runs).map((r) => r.format))).toBe(format)
})

describe.each(Object.entries(runs))('%s', (name, { format, steps, relativeL2 }) => {
  const copy = (as: string): string => {
    const place = join(folder, `${name}-${as}`)
    cpSync(join(fixtures, name), place, { recursive: true })
    return place
  }

  test('is measured as it is, and resumed to the bits of the run that never stopped', async () => {
    const config = JSON.parse(readFileSync(join(fixtures, name, 'config.json'), 'utf8')) as { format?: number }
    expect(config.format ?? 1).toBe(format)
    const place = copy('resumed')
    expect((await run('evaluate', place, '--json')).code).toBe(0)
    const { code, out } = await run('resume', place, '--quiet', '--json', '--no-figures')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ steps })
    expect((JSON.parse(out) as { relativeL2: number }).relativeL2).toBeCloseTo(relativeL2, 10)
  })

  test('of a later format is refused with the version to install', async () => {
    const place = copy('later')
    const path = join(place, 'config.json')
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), format: 3 }))
    const { code, err } = await run('resume', place)
    expect([code, err]).toEqual([1, expect.stringMatching(/format 3.*@latest.*\[RUN_FOLDER_NEWER\]/)])
  })

  test('has a checkpoint that is read to its step', () => {
    const { step, tensors } = decodeCheckpoint(readFileSync(join(fixtures, name, 'checkpoint.safetensors')))
    expect(step).toBeGreaterThan(0)
    expect(step).toBeLessThan(steps)
    expect([...tensors.keys()].filter((path) => path.startsWith('trained.')).length).toBeGreaterThan(0)
  })
})

describe('network.nir', () => {
  test('is read to the nodes that it was written with', async () => {
    const graph = await readNir(readFileSync(join(fixtures, 'network.nir')))
    const types = Object.values(graph.nodes).map((node) => node.type)
    expect(types.filter((type) => type === 'Input' || type === 'Output').sort()).toEqual(['Input', 'Output'])
    expect(types.length).toBeGreaterThan(5)
    expect(graph.edges.length).toBeGreaterThanOrEqual(types.length - 1)
    expect((await run('nir', 'check', join(fixtures, 'network.nir'))).code).toBe(0)
  })
})
