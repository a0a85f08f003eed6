/** The learning rate of spsa in floats, the baseline of training from scratch on a chip. */
import { mean } from '../sampleStatistics.js'
import { searchGrid } from '../tuned/search/searchGrid.js'
import type { DeviceErrors } from './device/deviceTraining.js'
import type { FloatNetwork } from './floatTraining.js'

/**
 * A trial of a learning rate: its errors at the validation points. Older runs store only the error of the solved
 * readout.
 */
export type FloatTrial = {
  readonly learningRate: number
  readonly key: number
  readonly validation: number | DeviceErrors
}

/** The powers of two, times the given rate, that are always tried, and the limits of the search. */
const [POWERS, LIMITS] = [[[-1], [0], [1], [2]], [[-8, 8]]] as const

/** The trials of a search, and the test errors of a training at the rates that it chose. */
export type FloatBaseline = {
  readonly trials: readonly FloatTrial[]
  /** With the readout as learned, at the rate that is best with it; with a solved readout, at the rate that is best after a solve. */
  readonly errorsOf: (key: number) => Promise<DeviceErrors>
}

/**
 * Searches the learning rate twice: for the error with the learned readout, and for the error after a solve of the readout.
 *
 * @param around the rate around which the search starts
 * @param keys of the trials
 */
export async function floatBaseline(
  around: number,
  keys: readonly number[],
  train: (learningRate: number, key: number) => Promise<FloatNetwork>,
): Promise<FloatBaseline> {
  const trials = new Map<number, (FloatTrial & { readonly validation: DeviceErrors })[]>()
  const trialsAt = async (learningRate: number) => {
    const known = trials.get(learningRate)
    if (known !== undefined) return known
    const own = []
    for (const key of keys) own.push({ learningRate, key, validation: (await train(learningRate, key)).validation })
    trials.set(learningRate, own)
    return own
  }
  const best = async (field: keyof DeviceErrors): Promise<number> => {
    const at = (power: number): number => around * 2 ** power
    const found = await searchGrid(POWERS, LIMITS, async ([power = 0]) =>
      mean((await trialsAt(at(power))).map(({ validation }) => validation[field])),
    )
    return at(found.best[0]!)
  }
  const [learned, solved] = [await best('relativeL2'), await best('solved')]
  return {
    trials: [...trials.values()].flat(),
    async errorsOf(key) {
      const { errors } = await train(learned, key)
      return {
        relativeL2: errors.relativeL2,
        solved: (learned === solved ? errors : (await train(solved, key)).errors).solved,
      }
    },
  }
}
