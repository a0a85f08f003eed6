/** A function as a Program whose numbers of rows are open. */
import { type Program, type Tensor, SpikewardError, inlineProgram, trace, zeros } from '@spikeward/core'

/** An input of a function: its name in the file, the name of its number of rows there, and the numbers of a row. */
export type OpenInput = { readonly name: string; readonly rows: string; readonly width: number }

/** A Program of one result, the tensors that it captured, and how to write a number that may count rows. */
export type OpenProgram = {
  readonly inputs: readonly OpenInput[]
  /** Its inputs are the constants, then those of `inputs`, [rows, width]. */
  readonly program: Program
  readonly constants: readonly Tensor[]
  /** The factors of a length, address or stride: a number, then names of numbers of rows; 200·n gives [200, 'n']. */
  factors(length: number): readonly [number, ...string[]]
}

/** Two prime numbers for each of at most three open numbers of rows. */
const primes = [
  [10007, 10009, 10037],
  [10039, 10061, 10067],
] as const

/**
 * Writes a function in another language, for any number of rows. The function is traced twice, each time with other
 * prime numbers of rows; a writer replaces multiples of them by multiples of names. Where both give the same text,
 * nothing depends on a number of rows in another way.
 *
 * @param fn of one tensor [rows, width] for each input; its rows do not depend on each other
 * @param write gives equal values, by their JSON, for equal texts
 * @throws EXPORT_ROWS if the texts differ
 */
export function writeOpen<T>(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly OpenInput[],
  write: (program: OpenProgram) => T,
): { readonly written: T; readonly constants: readonly Tensor[] } {
  const [first, second] = primes.map((numbers) => {
    const program = openProgram(fn, inputs, numbers)
    return { written: write(program), constants: program.constants }
  })
  if (JSON.stringify(first!.written) === JSON.stringify(second!.written)) return first!
  throw new SpikewardError(
    'EXPORT_ROWS',
    'the program of the network depends on the number of its rows, and a file has one program for every number; ' +
      'predict with the run itself, or with loadNetwork',
  )
}

function openProgram(
  fn: (...inputs: Tensor[]) => Tensor,
  inputs: readonly OpenInput[],
  numbers: readonly number[],
): OpenProgram {
  const names = [...new Set(inputs.map(({ rows }) => rows))]
  const tensors = inputs.map(({ rows, width }) => zeros([numbers[names.indexOf(rows)]!, width]))
  const { program, captured } = trace(fn, ...tensors)
  tensors.forEach((t) => t.dispose())
  return {
    inputs,
    program: inlineProgram(program),
    constants: captured,
    factors(length) {
      const factors: string[] = []
      let rest = length
      names.forEach((name, i) => {
        while (rest !== 0 && rest % numbers[i]! === 0) {
          rest /= numbers[i]!
          factors.push(name)
        }
      })
      return [rest, ...factors]
    },
  }
}
