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
