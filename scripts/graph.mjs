/**
 * Which package may import which: the only table that the linter and scripts/checks/graph.mjs read.
 * `code` applies to src, `tests` is also allowed in test folders; with `bringsSiblings` its siblings are dependencies,
 * not peers. Apps may import everything.
 *
 * @typedef {{ readonly code: readonly string[], readonly tests: readonly string[], readonly bringsSiblings?: boolean }}
 *   Allowed
 */

/** The packages that an experiment is made of. */
const parts = [
  'backend-auto',
  'backend-cpu',
  'backend-native',
  'backend-webgpu',
  'chip',
  'core',
  'distributed',
  'energy',
  'estimators',
  'export',
  'neurons',
  'nir',
  'operators',
  'optim',
  'plots',
  'problems',
  'train',
]

/** @type {Readonly<Record<string, Allowed>>} */
export const graph = {
  core: { code: [], tests: [] },
  'backend-cpu': { code: ['core'], tests: ['testkit'] },
  'backend-native': { code: ['core'], tests: ['testkit'] },
  // A test trains the same parameters here and on the cpu, and combines these packages.
  'backend-webgpu': {
    code: ['core'],
    tests: ['backend-cpu', 'estimators', 'neurons', 'operators', 'optim', 'problems', 'testkit', 'train'],
  },
  // Backends are given to it, so that a page that chooses between two of them loads no third. Only tests run a real
  // one.
  'backend-auto': {
    code: ['core'],
    tests: ['backend-cpu', 'estimators', 'neurons', 'operators', 'optim', 'problems', 'train'],
  },
  testkit: { code: ['core'], tests: [] },
  neurons: { code: ['core'], tests: ['testkit'] },
  // Tests of variances draw many samples, on a backend that compiles.
  estimators: { code: ['core'], tests: ['backend-cpu', 'testkit'] },
  optim: { code: ['core'], tests: ['testkit'] },
  operators: { code: ['core', 'neurons'], tests: ['testkit'] },
  problems: { code: ['core'], tests: ['testkit'] },
  // Records in, Vega-Lite specifications out: it knows nothing of tensors.
  plots: { code: [], tests: [] },
  // Only tests compare a graph with the network that it was written from, and train one.
  nir: { code: ['core'], tests: ['estimators', 'neurons', 'operators', 'optim', 'testkit'] },
  // Only tests run the same integers on other backends.
  chip: { code: ['core'], tests: ['backend-cpu', 'backend-native', 'backend-webgpu', 'testkit'] },
  // It reads Programs; only tests count real networks and estimators.
  energy: { code: ['core'], tests: ['estimators', 'neurons', 'operators', 'optim'] },
  // It writes Programs in other languages; only tests write those of real networks.
  export: { code: ['core'], tests: ['neurons', 'operators'] },
  // `train` knows the shapes of the rest from core's contracts; only its tests put the pieces together. It loads the
  // cpu backend for a run that names none.
  train: {
    code: ['core', 'backend-cpu'],
    tests: ['estimators', 'neurons', 'operators', 'optim', 'problems', 'testkit'],
  },
  // It takes the steps of `train` over ranks; its tests compare the bits on the backends.
  distributed: {
    code: ['core', 'train'],
    tests: ['backend-cpu', 'backend-native', 'estimators', 'neurons', 'operators', 'optim', 'problems', 'testkit'],
  },
  queue: { code: ['core'], tests: ['testkit'] },
  // The only package that knows names: it makes the parts of an experiment from them.
  experiment: {
    code: [...parts, 'queue'],
    tests: ['testkit'],
  },
  // The one package to begin with: it brings the others as its dependencies.
  spikeward: {
    code: [...parts, 'experiment'],
    tests: [],
    bringsSiblings: true,
  },
}

/**
 * The packages whose code imports one of `names`, directly or through others.
 *
 * @param {readonly string[]} names folders under packages/; others are ignored
 * @returns {string[]} without `names`, those that import the fewest packages first
 */
export function dependentsOf(names) {
  const found = new Set(names)
  const rows = Object.entries(graph).sort(([, a], [, b]) => a.code.length - b.code.length)
  for (let before = -1; before < found.size; ) {
    before = found.size
    for (const [name, { code }] of rows) if (code.some((other) => found.has(other))) found.add(name)
  }
  return [...found].filter((name) => !names.includes(name))
}

/**
 * The packages that `name` must not import, as npm names.
 *
 * @param {string} name folder under packages/
 * @param {boolean} inTests
 * @returns {string[]}
 */
export function forbidden(name, inTests) {
  const row = graph[name]
  if (row === undefined) throw new Error(`packages/${name} has no row in scripts/graph.mjs; add one`)
  const allowed = new Set([name, ...row.code, ...(inTests ? row.tests : [])])
  return [...Object.keys(graph).filter((other) => !allowed.has(other)), 'cli', 'bench', 'soak', 'demo'].map(
    (n) => `@spikeward/${n}`,
  )
}
