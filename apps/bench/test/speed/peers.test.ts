import { add, jit, key as keyOf, mul, referenceBackend, treeMap, valueAndGrad } from '@spikeward/core'
import type { Key, PointSet } from '@spikeward/core'
import { standardise } from '@spikeward/operators'
import { adam } from '@spikeward/optim'
import { toPoints } from '@spikeward/train'
import { describe, expect, test } from 'vitest'
import { peers as command } from '../../src/benchmarks/speed/peers.js'
import type { PeerName } from '../../src/peers/registry.js'
import { lossOf, stepNetwork } from '../../src/step/shareStep.js'
import { adamSettings } from '../../src/step/stepSettings.js'
import { climb, summit } from '../../src/training/climb.js'
import { FINAL_SHARE, trainOurs, trainers, trainingParts, trainingStep } from '../../src/training/trainers.js'
import type { Training } from '../../src/training/trainers.js'
import { startTraining } from '../../src/training/theirs.js'
import { someRun } from '../support/runs.js'

const training = (steps: number, validation: number | null): Training => ({
  steps,
  seconds: steps / 100,
  validation,
  relativeL2: validation,
})

describe('a climb to a given error', () => {
  test('ends with the first training whose validation error is low enough', async () => {
    const errors = new Map([
      [10, 0.5],
      [20, null],
      [40, 0.02],
      [80, 0.01],
    ])
    const found = await climb([10, 20, 40, 80], 0.03, async (steps) => training(steps, errors.get(steps) ?? null))
    expect(found.map((t) => t.steps)).toEqual([10, 20, 40])
  })

  test('counts only if every key reaches the error', () => {
    const top = { who: '', how: '', threads: 1 }
    const both = [training(10, 0.02), training(30, 0.01)].map((t, key) => ({ key, trainings: [t] }))
    expect(summit({ ...top, keys: both }, 0.03)).toMatchObject({ steps: 20, seconds: 0.2 })
    expect(summit({ ...top, keys: both }, 0.015)).toBeNull()
    expect(summit({ ...top, keys: [] }, 0.03)).toBeNull()
  })
})

