import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sha256Of } from '@spikeward/core/node'
import { run, tiny } from '../fakeIo.js'

type Integers = {
  layers: {
    weights: number[]
    biasMant: number[]
    initialMembrane: number[]
    dv: number
    format: { exponent: number }
  }[]
}

/** The text of golden.json with other content, and the checksum that fits it. */
function resealed(text: string, change: (golden: Record<string, unknown>) => unknown): string {
  const { sha256: _, ...golden } = JSON.parse(text) as Record<string, unknown>
  change(golden)
  return JSON.stringify({ ...golden, sha256: sha256Of([JSON.stringify(golden)]) })
}

let folder = ''
let deployed = ''
let shown = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spikeward-deploy-'))
  const trained = join(folder, 'run')
  deployed = join(folder, 'chip')
  await run('train', 'parabola', ...tiny, '--hidden', '4,3', '--time', '4', '--out', trained)
  const { code, out, err } = await run('deploy', trained, '--bits', '6', '--out', deployed, '--allow-lossy', '--json')
  expect(err).not.toContain('error')
  expect(code).toBe(0)
  shown = out
})
afterAll(() => rm(folder, { recursive: true }))

test('deploy writes every file, and a report of the errors', async () => {
  const { files, relativeL2 } = JSON.parse(shown) as { files: string[]; relativeL2: number }
  expect((await readdir(deployed)).sort()).toEqual([...files].sort())
  const report = await readFile(join(deployed, 'report.md'), 'utf8')
  expect(report).toContain(relativeL2.toFixed(4))
  expect(report).toMatch(
    /\| 1 +\| 3 +\| 12 .*\| spikes +\| a spike subtracts the threshold .* the step after it; the chip .* gives the same spikes \|/,
  )
  expect((await run('nir', 'check', join(deployed, 'network.nir'))).code).toBe(0)
})

test('deploy --check replays the golden inputs, and finds one changed integer', async () => {
  const good = await run('deploy', deployed, '--check', '--json')
  expect(good.code).toBe(0)
  expect(JSON.parse(good.out)).toMatchObject({ compared: 16 * (4 + 3), difference: null })
  const file = join(deployed, 'golden.json')
  const text = await readFile(file, 'utf8')
  const golden = resealed(text, ({ counts }) => ((counts as number[][])[1]![5]! += 1))
  await writeFile(file, golden)
  const bad = await run('deploy', deployed, '--check')
  expect(bad.code).toBe(1)
  expect(bad.out).toContain('layer 1, count 5')
  await writeFile(file, text)
})

test.each([
  ['integers.json', '{'],
  ['integers.json', '{"chip": "loihi2", "time": 4, "layers": [], "input": {}}'],
  ['golden.json', '{"inputs": [[1, 2]], "counts": []}'],
])('deploy --check refuses a damaged %s', async (name, text) => {
  const file = join(deployed, name)
  const before = await readFile(file, 'utf8')
  await writeFile(file, text)
  const { code, err } = await run('deploy', deployed, '--check')
  await writeFile(file, before)
  expect(code).toBe(1)
  expect(err).toContain('DEPLOYMENT_INVALID')
})

test.each([
  ['a weight that no golden input may use', (o: Integers) => (o.layers[1]!.weights[0]! += 8), 'was changed after'],
  ['a weight beyond its word', (o: Integers) => (o.layers[1]!.weights[0] = 1e9), 'was changed after'],
  ['a decay below 0', (o: Integers) => (o.layers[1]!.dv = -1), 'was changed after'],
  ['a bias beyond its word', (o: Integers) => (o.layers[0]!.biasMant[0] = 4096), 'was changed after'],
  ['a membrane beyond its word', (o: Integers) => (o.layers[1]!.initialMembrane[0] = 2 ** 23), 'was changed after'],
  ['an exponent that the chip has not', (o: Integers) => (o.layers[1]!.format.exponent = 9), 'was changed after'],
])('deploy --check refuses %s', async (_, change, told) => {
  const file = join(deployed, 'integers.json')
  const before = await readFile(file, 'utf8')
  const integers = JSON.parse(before) as Integers
  change(integers)
  await writeFile(file, JSON.stringify(integers))
  const { code, err } = await run('deploy', deployed, '--check')
  await writeFile(file, before)
  expect([code, err]).toEqual([1, expect.stringContaining(told)])
  expect(err).toContain('DEPLOYMENT_INVALID')
})

