/** Inputs of tasks that no version of this program sent: each is refused with a code before anything is built. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { perform } from '@spikeward/distributed/processes'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config/trainConfig.js'
import { tasksOf } from '../../src/node/schedule/openSchedule.js'

const io = { out: () => undefined, err: () => undefined, errIsTerminal: false, onInterrupt: () => () => undefined }
const tasks = tasksOf(io, async () => 0)
const folder = fileURLToPath(new URL('../../../../apps/cli/test/fixtures/runFormat2', import.meta.url))
const stored = JSON.parse(readFileSync(`${folder}/config.json`, 'utf8')) as Readonly<Record<string, unknown>>
const config = { ...readConfig(stored, `${folder}/config.json`), steps: 1 }
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))
const whole = { config, measure: 'validation', clock: null }

const inputs: readonly (readonly [string, string, unknown])[] = [
  ...['trial', 'pace', 'train'].flatMap((task) =>
    [null, 3, 'text', [], {}, nested(100_000), JSON.parse('{"__proto__":{"args":["x"]}}')].map(
      (input, i): readonly [string, string, unknown] => [`${task}, ${i}`, task, input],
    ),
  ),
  ['no settings', 'trial', { ...whole, config: {} }],
  ['settings that are a list', 'trial', { ...whole, config: [] }],
  ['another measure', 'trial', { ...whole, measure: 'toString' }],
  ['a clock without a pace', 'trial', { ...whole, clock: { seconds: 1 } }],
  ['a clock of no time', 'trial', { ...whole, clock: { seconds: 0, pace: { begin: 0, perStep: 1 } } }],
  ['more than an input has', 'trial', { ...whole, out: '/etc' }],
  ['no number of seconds', 'pace', { config, seconds: '1' }],
  ['arguments that are no texts', 'train', { args: [1] }],
  ['arguments that are a text', 'train', { args: '--problem' }],
  ...Object.keys(config).map((name): readonly [string, string, unknown] => [
    `${name} a deep list`,
    'trial',
    { ...whole, config: { ...config, [name]: nested(100_000) } },
  ]),
  ...Object.keys(config)
    .filter((name) => name !== 'problem')
    .map((name): readonly [string, string, unknown] => [
      `${name} a long text in a record`,
      'trial',
      { ...whole, config: { ...config, [name]: { text: { of: 'x'.repeat(1e6) } } } },
    ]),
]

test.each(inputs)('%s', async (_, task, input) => {
  const error = (await perform(tasks, { task, input }).catch((e: unknown) => e)) as Error
  expect(error).toMatchObject({ code: 'JOB_INVALID' })
  expect(error.message.length).toBeLessThan(500)
})

test.each(['__proto__', 'constructor', 'toString', '', 'trial '])('a task "%s" is none', async (task) => {
  await expect(perform(tasks, { task, input: whole })).rejects.toMatchObject({ code: 'JOB_TASK_UNKNOWN' })
})

test('the input that a command sends passes', async () => {
  const clock = { seconds: 1, pace: { begin: 0, perStep: 0.5 } }
  for (const input of [whole, { ...whole, clock }])
    expect(await perform(tasks, { task: 'trial', input: JSON.parse(JSON.stringify(input)) })).toMatchObject({
      value: { failure: null },
      took: expect.any(Number) as number,
    })
})
