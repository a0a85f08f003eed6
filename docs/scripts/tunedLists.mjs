import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const source = 'packages/problems/src'

/**
 * The lines that export the tuned defaults in the folders of problems.
 *
 * @param {string} root of the repository
 * @param {string} kind the folder of these problems
 * @param {'pinn' | 'operator'} [only] what the problems are. Default: any
 */
function exportsOf(root, kind, only) {
  const folders = readdirSync(join(root, source, kind), { withFileTypes: true }).filter((one) => one.isDirectory())
  return folders.flatMap(({ name }) => {
    const path = join(root, source, kind, name, 'defaults.ts')
    if (!existsSync(path)) return []
    const problem = readFileSync(join(root, source, kind, name, 'problem.ts'), 'utf8')
    if (only !== undefined && !problem.includes(`kind: '${only}'`)) return []
    const exported = [...readFileSync(path, 'utf8').matchAll(/^export const (\w+Defaults)\b/gm)].map(
      ([, found]) => found,
    )
    return [`export { ${exported.join(', ')} } from '../${kind}/${name}/defaults.js'\n`]
  })
}

const byReference = 'Written by `npm run docs:reference` from the folders of the problems.'

/**
 * The modules that list the tuned defaults of all problems, by path. A problem with a `defaults.ts` in its folder needs no list
 * elsewhere.
 *
 * @param {string} root of the repository
 * @returns {readonly (readonly [string, string])[]}
 */
export const tunedLists = (root) => [
  [
    `${source}/defaults/tunedRegression.ts`,
    `/**
 * The tuned defaults of functions of points; \`table\` is one from a file. Pages load these without those of operators.
 * ${byReference}
 */
${exportsOf(root, 'regression').join('')}`,
  ],
  [
    `${source}/defaults/tunedEquations.ts`,
    `/**
 * The tuned defaults of single equations. Pages load these without those of operators.
 * ${byReference}
 */
${exportsOf(root, 'pde', 'pinn').join('')}`,
  ],
  [
    `${source}/defaults/tunedOperators.ts`,
    `/**
 * The tuned defaults of operators. Pages load these without those of single equations.
 * ${byReference}
 */
${exportsOf(root, 'pde', 'operator').join('')}`,
  ],
  [
    `${source}/defaults/tuned.ts`,
    `/**
 * The tuned defaults of every problem; their data are next to the problem. {@link problemDefaults} derives the names:
 * \`mexicanHatDefaults\` are those of \`mexican-hat\`. \`own\` and \`table\` are an operator and a function of points from a file.
 * ${byReference}
 */
export { ownDataDefaults as ownDefaults } from '../operatorProblem/ownDataDefaults.js'
export * from './tunedEquations.js'
export * from './tunedOperators.js'
export * from './tunedRegression.js'
`,
  ],
]
