import { readFile } from 'node:fs/promises'
import { pages } from './markdown.js'

/** A fenced block of a page: its language, the words after it, and the code. */
export interface Block {
  readonly page: string
  readonly number: number
  readonly language: string
  readonly kind: string
  readonly code: string
}

const root = new URL('../../', import.meta.url)

/** The pages that hold programs: decisions hold none. */
const withPrograms = (): string[] => pages().filter((path) => !path.startsWith('decisions/'))

/** Every block of every page that names a language. */
export async function blocks(): Promise<Block[]> {
  const found = await Promise.all(
    withPrograms().map(async (page) => {
      const text = await readFile(new URL(page, root), 'utf8')
      return [...text.matchAll(/^```(\w+)(?: (\w+))?\n(.*?)^```$/gms)].map(
        ([, language = '', kind = '', code = ''], i): Block => ({ page, number: i + 1, language, kind, code }),
      )
    }),
  )
  return found.flat()
}
