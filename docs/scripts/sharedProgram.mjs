/**
 * A plugin of TypeDoc: all packages share one program, of their sources alone. TypeDoc itself makes a program for each
 * package, with its tests, and reads core and the library of TypeScript again for each.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))

/**
 * The sources of what a package exports.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function entriesOf(folder) {
  /** @type {{ exports: Record<string, { '@spikeward/source'?: string }> }} */
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return Object.values(manifest.exports)
    .flatMap((target) => target['@spikeward/source'] ?? [])
    .map((path) => join(folder, path))
    .sort()
}

/** @param {import('typedoc').Application} app */
export function load(app) {
  /** @type {ts.Program | undefined} */
  let program
  // TypeDoc calls it once for each package, with the options of the package.
  app.getDefinedEntryPoints = () => {
    program ??= ts.createProgram({
      rootNames: readdirSync(packages).flatMap((name) => entriesOf(join(packages, name))),
      options: app.options.getCompilerOptions(app.logger),
    })
    return entriesOf(dirname(app.options.getValue('tsconfig'))).map((path) => {
      const sourceFile = program?.getSourceFile(path)
      if (program === undefined || sourceFile === undefined) throw new Error(`${path} is no source of the program`)
      return { displayName: basename(path, '.ts'), program, sourceFile }
    })
  }
}
