/**
 * Size budgets of packages: minified and gzipped, without their siblings, which are peers. All entries together; a page
 * that imports one thing gets less, since nothing has side effects. Entries for Node (run folders, data files) count
 * only their own code: no page loads the libraries that they read files with.
 */
const budgets = {
  // 3 kB of them check that a plan has the form of one; 3 kB are Taylor mode and fields of an equation; 1 kB draws
  // operands in blocks. 1 kB refuses values that plain JavaScript lets pass; 0.3 kB refuse JSON with a name twice in a
  // record. 0.7 kB are sums of derivatives in collapsed Taylor mode; 0.4 kB print a plan; 0.1 kB remember lowered
  // programs. 0.2 kB allocate the growing memories of cpu and webgpu. 12 kB of them find layers in programs, and learn
  // online from traces; 8 kB are convolutions, Fourier layers, graphs and attention. 3.5 kB more pass filtered errors
  // and joint traces, and turn a network into its sigma–delta form; 1.3 kB take sequences in blocks.
  // 0.9 kB declare the operations of kernels, whose folding is by the reference, and are the arctangent.
  core: '109.6 kB',
  // 1 kB of them are the event-driven product with transposed spikes.
  'backend-cpu': '29 kB',
  'backend-native': '8 kB',
  'backend-webgpu': '30 kB',
  'backend-auto': '4 kB',
  // 3 kB of them generate malformed plans, 3 kB are the contracts of communicators and schedulers.
  // 0.3 kB say why a problem has no checks of an equation, and count the listeners of a scheduler.
  // 1.4 kB check layers of programs and their operations.
  // 0.2 kB check trajectories.
  testkit: '42 kB',
  // Declared options, their help and the facts of tables are a third of each: commands, pages and the docs read them.
  neurons: '14 kB',
  // 0.6 kB replace transposed weights by learned feedback, and solve local heads; 0.6 kB project gradients on inputs.
  estimators: '29 kB',
  // 0.2 kB raise thresholds.
  optim: '5.2 kB',
  // 1.5 kB solve readouts in parts for several processes.
  // 1 kB of them are the principal components of a branch and functions that are even in an axis; 0.4 kB standardise
  // weights. 0.1 kB state when to choose a method of derivatives. 4.5 kB are networks on grids: wavelets, U-Nets,
  // graphs and attention; 0.5 kB are units that keep a state on them. 0.5 kB solve the last map of networks on a grid.
  operators: '41 kB',
  // Tuned settings are an entry of their own.
  // 14 kB of them are the language of equations, shapes (point clouds too) and conditions.
  // 3 kB are polygons with holes and their files, groups of meshes and files of measurements.
  // 0.8 kB are notes about parts of a boundary without a condition, or with two.
  // 0.7 kB find copies of points by a tree of boxes, and tell whether a point is in the domain of an equation.
  // 6 kB more are evolutions with trajectories; 5 kB read NetCDF, Zarr and Parquet, in the entry for Node.
  problems: '109.3 kB',
  // 0.7 kB of them describe declared neurons for files and chips, or say which option prevents it; 1 kB are
  // convolutions and pools. 0.1 kB are time-steppers of several fields and of few-spike units.
  nir: '19.7 kB',
  // 2 kB of them train a network there, with error neurons and the host's readout; 0.2 kB check the estimators of
  // others, and 0.8 kB the networks. 0.1 kB declare its estimators; 1 kB are sigma–delta units and their traces. 1.7 kB learn from a
  // stream in integers.
  chip: '23 kB',
  energy: '6 kB',
  // 5 kB of them are texts that it puts into files: the page, and helpers in JavaScript and Python.
  export: '15.5 kB',
  // 9 kB of them are its entry for Node: run folders, their claims, and the checkpoints that they hold.
  // 2 kB of them verify runs while they train, end them early and keep the best state.
  // 1.5 kB of them write event files of TensorBoard, in the entry for Node.
  // 2 kB of them refine the points and weights of equations while they train.
  // The rest of the last kB names network and problem if their shapes do not fit.
  // 1 kB refuses links and devices in the place of its files; 0.4 kB leave an evaluation on its backend.
  // 2.5 kB learn from a stream, by least squares too; 0.5 kB turn a trained time-stepper into its sigma–delta form.
  // 0.1 kB read integers of 64 bits, which other programs write; 2 kB learn trajectories as a time-stepper.
  train: '43.5 kB',
  // 1.5 kB of them cut the gradient of a program in parts, and send one while the next is computed.
  distributed: '13 kB',
  // Node only: without BullMQ and ioredis. 1 kB refuses messages, results and names of others; 0.4 kB ends workers and
  // commands whose server is away.
  queue: '6.5 kB',
  // 1 kB of them draws fields in shapes of the plane; 0.2 kB show a figure in a notebook.
  // 4.5 kB mix colours in CIELAB, by d3-color; 0.8 kB are figures for a paper.
  plots: '16.2 kB',
  // 1.7 kB talk to the Worker that trains for a page; 0.7 kB draw a training in a notebook.
  spikeward: '3.6 kB',
  // Chunks that the two entries share count in both.
  // The entry for Node also journals streams, serves predictions and exports networks.
  // 1.5 kB read state dicts of other libraries; 1 kB compute intervals, and compare networks and rivals in trials.
  // 4 kB describe networks for chips and files in a page too, and so count twice.
  // 1 kB inspects networks and steps for a page; 4 kB are the tasks on trajectories.
  // 0.7 kB show a run in a notebook; 0.3 kB refuse settings that a program misspells.
  experiment: '220 kB',
}

