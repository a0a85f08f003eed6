/** Training on a simulated chip: a network in integers, its neurons as built, and the host's readout. */
import { cast, jit, key as keyOf, randint, take, tensor, treeLeaves } from '@spikeward/core'
import type { Backend, Key, PointSet, Tensor } from '@spikeward/core'
import { deviceState, deviceStep, deviceTensors, payloads, runDevice } from '@spikeward/chip'
import type { DeviceArrays, DeviceEstimator, DeviceNeurons, DeviceParams, DeviceReadout } from '@spikeward/chip'
import { ridgeReadout } from '@spikeward/operators'
import { adam, applyUpdates } from '@spikeward/optim'
import type { ChipProblem } from './chipProblems.js'
import { errorOf, readOut } from './errorOf.js'
import { LAMBDA } from './floatTraining.js'
import type { FloatReadout } from './floatTraining.js'

/**
 * What the host does with its readout meanwhile: hold it, learn it with the delta rule by Adam, or solve it once in a hundred steps.
 */
export type ReadoutTraining = 'held' | 'learned' | 'solved'

/** Steps between two solves, and the learning rate of a learned readout. */
const [SOLVE_EVERY, READOUT_RATE] = [100, 1e-2]

/** How a network is trained on the chip. */
export type DeviceTraining = {
  readonly estimator: DeviceEstimator
  readonly steps: number
  readonly batch: number
  /** The largest update of a layer is 2^rate weight steps at first; it halves at 1/2, 3/4 and 7/8 of the steps. */
  readonly rate: number
  readonly readout: ReadoutTraining
  readonly key: number
}

/** Relative L2, with the readout as given and with the readout solved on the training points. */
export type DeviceErrors = { readonly relativeL2: number; readonly solved: number }

/** A network on the simulated chip. */
export type Device = {
  readonly errors: (split: 'validation' | 'test') => Promise<DeviceErrors>
  readonly train: (how: DeviceTraining) => Promise<void>
  readonly dispose: () => void
}

type LearnedReadout = Pick<DeviceReadout, 'weight' | 'bias'>

/** The host's readout, and the memory of its optimiser. */
type Host = {
  readonly learned: LearnedReadout
  readonly centre: Tensor
  readonly memory: ReturnType<ReturnType<typeof adam>['init']>
}

const numbers = async (t: Tensor): Promise<Float64Array> => Float64Array.from(await t.data(), Number)

