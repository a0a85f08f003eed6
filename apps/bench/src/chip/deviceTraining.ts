/** Training on a simulated chip: a network in integers, its neurons as built, and the host's readout. */
import { cast, jit, key as keyOf, randint, take, tensor, treeLeaves } from '@spikeward/core'
import type { Backend, Key, Tensor } from '@spikeward/core'
import { deviceState, deviceStep, deviceTensors, payloads, runDevice } from '@spikeward/chip'
import type { DeviceArrays, DeviceEstimator, DeviceNeurons, DeviceParams, DeviceReadout } from '@spikeward/chip'
import { ridgeReadout } from '@spikeward/operators'
import type { ChipProblem } from './chipProblems.js'
import { errorOf, readOut } from './errorOf.js'
import { LAMBDA } from './floatTraining.js'
import type { FloatReadout } from './floatTraining.js'

/** How a network is trained on the chip. */
export type DeviceTraining = {
  readonly estimator: DeviceEstimator
  readonly steps: number
  readonly batch: number
  /** The largest update of a layer is 2^rate weight steps at first; it halves at 1/2, 3/4 and 7/8 of the steps. */
  readonly rate: number
  /** The host solves its readout once in this number of steps; 0: never. */
  readonly solveEvery: number
  readonly key: number
}

/** Relative L2 on the test points, with the readout as given and with the readout solved on the training points. */
export type DeviceErrors = { readonly relativeL2: number; readonly solved: number }

/** A network on the simulated chip. */
export type Device = {
  readonly errors: () => Promise<DeviceErrors>
  readonly train: (how: DeviceTraining) => Promise<void>
  readonly dispose: () => void
}

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
  const points = { train: problem.points('train'), test: problem.points('test') }
  const unit = problem.domain.map(([low, high]) => ({ middle: (low + high) / 2, half: (range * (high - low)) / 2 }))
  const inputs = (x: Float64Array, count: number): Tensor => {
    const scaled = x.map((v, i) => (v - unit[i % unit.length]!.middle) / unit[i % unit.length]!.half)
    return tensor(payloads(network, scaled), { shape: [count, unit.length], dtype: 'i32', backend })
  }
  const x = { train: inputs(points.train.x, points.train.count), test: inputs(points.test.x, points.test.count) }
  const targets = points.train.y.map((v) => (v - given.shift) / given.scale)
  const y = tensor(targets, { shape: [points.train.count, problem.outputs], dtype: 'f32', backend })
  const counts = jit((p: DeviceParams, n: readonly DeviceNeurons[], at: Tensor) => runDevice(network, n, p, at).at(-1)!)
  const ratesAt = async (at: Tensor): Promise<Float64Array> => {
    const found = counts(params, neurons, at)
    const rates = Float64Array.from(await found.data(), (c) => Number(c) / network.time)
    found.dispose()
    return rates
  }
  const solve = async (): Promise<FloatReadout> => {
    const { weight, bias } = ridgeReadout(await ratesAt(x.train), targets, points.train.count, LAMBDA)
    return { ...readout, weight, bias, centre: new Float64Array(weight.length / bias.length) }
  }
  const measured = (rates: Float64Array, { weight, bias, centre, shift, scale }: FloatReadout): number => {
    const centred = rates.map((r, i) => r - centre[i % centre.length]!)
    const found = readOut(centred, { weight, bias }).map((v) => shift + scale * v)
    return errorOf(found, points.test, byRow)
  }
  const readoutTensors = ({ weight, bias, centre }: FloatReadout): DeviceReadout => ({
    weight: tensor(weight, { shape: [centre.length, bias.length], dtype: 'f32', backend }),
    bias: tensor(bias, { shape: [bias.length], dtype: 'f32', backend }),
    centre: tensor(centre, { shape: [centre.length], dtype: 'f32', backend }),
  })
  return {
    async errors() {
      const rates = await ratesAt(x.test)
      return { relativeL2: measured(rates, readout), solved: measured(rates, await solve()) }
    },
    async train({ estimator, steps, batch, rate, solveEvery, key }) {
      const step = deviceStep(network, estimator)
      const run = jit(
        (
          state: ReturnType<typeof deviceState>,
          n: readonly DeviceNeurons[],
          host: DeviceReadout,
          data: { x: Tensor; y: Tensor },
          pace: Tensor,
          root: Key,
          index: Tensor,
        ) => {
          const [draw, own] = root.fold(index).split(2) as [Key, Key]
          const rows = randint(draw, [batch], points.train.count)
          const drawn = { x: cast(take(cast(data.x, 'f32'), rows), 'i32'), y: take(data.y, rows) }
          return step(state, { neurons: n, readout: host, batch: drawn, rate: pace }, own)
        },
        { donate: [0] },
      )
      const begin = jit(deviceState)
      let state = begin(params)
      let host = readoutTensors(readout)
      const root = keyOf(key, { backend })
      const scalar = (v: number): Tensor => tensor(v, { dtype: 'i32', backend })
      const halvings = [0.5, 0.75, 0.875].map((share) => Math.floor(share * steps))
      for (let i = 0; i < steps; i++) {
        if (solveEvery > 0 && i % solveEvery === 0) {
          params = state.params
          readout = await solve()
          treeLeaves(host).forEach((t) => t.dispose())
          host = readoutTensors(readout)
        }
        const [pace, index] = [scalar(rate - halvings.filter((h) => i >= h).length), scalar(i)]
        const result = run(state, neurons, host, { x: x.train, y }, pace, root, index)
        state = result.state
        for (const t of [result.loss, pace, index]) t.dispose()
      }
      params = state.params
      if (solveEvery > 0) readout = await solve()
      treeLeaves([state.trace, host, root]).forEach((t) => t.dispose())
      run.dispose()
      begin.dispose()
    },
    dispose() {
      counts.dispose()
      treeLeaves([params, neurons, x, y]).forEach((t) => t.dispose())
    },
  }
}
