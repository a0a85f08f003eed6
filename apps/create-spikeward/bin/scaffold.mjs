/** Writes a project from a template. */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A command that asks for something that cannot be done: its message says what to type instead. */
export class UsageError extends Error {}

/**
 * @typedef {object} Template
 * @property {string} summary
 * @property {Readonly<Record<string, string>>} scripts of the project's package.json
 * @property {Readonly<Record<string, string>>} tools development dependencies from outside
 * @property {readonly string[]} next what to type after `cd`
 */

/** @type {Readonly<Record<string, Template>>} */
export const templates = {
  node: {
    summary: 'a program that trains a spiking network and prints its error',
    scripts: { start: 'node train.js' },
    tools: {},
    next: ['npm install', 'npm start'],
  },
  page: {
    summary: 'a page that trains in a Worker and draws the loss and the prediction',
    scripts: { dev: 'vite', build: 'vite build', preview: 'vite preview' },
    tools: { vite: '^8.3.0' },
    next: ['npm install', 'npm run dev'],
  },
  notebook: {
    summary: "a Jupyter notebook for Deno's kernel, which draws a training while it runs",
    scripts: { start: 'jupyter lab first.ipynb' },
    tools: {},
    next: ['npm install', 'deno jupyter --install', 'npm start'],
  },
  estimator: {
    summary: 'a gradient estimator of your own, its contract tests, and a comparison',
    scripts: { start: 'node compare.js', test: 'vitest run' },
    tools: { vitest: '^4.1.0', 'fast-check': '^4.0.0' },
    next: ['npm install', 'npm test', 'npm start'],
  },
  problem: {
    summary: 'a problem of your own, its contract tests, and a training on it',
    scripts: { start: 'node train.js', test: 'vitest run' },
    tools: { vitest: '^4.1.0', 'fast-check': '^4.0.0' },
    next: ['npm install', 'npm test', 'npm start'],
  },
}

const home = fileURLToPath(new URL('../templates', import.meta.url))

/**
 * @param {object} request
 * @param {string} request.folder new or empty; its last part names the project
 * @param {string} request.template
 * @param {string} request.version of the packages
 * @param {string} [request.tarballs] folder with tarballs of the packages; default: the registry
 * @returns {{ readonly files: readonly string[], readonly next: readonly string[] }}
 * @throws UsageError
 */
export function scaffold({ folder, template, version, tarballs }) {
  const chosen = Object.hasOwn(templates, template) ? templates[template] : undefined
  if (chosen === undefined)
    throw new UsageError(`there is no template "${template}"; take one of ${Object.keys(templates).join(', ')}`)
  const target = resolve(folder)
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new UsageError(`${folder} is not empty; name a new folder, so that no file is overwritten`)
  const from = join(home, template)
  const packages = importedPackages(from)
  const range = tarballs === undefined ? () => `^${version}` : tarballRanges(resolve(tarballs), version)
  const forTests = packages.filter((name) => name.endsWith('/testkit'))
  const dependencies = packages.filter((name) => !name.endsWith('/testkit'))
  const manifest = {
    name:
      basename(target)
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]+/g, '-')
        .replaceAll(/^-+|-+$/g, '') || 'spikeward-project',
    version: '0.0.0',
    private: true,
    type: 'module',
    engines: { node: '>=20.19' },
    scripts: chosen.scripts,
    dependencies: Object.fromEntries(dependencies.map((name) => [name, range(name)])),
    ...(Object.keys(chosen.tools).length + forTests.length > 0 && {
      devDependencies: { ...Object.fromEntries(forTests.map((name) => [name, range(name)])), ...chosen.tools },
    }),
    ...(tarballs !== undefined && { overrides: otherTarballs(resolve(tarballs), version, packages) }),
  }
  mkdirSync(target, { recursive: true })
  cpSync(from, target, { recursive: true })
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  // npm leaves files named .gitignore out of a package, so that it is written here.
  writeFileSync(join(target, '.gitignore'), 'node_modules/\ndist/\n')
  return { files: readdirSync(target).sort(), next: chosen.next }
}

/**
 * The packages that a template imports, and the peers of those, since npm resolves a tarball's peers in the registry.
 *
 * @param {string} folder
 * @returns {readonly string[]}
 */
function importedPackages(folder) {
  const text = readdirSync(folder)
    .filter((file) => /\.(js|ipynb)$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
  const named = [...text.matchAll(/from '(@spikeward\/[\w-]+|spikeward)/g)].map(([, name = '']) => name)
  return [...new Set(['@spikeward/core', ...named])].sort()
}

/**
 * Tarballs of the packages that those of a project depend on.
 *
 * @param {string} folder
 * @param {string} version
 * @param {readonly string[]} direct packages that the project names itself
 * @returns {Readonly<Record<string, string>>}
 */
const otherTarballs = (folder, version, direct) =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.startsWith('spikeward-') && file.endsWith(`-${version}.tgz`))
      .map((file) => [packageIn(file, version), `file:${join(folder, file)}`])
      .filter(([name = '']) => !direct.includes(name)),
  )

/** @param {string} tarball @param {string} version @returns {string} the package of a tarball, by its name */
const packageIn = (tarball, version) =>
  tarball.slice(0, -`-${version}.tgz`.length).replace(/^spikeward-/, '@spikeward/')

/**
 * @param {string} folder
 * @param {string} version
 * @returns {(name: string) => string} where a package is taken from
 * @throws UsageError if its tarball is absent
 */
function tarballRanges(folder, version) {
  return (name) => {
    const file = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
    if (!existsSync(file)) throw new UsageError(`${file} does not exist; npm run -s tarballs -- FOLDER writes it`)
    return `file:${file}`
  }
}
