/**
 * Tests whether `bench compare --against` distinguishes a change from noise on this machine. It repeatedly compares
 * this build with a copy of itself, and a deliberately slowed copy with this build; it prints every verdict and exits
 * with 1 if one was wrong.
 *
 *     npm run -s bench -- --help && node apps/bench/scripts/planted.mjs --tries 10 --percent 10
 *
 * The slower copy spends the given percentage more time in one kernel of the cpu backend: the dense product of one
 * hidden layer's tangents with the next layer's weights, which is most of the default step (one thread, equally wide
 * hidden layers).
 */
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tries: { type: 'string', default: '10' }, percent: { type: 'string', default: '10' } },
})
const [tries, percent] = [Number(values.tries), Number(values.percent)]
// With few spikes (--beta) and many rows, the dense product is about nine tenths of the step, as --percent 100 shows.
const chosen = '--widths 2,256,256,1 --time 16 --batch 512 --beta 0.3'
const step = positionals.length > 0 ? positionals : chosen.split(' ')

/**
 * Copies the files that a build runs from; links inside a workspace are relative, so that they stay inside the copy.
 */
function copyBuild(to) {
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'))
  const folders = ['apps/bench', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)]
  for (const folder of folders) {
    mkdirSync(join(to, folder), { recursive: true })
    for (const part of ['package.json', 'dist', 'peers', 'build', 'node_modules']) {
      const from = join(root, folder, part)
      if (existsSync(from)) cpSync(from, join(to, folder, part), { recursive: true, verbatimSymlinks: true })
    }
  }
}

/**
 * Slows the product of a square matrix in the built backend: the generated code calls a JavaScript function with 0
 * before the product and with 1 after it, and the second call waits for its share of the time in between.
 */
const changes = [
  ['var unary = ["exp",', 'var unary = ["planted", "exp",'],
  [
    '    tanh: Math.tanh,\n',
    `tanh: Math.tanh,
    planted: (after) => {
      const now = performance.now();
      if (after === 0) return (globalThis.plantedBegun = now);
      const until = now + ${percent / 100} * (now - globalThis.plantedBegun);
      while (performance.now() < until);
      return until;
    },`,
  ],
  [
    'c.call(phase2.call);',
    `const isPlanted = /^dot \\d+×\\d+×(\\d+)×\\1$/.test(phase2.name);
    const planted = (after) => {
      const by = c.local("f64");
      c.f64(after).call({ index: imports.findIndex((i) => i.name === "planted") }).set(by);
    };
    if (isPlanted) planted(0);
    c.call(phase2.call);
    if (isPlanted) planted(1);`,
  ],
]

/** Plants the slowdown in a copy. */
function plant(checkout) {
  const file = join(checkout, 'packages/backend-cpu/dist/index.js')
  let text = readFileSync(file, 'utf8')
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2)
      throw new Error(`${file} must contain exactly one "${from}"; see how it is built now`)
    text = text.replace(from, () => to)
  }
  writeFileSync(file, text)
}

/** The verdict on `now` compared with `old`. */
function compare(old, now) {
  const program = join(now, 'apps/bench/dist/main.js')
  const { stdout, stderr } = spawnSync(process.execPath, [program, 'compare', '--against', old, '--json', ...step], {
    encoding: 'utf8',
  })
  if (stdout.trim() === '') throw new Error(stderr)
  const [{ verdict, interval }] = JSON.parse(stdout.trim().split('\n').at(-1)).comparisons
  return {
    verdict,
    text: `${interval.ratio.toFixed(3)} (${interval.low.toFixed(3)} … ${interval.high.toFixed(3)}) ${verdict}`,
  }
}

const folder = mkdtempSync(join(tmpdir(), 'spikeward-planted-'))
try {
  const [same, slow] = ['same', 'slow'].map((name) => join(folder, name))
  for (const copy of [same, slow]) {
    mkdirSync(copy)
    copyBuild(copy)
  }
  plant(slow)
  let [flagged, missed] = [0, 0]
  for (let i = 1; i <= tries; i++) {
    const unchanged = compare(root, same)
    const planted = compare(root, slow)
    if (unchanged.verdict === 'slower') flagged++
    if (planted.verdict !== 'slower') missed++
    console.log(`${i}/${tries}  unchanged ${unchanged.text}   ${percent}% in one kernel ${planted.text}`)
  }
  console.log(`unchanged builds flagged: ${flagged} of ${tries}; planted slowdowns missed: ${missed} of ${tries}`)
  if (flagged + missed > 0) process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
