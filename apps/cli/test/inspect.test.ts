import { describe, expect, test } from 'vitest'
import { run } from './fakeIo.js'

describe('list', () => {
  test('names everything with a line on each', async () => {
    const { code, out } = await run('list')
    expect(code).toBe(0)
    for (const name of ['mexican-hat', 'rfg', 'bp', 'gaussian', 'mlp', 'lif', 'atan', 'adam', 'cpu', 'reference']) {
      expect(out).toMatch(new RegExp(`^  ${name} +\\S`, 'm'))
    }
    expect(out).not.toContain('[object')
    // What differs where nothing spikes or where an equation alone is learned from stands below its network.
    expect(out).toMatch(
      /^ {4}deeponet: .*\n(?: {6}.*\n)*? {6}dense, where nothing spikes:\n(?: {8}.*\n)+ {6}physics, /m,
    )
    expect(out).toMatch(/^ {6}physics, from the equation alone: spiking branch, .*\n(?: {8}.*\n)*? {8}dense, /m)
    const all = JSON.parse((await run('list', '--json')).out) as Record<
      string,
      readonly { name: string; about: string }[]
    >
    for (const kind of ['problems', 'estimators', 'networks', 'neurons', 'surrogates', 'optimizers', 'backends']) {
      expect(all[kind]?.every(({ about }) => about.length > 10)).toBe(true)
    }
    expect(Object.keys(all['defaults'] ?? {}).sort()).toEqual(all['problems']?.map(({ name }) => name).sort())
  })
})

describe('doctor', () => {
  // A software renderer takes its time to compile a shader.
  test('says what each backend can do', async () => {
    const { out } = await run('doctor', '--json')
    const { node, cores, backends } = JSON.parse(out) as {
      node: string
      cores: number
      backends: readonly {
        backend: string
        works: boolean
        reason: string
        capabilities: { dtypes: string[] } | null
        gflops: number | null
      }[]
    }
    expect(node).toBe(process.version)
    expect(cores).toBeGreaterThan(0)
    expect(backends.map((b) => b.backend)).toEqual(['cpu', 'native', 'webgpu', 'reference'])
    for (const { works, reason, capabilities, gflops } of backends) {
      expect(works ? (gflops ?? 0) > 0 && capabilities?.dtypes.includes('f32') : reason.length > 0).toBe(true)
    }
  })
})
