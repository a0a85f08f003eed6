/** Processor time, which hardly depends on what else the machine does. */
import { readFileSync } from 'node:fs'

/**
 * @returns {number} user and system seconds of the processes that this one started and that have ended, with all that
 *   those started; 0 where the system does not tell
 */
export function childSeconds() {
  if (process.platform !== 'linux') return 0
  const stat = readFileSync('/proc/self/stat', 'utf8')
  // The name of the program, in parentheses, may contain spaces. Linux counts in 1/100 s.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) / 100
}
