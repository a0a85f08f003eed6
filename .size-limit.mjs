/**
 * What a package may weigh: minified and gzipped, without its siblings, which are peers. All entries together, those for
 * Node (run folders, data files) included; a page that imports one thing gets less, since nothing has side effects.
 */
const budgets = {
  core: '66 kB',
  'backend-cpu': '28 kB',
  'backend-native': '8 kB',
  'backend-webgpu': '30 kB',
  testkit: '27 kB',
  neurons: '10 kB',
  estimators: '15 kB',
  optim: '5 kB',
  operators: '18 kB',
  problems: '28 kB',
  nir: '12 kB',
  train: '20 kB',
}

/** @param {object} config esbuild's options */
const modifyEsbuildConfig = (config) => ({
  ...config,
  platform: 'node',
  external: ['@spikeward/*', 'vitest', 'fast-check'],
})

export default Object.entries(budgets).map(([name, limit]) => ({
  name,
  path: `packages/${name}/dist/*.js`,
  limit,
  gzip: true,
  modifyEsbuildConfig,
}))
