/** A network that does not fit its problem is named with it, whichever way an estimator evaluates the network. */
import { describe, expect, it } from 'vitest'
import { referenceBackend } from '@spikeward/core'
import { bp, eligibility } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { sgd } from '@spikeward/optim'
import { mexicanHat, parabola, poisson1d, tableProblem } from '@spikeward/problems'
import { fit, operatorTask, regressionTask, trialOf } from '../../src/index.js'

const wrong = async (inputs: number, outputs: number, estimator = bp()): Promise<string> => {
  const neuron = leakyIntegrateAndFire({ beta: 1 })
  const network = spikingMlp({ inputs, outputs, hidden: [3], time: 2, neuron, spike: spike(atan()) })
  const run = { network, problem: mexicanHat(), estimator, optimizer: sgd(1), backend: referenceBackend(), key: 0 }
  try {
    for await (const _ of fit({ ...run, steps: 1 }));
  } catch (error) {
    return String(error)
  }
  return 'no error'
}

it.each([bp(), eligibility()])('another number of inputs or outputs names network and problem', async (estimator) => {
  expect(await wrong(1, 1, estimator)).toMatch(/'mexican-hat', which have inputs: 2: .*SHAPE_MISMATCH/)
  expect(await wrong(2, 3, estimator)).toMatch(/gives 3 outputs, and 'mexican-hat' has outputs: 1/)
})

it('a problem or a backend that is still a promise is named, with what to write', () => {
  const neuron = leakyIntegrateAndFire({ beta: 1 })
  const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [3], time: 2, neuron, spike: spike(atan()) })
  const run = { network, estimator: bp(), optimizer: sgd(1), key: 0, steps: 1 }
  const x = { name: 'x', shape: [4], data: Float64Array.of(0, 1, 2, 3) }
  // @ts-expect-error: tableProblem gives a promise
  expect(() => fit({ ...run, problem: tableProblem({ name: 'line', inputs: x, outputs: x }) })).toThrow(
    /problem is a promise; await it: problem: await .*INVALID_OPTION/,
  )
  // @ts-expect-error: so do the factories of backends
  expect(() => fit({ ...run, problem: mexicanHat(), backend: Promise.resolve(referenceBackend()) })).toThrow(
    /backend is a promise; await it/,
  )
})

