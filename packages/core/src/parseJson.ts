/** The most levels of lists and records in JSON that this program reads; its own files have fewer than 20. */
const DEEPEST = 200

/** The most characters of a name in an error. */
const SHOWN = 40

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

/** The index of the quotation mark that closes the string at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (text[at] === '"') return at
    if (text[at] === '\\') at++
  }
}

/** The first name that a record of a valid JSON text has twice; null if there is none. */
function repeatedName(text: string): string | null {
  /** The names of each open record so far; null for a list. */
  const open: (Set<string> | null)[] = []
  // A name follows the beginning of a record, or a comma in one.
  let mayBeName = false
  for (let at = 0; at < text.length; at++) {
    const c = text[at]!
    if (c === '"') {
      const end = endOfString(text, at)
      const names = open.at(-1) ?? null
      if (mayBeName && names !== null) {
        const name = JSON.parse(text.slice(at, end + 1)) as string
        if (names.has(name)) return name
        names.add(name)
      }
      mayBeName = false
      at = end
    } else if (c === '{' || c === '[') {
      open.push(c === '{' ? new Set() : null)
      mayBeName = true
    } else if (c === '}' || c === ']') {
      open.pop()
    } else if (c === ',') {
      mayBeName = true
    }
  }
  return null
}

/**
 * Parses JSON from an untrusted source. `JSON.parse` accepts any depth, which overflows the stack of recursive checks,
 * and it silently drops the first of two values with the same name.
 *
 * @throws SyntaxError for a text that is not JSON, is deeper than 200 levels, or has a name twice in a record
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!isShallow(value)) throw new SyntaxError(`its lists and records are nested more than ${DEEPEST} levels deep`)
  const twice = repeatedName(text)
  if (twice === null) return value
  const shown = twice.length > SHOWN ? `${twice.slice(0, SHOWN)}…` : twice
  throw new SyntaxError(`the name ${JSON.stringify(shown)} occurs twice in one record`)
}

/** Whether a value, such as parsed JSON, is an object but not an array. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
