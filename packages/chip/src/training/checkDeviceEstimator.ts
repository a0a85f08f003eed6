import { SpikewardError, key as keyOf, tensor, treeLeaves } from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import type { DeviceEstimator, DeviceEvaluation } from './deviceEstimator.js'
import { LARGEST_DIFFERENCE } from './deviceEstimators.js'
import type { DeviceNetwork, DeviceParams } from './deviceNetwork.js'
import { biasRange, checkWords, heldRange } from './wordRanges.js'

const valuesOf = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number)
const allOf = async (trees: DeviceParams): Promise<number[][]> => Promise.all(treeLeaves(trees).map(valuesOf))

/**
 * Checks that an estimator keeps its contract on a network: what it perturbs stays within the chip's words, every estimate is a whole number of
 * at most `largestEstimate`, parameters keep their shapes, the same key gives the same numbers, and no value of a step can exceed its
 * word. For the tests of estimators of your own.
 *
 * @param params parameters of the network, such as those of `deviceTensors`
 * @param samples samples of a step
 * @throws CHIP_ESTIMATOR naming the estimator and what it breaks; CHIP_WIDTH
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
  const checkLike = (what: string, found: DeviceParams): void => {
    const [own, wanted] = [treeLeaves(found), treeLeaves(params)]
    const isLike = own.length === wanted.length && own.every((t, i) => t.shape.join() === wanted[i]!.shape.join())
    if (!isLike) fail(`gives ${what} of other shapes than the parameters`)
    const float = own.find(({ dtype }) => dtype !== 'i32')
    if (float !== undefined) fail(`gives ${what} of type ${float.dtype}, and a chip has i32`)
  }
  const checkHeld = async (side: string, evaluation: DeviceEvaluation): Promise<void> => {
    checkLike(`parameters (${side})`, evaluation.params)
    for (const [l, layer] of network.layers.entries()) {
      const { weight, bias } = evaluation.params[l]!
      for (const [what, values, [low, high]] of [
        ['weight', await valuesOf(weight), heldRange(network, layer)],
        ['bias', await valuesOf(bias), biasRange(network)],
      ] as const) {
        const outside = values.find((v) => v < low || v > high)
        if (outside !== undefined)
          fail(`moves a ${what} of layer ${l} to ${outside} (${side}), and its word holds ${low} to ${high}`)
      }
      const current = evaluation.currents[l] ?? null
      const most = 2 ** (network.chip.stateBits - 1) - 1
      const tooLarge = current === null ? undefined : (await valuesOf(current)).find((v) => Math.abs(v) > most)
      if (tooLarge !== undefined)
        fail(`adds a current of ${tooLarge} to layer ${l} (${side}), and a state holds ±${most}`)
    }
  }
  await checkHeld('plus', plus)
  await checkHeld('minus', minus)
  // The extremes: every loss differs by the largest word, and every input is at its largest.
  const differences = tensor(new Int32Array(samples).fill(LARGEST_DIFFERENCE), { shape: [samples], dtype: 'i32' })
  const presynaptic = network.layers.map(({ fanIn, payload }, l) => {
    const most = 2 * (l === 0 ? payload : network.time)
    return tensor(new Int32Array(samples * fanIn).fill(most), { shape: [samples, fanIn], dtype: 'i32' })
  })
  const estimate = (): DeviceParams =>
    estimator.estimate(network, params, { key: context.key, differences, presynaptic })
  const first = estimate()
  checkLike('estimates', first)
  for (const l of network.layers.keys()) {
    const bound = estimator.largestEstimate(network, l, samples)
    const found = (await allOf([first[l]!])).flat()
    const over = found.find((v) => !(Math.abs(v) <= bound))
    if (over !== undefined) fail(`gives an estimate of ${over} in layer ${l}, and its largestEstimate is ${bound}`)
  }
  const again = estimator.perturb(network, params, context)
  const same = async (a: DeviceParams, b: DeviceParams): Promise<boolean> =>
    JSON.stringify(await allOf(a)) === JSON.stringify(await allOf(b))
  if (!(await same(again.plus.params, plus.params)) || !(await same(estimate(), first)))
    fail('gives other numbers for the same key')
}
