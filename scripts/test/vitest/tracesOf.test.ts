import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test, vi } from 'vitest'
import { changesOf, tracesOf } from '../../lib/vitest/tracesOf.js'

/** What a file of tests that does this would leave behind it. */
function leftBy(change: () => void, restore: () => void): readonly string[] {
  const before = tracesOf()
  change()
  const changes = changesOf(before, tracesOf())
  restore()
  expect(changesOf(before, tracesOf())).toEqual([])
  return changes
}

test('a file that leaves nothing changed has no traces', () => {
  const nothing = (): void => undefined
  expect(leftBy(nothing, nothing)).toEqual([])
})

test('variables of the environment, globals, the clock and the folder are traces', () => {
  const folder = process.cwd()
  expect(leftBy(() => vi.stubEnv('LEFT', 'x'), vi.unstubAllEnvs)).toEqual([
    "process.env['LEFT'] was undefined and is x",
  ])
  expect(leftBy(() => vi.stubGlobal('document', 1), vi.unstubAllGlobals)).toEqual([
    'globalThis.document was undefined and is 1',
  ])
  expect(leftBy(() => vi.useFakeTimers({ toFake: ['setInterval'] }), vi.useRealTimers)).toEqual([
    expect.stringMatching(/^globalThis\.setInterval was a function .* and is a function /),
  ])
  expect(leftBy(() => vi.spyOn(performance, 'now'), vi.restoreAllMocks)).toEqual([
    expect.stringMatching(/^performance\.now was a function .* and is a function /),
  ])
  expect(
    leftBy(
      () => process.chdir(tmpdir()),
      () => process.chdir(folder),
    ),
  ).toEqual([`the current folder was ${folder} and is ${realpathSync(tmpdir())}`])
})