test.each([
  [
    'a changed count',
    (text: string) => text.replace(/("counts":\[\[)(\d+)/, (_, head: string, n) => `${head}${Number(n) + 1}`),
  ],
  ['a changed input', (text: string) => text.replace('"inputs":[[', '"inputs":[[0.125],[')],
  ['another checksum of the integers', (text: string) => text.replace(/"integersSha256":"./, '"integersSha256":"g')],
])('deploy --check refuses golden inputs with %s', async (_, change) => {
  const file = join(deployed, 'golden.json')
  const before = await readFile(file, 'utf8')
  expect(change(before)).not.toBe(before)
  await writeFile(file, change(before))
  const { code, err } = await run('deploy', deployed, '--check')
  await writeFile(file, before)
  expect([code, err]).toEqual([1, expect.stringMatching(/golden\.json was changed after.*DEPLOYMENT_INVALID/)])
})

test.each(['integers.json', 'golden.json', 'network.nir'])(
  'deploy --check refuses a pipe or a device without end as %s',
  async (name) => {
    const file = join(deployed, name)
    const kept = join(folder, 'kept')
    await rename(file, kept)
    for (const make of [() => symlink('/dev/zero', file), async () => void spawnSync('mkfifo', [file])]) {
      await make()
      const { code, err } = await run('deploy', deployed, '--check')
      await rm(file)
      expect([code, err]).toEqual([1, expect.stringMatching(/cannot be read: it is not a file.*DEPLOYMENT_INVALID/)])
    }
    await rename(kept, file)
  },
)

test.each(['changed', 'removed'])('deploy --check refuses a NIR file that was %s', async (how) => {
  const file = join(deployed, 'network.nir')
  const before = await readFile(file)
  await (how === 'removed' ? rm(file) : writeFile(file, Buffer.concat([before, Buffer.of(0)])))
  const { code, err } = await run('deploy', deployed, '--check')
  await writeFile(file, before)
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(/network\.nir (was changed|cannot be read).*DEPLOYMENT_INVALID/),
  ])
})

test.each([1e6 + 1, 2 ** 40])(
  'deploy --check ends at a network of %d time steps, although its checksum fits',
  async (time) => {
    const [integersFile, goldenFile] = [join(deployed, 'integers.json'), join(deployed, 'golden.json')]
    const [integers, golden] = await Promise.all([integersFile, goldenFile].map((file) => readFile(file, 'utf8')))
    const long = JSON.stringify({ ...(JSON.parse(integers!) as object), time })
    await writeFile(integersFile, long)
    await writeFile(
      goldenFile,
      resealed(golden!, (g) => (g['integersSha256'] = sha256Of([long]))),
    )
    const { code, err } = await run('deploy', deployed, '--check')
    await writeFile(integersFile, integers!)
    await writeFile(goldenFile, golden!)
    expect([code, err]).toEqual([1, expect.stringContaining('DEPLOYMENT_TOO_LONG')])
  },
)

test('a NIR file that other readers run differently needs --allow-lossy', async () => {
  const out = join(folder, 'without')
  const { code, err } = await run('deploy', join(folder, 'run'), '--out', out, '--quiet')
  expect([code, err]).toEqual([1, expect.stringMatching(/reset.*--allow-lossy.*NIR_LOSSY/s)])
  expect(await readdir(folder)).not.toContain('without')
})

test('deploy leaves its folder beside a run that is named with a slash at its end', async () => {
  const { code, out } = await run('deploy', `${join(folder, 'run')}/`, '--allow-lossy', '--json')
  expect([code, (JSON.parse(out) as { out: string }).out]).toEqual([0, join(folder, 'run-loihi2')])
})

test('deploy ends with the errors on the chip and as trained, as quantise begins with them', async () => {
  const ran = await run('deploy', join(folder, 'run'), '--bits', '6', '--out', join(folder, 'told'), '--allow-lossy')
  const { relativeL2, relativeL2Trained } = JSON.parse(shown) as { relativeL2: number; relativeL2Trained: number }
  const errors = `loihi2, 6 bits: relative L2 ${relativeL2.toFixed(4)} on the test data, ${relativeL2Trained.toFixed(4)} as trained`
  expect([ran.code, ran.out.trimEnd().split('\n').at(-1)]).toEqual([0, errors])
  expect((await run('quantise', join(folder, 'run'), '--bits', '6')).out).toContain(errors)
})

test.each(['deploy', 'quantise'])('%s refuses bits that no weight of the chip has', async (command) => {
  const { code, err } = await run(command, join(folder, 'run'), '--bits', '12')
  expect([code, err]).toEqual([2, expect.stringContaining('--bits 12: a weight of loihi2 has 2 to 8 bits')])
})

test('deploy replaces nothing', async () => {
  const { code, err } = await run('deploy', join(folder, 'run'), '--out', deployed)
  expect(code).toBe(2)
  expect(err).toContain('already exists')
})
