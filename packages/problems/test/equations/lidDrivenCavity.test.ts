import { tensor } from '@spikeward/core'
import { describePinnProblem, ensureConvergence } from '@spikeward/testkit'
import { describe, expect, it } from 'vitest'
import { ghia100, lidDrivenCavity, solveCavity } from '../../src/index.js'
import { codeOf } from '../support/support.js'

const few = { test: 7, validation: 20, cells: 64 }

// Fourth differences of a solution that is cubic between the nodes need steps as long as the nodes are apart.
describePinnProblem(() => lidDrivenCavity({ ...few, lid: 'regularised' }), {
  residual: 0.25,
  conditions: 0.03,
  step: 0.05,
})

describe('the stream function of the cavity', () => {
  it('converges at order 2 to a manufactured solution, with a lid that moves', () => {
    // ψ = 16 p(x) q(y), p = x²(1 − x)², q = y²(y − 1), and its derivatives.
    const p = (x: number) =>
      [x * x * (1 - x) ** 2, 2 * x - 6 * x * x + 4 * x ** 3, 2 - 12 * x + 12 * x * x, -12 + 24 * x, 24] as const
    const q = (y: number) => [y * y * (y - 1), 3 * y * y - 2 * y, 6 * y - 2, 6] as const
    const reynolds = 50
    const source = (x: number, y: number): number => {
      const [[p0, p1, p2, p3, p4], [q0, q1, q2, q3]] = [p(x), q(y)]
      const spread = (16 * (p4 * q0 + 2 * p2 * q2)) / reynolds
      return spread + 256 * (p1 * q0 * (p2 * q1 + p0 * q3) - p0 * q1 * (p3 * q0 + p1 * q2))
    }
    ensureConvergence({
      sizes: [8, 16, 32],
      order: 2,
      error(cells) {
        const psi = solveCavity({ reynolds, cells, lid: (x) => 16 * p(x)[0], source })
        return psi.reduce((most, v, k) => {
          const [i, j] = [Math.floor(k / (cells + 1)), k % (cells + 1)]
          return Math.max(most, Math.abs(v - 16 * p(i / cells)[0] * q(j / cells)[0]))
        }, 0)
      },
    })
  })

  const { target } = lidDrivenCavity(few)
  const psi = (x: number, y: number): number => target!([x, y])[0]!
  const h = 1e-3
  const u = (x: number, y: number): number => (psi(x, y + h) - psi(x, y - h)) / (2 * h)
  const v = (x: number, y: number): number => -(psi(x + h, y) - psi(x - h, y)) / (2 * h)

  it('has velocities within 0.01 of those of Ghia, Ghia and Shin', () => {
    for (const [y, value] of ghia100.u) expect(Math.abs(u(0.5, y) - value)).toBeLessThan(0.01)
    for (const [x, value] of ghia100.v) expect(Math.abs(v(x, 0.5) - value)).toBeLessThan(0.01)
  })

  it('has the extreme velocities of Botella and Peyret, by a spectral method', () => {
    expect(Math.abs(u(0.5, 0.4581) + 0.2140424)).toBeLessThan(0.002)
    expect(Math.abs(v(0.237, 0.5) - 0.1795728)).toBeLessThan(0.002)
    expect(Math.abs(v(0.8104, 0.5) + 0.253803)).toBeLessThan(0.002)
  })

  it('is refused where the reference cannot be computed', () => {
    expect(codeOf(() => lidDrivenCavity({ cells: 33 }))).toBe('INVALID_OPTION')
    expect(codeOf(() => solveCavity({ reynolds: 1e9, cells: 8, lid: () => 1 }))).toBe('SOLVER_DIVERGED')
  })
})

describe.each(['uniform', 'regularised'] as const)('a %s lid', (lid) => {
  const { apply } = lidDrivenCavity({ ...few, lid }).physics.hard!
  const psi = (x: number, y: number): Promise<number> =>
    apply(tensor([[0.7]], { dtype: 'f64' }), null, {
      kind: 'points',
      x: tensor([[x, y]], { dtype: 'f64' }),
    }).item()

  it('moves with its velocity, and all other walls are at rest, for any output of the network', async () => {
    const h = 1e-5
    for (const s of [0.2, 0.5, 0.9]) {
      const speed = lid === 'uniform' ? 1 : 16 * (s * (1 - s)) ** 2
      expect(-(await psi(s, 1 - h)) / h).toBeCloseTo(speed, 3)
      for (const [x, y] of [
        [s, h],
        [h, s * 0.9],
        [1 - h, s * 0.9],
      ] as const)
        expect((await psi(x, y)) / h).toBeCloseTo(0, 3)
    }
  })
})
