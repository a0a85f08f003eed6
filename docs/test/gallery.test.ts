/** The gallery quotes the stored runs, and has a page for every problem that has some. */
import { readFile, readdir, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { fileURLToPath } from 'node:url'
import { coefficientsTable } from '../scripts/gallery/coefficientsTable.js'
import { figureOf } from '../scripts/gallery/figureOf.js'
import { galleryFiles } from '../scripts/gallery/galleryFiles.js'
import { blockOf, goalsTable, overview } from '../scripts/gallery/pages.js'
import { learnedBeside, storedResults } from '../scripts/gallery/storedResults.js'

const docs = fileURLToPath(new URL('..', import.meta.url))
const files = galleryFiles(docs)

test.each(Object.entries(files))('%s is up to date', async (path, text) => {
  expect(await readFile(new URL(`../${path}`, import.meta.url), 'utf8')).toBe(text)
})

test('every problem with a stored run has a page, a figure and a line in the overview', () => {
  const results = storedResults(docs)
  const problems = [...new Set(results.map(({ problem }) => problem))]
  expect(problems.length).toBeGreaterThan(9)
  for (const problem of problems) {
    expect(Object.keys(files)).toContain(`images/gallery/${problem}.svg`)
    const page = [`${problem}`, `equations/${problem}`].find((name) => `gallery/${name}.md` in files)
    expect([problem, page]).not.toEqual([problem, undefined])
    // The overview has a line for every problem on which a forward-only method was run with spikes.
    const spiking = results.some(
      (r) => r.problem === problem && r.estimator !== 'bp' && !r.options.includes('--spiking none'),
    )
    if (spiking) expect(files['gallery/index.md']).toContain(`| [${problem}](${page}.md) |`)
    // Its errors are of several keys.
    expect(Math.min(...results.filter((r) => r.problem === problem).map(({ keys }) => keys))).toBeGreaterThanOrEqual(3)
  }
})

test('every film has a page, words instead of it, and a still picture for readers who prefer no motion', async () => {
  const folder = new URL('../images/gallery/films/', import.meta.url)
  const [names, pages] = [await readdir(folder), Object.entries(files).filter(([path]) => path.endsWith('.md'))]
  const sizes = await Promise.all(names.map(async (name) => (await stat(new URL(name, folder))).size))
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(600_000)
  for (const film of names.filter((name) => !name.endsWith('-still.png'))) {
    const still = film.replace('.png', '-still.png')
    expect(names).toContain(still)
    const [, text] = pages.find(([path]) => path.endsWith(`/${film.replace('.png', '.md')}`)) ?? []
    expect(text).toMatch(new RegExp(`films/${still}" media="\\(prefers-reduced-motion: reduce\\)">`))
    expect(text).toMatch(new RegExp(`films/${film}" alt="[^"]{20,}"`))
  }
})

test('the overview has a small picture in every row of its tables', async () => {
  const text = files['gallery/index.md']!
  const pictures = [
    ...text.matchAll(
      /^\| <img src="\.\.\/(images\/gallery\/.*?)" alt="solution of [\w-]+" width="48" height="48"> \|/gm,
    ),
  ]
  expect(pictures).toHaveLength([...text.matchAll(/^\|(?=.*\.md\))/gm)].length)
  for (const [, path] of pictures) await expect(stat(new URL(`../${path!}`, import.meta.url))).resolves.toBeDefined()
  const folder = new URL('../images/gallery/thumbnails/', import.meta.url)
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(new URL(name, folder))).size))
  expect(sizes.reduce((a, b) => a + b)).toBeLessThan(100_000)
})

test('a figure has the whole label of each run, in lines that fit', () => {
  const options = '--network pod-deeponet --spiking branch --branch 200 --steps 8000 --learning-rate 3.16e-3'
  const lines = [...figureOf('p', [{ ...result, options }])!.matchAll(/<tspan[^>]*>([^<]*)</g)].map(([, line]) => line!)
  expect(lines.join(' ')).toBe(`rfg ${options.replaceAll('--', '')}`)
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(42)
})

