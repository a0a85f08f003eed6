import {
  SpikewardError,
  defineOptions,
  either,
  integer,
  matmul,
  none,
  number,
  opaque,
  option,
  sub,
  tensor,
} from '@spikeward/core'
import type { Filled, FloatDType, OptionsOf, Tensor } from '@spikeward/core'
import { type Block, type BlockFixed, behind } from './block.js'
import { type BlockOptions, blockType, makeBlock, withDeepLayers } from './makeBlock.js'
import { type ShiftScale, columnNormaliser } from '../scales/outputScale.js'
import { has } from '../shared/networkOptions.js'
import { deepLayersOptions } from '../spikingMlp/spikingMlpOptions.js'
import type { PrincipalComponents } from '../statistics/principalComponents.js'

const isShiftScale = (x: unknown): x is ShiftScale => has(x, 'shift', 'scale')

const isSample = (x: unknown): x is Float64Array => x instanceof Float64Array

const isPrincipal = (x: unknown): x is (components: number) => PrincipalComponents => typeof x === 'function'

/**
 * Gain of a smooth branch of components. Components have mean 0, so that without the biases that come with a gain the
 * first features would be odd functions of them, and a ridge regression on these little better than a linear one.
 */
const COMPONENT_GAIN = 1

/** Gain of a spiking branch, see {@link scaled}. */
const SPIKING_GAIN = 0.15

/** Options of every network with a branch. */
export const branchOptions = /* @__PURE__ */ defineOptions(() => ({
  /** Sensor values of an input function: m. */
  sensors: integer({ min: 1, required: true, help: 'sensor values of an input function (m)' }),
  /** Block of the branch. */
  branch: option(blockType, { required: true, help: 'block of the branch' }),
  /**
   * Scale of the first layer of a branch of n inputs. The block of a spiking branch has gain/√n; that of a smooth or
   * first-spike one has `gain` itself. Refused for a `modified` block, and without effect on a block with its own
   * `gain`. Default: 0.15 for a spiking branch; 1 for a smooth one of `components`; otherwise that of the block. A
   * spiking branch of `components` needs about 1 to be far from linear.
   */
  gain: number({
    min: 0,
    above: true,
    computed: '0.15 for a spiking branch, 1 for a smooth one of components, else set by its block',
    help: 'scale of the first layer of a spiking, smooth or first-spike branch; a spiking one of components needs about 1',
  }),
  /**
   * The branch receives (f − shift)/scale, see {@link standardiseSensors}. Default: f itself. Without effect with
   * `components`, which are centred and scaled themselves.
   */
  input: opaque('{ shift, scale }, numbers or lists of numbers', isShiftScale, {
    computed: 'none',
    help: 'normalisation of the sensor values',
  }),
  /** Input functions [n, m], row-major, on which a spiking branch centres its rates. Default: random points. */
  sample: opaque('a Float64Array of rows of sensor values', isSample, {
    computed: 'random points',
    help: 'input functions on which a spiking branch centres its rates',
  }),
  /**
   * k: the branch receives the first k principal components of an input function in place of (f − shift)/scale.
   * Default: null, it does not.
   */
  components: either(
    integer({
      min: 1,
      computed: 'none; the branch receives the sensor values',
      help: 'principal components of an input function that the branch receives in place of its sensor values; none: it receives those',
    }),
    none,
  ),
  /**
   * The components by their number, such as `(k) => principalComponents(training, count, k)`, see
   * {@link principalComponents}. A function, so that a network without components carries no eigenvalue solver; called
   * when the network is first initialised, and once. Required with `components`.
   */
  principal: opaque('a function of k, such as (k) => principalComponents(training, count, k)', isPrincipal, {
    computed: 'none',
    help: 'a function that computes the components from training functions',
  }),
  ...deepLayersOptions,
}))

/** Options of every network with a branch. */
export type BranchOptions = OptionsOf<typeof branchOptions>

/**
 * The block of a branch with its `gain`. The sensor values of a function of variance 1 are correlated. The default of a
 * spiking branch gives currents of standard deviation 0.17, for which the rate follows the current. With the weights of
 * a trunk, the neurons of a branch of sensor values, which should be nearly linear, would saturate.
 */
function scaled(branch: BlockOptions, gain: number | undefined, components: boolean, inputs: number): BlockOptions {
  if (branch.kind === 'spiking') return { gain: (gain ?? SPIKING_GAIN) / Math.sqrt(inputs), ...branch }
  if (branch.kind === 'smooth' && components) return { gain: gain ?? COMPONENT_GAIN, ...branch }
  if (branch.kind === 'modified') {
    if (gain === undefined) return branch
    throw new SpikewardError(
      'INVALID_OPTION',
      `gain ${gain} has no effect on a branch that is a modified MLP; leave it out, or take a plain branch`,
    )
  }
  return gain === undefined ? branch : { gain, ...branch }
}

/**
 * Makes the branch of a network: a block of sensor values [N, m]. Principal components are computed when the network is
 * first initialised, once, and are fixed variables.
 *
 * @throws INVALID_OPTION for components without `principal`; `init` throws it if `principal` gives another number, or
 *   those of other sensors
 */
export function branchBlock(options: Filled<typeof branchOptions>, outputs: number, dtype: FloatDType): Block {
  const { sensors, branch, sample, components = null, principal } = options
  const width = components ?? sensors
  const block = makeBlock(withDeepLayers(scaled(branch, options.gain, components !== null, width), options), {
    inputs: width,
    outputs,
    dtype,
  })
  const basis = components === null ? null : basisMaker(sensors, components, principal, dtype)
  const normalise = columnNormaliser(options.input)
  const receive = (f: Tensor, fixed: BlockFixed): Tensor => {
    if (basis === null) return normalise(f)
    const { mean, weight } = fixed['components'] as Basis
    return matmul(sub(f, mean), weight)
  }
  return {
    ...behind(block, receive),
    inputs: sensors,
    init(key) {
      const own: BlockFixed = basis === null ? {} : { components: basis() }
      const rows = (of: Float64Array): Tensor => tensor(of, { dtype, shape: [of.length / sensors, sensors] })
      const { trained, fixed } = block.init(key, sample === undefined ? undefined : receive(rows(sample), own))
      return { trained, fixed: { ...fixed, ...own } }
    },
  }
}

/** Mean and directions of input functions. */
type Basis = { readonly mean: Tensor; readonly weight: Tensor }

/** Makes the fixed variables of a branch of principal components, which are computed once. */
function basisMaker(
  sensors: number,
  components: number,
  principal: ((components: number) => PrincipalComponents) | undefined,
  dtype: FloatDType,
): () => Basis {
  if (principal === undefined) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `a branch of ${components} components needs a function that computes them; give principal, such as (k) => principalComponents(training, count, k)`,
    )
  }
  let computed: PrincipalComponents | null = null
  return () => {
    const { mean, weight, components: result } = (computed ??= principal(components))
    if (result !== components || mean.length !== sensors || weight.length !== sensors * components) {
      computed = null
      throw new SpikewardError(
        'INVALID_OPTION',
        `principal gave ${result} components of ${mean.length} sensor values and ${weight.length} weights, not ${components} of ${sensors}; pass its argument on to principalComponents, with functions of ${sensors} sensor values`,
      )
    }
    return { mean: tensor(mean, { dtype }), weight: tensor(weight, { dtype, shape: [sensors, components] }) }
  }
}
