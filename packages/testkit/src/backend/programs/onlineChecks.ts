import {
  add,
  affine,
  cast,
  customJvp,
  div,
  greater,
  jit,
  mul,
  online,
  onlineRules,
  square,
  stopGradient,
  sub,
  toBackend,
  treeLeaves,
  zeros,
  type Backend,
  type OnlineRule,
  type Tensor,
} from '@spikeward/core'
import { ensure, type Check } from '../../check.js'
import { draw } from '../../tensorValues.js'
import { lacks, type BackendUnderTest } from '../backendUnderTest.js'

/** Largest error allowed, relative to the largest entry of a gradient. */
const RELATIVE = { f32: 2e-5, f64: 1e-12 } as const
const [STEPS, SAMPLES, INPUTS, UNITS, OUTPUTS] = [6, 3, 4, 5, 2]

const fire = customJvp(
  (u: Tensor) => cast(greater(u, 0), u.dtype),
  ([u], [du]) => [cast(greater(u!, 0), u!.dtype), mul(div(1, add(1, square(mul(u!, 3)))), du!)],
)

const shapes = { first: [INPUTS, UNITS], second: [UNITS, UNITS], back: [UNITS, UNITS], out: [UNITS, OUTPUTS] } as const
type Params = { readonly [name in keyof typeof shapes | 'leak']: Tensor }

/** A layer with learned leaks below a recurrent layer with a rate. */
function step(p: Params, s: readonly Tensor[], x: Tensor): readonly [Tensor[], Tensor] {
  const layer = (u: Tensor, leak: Tensor | number, current: Tensor): [Tensor, Tensor] => {
    const charged = add(mul(u, leak), current)
    const spikes = fire(sub(charged, 0.4))
    return [sub(charged, stopGradient(spikes)), spikes]
  }
  const [below, a] = layer(s[0]!, p.leak, affine({ weight: p.first }, x))
  const [above, b] = layer(s[1]!, 0.8, add(affine({ weight: p.second }, a), affine({ weight: p.back }, s[2]!)))
  const rate = add(mul(s[3]!, 0.7), b)
  return [[below, above, b, rate], affine({ weight: p.out }, rate)]
}

/** The gradient of the sum over time of the mean of y². */
function gradient(rule: OnlineRule, p: Params, xs: Tensor): Params {
  const learn = online(step, { rule, decay: 0.8 })
  const rest = Array.from({ length: 4 }, () => zeros([SAMPLES, UNITS], xs.dtype))
  const first = learn.init(p, rest, zeros([SAMPLES, INPUTS], xs.dtype))
  return learn.gradient(p, first, xs, (y) => square(y))[2]
}

/** Gradients by the traces of every rule of `online`, against those of the reference backend. */
export const onlineChecks = (): Check<BackendUnderTest>[] =>
  (['f32', 'f64'] as const).flatMap((dtype) =>
    onlineRules.map(
      (rule): Check<BackendUnderTest> => ({
        group: 'online learning',
        name: `${rule}, ${dtype}`,
        skip: (s) => lacks(s, dtype),
        async run({ backend, reference, key }) {
          const sample = (shape: readonly number[], i: number): Tensor => draw(shape, dtype, key + 900 + i)
          const own = Object.entries({ ...shapes, leak: [UNITS] }).map(([name, shape], i) => [name, sample(shape, i)])
          const params = Object.fromEntries(own) as Params
          const on = async (b: Backend): Promise<number[][]> => {
            const compiled = jit((p: Params, xs: Tensor) => gradient(rule, p, xs))
            const [p, xs] = await toBackend([params, sample([STEPS, SAMPLES, INPUTS], 9)] as const, b)
            const result = treeLeaves(compiled(p, xs))
            const values = await Promise.all(result.map(async (t) => Array.from(await t.data(), Number)))
            for (const t of [...result, ...treeLeaves(p), xs]) t.dispose()
            compiled.dispose()
            return values
          }
          const [result, expected] = [await on(backend), await on(reference)]
          expected.forEach((exact, i) => {
            const scale = exact.reduce((m, v) => Math.max(m, Math.abs(v)), 1)
            const worst = exact.reduce((m, v, j) => Math.max(m, Math.abs(v - result[i]![j]!)), 0)
            ensure(
              worst <= RELATIVE[dtype] * scale,
              () =>
                `gradient ${i} is off by ${worst}, with values up to ${scale}; allowed is ${RELATIVE[dtype]} of that`,
            )
          })
        },
      }),
    ),
  )
