import { expect, test } from 'vitest'
import {
  add,
  cast,
  customJvp,
  div,
  greaterEqual,
  jit,
  jvp,
  key as keyOf,
  mul,
  normal,
  scan,
  square,
  sub,
  tensor,
  toBackend,
  vmap,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { native } from '../src/index.js'
import { instructionSets, reason } from './setup.js'

const STEPS = 4

/** A spike at 0 whose slope is 1/(1 + u²). */
const spike = customJvp(
  (u: Tensor) => cast(greaterEqual(u, 0), 'f32'),
  ([u], [du]) => {
    const slope = div(1, add(1, square(u!)))
    return [cast(greaterEqual(u!, 0), 'f32'), mul(slope, du!)]
  },
)

/** Spikes of neurons whose current is read anew at every step. */
const layer = (membrane: Tensor, currents: Tensor, bias: Tensor): Tensor =>
  scan(
    (u: Tensor, x: Tensor) => {
      const charged = add(add(u, x), bias)
      const s = spike(sub(charged, 1))
      return [sub(charged, s), s] as const
    },
    membrane,
    currents,
  )[1]

if (instructionSets.length === 0) test('constants', (context) => context.skip(reason))

for (const instructionSet of instructionSets) {
  test(`${instructionSet}: a constant initial state is the same for every direction and every step`, async () => {
    await using backend = await native({ instructionSet, threads: 1 })
    const [a, b, c, d] = keyOf(0).split(4)
    const arguments_ = {
      x: normal(a!, [STEPS, 64, 20]),
      bias: normal(b!, [20]),
      v: normal(c!, [3, 20]),
      membrane: normal(d!, [64, 20]),
    }
    const run = (on: typeof arguments_) =>
      vmap((v: Tensor) => jvp((bias: Tensor) => layer(on.membrane, on.x, bias), [on.bias], [v]))(on.v)
    const [spikes, tangents] = run(arguments_)
    const wanted = [await spikes.data(), await tangents.data()]
    const compiled = jit(run)
    const there = await toBackend(arguments_, backend)
    // Other work leaves numbers above and below every threshold in the memory of a thread.
    const dirty = jit((x: Tensor) => mul(add(x, 1e6), sub(x, 1e6)))
    for (let i = 0; i < 3; i++) {
      const [s, t] = compiled(there)
      const found = [await s.data(), await t.data()]
      expect(found[0]).toEqual(wanted[0])
      found[1]!.forEach((value, n) => expect(value).toBeCloseTo(Number(wanted[1]![n]), 4))
      await dirty(there.x).data()
    }
  })
}

const FINITE = [0, -0, 1, -3, 1 / 3, 1e-40, -1.4e-45, 1e38, -3.4e38, 5e-39, 7, 11, 13]
const DIVIDENDS = [...FINITE, Infinity, -Infinity, Number.NaN]

for (const instructionSet of instructionSets) {
  test(`${instructionSet}: division by a constant gives the bits of division, powers of two and their other uses included`, async () => {
    await using backend = await native({ instructionSet, threads: 1 })
    for (const by of [16, -0.125, 2 ** 120, -(2 ** -120), 2 ** 127, 2 ** -127, 2 ** -140, 3, 0, -0, Infinity]) {
      const x = tensor(DIVIDENDS, { backend })
      const divided = jit((v: Tensor) => [div(v, by), mul(div(v, by), by), div(by, v)] as const)
      const found: number[][] = []
      for (const t of divided(x)) found.push(Array.from(await t.data()))
      const f = Math.fround
      expect(found[0]).toEqual(DIVIDENDS.map((v) => f(f(v) / by)))
      expect(found[1]).toEqual(DIVIDENDS.map((v) => f(f(f(v) / by) * by)))
      expect(found[2]).toEqual(DIVIDENDS.map((v) => f(by / f(v))))
    }
  })
}
