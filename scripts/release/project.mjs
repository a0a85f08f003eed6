/** An empty project outside the workspace that contains only the tarballs. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../lib/setup.mjs'
import { run } from './pack.mjs'

/**
 * @param {string} project
 * @param {readonly import('./pack.mjs').Packed[]} packed
 * @returns {string | undefined} why the installation failed
 */
export function install(project, packed) {
  mkdirSync(project, { recursive: true })
  const own = JSON.parse(readFileSync(join(root, 'node_modules/vitest/package.json'), 'utf8'))
  const dependencies = {
    ...Object.fromEntries(packed.map(({ name, tarball }) => [name, `file:${tarball}`])),
    // Their READMEs tell when to install these too, since npm does not install them automatically.
    ...Object.fromEntries(
      packed
        .flatMap(({ manifest }) => optionalPeers(manifest))
        .filter(([name]) => !packed.some((p) => p.name === name)),
    ),
    // testkit's peers, which its users have.
    vitest: own.version,
    'fast-check': '^4.10.2',
  }
  writeFileSync(
    join(project, 'package.json'),
    JSON.stringify({ name: 'empty', version: '0.0.0', private: true, type: 'module', dependencies }, null, 2),
  )
  return run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], project).problem
}

/**
 * @param {Record<string, unknown>} manifest
 * @returns {[name: string, range: string][]} peers that may be absent
 */
function optionalPeers({ peerDependencies, peerDependenciesMeta }) {
  const ranges = /** @type {Record<string, string>} */ (peerDependencies ?? {})
  const about = /** @type {Record<string, { readonly optional?: boolean }>} */ (peerDependenciesMeta ?? {})
  return Object.entries(ranges).filter(([name]) => about[name]?.optional === true)
}

/**
 * @param {string} project where the tarballs are installed
 * @returns {string | undefined} why the native backend does not compute there
 */
export function loadsAddon(project) {
  const program = "const { native } = await import('@spikeward/backend-native'); console.log((await native()).name)"
  const { output, problem } = run('node', ['--input-type=module', '-e', program], project)
  return problem ?? (output.trim() === 'native' ? undefined : output)
}

/**
 * Writes the examples into the project and lets the compiler read them against the published declarations.
 *
 * @param {string} project
 * @param {readonly import('./examples.mjs').Example[]} examples
 * @returns {string | undefined}
 */
export function checkTypes(project, examples) {
  for (const { file, code } of examples) {
    writeFileSync(join(project, file), code)
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    })
    writeFileSync(join(project, file.replace(/ts$/, 'mjs')), outputText)
  }
  const options = {
    compilerOptions: {
      target: 'ES2022',
      lib: ['ES2023', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
      module: 'NodeNext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: examples.map(({ file }) => file),
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(options))
  return run('tsc', ['-p', project], project).problem
}

/**
 * @param {string} project
 * @param {import('./examples.mjs').Example} example
 * @returns {string | undefined}
 */
export function runInNode(project, { file, tests }) {
  const program = file.replace(/ts$/, 'mjs')
  const { output, problem } = tests
    ? run('npx', ['vitest', 'run', '--globals', program], project)
    : run('node', [program], project)
  return problem ?? judgeOutput(output)
}

/**
 * @param {string} output
 * @returns {string | undefined}
 */
export function judgeOutput(output) {
  if (output.trim() === '') return 'it printed nothing'
  return /\bNaN\b|\bInfinity\b/.test(output) ? `it printed a number that is none:\n${output}` : undefined
}
