/** The command of the packed `@spikeward/cli`, as a user calls it in a project of their own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './pack.mjs'

/** Points that cover a square evenly, and a smooth function of them. */
function tableText() {
  const rows = Array.from({ length: 400 }, (_, i) => {
    const at = (/** @type {number} */ step) => 2 * ((step * i) % 1) - 1
    const [a, b] = [at(0.6180339887), at(0.7548776662)]
    return [a, b, Math.sin(2 * a) + b * b].map((x) => x.toFixed(4)).join(',')
  })
  return ['a,b,y', ...rows].join('\n')
}

/**
 * Trains on a table with `npx spikeward`, and predicts for one row of another table.
 *
 * @param {string} project where the tarballs are installed
 * @returns {string | undefined} why it failed
 */
export function tryCommand(project) {
  writeFileSync(join(project, 'table.csv'), tableText())
  writeFileSync(join(project, 'questions.csv'), 'a,b\n0.3,0.5\n')
  const spikeward = ['--no-install', 'spikeward']
  const problem =
    run('npx', [...spikeward, 'doctor'], project).problem ??
    run(
      'npx',
      [...spikeward, ...'train --data table.csv --inputs a:b --outputs y --out runs/table --quiet'.split(' ')],
      project,
    ).problem ??
    run('npx', [...spikeward, ...'predict runs/table --data questions.csv --out answers.csv'.split(' ')], project)
      .problem
  if (problem !== undefined) return problem
  const [head, row = ''] = readFileSync(join(project, 'answers.csv'), 'utf8').trim().split('\n')
  const error = Math.abs(Number(row.split(',').at(-1)) - (Math.sin(0.6) + 0.25))
  return head === 'a,b,y' && error < 0.1 ? undefined : `answers.csv holds\n${head}\n${row}`
}
