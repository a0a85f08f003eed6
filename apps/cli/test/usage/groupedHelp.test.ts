import { describe, expect, test } from 'vitest'
import { run } from '../fakeIo.js'

const linesOf = (text: string): readonly string[] => text.trimEnd().split('\n')

describe('help of commands with many options', () => {
  test.each(['train', 'compare', 'search'])('%s: two screens by default, a line an option', async (command) => {
    const { code, out, err } = await run(command, '--help')
    expect([code, err]).toEqual([0, ''])
    const lines = linesOf(out)
    expect(lines.length).toBeLessThanOrEqual(110)
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(110)
    // Every option of the whole is named in the short one.
    const { out: whole } = await run(command, '--help', 'all')
    const flags = [...whole.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag!)
    expect(flags.length).toBeGreaterThan(100)
    for (const flag of flags) expect(out).toMatch(new RegExp(`${flag.replace(/^--no-/, '--(no-)?')}\\b`))
  })

  test('states defaults', async () => {
    const { out } = await run('train', '--help')
    expect(out).toMatch(/^ {2}--key <n> .*\[0\]$/m)
    expect(out).toMatch(/^ {2}--readout-penalty <x> .*\[1e-4\]$/m)
    expect(out).toMatch(/^ {2}--backend <name> .*\[auto\]$/m)
  })

  test('says what each switch that is on by default leaves out', async () => {
    const { out } = await run('train', '--help', 'all')
    const switches = [...out.matchAll(/^ {2}--no-([\w-]+) +(no .*(?:\n {6,}\S.*)*)/gm)].map(([, name, help]) => [
      name,
      help!.replaceAll(/\s+/g, ' '),
    ])
    expect(Object.fromEntries(switches)).toEqual({
      trial: 'no short trials, which on your own data choose the settings that are not given',
      'memory-check': 'no error if the run may need more memory than there is; a note instead',
      figures: 'no figures; for many runs in a row',
    })
    expect((await run('resume', '--help')).out).toContain('no error if the run may need more memory')
  })

  test('on a topic shows a group, or a declared thing, in full', async () => {
    const estimator = (await run('train', '--help', 'estimator')).out
    expect(estimator).toMatch(/^ {2}--exact-readout/m)
    expect(estimator).toMatch(/--directions <n>[^]*1 by default/)
    expect(estimator).not.toContain('--threshold')
    expect((await run('train', '--help', 'rfg')).out).toMatch(/^rfg, one of estimators:[^]*directions .*default 1/)
    expect((await run('train', '--help', 'poissonPinn')).out).toContain('defaults of poisson-pinn')
    const wrong = await run('train', '--help', 'netwrok')
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/did you mean "network"/)])
  })
})
