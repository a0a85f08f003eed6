import { realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test, vi } from 'vitest'
import { changesOf, tracesOf } from '../../lib/vitest/tracesOf.js'

/** The traces that a file of tests would leave by this change. */
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

test('handlers of signals, ways to print and the graphics of a page are traces', () => {
  const handle = (): void => undefined
  expect(
    leftBy(
      () => process.on('SIGTERM', handle),
      () => process.off('SIGTERM', handle),
    ),
  ).toEqual([expect.stringMatching(/^listeners of SIGTERM was \d+ and is \d+$/)])
  expect(leftBy(() => vi.spyOn(console, 'warn'), vi.restoreAllMocks)).toEqual([
    expect.stringMatching(/^console\.warn was a function /),
  ])
  const page = globalThis.navigator
  expect(
    leftBy(
      () => vi.stubGlobal('navigator', { gpu: 1 }),
      () => vi.stubGlobal('navigator', page),
    ),
  ).toContain('navigator.gpu was undefined and is 1')
  vi.unstubAllGlobals()
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
