import type { Loop } from './kernelGraph.js'

/** A key that two loops share if and only if their code is the same. Plain JSON would lose NaN, ∞ and −0. */
export function loopKey({ name: _, ...loop }: Loop): string {
  return JSON.stringify(loop, (_key, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `${Object.is(value, -0) ? '-0' : value}`
      : value,
  )
}
