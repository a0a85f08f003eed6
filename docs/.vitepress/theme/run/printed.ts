/** What the Worker tells of a program. */
export type Printed =
  | { readonly type: 'line'; readonly text: string }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string }

/** A value as `console.log` shows it, in short. */
export function printed(value: unknown): string {
  if (typeof value === 'string') return value
  if (ArrayBuffer.isView(value) && 'length' in value) {
    const view = value as unknown as ArrayLike<number>
    return `[${Array.from(view, (v) => Number(v.toPrecision(7))).join(', ')}]`
  }
  if (typeof value !== 'object' || value === null) return String(value)
  const { toString } = value as { toString(): string }
  return toString === Object.prototype.toString ? JSON.stringify(value) : toString.call(value)
}
