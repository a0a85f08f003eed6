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
  toBackend,
  vmap,
} from '@spikeward/core'
import type { Tensor } from '@spikeward/core'
import { native } from '../src/index.js'
import { instructionSets } from './setup.js'

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
