/**
 * A setup file of Vitest that appends the processor time of each test file, with that of the processes it started and
 * of its longest tests, to the file named in TEST_CPU_TIMES, one JSON object a line. Processor time hardly depends on
 * other load.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { afterAll, afterEach, beforeEach, expect } from 'vitest'

const path = process.env['TEST_CPU_TIMES']

/** User and system seconds of this process, and of its children that have ended (Linux counts in 1/100 s). */
function seconds(): readonly [own: number, children: number] {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15)
  return [(user + system) / 100, (childUser + childSystem) / 100]
}

/** Tests that take less than this are not named. */
const shown = 0.5

if (path !== undefined && process.platform === 'linux') {
  const [ownBefore, childrenBefore] = seconds()
  const tests: Record<string, number> = {}
  let begun = 0
  beforeEach(() => {
    begun = sum(seconds())
  })
  afterEach(({ task }) => {
    const spent = sum(seconds()) - begun
    if (spent >= shown) tests[task.name] = Number(spent.toFixed(2))
  })
  afterAll(() => {
    const [own, children] = seconds()
    const file = relative(process.cwd(), expect.getState().testPath ?? '')
    const times = { file, own: own - ownBefore, children: children - childrenBefore, load: ownBefore, tests }
    appendFileSync(path, `${JSON.stringify(times)}\n`)
  })
}

function sum([own, children]: readonly [number, number]): number {
  return own + children
}
