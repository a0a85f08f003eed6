import type { Code, Local } from './code.js'

/** Emits a loop of `left` iterations, at least one; it counts `left` down to 0. */
export function countDown(c: Code, left: Local, body: () => void): void {
  c.loop((again) => {
    body()
    c.get(left).i32(1).op('i32.sub').tee(left).branchIf(again)
  })
}

/** Emits a loop of `times` iterations, or only its body for one iteration. */
export function repeat(c: Code, times: number, body: () => void): void {
  if (times === 1) body()
  if (times <= 1) return
  const left = c.local('i32')
  c.i32(times).set(left)
  countDown(c, left, body)
}

/** variable += by */
export const advance = (c: Code, variable: Local, by: number): Code =>
  c.get(variable).i32(by).op('i32.add').set(variable)

/** Pushes base + index · bytes. */
export const pushAt = (c: Code, base: Local, index: Local, bytes: number): Code =>
  c.get(base).get(index).i32(bytes).op('i32.mul').op('i32.add')

/**
 * Iterates over `bytes` bytes from `pointers` on, 16 at a time and then `least` at a time, and advances the pointers.
 * `body(4, offset)` processes 16 bytes, `body(1, offset)` the smaller piece.
 */
export function eachVector(
  c: Code,
  bytes: number,
  pointers: readonly Local[],
  body: (lanes: 1 | 4, offset: number) => void,
  least = 4,
): void {
  const whole = Math.floor(bytes / 16)
  repeat(c, whole, () => {
    body(4, 0)
    for (const p of pointers) advance(c, p, 16)
  })
  for (let offset = 0; offset < bytes % 16; offset += least) body(1, offset)
}