/** @param {object} config esbuild's options */
const modifyEsbuildConfig = (config) => ({
  ...config,
  platform: 'node',
  external: [
    '@spikeward/*',
    'vitest',
    'fast-check',
    '@zip.js/*',
    'csv-parse/*',
    'h5wasm',
    'netcdfjs',
    'hyparquet',
    'hyparquet-compressors',
    'zarrita',
    'vega',
    'vega-lite',
    'delaunator',
    'fast-png',
    '@resvg/*',
    'pdfkit',
    'svg-to-pdfkit',
    'bullmq',
    'ioredis',
    'zod',
    'esbuild',
    'markdown-table',
  ],
})

const packages = Object.entries(budgets).map(([name, limit]) => ({
  name,
  // Entries contain their chunks: to list chunks too would count them twice.
  // The entries of equations, operators and networks are parts of the main one, and would be counted twice.
  path: [
    `packages/${name}/dist/*.js`,
    `!packages/${name}/dist/chunk-*.js`,
    // Parts that an entry loads when a run needs them.
    `!packages/${name}/dist/*-${'[A-Z0-9]'.repeat(8)}.js`,
    '!packages/operators/dist/networksEntry.js',
    '!packages/problems/dist/equationsEntry.js',
    '!packages/problems/dist/operatorsEntry.js',
    '!packages/estimators/dist/pointsEntry.js',
    '!packages/experiment/dist/{names,points}.js',
  ],
  limit,
  gzip: true,
  modifyEsbuildConfig,
}))

/** The size for a page that imports one thing: the libraries of the others must not be included. */
const parts = [
  { of: 'problems', part: 'poisson1d', limit: '6 kB' },
  // 1 kB of it refuses options that plain JavaScript lets pass, and warns if no event of a run is read.
  { of: 'train', part: 'fit', limit: '10.4 kB' },
  // A factory alone, without the other factories and their declarations.
  { of: 'estimators', part: 'rfg', limit: '5 kB' },
  { of: 'neurons', part: 'atan', limit: '2 kB' },
  { of: 'neurons', part: 'leakyIntegrateAndFire', limit: '3 kB' },
  { of: 'optim', part: 'adam', limit: '2 kB' },
].map(({ of, part, limit }) => ({
  name: `${of}, ${part} alone`,
  path: `packages/${of}/dist/index.js`,
  import: `{ ${part} }`,
  limit,
  gzip: true,
  modifyEsbuildConfig,
}))

/**
 * The bundles of pages that list every single equation or every operator with their tuned settings, or train functions
 * of points.
 */
const ofPages = [
  { name: 'problems/equations', path: 'problems/dist/equationsEntry.js', limit: '25 kB' },
  { name: 'problems/operators', path: 'problems/dist/operatorsEntry.js', limit: '25 kB' },
  { name: 'experiment/points', path: 'experiment/dist/points.js', limit: '4.3 kB' },
].map(({ name, path, limit }) => ({
  name,
  path: `packages/${path}`,
  limit,
  gzip: true,
  modifyEsbuildConfig,
}))

/** Pages that train by the parts that docs/start/browser.md imports, with all packages that they need. */
const trainings = [
  // The goal is 60 kB: core is 55% of it, and what compiles WebAssembly 26%.
  { name: 'a page that trains the hat', network: 'spikingMlp', problem: 'mexicanHat', limit: '118 kB' },
  { name: 'a page that trains a Fourier network', network: 'fno', problem: 'burgersSharp', limit: '120 kB' },
].map(({ name, network, problem, limit }) => {
  const imports = {
    'backend-cpu': 'cpu',
    estimators: 'eligibility',
    neurons: 'atan, leakyIntegrateAndFire, spike',
    operators: network,
    optim: 'adam',
    problems: problem,
    train: 'fit',
  }
  const used = Object.entries(imports).map(([from, names]) => [`packages/${from}/dist/index.js`, `{ ${names} }`])
  return { name, path: used.map(([path]) => path), import: Object.fromEntries(used), limit, gzip: true }
})

export default [...packages, ...parts, ...ofPages, ...trainings]
