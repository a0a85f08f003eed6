import { describe, expect, it } from 'vitest'
import { type Surrogate, add, grad, jvp, mul, sub, sum, tensor } from '@spikeward/core'
import {
  atan,
  boxcar,
  errorFunction,
  fastSigmoid,
  gaussian,
  piecewiseExp,
  logistic,
  softSign,
  spike,
  steinGaussian,
  straightThrough,
  superSpike,
  triangular,
} from '../../src/index.js'
import { largestError, surrogateFixture } from '../golden.js'

type Parameters = Readonly<Record<string, number>>
const ours: Record<string, (p: Parameters) => Surrogate> = {
  atan: ({ alpha }) => atan({ alpha: alpha! }),
  fast_sigmoid: ({ slope }) => fastSigmoid({ slope: slope! }),
  sigmoid: ({ slope, alpha }) => logistic({ slope: (slope ?? alpha)! }),
  erf: ({ alpha }) => errorFunction({ alpha: alpha! }),
  piecewise_quadratic: ({ alpha }) => triangular({ alpha: alpha! }),
  piecewise_exp: ({ alpha }) => piecewiseExp({ alpha: alpha! }),
  soft_sign: ({ alpha }) => softSign({ alpha: alpha! }),
  super_spike: ({ alpha }) => superSpike({ alpha: alpha! }),
  rect: ({ alpha }) => boxcar({ alpha: alpha! }),
}

const fixture = surrogateFixture()

describe('golden slopes', () => {
  it('has 12 of them', () => {
    expect(fixture.surrogates).toHaveLength(12)
  })

  it.each(fixture.surrogates.map((s) => [`${s.library} ${s.name} ${JSON.stringify(s.params)}`, s] as const))(
    '%s, as slope, by jvp and by grad',
    async (_title, s) => {
      const surrogate = ours[s.name]!(s.params)
      const u = tensor(fixture.u, { dtype: 'f64' })
      const fire = spike(surrogate)
      const [, forward] = jvp(
        fire,
        [u],
        [
          tensor(
            fixture.u.map(() => 1),
            { dtype: 'f64' },
          ),
        ],
      )
      const reverse = grad((v: typeof u) => sum(fire(v)))(u)
      for (const found of [surrogate.slope(u), forward, reverse]) {
        expect(largestError(await found.data(), s.derivative)).toBeLessThan(1e-10)
      }
    },
  )
})

/**
 * All deterministic surrogates, with the half-width of the window in which they are integrated and what is left
 * outside.
 */
const table: readonly {
  readonly surrogate: Surrogate
  readonly integral: number
  readonly tail: (a: number) => number
}[] = [
  { surrogate: atan({ alpha: 3 }), integral: 1, tail: (a) => 1 - (2 / Math.PI) * Math.atan((Math.PI / 2) * 3 * a) },
  { surrogate: fastSigmoid({ slope: 5 }), integral: 2 / 5, tail: (a) => 2 / (5 * (1 + 5 * a)) },
  { surrogate: logistic({ slope: 5 }), integral: 1, tail: () => 0 },
  { surrogate: triangular({ alpha: 1.5 }), integral: 1, tail: () => 0 },
  { surrogate: boxcar({ alpha: 1.25 }), integral: 1, tail: () => 0 },
  { surrogate: gaussian({ sigma: 0.7 }), integral: 1, tail: () => 0 },
  { surrogate: errorFunction({ alpha: 1.5 }), integral: 1, tail: () => 0 },
  { surrogate: superSpike({ alpha: 0.5 }), integral: 1, tail: (a) => 1 / (1 + a) },
  { surrogate: piecewiseExp({ alpha: 3 }), integral: 1, tail: (a) => Math.exp(-3 * a) },
  { surrogate: softSign({ alpha: 3 }), integral: 1, tail: (a) => 1 / (1 + 3 * a) },
  { surrogate: steinGaussian({ sigma: 0.6 }), integral: 1, tail: () => 0 },
]

