import { describe, expect, it } from 'vitest'
import { cpu } from '@spikeward/backend-cpu'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingStream } from '@spikeward/operators'
import { adam, sgd } from '@spikeward/optim'
import { decodeSafetensors, learn, learner } from '../../src/index.js'
import type { LearnedSample, LearnOptions, Sample } from '../../src/index.js'

const network = spikingStream({
  inputs: 1,
  hidden: [16],
  neuron: leakyIntegrateAndFire({ beta: 0.9 }),
  spike: spike(atan()),
})
const options = { network, inputs: 1, outputs: 1, optimizer: adam(1e-2), key: 1 } as const

const three = spikingStream({
  inputs: 3,
  hidden: [8],
  neuron: leakyIntegrateAndFire({ beta: 0.9 }),
  spike: spike(atan()),
})

/** The next value of a sine that is sampled so that its last value alone does not tell where it goes. */
const wave = (i: number): number => 3 + 2 * Math.sin(0.7 * i)
const y = (i: number): number => wave(i + 1)
const samples = (from: number, to: number): Sample[] =>
  Array.from({ length: to - from }, (_, i) => ({ x: [wave(from + i)], y: [wave(from + i + 1)] }))

async function all(stream: Iterable<Sample>, more: Partial<LearnOptions<never, never>> = {}): Promise<LearnedSample[]> {
  const found: LearnedSample[] = []
  for await (const one of learn(stream, { ...options, ...(more as object) })) found.push(one)
  return found
}
const rms = (errors: readonly number[]): number => Math.sqrt(errors.reduce((s, e) => s + e * e, 0) / errors.length)

