/** A run whose events are never read is reported; one that is read late or given up is not. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { referenceBackend } from '@spikeward/core'
import { bp } from '@spikeward/estimators'
import { atan, leakyIntegrateAndFire, spike } from '@spikeward/neurons'
import { spikingMlp } from '@spikeward/operators'
import { sgd } from '@spikeward/optim'
import { parabola } from '@spikeward/problems'
import { fit } from '../../src/index.js'

const neuron = leakyIntegrateAndFire({ beta: 1 })
const network = spikingMlp({ inputs: 1, outputs: 1, hidden: [3], time: 2, neuron, spike: spike(atan()) })
const run = {
  network,
  problem: parabola({ train: 4, validation: 2, test: 2 }),
  estimator: bp(),
  optimizer: sgd(0.1),
  backend: referenceBackend(),
  key: 0,
  steps: 1,
}

/** Ends the program as Node does, for the runs of `fit` alone. */
const end = (code: number): void =>
  process
    .listeners('exit')
    .filter(({ name }) => name === 'warnAtExit')
    .forEach((listener) => listener(code))

const message: unknown = expect.stringMatching(/nothing was trained.*for await \(const event of fit.*\[FIT_UNREAD\]/)

let warned = vi.spyOn(console, 'warn')
beforeEach(() => {
  warned = vi.spyOn(console, 'warn').mockReturnValue(undefined)
  // Other files of this process may have left runs.
  end(0)
  warned.mockClear()
})
afterEach(() => warned.mockRestore())

it('when the program ends without an error', async () => {
  const late = fit(run)
  const runs = [fit(run), fit(run), late]
  await runs[0]!.next()
  await runs[0]!.return()
  // Given up without being read.
  await runs[1]!.return()
  end(1)
  expect(warned).not.toHaveBeenCalled()
  end(0)
  expect(warned.mock.calls).toEqual([[message]])
  end(0)
  expect(warned).toHaveBeenCalledOnce()
  expect(late).toBeDefined()
})

it('when it is collected as garbage', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const kept = fit(run)
  ;(() => void fit(run))()
  await expect
    .poll(() => {
      collect()
      return warned.mock.calls
    })
    .toEqual([[message]])
  await kept.return()
  end(0)
  expect(warned).toHaveBeenCalledOnce()
})
