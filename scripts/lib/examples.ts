/** Compares the output of a README's example with its comments. */
import { readFile } from 'node:fs/promises'
import { expect, vi } from 'vitest'

/**
 * Runs the program in a file, which a README must show in full.
 *
 * @param path of the program
 * @param readme path of the README
 * @returns what each `console.log` was given
 */
export async function runExample(path: string, readme: string): Promise<unknown[][]> {
  const text = await readFile(path, 'utf8')
  expect(await readFile(readme, 'utf8')).toContain(`\`\`\`ts\n${text.trimEnd()}\n\`\`\``)
  const log = vi.spyOn(console, 'log').mockReturnValue()
  try {
    await import(/* @vite-ignore */ path)
    return log.mock.calls.map((args): unknown[] => [...(args as unknown[])])
  } finally {
    log.mockRestore()
  }
}

/** The comment behind each `console.log` of a program, or null, in the order of the lines. */
export const promisesOf = (code: string): (string | null)[] =>
  code
    .split('\n')
    .filter((line) => /\bconsole\.log\(/.test(line))
    .map((line) => /\)\s*\/\/ (.*)$/.exec(line)?.[1] ?? null)

/**
 * Compares what one call printed with its comment. Only a comment that begins with a number or a list promises output,
 * each number to the digits that it shows; words may follow. A list promises as many numbers as it holds.
 *
 * @returns what differs, or null
 */
export function difference(comment: string, printed: readonly unknown[]): string | null {
  if (!/^[[\-\d]/.test(comment)) return null
  const found = printed.flatMap((x) => numbersIn(x))
  const list = /^\[[^\]]*\]/.exec(comment)?.[0]
  const promised = [...(list ?? comment).matchAll(/-?\d+(?:\.(\d+))?/g)].map(([text, decimals = '']) => ({
    value: Number(text),
    tolerance: 0.5000001 * 10 ** -decimals.length,
  }))
  const count = list === undefined ? Math.min(promised.length, found.length) : promised.length
  const same =
    count > 0 &&
    (list === undefined || found.length === count) &&
    promised.slice(0, count).every(({ value, tolerance }, i) => Math.abs(found[i]! - value) <= tolerance)
  return same ? null : `the comment says ${comment}, the program prints ${found.join(', ')}`
}

/** Numbers of a printed value: itself, or those of an array. */
function numbersIn(x: unknown): number[] {
  if (typeof x === 'number') return [x]
  if (ArrayBuffer.isView(x) || Array.isArray(x)) return Array.from(x as Iterable<unknown>).flatMap(numbersIn)
  return []
}