describe('the training', () => {
  test('by Spikeward returns errors and seconds, and frees its memory', async () => {
    const backend = referenceBackend()
    const found = await trainOurs('eligibility', 2, 0, backend)
    expect(found.steps).toBe(2)
    expect(found.seconds).toBeGreaterThan(0)
    expect(found.validation).toBeGreaterThan(0)
    expect(found.relativeL2).not.toBe(found.validation)
  })

  const absence = {
    torch: /no python3 with torch was found/,
    snntorch: /pip install snntorch/,
    spikingjelly: /pip install spikingjelly/,
    'jax-js': /^never$/,
    tfjs: /^never$/,
  } satisfies Record<PeerName, RegExp>

  /** TensorFlow.js takes 0.2 s of processor time for a step of the training that is timed. */
  const step = { ...trainingStep, widths: [2, 50, 1], time: 8, batch: 64 }
  const ERRORS_AT_EVERY = 20

  /** The numbers from which JavaScript peers draw their points: mulberry32. */
  function numbersOf(key: number): () => number {
    let state = (key + 0x9e3779b9) | 0
    return () => {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), state | 1)
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
    }
  }

  const rowsOf = ({ x, y }: PointSet, rows: readonly number[]): PointSet => ({
    x: Float64Array.from(rows.flatMap((row) => [x[2 * row]!, x[2 * row + 1]!])),
    y: Float64Array.from(rows, (row) => y[row]!),
    ...{ count: rows.length, grid: null },
  })

  /**
   * The validation error after steps of Adam on the points of the JavaScript peers, from the same initial parameters.
   */
  async function ownError(steps: number): Promise<number> {
    const { problem } = trainingParts()
    const train = problem.points('train')
    const { shift: [shift = 0] = [], scale: [scale = 1] = [] } = standardise(train)
    const network = stepNetwork(step, problem.domain)
    const loss = lossOf(network)
    const init = jit((key: Key) => network.init(key.split(2)[0]!))
    const { fixed, trained: initial } = init(keyOf(0, { backend: referenceBackend() }))
    const { b1, b2, eps } = adamSettings
    const optimizer = adam(1, { b1, b2, eps })
    let [trained, state] = [initial, optimizer.init(initial)]
    const draw = numbersOf(0)
    for (let i = 0; i < steps; i++) {
      const rows = Array.from({ length: step.batch }, () => Math.floor(draw() * train.count))
      const { x, y, ...rest } = rowsOf(train, rows)
      const data = { fixed, ...toPoints({ x, y: y.map((v) => (v - shift) / scale), ...rest }) }
      const [, gradient] = valueAndGrad((p: typeof initial) => loss(p, data))(trained)
      const next = optimizer.update(gradient, state, trained)
      const share = FINAL_SHARE + (1 - FINAL_SHARE) * 0.5 * (1 + Math.cos((Math.PI * i) / steps))
      trained = treeMap((p, change) => add(p, mul(change, trainers.bp.learningRate * share)), trained, next.updates)
      state = next.state
    }
    const whole = problem.points('validation')
    const measured = rowsOf(
      whole,
      Array.from({ length: Math.ceil(whole.count / ERRORS_AT_EVERY) }, (_, i) => i * ERRORS_AT_EVERY),
    )
    const found = await network.apply({ trained, fixed }, toPoints(measured).x).data()
    const wrong = Math.hypot(...Array.from(found, (u, i) => Number(u) * scale + shift - measured.y[i]!))
    return wrong / Math.hypot(...measured.y)
  }

  test.each([
    ['torch', ['autograd through the steps', 'a backward loop by hand']],
    ['jax-js', ['valueAndGrad under jit', 'a backward loop by hand under jit']],
    ['tfjs', ['valueAndGrads', 'a backward loop by hand']],
    ['snntorch', ['its own layers and autograd']],
    ['spikingjelly', ['its own layers and autograd']],
  ] as const)('by %s finds our loss and derivative, and learns, or reports why it is absent', async (name, forms) => {
    const trainer = await startTraining(name, 0, { threads: 1, compile: false, step, errorsAtEvery: ERRORS_AT_EVERY })
    if ('absent' in trainer) {
      expect(trainer.absent).toMatch(absence[name])
      return
    }
    try {
      expect(trainer.peer.forms.map((f) => f.name)).toEqual(forms)
      // PyTorch draws other points.
      for (const each of name === 'jax-js' || name === 'tfjs' ? forms : []) {
        const [own, { validation }] = [await ownError(3), await trainer.train(each, 3, 0)]
        expect(Math.abs(validation! - own), `three steps by ${each}`).toBeLessThan(1e-6 * own)
      }
      const form = forms.at(-1)!
      const [short, long] = [await trainer.train(form, 2, 0), await trainer.train(form, 7, 0)]
      expect(long.steps).toBe(7)
      expect(long.validation).toBeLessThan(0.9 * (short.validation ?? 0))
      expect(long.relativeL2).not.toBe(long.validation)
      expect(await trainer.train(form, 2, 0)).toMatchObject({ validation: short.validation })
      // All forms are the same training, except for spikes at the threshold.
      for (const other of forms.slice(0, -1)) {
        const { validation } = await trainer.train(other, 2, 0)
        expect(validation).toBeCloseTo(short.validation ?? Number.NaN, 1)
      }
    } finally {
      await trainer.close()
    }
  })
})

describe('the table of trainings', () => {
  test('lists the peers that are absent, with the reason', () => {
    const settings = { target: 0.03, keys: [0], threads: 1 }
    const trainings = [
      { who: 'torch', absent: 'no python3' },
      { who: 'tfjs', how: 'by hand', threads: 1, keys: [{ key: 0, trainings: [training(10, 0.02)] }] },
      { who: 'jax-js', how: 'jit', threads: 1, keys: [{ key: 0, trainings: [training(10, 0.2), training(20, 0.1)] }] },
    ]
    const run = someRun({ command: 'peers', settings, steps: [], trainings })
    expect(command.tables(run)[0]!.rows).toEqual([
      ['torch', 'absent: no python3', '–', '–', '–'],
      ['tfjs', 'by hand', '0.100', '10.0', '0.0200'],
      ['jax-js', 'jit', 'not reached', '–', 'validation 0.100'],
    ])
    expect(command.figures(run)).toHaveLength(1)
  })
})
