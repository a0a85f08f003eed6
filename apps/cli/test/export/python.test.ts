/** The Python file of a run gives the numbers of the command, by NumPy alone. */
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { pythonWith } from '../../../../scripts/lib/debian.mjs'
import { run } from '../fakeIo.js'
import { type Facts, commanded, inRows, queries, runNames, runsFolder, trained } from './runs.js'

const folder = runsFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const python = pythonWith('numpy')

describe.each(runNames)('%s', (name) => {
  test('predicts as the command does', async (context) => {
    if (python === undefined) return context.skip('NumPy is not installed; apt-get install python3-numpy')
    const path = await trained(folder, name)
    const module = name.replaceAll('-', '_')
    const [file, weights] = [join(folder, `${module}.py`), join(folder, `${module}.safetensors`)]
    const exported = await run('export', path, file, '--to', 'python')
    expect(exported).toMatchObject({ code: 0, err: '', out: `${file}\n${weights}\n` })
    const [, facts] = /network = json\.loads\((.*)\)/.exec(readFileSync(file, 'utf8'))!
    const network = JSON.parse(JSON.parse(facts!) as string) as Facts
    const rows = queries(network, network.sensors === undefined ? 300 : 6)
    const { values, coordinates } = await commanded(path, rows)
    const points = inRows(coordinates, network.inputs.length)
    writeFileSync(`${path}.args.json`, JSON.stringify(network.sensors === undefined ? [rows] : [rows, points]))
    const script = `import json, ${module} as m
print(json.dumps(m.predict(*json.load(open("${name}.args.json"))).ravel().tolist()))
try:
    m.predict(*[[[1.0] * 7]] * m.predict.__code__.co_argcount)
except ValueError as error:
    print(error)`
    const printed = execFileSync(python, ['-c', script], { cwd: folder, encoding: 'utf8' }).split('\n')
    const found = JSON.parse(printed[0]!) as number[]
    const scale = Math.max(1, ...values.map(Math.abs))
    const far = found.filter((v, i) => Math.abs(v - values[i]!) / scale > 1e-5)
    expect(found).toHaveLength(values.length)
    // The sums of another library round in another order, by which a membrane close to its threshold may spike or not.
    expect(far.length / found.length).toBeLessThan(0.01)
    expect(printed[1]).toMatch(/^expected at least one .* found an array of shape \(1, 7\)$/)
  })
})
