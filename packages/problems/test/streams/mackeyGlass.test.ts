import { expect, it } from 'vitest'
import { lorenzSeries } from '../../src/streams/lorenz.js'
import { mackeyGlass } from '../../src/streams/mackeyGlass.js'

it('integrates the series with order 4 in the step', () => {
  const exact = mackeyGlass(150, { steps: 1360 })
  const errors = [85, 170].map((steps) =>
    Math.max(...mackeyGlass(150, { steps }).map((x, i) => Math.abs(x - exact[i]!))),
  )
  expect(errors[1]).toBeLessThan(1e-7)
  expect(errors[0]! / errors[1]!).toBeGreaterThan(12)
})

it('has a value of the series that another program gives', () => {
  // Euler's method with 2,000 steps a point, which has order 1.
  const h = 197 / 75 / 2000
  const lag = Math.round(17 / h)
  const x = Array.from({ length: lag + 1 }, () => 0.7206597)
  for (let i = 0; i < 2000 * 20; i++) {
    const [now, delayed] = [x.at(-1)!, x[x.length - 1 - lag]!]
    x.push(now + h * ((0.2 * delayed) / (1 + delayed ** 10) - 0.1 * now))
  }
  expect(mackeyGlass(21)[20]).toBeCloseTo(x.at(-1)!, 3)
})

it('reads a delay between steps, and refuses one below a step', () => {
  // The step 0.1 does not divide 17.05, and 0.05 does; a delay that is rounded to 17.1 errs by 0.05.
  const delay = (): number => 17.05
  const fine = mackeyGlass(150, { steps: 340, delay })
  const coarse = mackeyGlass(150, { delay })
  expect(Math.max(...coarse.map((x, i) => Math.abs(x - fine[i]!)))).toBeLessThan(1e-4)
  for (const short of [0.05, 0, NaN])
    expect(() => mackeyGlass(150, { delay: () => short })).toThrow(/a delay of .* steps .*INVALID_OPTION/)
})

it('follows the equations of Lorenz, with a parameter that drifts', () => {
  const rho = (row: number): number => 28 + row / 10
  const rows = lorenzSeries(200, { interval: 0.002, rho })
  const at = (t: number, c: number): number => rows[3 * t + c]!
  for (const t of [50, 100, 150]) {
    const [x, y, z] = [at(t, 0), at(t, 1), at(t, 2)]
    const rate = [10 * (y - x), x * (rho(t) - z) - y, x * y - (8 / 3) * z]
    rate.forEach((r, c) => {
      const slope = (8 * (at(t + 1, c) - at(t - 1, c)) - at(t + 2, c) + at(t - 2, c)) / (12 * 0.002)
      expect(Math.abs(slope - r)).toBeLessThan(0.02 * Math.max(...rate.map(Math.abs)))
    })
  }
})
