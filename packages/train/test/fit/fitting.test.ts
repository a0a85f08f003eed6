/** A network that does not fit its problem is named with it, whichever way an estimator evaluates the network. */
import { describe, expect, it, vi } from 'vitest'
import { referenceBackend } from '@spikeward/core'
import { bp, eligibility } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { sgd } from '@spikeward/optim'
import { mexicanHat, parabola, poisson1d, tableProblem } from '@spikeward/problems'
import { fit } from '../../src/index.js'

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
    ['the name of a backend', { backend: 'cpu' }, /backend is the text "cpu".*INVALID_OPTION/],
  ])('%s', (_, wrong, message) => {
    const options: typeof run = { ...run, ...wrong }
    expect(() => fit(options)).toThrow(message)
  })

  it('a run of which no event is read is reported after a second', async () => {
    vi.useFakeTimers()
    const warned = vi.spyOn(console, 'warn').mockReturnValue(undefined)
    try {
      const unread = fit(run)
      const read = fit(run)
      await read.next()
      await read.return()
      vi.advanceTimersByTime(999)
      expect(warned).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(warned.mock.calls).toEqual([[expect.stringMatching(/for await \(const event of fit.*\[FIT_UNREAD\]/)]])
      await unread.return()
    } finally {
      warned.mockRestore()
      vi.useRealTimers()
    }
  })

  it('then without a handler of errors throws the error of an awaited run', () => {
    const events = fit(run) as unknown as Promise<unknown>
    expect(() => events.then((event) => event)).toThrow(/FIT_AWAITED/)
  })
})