describe('learn', () => {
  it.each(['dRtrl', 'esDRtrl', 'eProp', 'ottt', 'meanField'] as const)(
    '%s predicts better than the last value and than a line',
    async (rule) => {
      const backend = await cpu({ threads: 1 })
      const found = await all(samples(0, 1500), { rule, backend })
      expect(found.map(({ index }) => index)).toEqual(Array.from({ length: 1500 }, (_, i) => i))
      const late = rms(found.slice(1200).map(({ error }) => error))
      // A line through the last value errs by |sin 0.7| times the amplitude's root mean square.
      const line = Math.SQRT2 * Math.sin(0.7)
      expect(late).toBeLessThan(0.6 * line)
      await backend[Symbol.asyncDispose]()
    },
  )

  it('tells the firing rate of each layer at the newest inputs, and none of a network that states none', async () => {
    await using backend = await cpu({ threads: 1 })
    for (const horizon of [0, 3]) {
      const one = await learner({ ...options, horizon, backend })
      expect(await one.rates()).toEqual([0])
      await one.take(samples(0, 100))
      const [rate] = await one.rates()
      expect(rate).toBeGreaterThan(0)
      expect(rate).toBeLessThan(1)
    }
    const { rates: _, ...plain } = network
    expect(await (await learner({ ...options, network: plain, backend })).rates()).toEqual([])
  })

  it('predicts with the weights that it has while it is frozen, and then learns on', async () => {
    const backend = await cpu({ threads: 1 })
    const first = await learner({ ...options, backend })
    await first.take(samples(0, 200))
    const at = await first.checkpoint()
    const frozen = await learner({ ...options, backend, from: at, frozen: true })
    const [kept, live] = [await frozen.take(samples(200, 300)), await first.take(samples(200, 300))]
    expect(kept[0]!.prediction).toEqual(live[0]!.prediction)
    expect(kept[9]!.prediction).not.toEqual(live[9]!.prediction)
    const weights = (bytes: Uint8Array) =>
      [...decodeSafetensors(bytes).tensors].filter(([name]) => /^(params|optimizer)/.test(name))
    const after = await frozen.checkpoint()
    expect(weights(after).length).toBeGreaterThan(5)
    expect(weights(after)).toEqual(weights(at))
    const again = await learner({ ...options, backend, from: after })
    await again.take(samples(300, 320))
    expect(weights(await again.checkpoint())).not.toEqual(weights(at))
    await backend[Symbol.asyncDispose]()
  })

  it('predicts a sample before it learns from it', async () => {
    const first = await all([{ x: [1], y: [100] }])
    const other = await all([{ x: [1], y: [-100] }])
    expect(first[0]!.prediction).toEqual(other[0]!.prediction)
    expect(first[0]!.error).toBe(100)
  })

  it.each([0, 1, 5])('forecasts %i samples ahead from what was there when its inputs arrived', async (horizon) => {
    const changed = async (name: 'x' | 'y') => {
      const stream = samples(0, 70)
      const other = stream.map((s, i) => (i === 50 ? { ...s, [name]: [1000] } : s))
      const [one, two] = [await all(stream, { horizon }), await all(other, { horizon })]
      return one.find(({ prediction }, i) => prediction[0] !== two[i]!.prediction[0])!.index
    }
    expect(await changed('x')).toBe(50 + horizon)
    // Sample 50 has inputs and a target: its forecast knows both, but with horizon 0 the target is what it predicts.
    expect(await changed('y')).toBe(50 + Math.max(horizon, 1))
  })

  it.each([0, 3])('continues from a checkpoint with the same bits, %i samples ahead', async (horizon) => {
    const more = { backend: await cpu({ threads: 1 }), horizon }
    const whole = await all(samples(0, 120), more)
    const one = await learner({ ...options, ...more })
    await one.take(samples(0, 70))
    const from = await one.checkpoint()
    const two = await learner({ ...options, ...more, from })
    expect(two.count).toBe(70)
    const rest = await two.take(samples(70, 120))
    expect(rest).toEqual(whole.slice(70 - horizon))
    await more.backend[Symbol.asyncDispose]()
  })

  it('refuses a checkpoint of other columns or of another network', async () => {
    const from = await (await learner(options)).checkpoint()
    await expect(learner({ ...options, outputs: 2, from })).rejects.toThrow('STREAM_CHECKPOINT')
    const wider = spikingStream({ inputs: 1, hidden: [17], neuron: leakyIntegrateAndFire(), spike: spike(atan()) })
    await expect(learner({ ...options, network: wider, from })).rejects.toThrow('CHECKPOINT_MISMATCH')
    const other = [
      { memory: 50 },
      { decay: 0.5 },
      { interval: 2 },
      { horizon: 1 },
      { delays: 2 },
      { model: { columns: ['b'] } },
    ]
    for (const more of other)
      await expect(learner({ ...options, ...more, from })).rejects.toThrow('CHECKPOINT_MISMATCH')
    const damaged = from.slice()
    damaged[damaged.length - 1]! ^= 1
    await expect(learner({ ...options, from: damaged })).rejects.toThrow('CHECKPOINT_CORRUPT')
  })

  it('takes the mean of a missing input, and learns nothing from a missing target', async () => {
    const [, ...found] = await all([
      { x: [1], y: [1] },
      { x: [NaN], y: [2] },
      { x: [3], y: [NaN] },
      { x: [2], y: [2] },
    ])
    expect(found.map(({ error }) => Number.isNaN(error))).toEqual([false, true, false])
    expect(found.every(({ prediction }) => prediction.every(Number.isFinite))).toBe(true)
  })

  /** The weights of a learner, by name. */
  const weightsOf = async (one: { checkpoint(): Promise<Uint8Array> }) =>
    [...decodeSafetensors(await one.checkpoint()).tensors].filter(([name]) => name.startsWith('params'))

  it('learns nothing from samples whose inputs lie before the stream, and from the first whose inputs are there', async () => {
    const one = await learner({ ...options, optimizer: sgd(1e-2), horizon: 3 })
    const first = await weightsOf(one)
    expect(first.length).toBeGreaterThan(0)
    // The targets of the first three samples belong to inputs before the stream.
    for (const sample of samples(0, 3)) expect(await one.take([sample])).toEqual([])
    expect(await weightsOf(one)).toEqual(first)
    expect(await one.take(samples(3, 4))).toHaveLength(1)
    expect(await weightsOf(one)).not.toEqual(first)
  })

  it.each([0, 3])('learns several outputs, each in its own scale and where it is there, %i ahead', async (horizon) => {
    const two = spikingStream({
      ...{ inputs: 1, outputs: 2, hidden: [16], neuron: leakyIntegrateAndFire({ beta: 0.9 }), spike: spike(atan()) },
    })
    const wide = (v: number): number => 1000 - 100 * v
    // Every third sample lacks its second target.
    const stream = samples(0, 1200).map(({ x, y }, i) => ({ x, y: [y[0]!, i % 3 === 0 ? NaN : wide(y[0]!)] }))
    const common = { ...options, network: two, outputs: 2, horizon }
    const found: LearnedSample[] = []
    const lists = Array.from({ length: 120 }, (_, i) => stream.slice(10 * i, 10 * (i + 1)))
    for await (const one of learn(lists, common)) found.push(one)
    const late = found.slice(900)
    const errors = [0, 1].map((o) =>
      rms(late.map(({ prediction: p, index }) => p[o]! - [y(index), wide(y(index))][o]!)),
    )
    expect(errors[0]).toBeLessThan(1)
    expect(errors[1]).toBeLessThan(100)
    const missing = late.find(({ index }) => index % 3 === 0)!
    expect(missing.error).toBeCloseTo(Math.abs(missing.prediction[0]! - y(missing.index)))
    // Where only the first target is there, the weights of the second output stay.
    const one = await learner({ ...common, optimizer: sgd(1e-2) })
    await one.take(stream.slice(0, 10))
    const before = await weightsOf(one)
    await one.take([{ x: [1], y: [NaN, NaN] }])
    expect(await weightsOf(one)).toEqual(before)
    await one.take([{ x: [1], y: [5, NaN] }])
    const changed = (await weightsOf(one)).flatMap(([name, { data }], i) =>
      Array.from(data).some((v, k) => v !== before[i]![1].data[k]) ? [{ name, data, before: before[i]![1].data }] : [],
    )
    const bias = changed.find(({ name }) => name.includes('linear') && name.endsWith('bias'))!
    expect(bias.data[0]).not.toBe(bias.before[0])
    expect(bias.data[1]).toBe(bias.before[1])
  })

  it('holds the last value of an input that is sampled more slowly, also from a checkpoint', async () => {
    const slow = (i: number): number => (i % 5 === 0 ? wave(i) : NaN)
    const at = (x: (i: number) => number, i: number): Sample => ({ x: [x(i)], y: [wave(i + 1)] })
    const gaps = Array.from({ length: 60 }, (_, i) => at(slow, i))
    const held = await all(Array.from({ length: 60 }, (_, i) => at((j) => wave(j - (j % 5)), i)))
    const first = await learner({ ...options, hold: true })
    const early = await first.take(gaps.slice(0, 33))
    const second = await learner({ ...options, hold: true, from: await first.checkpoint() })
    expect([...early, ...(await second.take(gaps.slice(33)))]).toEqual(held)
    expect(await all(gaps)).not.toEqual(held)
  })

  it('holds no value over a clock that was set', async () => {
    const at = (i: number, time: number): Sample => ({ x: [i % 5 === 0 ? wave(i) : NaN], y: [wave(i + 1)], time })
    const one = await learner({ ...options, hold: true, interval: 1 })
    await one.take(Array.from({ length: 8 }, (_, i) => at(i, i)))
    const newest = async (): Promise<number> =>
      Number(decodeSafetensors(await one.checkpoint()).tensors.get('lags')!.data[1])
    expect(await newest()).toBe(wave(5))
    await one.take([at(8, 5000)])
    expect(await newest()).toBeNaN()
    await one.take([at(10, 5001), at(11, 5002)])
    expect(await newest()).toBe(wave(10))
  })

  it('keeps the rows before a clock that was set, for what reads further back', async () => {
    const at = (i: number, time: number): Sample => ({ x: [wave(i)], y: [wave(i + 1)], time })
    const stream = Array.from({ length: 30 }, (_, i) => at(i, i < 20 ? i : 5000 + i))
    const more = { ...options, network: three, horizon: 2, delays: 3, interval: 1 }
    const weights = async (hold: boolean): Promise<unknown> => {
      const one = await learner({ ...more, hold })
      const outcomes = await one.take(stream)
      const { tensors } = decodeSafetensors(await one.checkpoint())
      return { outcomes, means: tensors.get('means'), lags: tensors.get('lags') }
    }
    expect(await weights(true)).toEqual(await weights(false))
  })

  it('refuses a sample of another width or that is infinite, and stays as it was', async () => {
    const one = await learner(options)
    await one.take([{ x: [1], y: [2] }])
    const before = await one.checkpoint()
    await expect(one.take([{ x: [1, 2], y: [2] }])).rejects.toThrow('STREAM_SAMPLE')
    await expect(one.take([{ x: [1], y: [] }])).rejects.toThrow('sample 1 has 0 numbers in y, and 1 are expected')
    await expect(one.take([{ x: [Infinity], y: [1] }])).rejects.toThrow('STREAM_SAMPLE')
    await expect(one.take([{ x: [1], y: [1], time: 3 }])).rejects.toThrow('those before it have none')
    expect(await one.checkpoint()).toEqual(before)
  })

  it.each([1, 7, 100])('gives the same bits for lists of %i samples', async (size) => {
    const backend = await cpu({ threads: 1 })
    const more = { delays: 3, horizon: 2, inputs: 1, network: three, raise: 4, backend }
    const jump = (t: number): Sample => ({ x: [wave(t)], y: [(t > 150 ? 40 : 1) * wave(t)] })
    const stream = Array.from({ length: 300 }, (_, t) => jump(t))
    const whole = await all(stream, more as never)
    expect(whole.length).toBe(298)
    expect(whole.some(({ drift }) => drift)).toBe(true)
    const lists = Array.from({ length: Math.ceil(300 / size) }, (_, i) => stream.slice(i * size, (i + 1) * size))
    expect(await all(lists as never, more as never)).toEqual(whole)
    await backend[Symbol.asyncDispose]()
  })

  it('recovers sooner from drift with a raised rate, which a checkpoint keeps', async () => {
    await using backend = await cpu({ threads: 1 })
    const value = (t: number): number => Math.sin(0.7 * t) + Math.sin(0.31 * t)
    const stream = Array.from(
      { length: 1400 },
      (_, t): Sample => ({ x: [value(t)], y: [(t < 700 ? 1 : -3) * value(t)] }),
    )
    const more = { ...options, optimizer: sgd(2e-3), backend }
    const after = async (raise: number): Promise<number> => {
      const one = await learner({ ...more, raise })
      const outcomes = await one.take(stream.slice(0, 900))
      const copy = await learner({ ...more, raise, from: await one.checkpoint() })
      const late = await copy.take(stream.slice(900))
      expect(late).toEqual(await one.take(stream.slice(900)))
      expect(outcomes.some(({ drift }) => drift)).toBe(true)
      return rms(late.map(({ error }) => error))
    }
    const [fixed, raised] = [await after(1), await after(5)]
    expect(raised).toBeLessThan(0.7 * fixed)
  })

  it('asks for the next sample after the last has been learned', async () => {
    let given = 0
    async function* source(): AsyncGenerator<Sample> {
      for (const sample of samples(0, 20)) {
        given++
        await Promise.resolve()
        yield sample
      }
    }
    const stream = learn(source(), options)
    for (let i = 1; i <= 5; i++) {
      await stream.next()
      expect(given).toBe(i)
    }
    await stream.return()
  })

  it('is not undone by one false number', async () => {
    const truth = samples(0, 1200)
    const broken = truth.map((sample, i) => (i === 900 ? { x: [1e9], y: [-1e9] } : sample))
    const errors = (found: readonly LearnedSample[]): number => rms(found.slice(1100).map(({ error }) => error))
    const given = { optimizer: sgd(1e-2), memory: 100 }
    expect(errors(await all(broken, given))).toBeLessThan(1.5 * errors(await all(truth, given)))
  })

  it('keeps a constant column finite', async () => {
    const found = await all(Array.from({ length: 50 }, () => ({ x: [5], y: [7] })))
    expect(found.at(-1)!.prediction[0]).toBeCloseTo(7, 3)
  })
})
