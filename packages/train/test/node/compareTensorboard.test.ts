/**
 * `packages/train/scripts/compare_tensorboard.py` beside a stand-in of the Python package tensorboard, whose readers
 * return the numbers of a JSON file: its findings, messages and exit codes.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

const script = fileURLToPath(new URL('../../scripts/compare_tensorboard.py', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'spikeward-compare-tb-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The numbers that a reader finds: steps and values of each tag. */
type Read = Readonly<Record<string, readonly (readonly [number, number])[]>>

/** The part of both readers that the script uses. */
const standIn: Readonly<Record<string, string>> = {
  'tensorboard/version.py': 'VERSION = "0.0.0"',
  'tensorboard/util/tensor_util.py': 'make_ndarray = lambda value: value',
  'tensorboard/backend/event_processing/event_accumulator.py': `
import json, os
from types import SimpleNamespace
class Number:
    def __init__(self, value): self.value = value
    def item(self): return self.value
class EventAccumulator:
    file = "program.json"
    def __init__(self, folder, size_guidance): self.folder = folder
    def Reload(self):
        with open(os.path.join(self.folder, self.file)) as file: self.read = json.load(file)
    def Tags(self): return {"scalars": list(self.read), "tensors": list(self.read)}
    def Scalars(self, tag): return [SimpleNamespace(step=s, value=v) for s, v in self.read[tag]]
    def Tensors(self, tag): return [SimpleNamespace(step=s, tensor_proto=Number(v)) for s, v in self.read[tag]]
`,
  'tensorboard/backend/event_processing/plugin_event_accumulator.py': `
from . import event_accumulator
class EventAccumulator(event_accumulator.EventAccumulator):
    file = "server.json"
    def __init__(self, folder, tensor_size_guidance): self.folder = folder
`,
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

const modules = join(folder, 'modules')
for (const [path, text] of Object.entries(standIn)) write(join(modules, path), text)
const withoutModules = join(folder, 'without')
write(join(withoutModules, 'tensorboard.py'), 'raise ImportError("it is not there")')

const history = [
  { type: 'metrics', step: 1, loss: 0.1, stepsPerSecond: 3, forwardEquivalents: 9 },
  { type: 'metrics', step: 2, loss: 0.05, stepsPerSecond: 3, forwardEquivalents: 18 },
  { type: 'validation', step: 2, relativeL2: 0.7 },
]
const right: Read = {
  'loss/training': [
    [1, Math.fround(0.1)],
    [2, Math.fround(0.05)],
  ],
  'cost/steps per second': [
    [1, 3],
    [2, 3],
  ],
  'cost/forward passes': [
    [1, 9],
    [2, 18],
  ],
  'error/validation relative L2': [[2, Math.fround(0.7)]],
  'firing rate/layer 1': [[2, 0.25]],
}

/** Runs the script on a run whose event files hold the given numbers. */
function compare(name: string, { program = right, server = right }: { program?: Read; server?: Read } = {}) {
  const run = join(folder, name)
  const lines = history.map((line) => `${JSON.stringify(line)}\n`).join('')
  write(join(run, 'metrics.jsonl'), `${lines}{"type":"metrics","ste`)
  write(join(run, 'tensorboard', 'program.json'), JSON.stringify(program))
  write(join(run, 'tensorboard', 'server.json'), JSON.stringify(server))
  return python(run, modules)
}

function python(run: string, path: string) {
  const env = { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' }
  const { status, stdout, stderr } = spawnSync('python3', [script, run], { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('compare_tensorboard.py', () => {
  test('accepts the numbers of the history as 32-bit floats, and lists numbers that the history lacks', () => {
    const { status, stdout, stderr } = compare('right')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('server: firing rate/layer 1: 1 values, steps 2 to 2, not in the history')
    expect(stdout).toContain('TensorBoard 0.0.0 read 7 numbers')
  })

  test.each<[string, 'program' | 'server', Read, string]>([
    [
      'value',
      'program',
      { ...right, 'error/validation relative L2': [[2, 0.7]] },
      'EventAccumulator: error/validation relative L2: 1 values differ, the first at step 2',
    ],
    [
      'lost',
      'program',
      { ...right, 'cost/forward passes': [[1, 9]] },
      'EventAccumulator: cost/forward passes: TensorBoard lacks 1 of 2 steps, the first is 2',
    ],
    [
      'tag',
      'server',
      { 'loss/training': right['loss/training']! },
      'server: cost/steps per second: TensorBoard lacks 2 of 2 steps, the first is 1',
    ],
    [
      'added',
      'server',
      { ...right, 'loss/training': [...right['loss/training']!, [3, 0.01]] },
      'server: loss/training: TensorBoard has 1 steps that the history lacks, the first is 3',
    ],
    [
      'repeated',
      'server',
      {
        ...right,
        'cost/forward passes': [
          [1, 9],
          [2, 18],
          [2, 18],
        ],
      },
      'server: cost/forward passes: its steps do not ascend, or one occurs twice',
    ],
  ])('finds a wrong event file: %s', (name, reader, read, message) => {
    const { status, stderr } = compare(name, { [reader]: read })
    expect(status).toBe(1)
    expect(stderr).toContain(`differs: ${message}`)
  })

  test('says what to install, or what to name, where it can compare nothing', () => {
    const { status, stderr } = compare('right')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(python(join(folder, 'right'), withoutModules)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /cannot import tensorboard: it is not there; run `pip install tensorboard`/,
      ) as string,
    })
    expect(python(join(folder, 'absent'), modules)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/cannot read .*metrics\.jsonl.*; name the folder of a run/) as string,
    })
    compare('empty', { program: {}, server: {} })
    write(join(folder, 'empty', 'metrics.jsonl'), '')
    expect(python(join(folder, 'empty'), modules)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/metrics\.jsonl holds no number; train for at least one step/) as string,
    })
    rmSync(join(folder, 'right', 'tensorboard'), { recursive: true })
    expect(python(join(folder, 'right'), modules)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/tensorboard does not exist; train with --log tensorboard/) as string,
    })
  })
})
