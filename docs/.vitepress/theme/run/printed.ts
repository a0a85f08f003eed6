/** A message of the Worker about a program. */
export type Printed =
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string }

/** A value as `console.log` shows it, in short: arrays of numbers with seven digits. */
export function printed(value: unknown): string {
  return typeof value === 'string' ? value : nested(value)
}

/** A value inside another one, where a text has quotes. */
function nested(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (ArrayBuffer.isView(value) && 'length' in value) {
    const view = value as unknown as ArrayLike<number>
    return `[${Array.from(view, (v) => Number(v.toPrecision(7))).join(', ')}]`
  }
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(nested).join(', ')} ]`
  const { toString } = value as { toString(): string }
  if (toString !== Object.prototype.toString) return toString.call(value)
  const entries = Object.entries(value).map(([name, one]) => `${name}: ${nested(one)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}
