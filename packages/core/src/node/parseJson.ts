/** The most levels of lists and records in JSON that this program reads; its own files have fewer than 20. */
const DEEPEST = 200

/** Whether lists and records lie at most `most` levels inside one another. It needs no deep stack itself. */
export function isShallow(value: unknown, most: number = DEEPEST): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    const next: unknown[] = []
    for (const v of level)
      if (typeof v === 'object' && v !== null) for (const inner of Object.values(v)) next.push(inner)
    if (next.length > 0 && depth >= most) return false
    level = next
  }
  return true
}

/**
 * The value of a JSON text that may come from anyone. `JSON.parse` takes any depth, at which checks that call themselves overflow the
 * stack.
 *
 * @throws SyntaxError for what is not JSON, or is deeper than 200 levels
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!isShallow(value))
    throw new SyntaxError(`its lists and records lie more than ${DEEPEST} levels inside one another`)
  return value
}
