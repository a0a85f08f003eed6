/** State dicts of other libraries become runs: spike for spike those of snnTorch's published equations. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Network, type Tensor, type Variables, neuronsOf, tensor } from '@spikeward/core'
import { loadNetwork } from '@spikeward/experiment'
import { type HostTensor, encodeSafetensors } from '@spikeward/train'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './fakeIo.js'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-state-dict-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Numbers in [−1, 1) that are multiples of 2⁻⁸, so that sums of their products are exact in any order. */
function dyadic(seed: number): () => number {
  let state = seed
  return () => (((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 16) % 512) / 256 - 1
}

type Linear = { readonly weight: Float32Array; readonly bias: Float32Array; readonly shape: readonly [number, number] }

function linear(inputs: number, outputs: number, seed: number, scale: number): Linear {
  const draw = dyadic(seed)
  return {
    shape: [outputs, inputs],
    weight: Float32Array.from({ length: outputs * inputs }, () => scale * draw()),
    bias: Float32Array.from({ length: outputs }, () => 0.5 * draw()),
  }
}

const hat = [linear(2, 64, 1, 1), linear(64, 64, 2, 0.25), linear(64, 1, 3, 1)]

const f32 = (shape: readonly number[], ...values: readonly number[]): HostTensor => ({
  dtype: 'f32',
  shape: [...shape],
  data: Float32Array.from(values),
})

/** A file as `safetensors.torch.save_file(net.state_dict(), path)` writes it. */
async function written(
  name: string,
  layers: readonly Linear[],
  neuron: (l: number) => Readonly<Record<string, HostTensor>>,
): Promise<string> {
  const tensors = new Map<string, HostTensor>()
  for (const [l, { weight, bias, shape }] of layers.entries()) {
    tensors.set(`fc${l + 1}.weight`, f32(shape, ...weight)).set(`fc${l + 1}.bias`, f32([shape[0]], ...bias))
    for (const [part, value] of Object.entries(l < layers.length - 1 ? neuron(l) : {}))
      tensors.set(`lif${l + 1}.${part}`, value)
  }
  const path = join(folder, name)
  await writeFile(path, encodeSafetensors({ tensors, metadata: new Map([['format', 'pt']]) }))
  return path
}

/**
 * The buffers of snnTorch's `Leaky`: β, θ, the value of a spike, and the code of the reset, which is an integer there.
 */
const leaky = (beta: number, threshold: number, reset: number) => () => ({
  beta: f32([], beta),
  threshold: f32([], threshold),
  graded_spikes_factor: f32([], 1),
  reset_mechanism_val: { dtype: 'i32' as const, shape: [], data: Int32Array.of(reset) },
})

const T = 32

/**
 * The published equations in single precision, one neuron at a time: u ← βu + I − Rθ (subtract) or u ← β(1 − R)u + I
 * (zero), with R the spike of the step before; s = H(u − θ), H(0) = 0 (Eshraghian et al. 2023, 2109.12894).
 *
 * @returns the spikes of the hidden layers [T, n], and the mean output over time
 */
function snnTorch(x: readonly number[], beta: number, threshold: number, reset: 'subtract' | 'zero') {
  const { fround } = Math
  const [b, theta] = [fround(beta), fround(threshold)]
  const through = ({ weight, bias, shape: [outputs, inputs] }: Linear, from: readonly number[]): number[] =>
    Array.from({ length: outputs }, (_, o) =>
      fround(from.reduce((sum, v, i) => sum + v * weight[o * inputs + i]!, bias[o]!)),
    )
  const membranes = hat.slice(0, -1).map(({ bias }) => new Array<number>(bias.length).fill(0))
  const spikes: number[][][] = hat.slice(0, -1).map(() => [])
  let output = 0
  for (let t = 0; t < T; t++) {
    let now = [...x]
    for (const [l, u] of membranes.entries()) {
      const current = through(hat[l]!, now)
      now = u.map((before, n) => {
        const fired = before > theta
        const charged = fround(fround(b * (fired && reset === 'zero' ? 0 : before)) + current[n]!)
        u[n] = fired && reset === 'subtract' ? fround(charged - theta) : charged
        return u[n] > theta ? 1 : 0
      })
      spikes[l]!.push(now)
    }
    output += through(hat.at(-1)!, now)[0]! / T
  }
  return { spikes, output }
}

const imported = async (file: string, out: string, ...more: readonly string[]) =>
  run(
    'import',
    file,
    '--problem',
    'mexican-hat',
    '--time',
    String(T),
    '--out',
    join(folder, out),
    '--backend',
    'reference',
    '--quiet',
    ...more,
  )

/** 245 points of 128 neurons in 32 steps: a million spikes or silences. */
const POINTS = 245

describe.each([
  { beta: 0.9, threshold: 1, reset: 'subtract' as const },
  { beta: 0.75, threshold: 0.5, reset: 'zero' as const },
])('a 2-64-64-1 network of snnTorch, $reset', ({ beta, threshold, reset }) => {
  test('has no spike that differs in a million', async () => {
    const file = await written(`${reset}.safetensors`, hat, leaky(beta, threshold, reset === 'zero' ? 1 : 0))
    const { code, err } = await imported(file, reset)
    expect([code, err]).toEqual([0, ''])
    using loaded = await loadNetwork(await readFile(join(folder, reset, 'checkpoint.safetensors')))
    const draw = dyadic(7)
    const x = Float64Array.from({ length: 2 * POINTS }, draw)
    const network = loaded.network as Network<Variables>
    const records = neuronsOf((v: Variables, at: Tensor) => network.apply(v, at))(
      loaded.variables,
      tensor(x, { dtype: 'f32', shape: [POINTS, 2] }),
    )
    const found = await Promise.all([0, 1].map((l) => records[`trained.layers.${l}.weight`]!.spikes.data()))
    const outputs = await loaded.predict(x)
    let [differing, compared, fired] = [0, 0, 0]
    for (let p = 0; p < POINTS; p++) {
      const { spikes, output } = snnTorch([...x.subarray(2 * p, 2 * p + 2)], beta, threshold, reset)
      expect(outputs[p]).toBeCloseTo(output, 5)
      for (const [l, layer] of spikes.entries())
        for (const [t, row] of layer.entries())
          for (const [n, spike] of row.entries()) {
            const ours = Number(found[l]![(t * POINTS + p) * 64 + n])
            compared++
            fired += spike
            if (ours !== spike) differing++
          }
    }
    expect({ differing, compared }).toEqual({ differing: 0, compared: POINTS * T * 128 })
    expect(fired).toBeGreaterThan(compared / 20)
  })
})

describe('a state dict', () => {
  test('on intervals other than [−1, 1] is the same function, which resume trains', async () => {
    const small = [linear(1, 5, 4, 1), linear(5, 1, 5, 1)]
    const file = await written('small.safetensors', small, leaky(0.5, 1, 0))
    const table = join(folder, 'table.csv')
    await writeFile(table, `a,y\n${Array.from({ length: 40 }, (_, i) => `${2 + i / 8},${i}`).join('\n')}\n`)
    const own = ['--data', table, '--inputs', 'a', '--outputs', 'y', '--time', '8', '--steps', '4']
    const out = join(folder, 'own')
    expect((await run('import', file, ...own, '--out', out, '--backend', 'reference', '--quiet')).err).toBe('')
    const predicted = join(folder, 'predicted.csv')
    expect((await run('predict', out, '--data', table, '--out', predicted, '--quiet')).err).toBe('')
    const rows = (await readFile(predicted, 'utf8'))
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',').map(Number))
    const [first, last] = small as [Linear, Linear]
    for (const [a, y] of rows) {
      const spikes = Array.from(first.bias, (b, n) => {
        let [u, count] = [0, 0]
        for (let t = 0; t < 8; t++) {
          u = 0.5 * u + b + a! * first.weight[n]! - (u > 1 ? 1 : 0)
          count += u > 1 ? 1 : 0
        }
        return count / 8
      })
      expect(y).toBeCloseTo(
        spikes.reduce((sum, r, n) => sum + r * last.weight[n]!, last.bias[0]!),
        4,
      )
    }
    expect(rows).toHaveLength(40)
    const resumed = await run('resume', out, '--quiet', '--no-figures', '--json')
    expect([resumed.code, resumed.err]).toEqual([0, ''])
  })

  test('without neurons needs their names, or none', async () => {
    const file = await written('dense.safetensors', hat, () => ({}))
    const unnamed = await imported(file, 'unnamed')
    expect([unnamed.code, unnamed.err]).toEqual([2, expect.stringContaining('--neuron')])
    expect((await imported(file, 'jelly', '--neuron', 'spikingJellyLif(tau=2)')).err).toBe('')
    const dense = await run(
      'import',
      file,
      '--problem',
      'mexican-hat',
      '--spiking',
      'none',
      '--out',
      join(folder, 'tanh'),
      '--backend',
      'reference',
      '--quiet',
    )
    expect([dense.code, dense.err]).toEqual([0, ''])
    using loaded = await loadNetwork(await readFile(join(folder, 'tanh', 'checkpoint.safetensors')))
    const x = [0.25, -0.5]
    const layer = ({ weight, bias }: Linear, from: readonly number[]): number[] =>
      Array.from(bias, (b, o) => from.reduce((sum, v, i) => sum + v * weight[o * from.length + i]!, b))
    const [first, second, last] = hat as [Linear, Linear, Linear]
    const [y] = layer(last, layer(second, layer(first, x).map(Math.tanh)).map(Math.tanh))
    expect((await loaded.predict(Float64Array.from(x)))[0]).toBeCloseTo(y!, 4)
  })

  test.each([
    ['layers that do not follow each other', [hat[1]!, hat[0]!], 'number the modules'],
    ['one layer', [hat[2]!], 'at least two'],
    ['other sizes than the problem', [linear(3, 4, 1, 1), linear(4, 1, 1, 1)], 'choose a problem of the same sizes'],
  ])('with %s is refused, and nothing is written', async (name, layers, remedy) => {
    const file = await written('bad.safetensors', layers, leaky(0.5, 1, 0))
    const refused = await imported(file, name)
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('STATE_DICT_UNSUPPORTED')])
    expect(refused.err).toContain(remedy)
    await expect(readFile(join(folder, name, 'config.json'))).rejects.toThrow()
  })

  test.each([
    ['neurons that differ', { beta: f32([], 0.5) }],
    ['a β for each neuron', { beta: f32([2], 0.5, 0.6) }],
    ['other neurons', { alpha: f32([], 0.5), beta: f32([], 0.5) }],
    ['normalisation', { running_mean: f32([64], ...new Array<number>(64).fill(0)) }],
  ])('with %s is refused', async (_, more) => {
    const file = await written('bad.safetensors', hat, (l) => ({ ...leaky(0.9, 1, 0)(), ...(l === 0 ? more : {}) }))
    expect((await imported(file, 'refused')).err).toContain('STATE_DICT_UNSUPPORTED')
  })
})
