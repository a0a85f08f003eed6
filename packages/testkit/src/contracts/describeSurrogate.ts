import {
  abs,
  add,
  jit,
  jvp,
  linspace,
  max,
  mul,
  onesLike,
  sub,
  vmap,
  slice,
  tensor,
  type Surrogate,
  type Tensor,
} from '@spikeward/core'
import { describe } from 'vitest'
import { ensure, registerChecks, type Check } from '../check.js'
import { checkGradients } from '../checkGradients.js'
import { draw, ensureClose, ensureFinite, kindOf, numbersOf } from '../tensorValues.js'

/** Options of `describeSurrogate`. */
export interface SurrogateOptions {
  /** Shown in the report; default the surrogate's own name. */
  readonly name?: string
  /** Half the width of the interval around 0 that is measured; default 3. */
  readonly range?: number
  /**
   * False for a slope that is itself an estimate (by Monte Carlo): smoothness, support and `vmap`, whose rows share its
   * noise, are then not measured. Default true.
   */
  readonly exact?: boolean
}

interface SurrogateUnderTest {
  readonly make: () => Surrogate
  readonly options: SurrogateOptions
}

/** The checks of a surrogate, as data: `describeSurrogate` registers them. */
export function surrogateChecks(): Check<SurrogateUnderTest>[] {
  const group = 'surrogate'
  const measured = ({ options }: SurrogateUnderTest): string | null =>
    options.exact === false ? 'its slope is an estimate' : null
  return [
    {
      group,
      name: 'gives a finite slope of the shape and type of u, also for large |u|',
      async run({ make }) {
        for (const dtype of ['f32', 'f64'] as const) {
          for (const u of [draw([3, 4], dtype, 1), draw([], dtype, 2), tensor([-1e4, -30, 0, 30, 1e4], { dtype })]) {
            const s = make().slope(u)
            ensure(kindOf(s) === kindOf(u), `the slope is ${kindOf(s)} for ${kindOf(u)}`)
            await ensureFinite('the slope', s)
          }
        }
      },
    },
    {
      group,
      name: 'is the same under jit',
      async run({ make }) {
        const surrogate = make()
        const u = draw([5, 7], 'f64', 3)
        const f = (x: Tensor): Tensor => surrogate.slope(x)
        await ensureClose('under jit', jit(f)(u), f(u), 1e-12)
      },
    },
    {
      group,
      name: 'is the same under vmap',
      // Rows of a vmap share the noise of a key that the slope closes over; without vmap every element has its own.
      skip: measured,
      async run({ make }) {
        const surrogate = make()
        const u = draw([5, 7], 'f64', 3)
        const f = (x: Tensor): Tensor => surrogate.slope(x)
        await ensureClose('under vmap', vmap(f)(u), f(u), 1e-12)
      },
    },
    {
      group,
      name: 'is pure: the same u gives the same slope',
      async run({ make }) {
        const u = draw([9], 'f64', 4)
        await ensureClose('the second slope', make().slope(u), make().slope(u), 0)
      },
    },
    {
      group,
      name: 'vanishes for large |u| if its support is compact, and nowhere near 0 if it is full',
      skip: measured,
      async run({ make }) {
        const surrogate = make()
        if (surrogate.support === 'compact') {
          const [far] = (await numbersOf(surrogate.slope(tensor([-1e3, 1e3], { dtype: 'f64' })))) as [number[]]
          ensure(
            far.every((v) => v === 0),
            `support is compact, but slope(±1000) is ${far.join(', ')}`,
          )
        } else {
          const [near] = (await numbersOf(surrogate.slope(linspace(-0.5, 0.5, 101, 'f64')))) as [number[]]
          ensure(
            near.every((v) => v !== 0),
            'support is full, but the slope is 0 within |u| ≤ ½',
          )
        }
      },
    },
    {
      group,
      name: 'has as many continuous derivatives as declared, up to two, and the next one jumps',
      skip: measured,
      async run(tested) {
        const { smoothness } = tested.make()
        ensure(
          smoothness >= -1 && (Number.isInteger(smoothness) || smoothness === Infinity),
          `smoothness is ${smoothness}; it must be −1, 0, 1, … or Infinity`,
        )
        for (let order = 0; order <= 2; order++) {
          const jumps = await jumpOf(tested, order)
          if (order <= smoothness)
            ensure(!jumps, `smoothness is ${smoothness}, but derivative ${order} of the slope jumps`)
          else if (order === smoothness + 1)
            return ensure(
              jumps,
              `smoothness is ${smoothness}, but derivative ${order} of the slope is continuous too; declare it`,
            )
        }
      },
    },
    {
      group,
      name: 'has derivatives that agree with differences, away from kinks',
      skip: measured,
      run({ make, options }) {
        const surrogate = make()
        const u = mul(draw([6], 'f64', 5), (options.range ?? 3) / 2)
        return checkGradients((x: Tensor) => surrogate.slope(x), [u], { step: 1e-4, tolerance: 1e-5 })
      },
    },
  ]
}

/** The order-th derivative of the slope, by forward mode. */
function derivative(slope: (u: Tensor) => Tensor, order: number): (u: Tensor) => Tensor {
  if (order === 0) return slope
  const f = derivative(slope, order - 1)
  return (u) => jvp(f, [u], [onesLike(u)])[1]
}

/**
 * Whether a derivative jumps. On a grid four times finer, the largest step of a continuous function is about four times
 * smaller (twice if it behaves like √); that of a jump stays the same.
 */
async function jumpOf({ make, options }: SurrogateUnderTest, order: number): Promise<boolean> {
  const range = options.range ?? 3
  const f = derivative((u) => make().slope(u), order)
  const largest = async (points: number): Promise<number> => {
    // An odd offset, so that no grid point lies on a kink at a round number.
    const y = f(add(linspace(-range, range, points, 'f64'), 0.0001234))
    const step = max(abs(sub(slice(y, [1], [points]), slice(y, [0], [points - 1]))))
    return ((await numbersOf(step)) as [[number]])[0][0]
  }
  const [coarse, fine] = [await largest(20001), await largest(80001)]
  return fine > 0.7 * coarse && fine > 1e-9
}

/**
 * Tests a surrogate against its contract: shape and type of the slope, finiteness, purity, `jit` and `vmap`; measures
 * whether its support and smoothness are those declared (a PDE of order k needs smoothness ≥ k − 1); its derivatives
 * against differences.
 *
 * @param factory makes the surrogate with the options to be tested
 * @example
 * describeSurrogate(() => atan({ alpha: 2 }))
 */
export function describeSurrogate(factory: () => Surrogate, options: SurrogateOptions = {}): void {
  describe(`surrogate ${options.name ?? factory().name}`, () => {
    registerChecks(surrogateChecks(), { make: factory, options })
  })
}
