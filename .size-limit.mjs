/** What a package may weigh in a page: minified and gzipped, without its siblings, which are peers. */
const budgets = {
  core: '60 kB',
  'backend-cpu': '30 kB',
  'backend-native': '8 kB',
  testkit: '20 kB',
  neurons: '10 kB',
  estimators: '10 kB',
  optim: '5 kB',
  operators: '8 kB',
  problems: '10 kB',
  train: '12 kB',
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