const result = {
  problem: 'p',
  estimator: 'rfg',
  options: '',
  run: 'accuracy-p',
  keys: 3,
  validation: 0.21,
  mean: { mean: 0.2, spread: 0.01 },
  pooled: { mean: 0.1, spread: 0.01 },
  baseline: 0.15,
  learned: true,
  seconds: 12.4,
  coefficients: {},
}

test('a result that is not learned is called so, and back-propagation is not quoted for it', () => {
  const not = { ...result, learned: false }
  expect(blockOf('p', [not])).toContain('has 0.1500, so that training has learned nothing here')
  expect(overview([not], String, String)).toContain('| 0.2000 ± 0.0100 | 0.1500 | – | – | – |')
  expect(overview([{ ...result, estimator: 'bp' }], String, String)).not.toContain('[p](p)')
  const beside = { ...result, baseline: 0.3, linear: 0.4, kernel: 1e-9, dense: 0.05 }
  expect(overview([beside], String, String)).toContain('| **0.2000 ± 0.0100** | 0.3000 | 0.4000 | 1.0e-9 | 0.0500 |')
})

test('a result has the dense network and the regressions of its own run, else of another one', () => {
  const other = { ...result, run: 'accuracy-q', validation: 0.3, linear: 0.4, kernel: 0.01, dense: 0.05 }
  const dense = { ...other, run: 'accuracy-r', options: '--spiking none', mean: { mean: 0.06, spread: 0.01 } }
  const own = blockOf('p', [{ ...other, run: 'accuracy-p', validation: 0.2 }, dense])
  expect(own).toContain('A dense network of the same layers has 0.0500.')
  expect(own).toContain('On the same data, linear ridge regression has 0.4000')
  const without = blockOf('p', [result, { ...other, dense: null }, { ...dense, dense: null }])
  expect(without).toContain('A dense network of the same layers has 0.0600.')
  expect(without).toContain('On the data of `accuracy-q`, linear ridge regression has 0.4000')
  expect(without).toContain('0.0100: a method without a network solves this problem better.')
  const layers = { ...result, options: '--hidden 9', validation: 0.1 }
  expect(blockOf('p', [layers, other, { ...dense, dense: null }])).toContain(
    'one of others has 0.0600 ± 0.0100 (`rfg`).',
  )
  expect(blockOf('p', [result])).not.toMatch(/ridge regression with a Gaussian kernel|dense/)
})

test('an error is bold only below 1 and if it is learned', () => {
  const isBold = (of: Partial<typeof result>): boolean =>
    overview([{ ...result, ...of }], String, String).includes('**')
  expect(isBold({})).toBe(true)
  expect(isBold({ learned: false })).toBe(false)
  expect(isBold({ mean: { mean: 1.29, spread: 0.04 }, baseline: 1.53 })).toBe(false)
})

test('an error is learned below the untrained network and its control, by more than the spread', () => {
  const rowsOf = (estimator: string, errors: readonly number[], untrained: number | null = 0.2) =>
    errors.map((relativeL2, key) => ({
      ...{ problem: 'p', estimator, options: '', backend: 'native', validation: 1, trainingSeconds: 1, failure: null },
      ...{ relativeL2, key, baselines: { untrained, linear: null, kernel: null, dense: null } },
    }))
  const own = rowsOf('rfg', [0.1, 0.11, 0.12])
  expect(learnedBeside(own, own)).toBe(true)
  expect(learnedBeside(own, [...own, ...rowsOf('randomSign(rfg)', [0.3, 0.4, 0.5])])).toBe(true)
  expect(learnedBeside(own, [...own, ...rowsOf('randomSign(rfg)', [0.1, 0.12, 0.11])])).toBe(false)
  expect(learnedBeside(own, [...own, ...rowsOf('randomSign(eligibility)', [0.1, 0.12, 0.11])])).toBe(true)
  const far = rowsOf('bp', [0.1, 0.3, 0.1])
  expect(learnedBeside(far, far)).toBe(false)
  const without = rowsOf('bp', [0.1, 0.11, 0.12], null)
  expect(learnedBeside(without, without)).toBeNull()
})

