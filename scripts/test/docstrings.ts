/** Docstrings of sources and the examples in them, for the packages whose tests run them. */
import { readFileSync, readdirSync } from 'node:fs'
import { runInThisContext } from 'node:vm'

/** Something exported: where, the text of its docstring without the stars, and of a function its declared types. */
export type Documented = {
  readonly file: string
  readonly name: string
  /** Empty if there is no docstring. */
  readonly text: string
  readonly signature: string
}

/** An example: its code, whose last line is an expression with its result behind `//`; empty if there is no result. */
export type Example = { readonly code: string; readonly expression: string; readonly expected: string }

const exported =
  /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?export (?:function (?<name>\w+)(?<signature>[^]*?) \{\n|const (?<value>\w+))/g

/** Every exported function and value of the sources in a folder and below, files in the order of their names. */
export function documented(folder: URL): readonly Documented[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('index.ts'))
    .sort()
    .flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(exported)].map(({ 1: doc = '', groups = {} }) => ({
        file,
        name: groups['name'] ?? groups['value'] ?? '',
        text: doc.replace(/^ \* ?/gm, ''),
        signature: groups['signature'] ?? '',
      })),
    )
}

/** The examples of a docstring. */
export const examplesOf = ({ text }: Pick<Documented, 'text'>): readonly Example[] =>
  text
    .split(/^@example\s/m)
    .slice(1)
    .map((example) => {
      const lines = example.split(/^@/m)[0]!.trim().split('\n')
      const [, expression = '', expected = ''] = /^;?(.*?) \/\/ (.*)$/.exec(lines.at(-1)!) ?? []
      return { code: lines.slice(0, -1).join('\n'), expression, expected }
    })

/** The names in the scope of an example. */
export type Scope = Readonly<Record<string, unknown>>

function evaluate(code: string, scope: Scope): Promise<unknown> {
  // A separate block: an example may call a result `grad`, like a function of core.
  const body = `async ({ ${Object.keys(scope).join(', ')} }) => {\n{\n${code}\n}\n}`
  return (runInThisContext(body) as (s: Scope) => Promise<unknown>)(scope)
}

/** Half a unit of the last written digit; almost nothing if there are no digits behind the point. */
const tolerance = (written: string): number => {
  const digits = Math.max(0, ...[...written.matchAll(/\.(\d+)/g)].map(([, d]) => d!.length))
  return digits === 0 ? 1e-5 : 0.5 * 10 ** -digits + 1e-6
}

const listed = (x: unknown): readonly unknown[] =>
  Array.isArray(x) ? x : ArrayBuffer.isView(x) ? [...(x as Float32Array)] : [x]

/** Runs an example; empty if it gives the stated result, to the digits that are written, else what is wrong. */
export async function disagreement({ code, expression, expected }: Example, scope: Scope): Promise<string> {
  if (expected === '') return 'the last line does not state its result'
  const found = listed(await evaluate(`${code}\nreturn (${expression})`, scope))
  const written = listed(await evaluate(`return ${expected}`, scope))
  const agree = found.map((x, i) => {
    const w = written[i]
    return typeof x === 'number' && typeof w === 'number' ? Math.abs(x - w) <= tolerance(expected) : x === w
  })
  return found.length === written.length && agree.every(Boolean)
    ? ''
    : `it gives ${JSON.stringify(found)}, the docstring says ${expected}`
}
