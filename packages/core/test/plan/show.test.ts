import { it } from 'vitest'
import { writeFileSync } from 'node:fs'
import { lower } from '../../src/plan/lower.js'
import { printPlan } from '../../src/plan/printPlan.js'
import { printProgram } from '../../src/index.js'
import { traced } from './harness.js'
import { cases } from './programs.js'
it('show', () => {
  for (const c of cases) {
    const t = traced(c.fn, ...c.args)
    writeFileSync('/tmp/scratch/' + c.name.replace(/\W+/g, '-') + '.txt', printProgram(t.program) + '\n\n' + printPlan(lower(t.program)))
  }
})
