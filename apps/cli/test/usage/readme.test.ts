import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

/** The names below `Commands:` in the help of a command; none if it has no commands. */
async function commandsOf(...parents: readonly string[]): Promise<readonly string[]> {
  const { out } = await run(...parents, '--help')
  const [, listed = ''] = out.split('\nCommands:\n')
  return [...listed.matchAll(/^ {2}([a-z]\S*)/gm)].flatMap(([, name = '']) => (name === 'help' ? [] : [name]))
}

const parents = await commandsOf()
const all = (
  await Promise.all(
    parents.map(async (name) => {
      const inner = await commandsOf(name)
      return inner.length === 0 ? [name] : inner.map((one) => `${name} ${one}`)
    }),
  )
).flat()

describe('the table of commands in the README', () => {
  const rows = readFile(new URL('../../README.md', import.meta.url), 'utf8').then((page) =>
    page
      .split('\n')
      .map((line) => /^\| (`[^|]*`) \|/.exec(line)?.[1] ?? '')
      .join(', '),
  )

  test('is read from the help, with the commands below others', () =>
    expect(all).toEqual(expect.arrayContaining(['train', 'deploy', 'chip train', 'queue clear'])))

  test.each(all)('has a row for %s', async (name) => expect(await rows).toMatch(new RegExp(`\`${name}( [^\`]*)?\``)))
})