describe('what plain JavaScript allows is refused when fit is called', () => {
  const neuron = leakyIntegrateAndFire({ beta: 1 })
  const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [3], time: 2, neuron, spike: spike(atan()) })
  const run = { network, problem: parabola(), estimator: bp(), optimizer: sgd(1), key: 0, steps: 1 }
  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['a rate', { learningRate: 0.1 }, /fit has no option 'learningRate'; .*optimizer.*UNKNOWN_OPTION/],
    ['a misspelt name', { optimizer: undefined, optimiser: sgd(1) }, /no option 'optimiser'.*UNKNOWN_OPTION/],
    ['a rate as optimiser', { optimizer: 0.01 }, /optimizer is 0\.01; give an optimiser, such as adam.*INVALID_OPTION/],
    ['a factory of optimisers', { optimizer: sgd }, /optimizer is the function sgd: call it.*INVALID_OPTION/],
    ['a factory of estimators', { estimator: bp }, /estimator is the function bp: call it.*INVALID_OPTION/],
    ['the name of an estimator', { estimator: 'bp' }, /estimator is the text "bp".*INVALID_OPTION/],
    ['no key', { key: undefined }, /key is undefined; give a whole number.*INVALID_OPTION/],
    ['steps as text', { steps: '5' }, /steps is the text "5".*INVALID_OPTION/],
    ['seconds as text', { seconds: '5' }, /seconds is the text "5".*INVALID_OPTION/],
    ['no network', { network: undefined }, /network is undefined; give a network.*INVALID_OPTION/],
    ['a factory of problems', { problem: parabola }, /problem is the function parabola: call it.*INVALID_OPTION/],
    [
      'an operator',
      { problem: poisson1d({ train: 2, validation: 1, test: 1 }) },
      /poisson-1d; .*operatorTask.*INVALID/,
    ],
    ['the name of a backend', { backend: 'cpu' }, /fit: the backend is the text "cpu".*INVALID_BACKEND/],
    ['a record that only compiles', { backend: { compile: () => 1 } }, /the backend is an object.*INVALID_BACKEND/],
    ['a key that is not a number', { key: NaN }, /key is NaN; give a whole number.*INVALID_OPTION/],
    ['a fraction as key', { key: 0.5 }, /key is 0\.5; give a whole number.*INVALID_OPTION/],
    ['no interval', { every: null }, /every is null; give a whole number.*INVALID_OPTION/],
    [
      'one callback',
      { callbacks: { every: 1, run } },
      /callbacks is an object; give a list of callbacks.*INVALID_OPTION/,
    ],
    ['a factory of callbacks', { callbacks: [sgd] }, /callbacks is \[sgd\]; give a list of callbacks.*INVALID_OPTION/],
    ['a callback that is never due', { callbacks: [{ run: sgd }] }, /every of a callback is undefined.*INVALID_OPTION/],
    ['a factory of tasks', { task: operatorTask }, /has no option 'network'.*UNKNOWN_OPTION/],
  ])('%s', (_, wrong, message) => {
    const options: typeof run = { ...run, ...wrong }
    expect(() => fit(options)).toThrow(message)
  })

  const { network: _, problem: __, ...rest } = run
  const call =
    (...options: unknown[]) =>
    () =>
      (fit as (...options: unknown[]) => unknown)(...options)
  it('no options, and a task that is none', () => {
    expect(call()).toThrow(/fit: its options are undefined; they must be an object.*INVALID_OPTION/)
    expect(call(null)).toThrow(/fit: its options are null; they must be an object.*INVALID_OPTION/)
    expect(call([])).toThrow(/they must be an object.*INVALID_OPTION/)
    expect(call({ ...rest, task: undefined })).toThrow(/fit: task is undefined; give a task, such as.*INVALID_OPTION/)
    expect(call({ ...rest, task: operatorTask })).toThrow(/task is the function operatorTask: call it.*INVALID_OPTION/)
    expect(call({ ...rest, task: Promise.resolve() })).toThrow(/task is a promise; await it.*INVALID_OPTION/)
    expect(call({ ...rest, task: { name: 'mine' } })).toThrow(/task is mine; give a task, such as.*INVALID_OPTION/)
  })

  it('an option that is undefined counts as not given, of either form', async () => {
    const ends = async (options: object): Promise<unknown> => {
      for await (const event of fit(options as typeof run)) if (event.type === 'end') return event.loss
      return undefined
    }
    const task = regressionTask({ network, problem: parabola() })
    const backend = referenceBackend()
    const loss = await ends({ ...run, backend })
    expect(loss).toBeGreaterThan(0)
    expect(await ends({ ...run, backend, task: undefined, seconds: undefined, rate: undefined })).toBe(loss)
    expect(await ends({ ...rest, backend, task, batch: undefined, network: undefined })).toBe(loss)
  })

  it('trialOf names itself, and ignores what only a run uses', async () => {
    const wrongTrial = (wrong: object) => () => trialOf({ ...run, ...wrong })
    expect(wrongTrial({ learningRate: 1 })).toThrow(/trialOf has no option 'learningRate'.*UNKNOWN_OPTION/)
    expect(wrongTrial({ optimizer: 0.01 })).toThrow(/trialOf: optimizer is 0\.01.*INVALID_OPTION/)
    const ignored = { backend: Promise.resolve(), steps: NaN, callbacks: null } as object
    const trial = await trialOf({ ...run, ...ignored })(referenceBackend())
    await trial.run(1)
    await trial[Symbol.asyncDispose]()
  })

  it('`then` without a handler of errors throws the error of an awaited run', () => {
    const events = fit(run) as unknown as Promise<unknown>
    expect(() => events.then((event) => event)).toThrow(/FIT_AWAITED/)
  })
})
