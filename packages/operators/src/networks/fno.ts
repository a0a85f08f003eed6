import {
  add,
  affine,
  concatenate,
  defineOptions,
  flag,
  integer,
  neuronOption,
  readOptions,
  spectral,
  surrogateOption,
  transpose,
  uniform,
} from '@spikeward/core'
import type { Affine, Complex, Key, Network, OptionsOf, Tensor, Tree } from '@spikeward/core'
import { spikeOptions } from '@spikeward/neurons'
import { glorot } from '../blocks/block.js'
import { gridActivation } from '../grids/gridActivation.js'
import { gridCoordinates } from '../grids/gridCoordinates.js'
import { dtypeOption } from '../shared/networkOptions.js'

const options = /* @__PURE__ */ defineOptions(() => ({
  axes: integer({ min: 1, max: 3, default: 1, help: 'dimensions of space (d)' }),
  inputs: integer({ min: 1, default: 1, help: 'input functions' }),
  outputs: integer({ min: 1, default: 1, help: 'output functions' }),
  /** Channels of the hidden functions, d_v. */
  channels: integer({ min: 1, default: 24, help: 'channels of the hidden functions' }),
  /** Frequencies 0 … modes − 1 along the last axis, and −modes … modes − 1 along the others. */
  modes: integer({ min: 1, default: 12, help: 'Fourier modes along each axis' }),
  layers: integer({ min: 1, default: 4, help: 'Fourier layers' }),
  /** Neurons of the hidden layer of Q. */
  projection: integer({ min: 1, default: 128, help: 'neurons of the hidden layer behind the last Fourier layer' }),
  /** Whether the network sees the coordinates; without them it commutes with translations of a periodic grid. */
  coordinates: flag({ default: true, help: 'give the coordinates as inputs as well' }),
  /** Whether each layer transforms one axis at a time, with weights for each, and adds the results up. */
  factorised: flag({
    default: false,
    help: 'transform one axis at a time and add up, with fewer weights in the plane',
  }),
  /**
   * With neurons the activation is their rate (of graded neurons, their mean output) over `time` steps; without, GELU.
   */
  neuron: neuronOption({ computed: 'none: GELU', help: 'neurons whose rate is the activation' }),
  surrogate: surrogateOption({ computed: 'atan()', help: 'slope that replaces the derivative of a spike' }),
  time: integer({ min: 1, default: 16, help: 'time steps of the neurons' }),
  ...spikeOptions,
  dtype: dtypeOption,
}))

type Spectral = { readonly weight: Complex }

/** F⁻¹(R · F v) along one axis of space alone. */
function alongAxis(R: Spectral, v: Tensor, axis: number): Tensor {
  const others = v.shape.map((_, a) => a).filter((a) => a !== axis + 1)
  const order = [...others.slice(0, -1), axis + 1, ...others.slice(-1)]
  return transpose(
    spectral(R, transpose(v, order)),
    order.map((_, a) => order.indexOf(a)),
  )
}

/** Options of {@link fno}. */
export type FnoOptions = OptionsOf<typeof options>

/**
 * Parameters: P; for each layer R, or one for each axis, W with its bias, and the learned coefficients of its neurons,
 * if they have any; the two layers of Q.
 */
export type FnoParams = {
  readonly lift: Affine
  readonly layers: readonly {
    readonly spectral: Spectral | readonly Spectral[]
    readonly local: Affine
    readonly neurons: Tree
  }[]
  readonly project: Affine & { readonly neurons: Tree }
  readonly out: Affine
}

/**
 * The Fourier neural operator (Li et al. 2021, 2010.08895), which maps functions on a grid to functions on the same
 * grid:
 *
 *     v₀ = P(a, x),   v_{l+1} = σ(W_l v_l + b_l + F⁻¹(R_l · F v_l)),   u = Q(v_L)
 *
 * P is affine and Q has one hidden layer; there is no σ behind the last Fourier layer. The same parameters serve every
 * resolution with at least 2 · modes points along an axis. With `neuron`, σ is the rate of spiking neurons whose
 * constant current is its argument; every other part stays.
 *
 * `factorised` takes Σₐ Fₐ⁻¹(R_{l,a} · Fₐ v_l) over the axes a in the place of F⁻¹(R_l · F v_l), as the factorised
 * Fourier neural operator does (Tran et al. 2023, 2111.13802); its other changes to the layers are not made.
 *
 * R starts uniform on [0, 1/d_v²) in both parts, as in the published code, P, W and Q as N(0, 2/(fan_in + fan_out)).
 *
 * @returns a network from [samples, n₁, …, n_d, inputs] to [samples, n₁, …, n_d, outputs]
 * @throws INVALID_OPTION, UNKNOWN_OPTION; INVALID_ARGUMENT for a grid with fewer points than modes
 * @example
 * const network = fno({ modes: 8 })
 * network.apply(network.init(key(0)), zeros([5, 64, 1])).shape // [5, 64, 1]
 */
export function fno(settings: FnoOptions = {}): Network<FnoParams> {
  const o = readOptions('fno', options, settings)
  const { axes, channels, modes, layers, coordinates, factorised, dtype } = o
  const sigma = gridActivation(o)
  const modesOf = factorised ? [modes] : [...new Array<number>(axes - 1).fill(2 * modes), modes]
  const weights = (key: Key): Tensor => uniform(key, [...modesOf, channels, channels], { max: channels ** -2, dtype })
  return {
    name: 'fno',
    init(key) {
      const [lift, project, out, ...each] = key.split(3 + layers) as [Key, Key, Key, ...Key[]]
      return {
        lift: glorot(lift, o.inputs + (coordinates ? axes : 0), channels, dtype),
        layers: each.map((k, l) => {
          const [re, im, local, own] = k.split(4) as [Key, Key, Key, Key]
          const each = (a: number): Spectral => ({ weight: { re: weights(re.fold(a)), im: weights(im.fold(a)) } })
          const all = { weight: { re: weights(re), im: weights(im) } }
          const neurons = l < layers - 1 ? sigma.init(own, channels) : {}
          return {
            spectral: factorised ? Array.from({ length: axes }, (_, a) => each(a)) : all,
            local: glorot(local, channels, channels, dtype),
            neurons,
          }
        }),
        project: {
          ...glorot(project, channels, o.projection, dtype),
          neurons: sigma.init(project.fold(0), o.projection),
        },
        out: glorot(out, o.projection, o.outputs, dtype),
      }
    },
    apply(p, a) {
      const x = coordinates ? concatenate([a, gridCoordinates(a.shape.slice(0, -1), dtype)], a.ndim - 1) : a
      let v = affine(p.lift, x)
      for (const [l, { spectral: R, local: W, neurons }] of p.layers.entries()) {
        const transformed =
          'weight' in R ? spectral(R, v) : R.map((own, a) => alongAxis(own, v, a)).reduce((x, y) => add(x, y))
        const next = add(affine(W, v), transformed)
        v = l < layers - 1 ? sigma.apply(neurons, next) : next
      }
      return affine(p.out, sigma.apply(p.project.neurons, affine(p.project, v)))
    },
  }
}