test('small baselines and spreads are not printed as zero', () => {
  expect(blockOf('p', [{ ...result, baseline: 1.12e-5 }])).toContain('| 1.1e-5 |')
  expect(overview([{ ...result, baseline: 1.12e-5 }], String, String)).toContain('| 1.1e-5 |')
  const spreads = [0.0102, 0.0002, 0.00002, 0].map((spread) => ({ ...result, mean: { mean: 0.0287, spread } }))
  expect(spreads.map((r) => /error has \*\*(.*)\*\*/.exec(blockOf('p', [r]))?.[1])).toEqual([
    '0.0287 ± 0.0102',
    '0.0287 ± 0.0002',
    '0.0287 ± 2.0e-5',
    '0.0287 ± 0.0000',
  ])
})

test('the time of training is in the table', () => {
  expect(blockOf('p', [result])).toContain('| 0.1500 | 12 | 3, `accuracy-p` |')
  expect(blockOf('p', [{ ...result, seconds: 1.26 }])).toContain('| 0.1500 | 1.3 | 3, `accuracy-p` |')
})

test('goals are compared with what forward-only methods reached', () => {
  const dense = { ...result, problem: 'poisson-2d', options: '--spiking none', mean: { mean: 2e-6, spread: 1e-6 } }
  const table = goalsTable([dense, { ...dense, options: '--shape disc', mean: { mean: 0.02, spread: 0 } }])
  expect(table).toContain('| Poisson, square | 0.01 | no forward-only run | 0.001 | 2.0e-6 ± 1.0e-6 |')
  expect(table).toContain('| Poisson, disc | 0.01 | 0.0200 ± 0.0000 (not reached) | 0.001 | no forward-only run |')
  expect(blockOf('poisson-2d', [dense])).toContain('No run with spikes is stored.')
})

test('another case of a problem does not stand for its default one', () => {
  const own = { ...result, problem: 'poisson-2d', baseline: 0.05, learned: false, mean: { mean: 0.06, spread: 0 } }
  const other = { ...own, options: '--shape disc', validation: 0.001, learned: true, mean: { mean: 0.001, spread: 0 } }
  expect(goalsTable([other, own])).toContain('Poisson, square | 0.01 | 0.0600 ± 0.0000 (not reached)')
  expect(overview([other, own], String, String)).toContain('| 0.0600 ± 0.0000 |')
  expect(blockOf('poisson-2d', [other, own])).toContain('validation error has **0.0600 ± 0.0000**')
  expect(overview([other], String, String)).toContain('| **0.0010 ± 0.0000** |')
})

test('coefficients that runs found are compared with the true ones, by the worst key', () => {
  const found = { ...result, problem: 'inverse-poisson', options: '--spiking none', coefficients: { k: [1.5, 1.503] } }
  expect(coefficientsTable([found])).toContain('| k | 1.5 | 1.5015 | 0.2 % | 0.5 % | 3 |')
  const noisy = { ...found, options: '--noise 0.01', coefficients: { k: [1.35] } }
  expect(coefficientsTable([noisy])).toContain('| 10 % (not reached) | 5 % | 3 |')
  expect(coefficientsTable([result])).toBe('')
  expect(() => coefficientsTable([{ ...found, coefficients: { q: [1] } }])).toThrow(/no true value of 'q'/)
})

test('validation chooses the method, and the test error reports it', () => {
  for (const problem of new Set(storedResults(docs).map((r) => r.problem))) {
    const own = storedResults(docs).filter((r) => r.problem === problem)
    expect(own.map((r) => r.validation)).toEqual(own.map((r) => r.validation).sort((a, b) => a - b))
  }
  const lucky = { ...result, estimator: 'spsa', validation: 0.3, mean: { mean: 0.1, spread: 0 } }
  expect(blockOf('p', [result, lucky])).toContain('lowest validation error has **0.2000 ± 0.0100** on test data')
  expect(blockOf('p', [{ ...result, baseline: null }])).not.toContain('with the untrained baseline')
})
