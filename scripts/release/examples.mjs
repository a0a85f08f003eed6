/** The examples of READMEs, as files of a project. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../lib/setup.mjs'

/**
 * @typedef {{
 *   readonly title: string,
 *   readonly file: string,
 *   readonly code: string,
 *   readonly page: boolean,
 *   readonly tests: boolean,
 * }} Example `page`: it runs in a page too; `tests`: it declares tests, for vitest to run
 */

/**
 * The code blocks in TypeScript and JavaScript of a README that stand on their own: they begin with their imports, and
 * are not marked `<!-- only parsed: reason -->`. The contract tests of testkit are one file, printed in parts.
 *
 * @param {string} project folder where the packages are installed
 * @param {string | null} name of a package; null for the README of the repository
 * @returns {Example[]}
 */
export function examplesOf(project, name) {
  const readme = name === null ? join(root, 'README.md') : join(project, 'node_modules', name, 'README.md')
  // A tarball without a README was judged already.
  if (!existsSync(readme)) return []
  const blocks = [...readFileSync(readme, 'utf8').matchAll(/(<!-- only parsed[^\n]*\n)?^```(?:ts|js)\n(.*?)^```$/gms)]
    .filter(([, mark]) => mark === undefined)
    .map(([, , code]) => code ?? '')
  const tests = name === '@spikeward/testkit'
  const codes = tests ? [blocks.join('\n')] : blocks.filter((code) => code.startsWith('import '))
  const slug = (name ?? 'spikeward').replace('@spikeward/', '')
  return codes.map((code, i) => ({
    title: `${name ?? 'README.md'}, example ${i + 1} of ${codes.length}`,
    file: `${slug}-${i + 1}${tests ? '.test' : ''}.ts`,
    code,
    page: !tests && !/from '(node:[^']*|@spikeward\/(backend-native|[^']*\/node))'/.test(code),
    tests,
  }))
}
