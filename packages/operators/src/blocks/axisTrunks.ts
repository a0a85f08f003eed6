import {
  SpikewardError,
  add,
  div,
  either,
  integer,
  matmul,
  mean,
  mul,
  normal,
  opaqueType,
  option,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  tensor,
} from '@spikeward/core'
import type { Coords, Domain, Filled, FloatDType, Key, Tensor, Variables } from '@spikeward/core'
import type { Block, BlockFixed, BlockTrained, BlockVariables } from './block.js'
import { type BlockOptions, blockType, makeBlock, withDeepLayers } from './makeBlock.js'
import { asTrunk } from './smoothBlock.js'
import { checkCoords, checkDomain, toUnit } from '../coords/checkCoords.js'
import { columnNormaliser } from '../scales/outputScale.js'
import type { deepLayersOptions } from '../spikingMlp/spikingMlpOptions.js'

const isBlockList = (x: unknown): x is readonly BlockOptions[] => Array.isArray(x) && x.every(blockType.accepts)

/** `axes` of a separable network, limited by the letters of one contraction. */
export const separableAxesOption = /* @__PURE__ */ integer({
  min: 1,
  max: 10,
  required: true,
  help: 'coordinates of a point (d)',
})

/** `trunk` of a separable network. */
export const axisTrunksOption = /* @__PURE__ */ either(
  /* @__PURE__ */ option(blockType, { required: true, help: 'block of the trunk of every axis, or one for each axis' }),
  /* @__PURE__ */ opaqueType('a list of them, one for each axis', isBlockList),
)

/** Variables of the trunks, one for each axis. */
export type AxesVariables = Variables<readonly BlockTrained[], readonly BlockFixed[]>

/** One scalar-input block for each axis. */
export type AxisTrunks = {
  readonly coordinates: Block['coordinates']
  init(key: Key): AxesVariables
  /**
   * The output of each trunk, [nₐ, width] for a grid; at points [P, width], each from its own column. Throws as
   * {@link checkCoords}.
   */
  apply(variables: AxesVariables, at: Coords): Tensor[]
}

/**
 * Makes the trunks of a separable network: the same block for every axis, or one for each axis.
 *
 * @param layers the network's options of several spiking layers, for blocks that do not set them
 * @throws INVALID_OPTION if the number of trunks does not match the axes
 */
export function axisTrunks(
  name: string,
  axes: number,
  width: number,
  trunk: BlockOptions | readonly BlockOptions[],
  domain: Domain | undefined,
  dtype: FloatDType,
  layers: Filled<typeof deepLayersOptions>,
): AxisTrunks {
  if (Array.isArray(trunk) && trunk.length !== axes) {
    throw new SpikewardError(
      'INVALID_OPTION',
      `${name}: ${trunk.length} trunks for ${axes} axes; give one trunk for each axis, or one record for all`,
    )
  }
  const records = isList(trunk) ? trunk : Array.from({ length: axes }, () => trunk)
  const blocks = records.map((o) => makeBlock(withDeepLayers(asTrunk(o), layers), { inputs: 1, outputs: width, dtype }))
  const place = checkDomain(name, axes, domain).map((interval) => columnNormaliser(toUnit(interval)))
  const column = (at: Coords, a: number): Tensor =>
    at.kind === 'grid' ? reshape(at.axes[a]!, [-1, 1]) : slice(at.x, [0, a], [at.x.shape[0]!, a + 1])
  return {
    coordinates: {
      spikes: blocks.some((b) => b.coordinates.spikes),
      smoothness: Math.min(...blocks.map((b) => b.coordinates.smoothness)),
    },
    init(key) {
      const all = blocks.map((b, a) => factors(b, b.init(key.fold(a)), key.fold(axes + a), dtype))
      return { trained: all.map((v) => v.trained), fixed: all.map((v) => v.fixed) }
    },
    apply({ trained, fixed }, at) {
      checkCoords(name, axes, at)
      return blocks.map((b, a) => b.apply({ trained: trained[a]!, fixed: fixed[a]! }, place[a]!(column(at, a))))
    },
  }
}

/** Points of [−1, 1] over which axis functions are scaled to standard deviation √½. */
const POINTS = 64

/**
 * Initialises axis functions as factors of a product: each has standard deviation √½ over its axis, around a level
 * drawn from N(0, ½). A product then has mean square 1 for any block. Factors around zero could not be independent of
 * an axis, and products of small numbers hardly learn.
 */
function factors(block: Block, fresh: BlockVariables, key: Key, dtype: FloatDType): BlockVariables {
  const line = tensor(
    Float64Array.from({ length: POINTS }, (_, i) => (2 * i + 1) / POINTS - 1),
    { dtype, shape: [POINTS, 1] },
  )
  const { weight } = fresh.trained.readout
  const tau = matmul(block.features(fresh, line), weight)
  const off = sub(tau, mean(tau, 0))
  const scale = div(Math.SQRT1_2, add(sqrt(mean(square(off), 0)), 1e-3))
  const level = mul(normal(key, [block.outputs], { dtype }), Math.SQRT1_2)
  const bias = sub(level, mul(mean(tau, 0), scale))
  return { ...fresh, trained: { ...fresh.trained, readout: { weight: mul(weight, scale), bias } } }
}

const isList = (x: BlockOptions | readonly BlockOptions[]): x is readonly BlockOptions[] => Array.isArray(x)
