/** The ONNX model of a run passes ONNX's checker, and gives the numbers of the command, by onnxruntime-web. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { InferenceSession, Tensor, env } from 'onnxruntime-web'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonWith } from '../../../../scripts/lib/debian.mjs'
import { run } from '../fakeIo.js'
import { type Facts, commanded, inRows, queries, runNames, runsFolder, trained } from './runs.js'

const folder = runsFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))
env.wasm.numThreads = 1

/** The facts in the metadata of a model. */
const factsIn = (bytes: Uint8Array): Facts => {
  const [, text] = /(\{"title":.*\})/s.exec(new TextDecoder().decode(bytes))!
  return JSON.parse(text!) as Facts
}

const placed = (rows: readonly (readonly number[])[]): Tensor =>
  new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, rows[0]!.length])

const python = pythonWith('onnx')

describe.each(runNames)('%s', (name) => {
  let path = ''
  let file = ''
  beforeAll(async () => {
    path = await trained(folder, name)
    file = `${path}.onnx`
    expect(await run('export', path, file, '--to', 'onnx')).toMatchObject({ code: 0, err: '', out: `${file}\n` })
  })

  test("passes ONNX's own checker, with the shapes that it infers", (context) => {
    if (python === undefined) return context.skip('Python has no onnx; apt-get install python3-onnx')
    const script = 'import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)'
    expect(execFileSync(python, ['-c', script, file], { encoding: 'utf8' })).toBe('')
  })

  test('predicts as the command does on 1,000 inputs, with its time loop as a Scan', async () => {
    const bytes = new Uint8Array(readFileSync(file))
    expect(new TextDecoder('latin1').decode(bytes)).toContain('Scan')
    const network = factsIn(bytes)
    const rows = queries(network, network.sensors === undefined ? 1000 : 20)
    const { values, coordinates } = await commanded(path, rows)
    const session = await InferenceSession.create(bytes)
    const { output } = await session.run(
      network.sensors === undefined
        ? { points: placed(rows) }
        : { input: placed(rows), points: placed(inRows(coordinates, network.inputs.length)) },
    )
    await session.release()
    const found = output!.data as Float32Array
    expect(found).toHaveLength(values.length)
    expect(found.length).toBeGreaterThanOrEqual(1000)
    const scale = Math.max(1, ...values.map(Math.abs))
    const near = found.filter((v, i) => Math.abs(v - values[i]!) / scale <= 1e-5)
    expect(near.length / found.length).toBeGreaterThanOrEqual(0.999)
  })
})