describe.each(table.map((row) => [row.surrogate.name, row] as const))('%s', (_name, { surrogate, integral, tail }) => {
  const half = 8
  const n = 64_000
  const h = (2 * half) / n
  const grid = tensor(Float64Array.from({ length: n }, (_, i) => -half + (i + 0.5) * h))

  it('has the integral that it states', async () => {
    const found = (await sum(surrogate.slope(grid)).item()) * h
    expect(Math.abs(found + tail(half) - integral)).toBeLessThan(1e-6)
  })

  it('is even, never negative, largest at the threshold', async () => {
    const s = await surrogate.slope(grid).data()
    const peak = await surrogate.slope(tensor(0, { dtype: 'f64' })).item()
    for (let i = 0; i < n / 2; i += 37) {
      expect(s[i]).toBeCloseTo(s[n - 1 - i]!, 12)
      expect(s[i]).toBeGreaterThanOrEqual(0)
      expect(s[i]).toBeLessThanOrEqual(peak)
    }
  })

  it('has the support and the smoothness that it states', async () => {
    const far = await surrogate.slope(tensor([-2.5, 2.5], { dtype: 'f64' })).data()
    if (surrogate.support === 'compact') expect([...far]).toEqual([0, 0])
    else expect(Math.min(...far)).toBeGreaterThan(0)
    // The largest change of the slope, and of its derivative, between close neighbours reveals jumps and kinks.
    const jump = async (f: (u: number) => Promise<number>): Promise<number> => {
      let worst = 0
      for (const u of [0, 1 / 1.5, 0.5 / 1.25]) {
        worst = Math.max(worst, Math.abs((await f(u + 1e-6)) - (await f(u - 1e-6))))
      }
      return worst
    }
    const slope = (u: number): Promise<number> => surrogate.slope(tensor(u, { dtype: 'f64' })).item()
    const one = tensor(1, { dtype: 'f64' })
    const second = (u: number): Promise<number> =>
      jvp((v: typeof one) => surrogate.slope(v), [tensor(u, { dtype: 'f64' })], [one])[1].item()
    expect((await jump(slope)) > 1e-2).toBe(surrogate.smoothness === -1)
    if (surrogate.smoothness >= 0) expect((await jump(second)) > 1e-2).toBe(surrogate.smoothness === 0)
  })

  it("has the slope's own derivative as the spike's second derivative", async () => {
    const points = [-0.9, -0.31, 0.17, 0.52].map((u) => u)
    const u = tensor(points, { dtype: 'f64' })
    const ones = tensor([1, 1, 1, 1], { dtype: 'f64' })
    const fire = spike(surrogate)
    const first = (v: typeof u): typeof u => jvp(fire, [v], [ones])[1]
    const [, second] = jvp(first, [u], [ones])
    const e = 1e-5
    const difference = mul(1 / (2 * e), sub(surrogate.slope(add(u, e)), surrogate.slope(sub(u, e))))
    expect(largestError(await second.data(), await difference.data())).toBeLessThan(1e-6)
  })
})

describe('straightThrough', () => {
  it('passes the tangent on', async () => {
    const u = tensor([-3, 0, 2], { dtype: 'f64' })
    const tangent = tensor([0.5, -1, 2], { dtype: 'f64' })
    const [s, ds] = jvp(spike(straightThrough()), [u], [tangent])
    expect([...(await s.data())]).toEqual([0, 0, 1])
    expect([...(await ds.data())]).toEqual([0.5, -1, 2])
  })
})

describe('options', () => {
  it.each([
    ['a negative width', () => gaussian({ sigma: -1 })],
    ['zero', () => atan({ alpha: 0 })],
    ['not a number', () => logistic({ slope: Number.NaN })],
  ])('refuses %s', (_title, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error)
  })

  it('refuses an unknown name', () => {
    expect(() => atan({ slope: 2 } as object)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }) as Error)
  })
})
