/** Compares the output of a README's example with its comments. */
import { readFile } from 'node:fs/promises'
import { expect, vi } from 'vitest'
import { differenceOfNumbers } from './promises.mjs'

export { promisesOf } from './promises.mjs'

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

/** Compares what one call printed with its comment, by {@link differenceOfNumbers}. */
export const difference = (comment: string, printed: readonly unknown[]): string | null =>
  differenceOfNumbers(
    comment,
    printed.flatMap((x) => numbersIn(x)),
  )

/** Numbers of a printed value: itself, or those of an array. */
function numbersIn(x: unknown): number[] {
  if (typeof x === 'number') return [x]
  if (ArrayBuffer.isView(x) || Array.isArray(x)) return Array.from(x as Iterable<unknown>).flatMap(numbersIn)
  return []
}
