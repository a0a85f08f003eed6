import { describe, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

describe('list', () => {
  test('names everything on one screen', async () => {
    const { code, out } = await run('list')
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(40)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100)
    for (const kind of ['problems', 'estimators', 'backends'])
      expect(out).toMatch(new RegExp(`^${kind} +[\\w-]+,`, 'm'))
    const names = out.split(/[\s,]+/)
    for (const name of ['mexican-hat', 'rfg', 'bp', 'gaussian', 'mlp', 'lif', 'atan', 'adam', 'cpu', 'reference'])
      expect(names).toContain(name)
  })

  test('prints one line for each of a kind, and everything about one', async () => {
    expect((await run('list', 'estimators')).out).toMatch(/^ {2}rfg +random forward gradient/m)
    const { out: rfg } = await run('list', 'rfg')
    expect(rfg).toMatch(
      /^ {2}directions +.*whole number of at least 1; default 1 unless the problem has a tuned value$/m,
    )
    expect((await run('list', 'lif')).out).toMatch(/^ {2}beta .*; default 0\.9 unless the problem has a tuned value$/m)
    // The tuned reset is that of the tuned neuron alone.
    expect((await run('list', 'quadratic')).out).toMatch(/^ {2}reset .*; default zero$/m)
    expect((await run('list', 'lif')).out).toMatch(
      /^ {2}reset .*; default subtract unless the problem has a tuned value/m,
    )
    expect((await run('list', 'mexican-hat')).out).toContain(
      'defaults of mexican-hat (they override declared defaults): ',
    )
    expect((await run('list', 'leakyIntegrateAndFire')).out).toMatch(/^lif \(leakyIntegrateAndFire\), one of neurons/)
    const { out } = await run('list', 'reaction-diffusion')
    // The settings without spikes, and those for the equation alone, are listed below their network.
    expect(out).toMatch(/^ {2}deeponet: .*\n(?: {4}.*\n)*? {4}dense, without spikes:\n(?: {6}.*\n)+ {4}physics, /m)
    expect(out).not.toContain('[object')
    const { code, err } = await run('list', 'rgf')
    expect([code, err]).toEqual([2, expect.stringContaining('did you mean "rfg"')])
    // Everything that `list` finds is suggested: the kinds, and short and declared names.
    for (const [typed, meant] of [
      ['leakyIntegrateAndFir', 'leakyIntegrateAndFire'],
      ['burgersPin', 'burgers-pinn'],
      ['estimator', 'estimators'],
    ] as const) {
      const { code, err } = await run('list', typed)
      expect([code, err]).toEqual([2, expect.stringContaining(`did you mean "${meant}"?`)])
      expect((await run('list', meant)).code).toBe(0)
    }
  })

  test('--json gives the declarations', async () => {
    type Named = { readonly name: string; readonly summary: string }
    const all = JSON.parse((await run('list', '--json')).out) as Record<string, readonly Named[]>
    for (const kind of ['problems', 'estimators', 'networks', 'neurons', 'surrogates', 'optimizers', 'backends']) {
      expect(all[kind]?.every(({ summary }) => summary.length > 5)).toBe(true)
    }
    const tuned = Object.keys(all['defaults'] ?? {})
    expect(all['problems']?.map(({ name }) => name)).toEqual(expect.arrayContaining(tuned))
    const one = JSON.parse((await run('list', 'mexican-hat', '--json')).out) as Record<string, unknown>
    expect(one).toMatchObject({ 'mexican-hat': [{ kind: 'problems', description: { name: 'mexicanHat' } }] })
  })
})

describe('doctor', () => {
  // A software renderer takes a while to compile a shader.
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