/** Puts a network on the simulated chip. Targets are standardised by the readout's shift and scale. */
export async function openDevice(
  arrays: DeviceArrays,
  given: FloatReadout,
  { problem, range, byRow }: ChipProblem,
  backend: Backend,
): Promise<Device> {
  const { network } = arrays
  const { params: first, neurons } = deviceTensors(arrays, backend)
  let params: DeviceParams = first
  let readout: FloatReadout = given
  const [train, validation, test] = (['train', 'validation', 'test'] as const).map((split) =>
    problem.points(split),
  ) as [PointSet, PointSet, PointSet]
  const points = { train, validation, test }
  const unit = problem.domain.map(([low, high]) => ({ middle: (low + high) / 2, half: (range * (high - low)) / 2 }))
  const inputs = (x: Float64Array, count: number): Tensor => {
    const scaled = x.map((v, i) => (v - unit[i % unit.length]!.middle) / unit[i % unit.length]!.half)
    return tensor(payloads(network, scaled), { shape: [count, unit.length], dtype: 'i32', backend })
  }
  const x = {
    train: inputs(train.x, train.count),
    validation: inputs(validation.x, validation.count),
    test: inputs(test.x, test.count),
  }
  const targets = train.y.map((v) => (v - given.shift) / given.scale)
  const y = tensor(targets, { shape: [train.count, problem.outputs], dtype: 'f32', backend })
  const counts = jit((p: DeviceParams, n: readonly DeviceNeurons[], at: Tensor) => runDevice(network, n, p, at).at(-1)!)
  const ratesAt = async (at: Tensor): Promise<Float64Array> => {
    const found = counts(params, neurons, at)
    const rates = Float64Array.from(await found.data(), (c) => Number(c) / network.time)
    found.dispose()
    return rates
  }
  const solve = async (): Promise<FloatReadout> => {
    const { weight, bias } = ridgeReadout(await ratesAt(x.train), targets, train.count, LAMBDA)
    return { ...readout, weight, bias, centre: new Float64Array(weight.length / bias.length) }
  }
  const measured = (
    rates: Float64Array,
    { weight, bias, centre, shift, scale }: FloatReadout,
    at: PointSet,
  ): number => {
    const centred = rates.map((r, i) => r - centre[i % centre.length]!)
    const found = readOut(centred, { weight, bias }).map((v) => shift + scale * v)
    return errorOf(found, at, byRow)
  }
  const hostOf = ({ weight, bias, centre }: FloatReadout): Host => {
    const learned = {
      weight: tensor(weight, { shape: [centre.length, bias.length], dtype: 'f32', backend }),
      bias: tensor(bias, { shape: [bias.length], dtype: 'f32', backend }),
    }
    const memory = adam(READOUT_RATE).init(learned)
    return { learned, centre: tensor(centre, { shape: [centre.length], dtype: 'f32', backend }), memory }
  }
  return {
    async errors(split) {
      const rates = await ratesAt(x[split])
      return {
        relativeL2: measured(rates, readout, points[split]),
        solved: measured(rates, await solve(), points[split]),
      }
    },
    async train({ estimator, steps, batch, rate, readout: how, key }) {
      const step = deviceStep(network, estimator)
      const learner = adam(READOUT_RATE)
      const run = jit(
        (
          state: ReturnType<typeof deviceState>,
          host: Host,
          n: readonly DeviceNeurons[],
          data: { x: Tensor; y: Tensor },
          pace: Tensor,
          root: Key,
          index: Tensor,
        ) => {
          const [draw, own] = root.fold(index).split(2) as [Key, Key]
          const rows = randint(draw, [batch], train.count)
          const drawn = { x: cast(take(cast(data.x, 'f32'), rows), 'i32'), y: take(data.y, rows) }
          const given = { neurons: n, readout: { ...host.learned, centre: host.centre }, batch: drawn, rate: pace }
          const { state: next, readoutGradient } = step(state, given, own)
          if (how !== 'learned') return { state: next, host }
          const { updates, state: memory } = learner.update(readoutGradient, host.memory, host.learned)
          return { state: next, host: { ...host, learned: applyUpdates(host.learned, updates), memory } }
        },
        { donate: [0, 1] },
      )
      const begin = jit(deviceState)
      let state = begin(params)
      let host = hostOf(readout)
      const root = keyOf(key, { backend })
      const scalar = (v: number): Tensor => tensor(v, { dtype: 'i32', backend })
      const halvings = [0.5, 0.75, 0.875].map((share) => Math.floor(share * steps))
      for (let i = 0; i < steps; i++) {
        if (how === 'solved' && i % SOLVE_EVERY === 0) {
          params = state.params
          readout = await solve()
          treeLeaves(host).forEach((t) => t.dispose())
          host = hostOf(readout)
        }
        const [pace, index] = [scalar(rate - halvings.filter((h) => i >= h).length), scalar(i)]
        const result = run(state, host, neurons, { x: x.train, y }, pace, root, index)
        state = result.state
        host = result.host
        for (const t of [pace, index]) t.dispose()
      }
      params = state.params
      const [weight, bias] = await Promise.all([host.learned.weight, host.learned.bias].map(numbers))
      readout = how === 'solved' ? await solve() : { ...readout, weight: weight!, bias: bias! }
      treeLeaves([state.trace, state.level, host, root]).forEach((t) => t.dispose())
      run.dispose()
      begin.dispose()
    },
    dispose() {
      counts.dispose()
      treeLeaves([params, neurons, x, y]).forEach((t) => t.dispose())
    },
  }
}
