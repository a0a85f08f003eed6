import { usageError } from '../usage/usageError.js'
import type { EquationFile } from './equationSchema.js'

/**
 * Refuses parts of a file that contradict each other and would be ignored: two uses of one name, formulas and interfaces of names that are
 * no unknowns, and measurements at points with another number of coordinates.
 *
 * @throws CLI_EQUATION
 */
export function checkParts(
  path: string,
  file: EquationFile,
  axes: readonly string[],
  unknowns: readonly string[],
): void {
  const wrong =
    usedTwice(file, axes, unknowns) ??
    ofNoUnknown(file, unknowns) ??
    betweenNoUnknowns(file, unknowns) ??
    ofOtherLength(file, axes.length)
  if (wrong !== undefined) throw usageError('CLI_EQUATION', `${path}: ${wrong}`)
}

function usedTwice(
  { constants = {}, coefficients = {} }: EquationFile,
  axes: readonly string[],
  unknowns: readonly string[],
) {
  const uses = [
    ...axes.map((name) => ({ name, what: 'an axis' })),
    ...unknowns.map((name) => ({ name, what: 'an unknown' })),
    ...Object.keys(constants).map((name) => ({ name, what: 'a constant' })),
    ...Object.keys(coefficients).map((name) => ({ name, what: 'a coefficient' })),
  ]
  const first = new Map<string, string>()
  for (const { name, what } of uses) {
    const before = first.get(name)
    if (before !== undefined && before !== what) return `${name} is ${before} and ${what}; give each its own name`
    first.set(name, what)
  }
  return undefined
}

function ofNoUnknown({ hard = {}, exact = {} }: EquationFile, unknowns: readonly string[]) {
  for (const [key, record] of Object.entries({ hard, exact })) {
    const other = Object.keys(record).find((name) => !unknowns.includes(name))
    if (other !== undefined)
      return `${key} names ${other}, and the unknowns are ${unknowns.join(', ')}; name one of them`
  }
  return undefined
}

function betweenNoUnknowns({ conditions = [] }: EquationFile, unknowns: readonly string[]) {
  for (const { interface: met } of conditions) {
    if (met === undefined) continue
    const other = met.between.find((name) => !unknowns.includes(name))
    if (other !== undefined || met.between[0] === met.between[1])
      return `an interface between ${met.between.join(' and ')}, and the unknowns are ${unknowns.join(', ')}; name two of them`
  }
  return undefined
}

function ofOtherLength({ conditions = [] }: EquationFile, axes: number) {
  for (const { measured } of conditions) {
    if (measured === undefined || 'file' in measured) continue
    const row = measured.at.findIndex((at) => at.length !== axes)
    if (row >= 0)
      return `measured at row ${row + 1} has ${measured.at[row]!.length} numbers, and there are ${axes} axes; give one for each axis`
  }
  return undefined
}
