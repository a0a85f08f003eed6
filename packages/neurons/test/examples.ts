import { readFileSync, readdirSync } from 'node:fs'

/** An example in a docstring: its code, whose last line is an expression with what it gives behind `//`. */
export interface Example {
  readonly file: string
  /** What the docstring belongs to. */
  readonly name: string
  readonly code: string
  readonly expression: string
  readonly expected: string
}

const source = new URL('../src/', import.meta.url)

/** The source files, as paths below src. */
const files = (): string[] =>
  readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts') && !f.endsWith('index.ts'))

interface Documented {
  readonly file: string
  readonly name: string
  /** Text of the docstring without its stars. */
  readonly text: string
}

/** Every exported value with its docstring; without one the text is empty. */
export function documented(): Documented[] {
  return files().flatMap((file) => {
    const text = readFileSync(new URL(file, source), 'utf8')
    return [...text.matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?export (?:function|const) (\w+)/g)].map(
      ([, doc = '', name]) => ({ file, name: name!, text: doc.replace(/^ \* ?/gm, '') }),
    )
  })
}

/** The examples of every docstring. */
export const examples = (): Example[] =>
  documented().flatMap(({ file, name, text }) =>
    text
      .split(/^@example\s/m)
      .slice(1)
      .map((example) => {
        const lines = example.split(/^@/m)[0]!.trim().split('\n')
        const [, expression = '', expected = ''] = /^(.*?) \/\/ (.*)$/.exec(lines.at(-1)!) ?? []
        return { file, name, code: lines.slice(0, -1).join('\n'), expression, expected }
      }),
  )
