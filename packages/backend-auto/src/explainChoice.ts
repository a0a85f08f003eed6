import { FIRST_STEP } from './measureStep.js'
import type { Measured } from './measureStep.js'

/** A remark in the words of a reason. */
const remark = (note: string): string =>
  note === FIRST_STEP ? 'only the first step was measured; later ones may be faster' : note

const told = ({ name, milliseconds, note }: Measured): string => {
  if (milliseconds === null) return `${name}: ${note ?? 'not measured'}`
  return `${name}: ${Number(milliseconds.toPrecision(2))} ms per step${note === null ? '' : ` (${remark(note)})`}`
}

/**
 * The reason for a choice, in one line: `native, 0.21 ms per step; cpu: 0.52 ms per step; webgpu: a software renderer`.
 *
 * @param name the chosen backend
 */
export function explainChoice(name: string, measured: readonly Measured[]): string {
  const taken = measured.find((one) => one.name === name)
  const others = measured.filter((one) => one !== taken)
  const first = taken === undefined ? name : told(taken).replace(': ', ', ')
  return [first, ...others.map(told)].join('; ')
}
