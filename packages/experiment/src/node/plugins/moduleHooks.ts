/**
 * Hooks of Node's module loader for `package#name` and `./file.ts#name`. They run on a separate thread, and this file
 * is a separate entry of the build.
 *
 * A plug-in shares the command's copy of the library, in any folder: two copies would not recognise each other's
 * tensors. TypeScript runs on every version of Node, and is always an ES module, regardless of the nearest
 * package.json.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { LoadHook, ResolveHook } from 'node:module'
import { fileURLToPath } from 'node:url'
import { transformSync } from 'esbuild'

const isTypeScript = (url: string): boolean => url.startsWith('file:') && /\.[mc]?ts$/.test(url)

/** The TypeScript file that an import of its JavaScript name refers to; null if there is none. */
function sourceOf(specifier: string, parent: string | undefined): string | null {
  if (parent === undefined || !isTypeScript(parent) || !/^\.{1,2}\/.*\.m?js$/.test(specifier)) return null
  const url = new URL(specifier.replace(/js$/, 'ts'), parent)
  return existsSync(url) ? url.href : null
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (specifier.startsWith('@spikeward/')) {
    try {
      return await next(specifier, { ...context, parentURL: import.meta.url })
    } catch {
      // A package of the library that the command does not use is resolved from its importer.
    }
  }
  try {
    return await next(specifier, context)
  } catch (error) {
    const source = sourceOf(specifier, context.parentURL)
    if (source === null) throw error
    return next(source, context)
  }
}

function complaintOf(error: unknown, path: string): Error {
  const { errors } = error as { readonly errors?: readonly { text: string; location: { line: number } | null }[] }
  const [first] = errors ?? []
  return new SyntaxError(first === undefined ? String(error) : `${path}:${first.location?.line ?? 1}: ${first.text}`)
}

/** Strips the types of TypeScript. */
export const load: LoadHook = async (url, context, next) => {
  if (!isTypeScript(url)) return next(url, context)
  const path = fileURLToPath(url)
  const source = await readFile(path, 'utf8')
  try {
    const { code } = transformSync(source, {
      loader: 'ts',
      format: 'esm',
      target: 'node20',
      sourcemap: 'inline',
      sourcefile: path,
    })
    return { format: 'module', source: code, shortCircuit: true }
  } catch (error) {
    throw complaintOf(error, path)
  }
}
