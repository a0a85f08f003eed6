import { SpikewardError, key as keyOf, tensor, treeLeaves } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { DeviceEstimator, DeviceEvaluation } from './deviceEstimator.js'
import type { DeviceNetwork, DeviceParams } from './deviceNetwork.js'
import { biasRange, checkWords, representableWeights } from './wordRanges.js'
import { LARGEST_DIFFERENCE } from './wordUse.js'

const valuesOf = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
const allOf = async (trees: DeviceParams): Promise<number[][]> => Promise.all(treeLeaves(trees).map(valuesOf))

/** The contents of an evaluation as text, to compare two evaluations. */
const textOf = async ({ params, currents }: DeviceEvaluation): Promise<string> =>
  JSON.stringify([
    await allOf(params),
    await Promise.all(currents.map(async (current) => (current === null ? null : valuesOf(current)))),
  ])

/** Differences of losses at the limits of their words: all positive, all negative, and alternating. */
const extremes: readonly ((sample: number) => number)[] = [
  () => LARGEST_DIFFERENCE,
  () => -LARGEST_DIFFERENCE,
  (n) => (n % 2 === 0 ? LARGEST_DIFFERENCE : -LARGEST_DIFFERENCE),
]

/**
 * Checks an estimator on a network, for one key: parameters and currents of both evaluations are i32, have the shapes
 * of the network and stay within the chip's words; estimates at the largest inputs and at the largest differences of
 * losses, of equal and of alternating signs, are i32 and at most `largestEstimate`; the same key gives the same
 * evaluations and estimates; and by `largestEstimate` no value of a step can exceed its word. Use it to test your own
 * estimators.
 *
 * @param params parameters of the network, such as those of `deviceTensors`
 * @param samples samples of a step
 * @throws CHIP_ESTIMATOR, which names the estimator and the broken requirement; CHIP_WIDTH
 * @example await checkDeviceEstimator(network, params, mine, 16)
 */
export async function checkDeviceEstimator(
  network: DeviceNetwork,
  params: DeviceParams,
  estimator: DeviceEstimator,
  samples: number,
): Promise<void> {
  const fail = (what: string): never => {
    throw new SpikewardError('CHIP_ESTIMATOR', `the estimator "${estimator.name}" ${what}; see DeviceEstimator`)
  }
  checkWords(network, estimator, samples)
  const context = { key: keyOf(1), samples }
  const { plus, minus } = estimator.perturb(network, params, context)
  const checkLike = (what: string, result: DeviceParams): void => {
    const [own, wanted] = [treeLeaves(result), treeLeaves(params)]
    const isLike = own.length === wanted.length && own.every((t, i) => t.shape.join() === wanted[i]!.shape.join())
    if (!isLike) fail(`returns ${what} with other shapes than the parameters`)
    const float = own.find(({ dtype }) => dtype !== 'i32')
    if (float !== undefined) fail(`returns ${what} of type ${float.dtype}, but a chip has only i32`)
  }
  const checkHeld = async (side: string, evaluation: DeviceEvaluation): Promise<void> => {
    checkLike(`parameters (${side})`, evaluation.params)
    for (const [l, layer] of network.layers.entries()) {
      const { weight, bias } = evaluation.params[l]!
      for (const [what, values, [low, high]] of [
        ['weight', await valuesOf(weight), representableWeights(network, layer)],
        ['bias', await valuesOf(bias), biasRange(network)],
      ] as const) {
        const outside = values.find((v) => v < low || v > high)
        if (outside !== undefined)
          fail(`moves a ${what} of layer ${l} to ${outside} (${side}), but its word holds ${low} to ${high}`)
      }
      const current = evaluation.currents[l] ?? null
      if (current === null) continue
      const wanted = [samples, layer.units].join(', ')
      if (current.dtype !== 'i32') fail(`adds currents of type ${current.dtype} (${side}), but a chip has only i32`)
      if (current.shape.join(', ') !== wanted)
        fail(`adds currents of shape [${current.shape.join(', ')}] to layer ${l} (${side}), which takes [${wanted}]`)
      const most = 2 ** (network.chip.stateBits - 1) - 1
      const tooLarge = (await valuesOf(current)).find((v) => Math.abs(v) > most)
      if (tooLarge !== undefined)
        fail(`adds a current of ${tooLarge} to layer ${l} (${side}), but a state holds at most ±${most}`)
    }
  }
  await checkHeld('plus', plus)
  await checkHeld('minus', minus)
  // The extremes: every loss differs by the largest word, and every input is at its largest.
  const presynaptic = network.layers.map(({ fanIn, payload }, l) => {
    const most = 2 * (l === 0 ? payload : network.time)
    return tensor(new Int32Array(samples * fanIn).fill(most), { shape: [samples, fanIn], dtype: 'i32' })
  })
  const estimateAt = (extreme: (sample: number) => number): DeviceParams => {
    const words = Int32Array.from({ length: samples }, (_, n) => extreme(n))
    const differences = tensor(words, { shape: [samples], dtype: 'i32' })
    return estimator.estimate(network, params, { key: context.key, differences, presynaptic })
  }
  for (const extreme of extremes) {
    const estimate = estimateAt(extreme)
    checkLike('estimates', estimate)
    for (const l of network.layers.keys()) {
      const bound = estimator.largestEstimate(network, l, samples)
      const result = (await allOf([estimate[l]!])).flat()
      const over = result.find((v) => !(Math.abs(v) <= bound))
      if (over !== undefined) fail(`returns an estimate of ${over} in layer ${l}, but its largestEstimate is ${bound}`)
    }
    const repeated = await allOf(estimateAt(extreme))
    if (JSON.stringify(repeated) !== JSON.stringify(await allOf(estimate)))
      fail('returns different estimates for the same key')
  }
  const again = estimator.perturb(network, params, context)
  for (const [one, other] of [
    [plus, again.plus],
    [minus, again.minus],
  ] as const)
    if ((await textOf(one)) !== (await textOf(other))) fail('returns different perturbations for the same key')
}
