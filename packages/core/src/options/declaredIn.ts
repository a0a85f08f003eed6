import { isDeclared } from './defineFactory.js'
import type { Declared } from './defineFactory.js'
import type { Kind } from './valueType.js'

/**
 * The exports of a kind of a package, by name, so that a command line or a page needs no separate list. Exports without
 * a declaration, and those of other kinds, are omitted.
 *
 * @param exports a module's namespace: `import * as all from …`
 * @example
 * Object.keys(declaredIn(all, 'surrogate')) // ['atan', 'boxcar', …]
 */
export function declaredIn(
  exports: Readonly<Record<string, unknown>>,
  kind: Kind,
): Readonly<Record<string, Declared<object>>> {
  const found: Record<string, Declared<object>> = {}
  for (const value of Object.values(exports)) {
    if (isDeclared(value, kind)) found[value.declaration.name] = value
  }
  return found
}
